/*
 * store_gallery.h - single items of a report, the least sure first, with all that happened to them: for a page that shows some of a million.
 *
 * Read along an index, and by the items' own keys; never by looking at all of them. What stands is as in store_report.h.
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_GALLERY_H
#define PACKSHOT_PIPELINE_STORE_GALLERY_H

#include "pipeline/store_report.h"

#define GALLERY_CALLS_MAX 32 /* listed of an item; `call_count` says how many there are */

struct gallery_stage {
	char *name, *error; /* error NULL: none */
	enum origin origin;
	int64_t took_us, cost_nano; /* what it cost; of a result from the cache, what making it had cost */
	bool has_blob;
	struct digest blob;
	int64_t blob_size; /* -1: the cache does not know it any more */
	char *path;        /* the content was this file of the user's; else NULL */
};

/* A paid call. */
struct gallery_call {
	char *stage, *model, *error; /* error NULL: none */
	bool lost, settled;          /* lost: its answer was; neither: not answered yet */
	int64_t nano;                /* what it cost, or may cost */
};

struct gallery_item {
	int64_t run, seq; /* the work that stands: perhaps an earlier run's */
	bool unchanged;   /* it was found as it was */
	enum item_status status;
	int64_t line;
	int position;
	char *sku, *title, *category, *source; /* NULL where absent, like every text here */
	char *error, *error_stage, *message, *reasons;
	double confidence; /* 0..1; negative: none */
	char *output;      /* path within the workspace */
	int64_t output_bytes;
	char *image_model, *text_model;
	char *json; /* its line of results.jsonl */
	int64_t requests, cost_nano, took_us;
	struct gallery_stage stages[STAGES_MAX]; /* in the order in which they began */
	struct gallery_call calls[GALLERY_CALLS_MAX];
	int stage_count;
	int64_t call_count;
};

/*
 * Calls row() for items of the runs of `f` that ended with this status, `most` of them at most: without confidence first, then by rising
 * confidence. An item that stands in several runs comes once. The item is row()'s until it returns.
 * 0; -1: ERR_STORE, ERR_NOMEM; what row() returned where that is not 0, and no more is read.
 */
int store_gallery(struct store_reader *, const struct report_figures *f, enum item_status status, size_t most,
		  int (*row)(void *ctx, const struct gallery_item *), void *ctx, struct err *);

/* When the workspace's catalogue began that is the `nights`-th from the end, or the first one: a range of so many. ERR_STORE. */
int store_nights_from(struct store_reader *, int nights, int64_t *from_us, struct err *);

#endif
