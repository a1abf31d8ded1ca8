/*
 * outcome_unchanged.h - an item that a later run may find unchanged: what it keeps to be recognised by, and what that run says of it.
 *
 * Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_OUTCOME_UNCHANGED_H
#define PACKSHOT_STAGES_OUTCOME_UNCHANGED_H

#include "pipeline/store.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* What a concluded item is recognised by: the facts are those of fetch and publish. NULL where it is to be worked on again: it failed, was
 * not delivered, has no fingerprint, something in it was made for want of something better; or no memory. */
struct last_made *outcome_last_made(const struct item *, const struct item_row *, const cJSON *fetch, const cJSON *publish);

/* The stages whose results can be found again, comma-separated; the caller's. NULL: none, or no memory, which costs the report a count. */
char *outcome_found_again(const struct item *);

/* Writes the line of results.jsonl of a run that found an item unchanged: `json`, as the run wrote it that made the item, but with this
 * run's line number and requests, at no cost, with every stage cached and no time spent. -1: it cannot be written, see errno. */
int outcome_put_unchanged(FILE *out, const char *json, int64_t line, int requests);

#endif
