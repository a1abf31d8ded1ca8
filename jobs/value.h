/*
 * value.h - one option's value: from text into the settings, and back.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_VALUE_H
#define PACKSHOT_JOBS_VALUE_H

#include "jobs/options.h"
#include "pipeline/err.h"

#define VALUE_TEXT_MAX 512 /* enough for any value but a long path, which is shown cut */

/* Sets the option from text. `label` is what a message calls it: "--quality", "PACKSHOT_QUALITY", `packshot.json: "quality"`.
 * Tags are added to those that are there; everything else is replaced. -1 with `code` and the allowed range; the field is as it was
 * (tags: those before the bad one stay). ERR_NOMEM. */
int value_set(struct settings *, const struct option *, const char *text, const char *label, enum err_code code,
	      struct err *);

/* Frees what the option's field holds and zeroes it. */
void value_clear(struct settings *, const struct option *);

/* The value as it would be written in a flag; "" where it is unset. */
void value_show(const struct settings *, const struct option *, char *out, size_t size);

/* What the option takes, for messages: "a whole number from 1 to 100". */
void value_expected(const struct option *, char *out, size_t size);

#endif
