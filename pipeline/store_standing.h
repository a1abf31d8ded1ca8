/*
 * store_standing.h - a catalogue as it stands after a run, item by item, in the manifest's order: items of re-runs take the place of what was
 * before, but for skipped ones.
 *
 * One item is in memory at a time. Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_STANDING_H
#define PACKSHOT_PIPELINE_STORE_STANDING_H

#include "pipeline/store.h"

/* The lines of results.jsonl after `run`. row() returns 0 to go on; anything else ends it and is returned. -1: err. */
struct result_row {
	const char *json;    /* as the run has written it that worked on the item */
	bool unchanged;      /* since; then the line of this run has: */
	int64_t line;
	int requests;
};
int store_each_result(struct store_reader *, int64_t run, int (*row)(void *ctx, const struct result_row *), void *ctx,
		      struct err *);

/* Would they be what the file of that stamp holds already? So where the last run that left results left that one, and both found all the same
 * pictures unchanged, in the same places, by as many requests. 1, 0, or -1: err. */
int store_results_stand(struct store_reader *, int64_t run, const struct file_stamp *, struct err *);

/* The same items as rows, from the one behind seq `after` on. Strings are borrowed during the call; NULL where unknown. */
struct standing_row {
	int64_t seq, line;
	int position;
	const char *sku, *source, *status, *error, *error_stage;
};
int store_each_standing(struct store_reader *, int64_t run, int64_t after, int (*row)(void *ctx, const struct standing_row *), void *ctx,
			struct err *);

/* Rows for a table of text. Names and values are borrowed during the call; a value is NULL where there is none. The first one that comes is
 * the head: names alone. */
#define TEXT_COLUMNS_MAX 32
struct text_row {
	int count;
	bool is_head;
	const char *names[TEXT_COLUMNS_MAX], *values[TEXT_COLUMNS_MAX];
	bool is_text[TEXT_COLUMNS_MAX]; /* else a number */
};
enum text_rows {
	TEXT_ITEMS_STANDING, /* after `run`; cost_usd is what all runs of its catalogue have paid for it */
	TEXT_ITEMS,          /* of `run` alone */
	TEXT_CALLS           /* the ledger of `run` */
};
int store_each_text(struct store_reader *, enum text_rows, int64_t run, int (*row)(void *ctx, const struct text_row *), void *ctx, struct err *);

#endif
