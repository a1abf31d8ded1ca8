/*
 * tally.h - what has ended so far in a run: how many of each status, and why, with an example of each reason.
 *
 * Threads: one thread counts (the recorder's, after each commit); any thread may call tally_read() meanwhile. The groups are read
 * once counting has ended (the recorder was flushed or closed).
 */
#ifndef PACKSHOT_JOBS_TALLY_H
#define PACKSHOT_JOBS_TALLY_H

#include "pipeline/item.h"

#include <stdint.h>

#define TALLY_REASONS_MAX 32 /* different reasons for a review that are told apart; any further one is not counted by name */
#define TALLY_SHOWN_MAX   400 /* characters of an example */
#define TALLY_EXAMPLES_MAX 12 /* shown of one reason; all of them stand in results.jsonl */
#define TALLY_EXAMPLE_MAX (4 * TALLY_SHOWN_MAX + 4)

/* One item that has ended. Strings are borrowed during the call. */
struct tally_item {
	enum item_status status;
	const struct err *err;  /* why it failed, was rejected or skipped; NULL or ERR_OK: it was not */
	const char *sku;        /* NULL: unknown */
	int position;           /* of the picture in the product; 0: unknown */
	int64_t line;           /* of the manifest; 0: unknown */
	const char *reasons;    /* of a review: comma-separated names; NULL: none */
	int made, hits;         /* stage results worked out in this run; taken from the cache */
	int64_t cost_nano;
};

struct tally_counts {
	int64_t status[ITEM_STATUSES];
	int64_t made, hits;
	int64_t cost_nano;
};

/* Items that share a reason. */
struct tally_group {
	char name[40]; /* of the error or reason: a word of packshot's own */
	int64_t count;
	char examples[TALLY_EXAMPLES_MAX][TALLY_EXAMPLE_MAX]; /* the first such items: "MUG-001, picture 2: ..."; safe to print */
};

struct tally;
struct tally *tally_create(void); /* NULL: no memory */
void tally_free(struct tally *);  /* NULL is fine */

void tally_count(struct tally *, const struct tally_item *);
void tally_read(const struct tally *, struct tally_counts *out);
int64_t tally_ended(const struct tally_counts *); /* items of any status */

/* Of an error; count 0: there was none. */
const struct tally_group *tally_error(const struct tally *, enum err_code);
/* The i-th reason for a review, in order of appearance; NULL: no more. */
const struct tally_group *tally_reason(const struct tally *, int i);

#endif
