/*
 * explain.h - `packshot explain SKU`: one product's whole life over all runs, for people (text) and for programs (JSON).
 *
 * What its manifest line said; then each picture by its position, and of each, in order, every run that saw it: what became of it and
 * why, its stages, its paid calls. Consecutive runs that found it unchanged are one entry. At the end what all of it came to.
 * The JSON is one object on one line; its keys are promises: add, never rename. Dollars are exact decimals, times ISO 8601 in UTC;
 * what is not known is null.
 *   sku, title, brand, category, read_by_run, manifest_line (as it was written)
 *   pictures[]: position (from 1; 0: a line that was not usable), life[] of these, told apart by "event":
 *     worked_on    run, command, run_state, run_started, recorded, line, source, status, reasons[], confidence, image_model,
 *                  text_model, requests, cost_usd, took_ms, output{}, checks{} (as in results.jsonl),
 *                  error{code, stage, message, retryable, advice},
 *                  stages[]{stage, origin, started, took_ms, cost_usd, saved_usd, error, key, cache, facts{}},
 *                  calls[]{id, stage, kind, model, endpoint, state, started, ended, tries, reserved_usd, settled_usd,
 *                  tokens{text_in, image_in, text_out, image_out}, error, answered_by, answer_id}
 *     unchanged    first_run, last_run, runs, first, last, requests, saved_usd, made_by_run
 *     unrecorded   a re-run that called for it and left no outcome, or is at it: run, command, run_state, run_started, source, stages[], calls[]
 *   totals{worked_on, unchanged, calls, settled_usd, unknown_usd, open_usd, saved_usd}
 *   unattributed{calls, settled_usd, unknown_usd, open_usd}: of all products, calls to whose picture there is no row (any more, or yet)
 * "origin": made, cache or failed. "cache", what there is under the key: held (this result), other (one that was made another time), expired,
 * absent, none (the result has no key). unknown_usd may have been billed; open_usd is reserved or under way.
 *
 * Reads only; works while another process writes. Memory is bounded by one run of one picture.
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_EXPLAIN_H
#define PACKSHOT_JOBS_EXPLAIN_H

#include "pipeline/store_explain.h"

#include <stdbool.h>
#include <stdio.h>

/* Prints the life of a product, all of it or nothing. ERR_USAGE: nothing was run there, or the SKU is not known (the message names the
 * nearest); ERR_STORE, ERR_NOMEM, ERR_IO. */
int explain_print(FILE *out, const char *workspace, const char *sku, bool json, bool colour, struct err *);

/* --- what the two ways of printing share --- */

/* A life as it is being printed. ERR_NOMEM; what cannot be written is noticed by who reads `out`. */
int explain_text(FILE *out, struct store_reader *, const char *sku, const char *lock, bool colour, struct err *);
int explain_json(FILE *out, struct store_reader *, const char *sku, const char *lock, struct err *);

/* "0.036435": exact, at least two decimals. */
#define EXPLAIN_MONEY_SIZE 32
const char *explain_money(int64_t nano, char out[EXPLAIN_MONEY_SIZE]);

/* The state of an event's run. What is marked running is running only while its process holds the workspace's lock. "": not known. */
const char *explain_run_state(const struct life_event *, const char *lock);

/* "held", ... */
const char *explain_cache_name(enum life_cache);

#endif
