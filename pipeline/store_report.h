/*
 * store_report.h - the figures of one run, worked out in SQL: all that `packshot report` says.
 *
 * One consistent view of the database, also while a run writes.
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_REPORT_H
#define PACKSHOT_PIPELINE_STORE_REPORT_H

#include "pipeline/item.h"
#include "pipeline/store.h"

/* Categories listed, the largest first; `category_count` says how many there are. */
#define REPORT_CATEGORIES_MAX 1000

/* Exact, nearest rank: the smallest value that at least P % of all do not exceed. Microseconds; all 0 when count is 0. */
struct percentiles {
	int64_t count, p50, p95, p99;
};

struct report_stage {
	char *name;
	int64_t made, cached, failed;
	struct percentiles us; /* of what was made or failed; a cache hit is no work */
};

struct report_failure { /* items that failed or were skipped, by code and stage */
	char *code, *stage; /* stage NULL: before the first */
	int64_t count;
	char *sku, *source, *message; /* of the first of them in manifest order; NULL where absent */
	int64_t line;
	int position;
};

struct report_reason { /* why items are `review` or `rejected`; an item may have several */
	char *name;
	int64_t review, rejected;
};

struct report_model {
	char *name;
	int64_t items, calls;
	int64_t cost_nano, unknown_nano;
};

struct report_category {
	char *name; /* NULL: products without one */
	int64_t items, succeeded, cost_nano;
};

struct report_figures {
	int64_t run;
	char *state, *command, *manifest, *version; /* state "running": also of a process that was killed meanwhile */
	int64_t pid;
	int64_t started_us, finished_us; /* finished 0: not yet */
	int64_t elapsed_us;              /* to its end, or to the last item recorded */

	int64_t status[ITEM_STATUSES], total;
	int64_t requests; /* of all kinds, tries included */
	struct percentiles item_us; /* from admission to the end */

	int64_t cost_nano, image_nano, text_nano; /* settled */
	int64_t unknown_nano;                     /* possibly billed: the answer was lost */
	int64_t saved_nano;                       /* what the results taken from the cache had cost */
	int64_t hits, misses;                     /* of results that have a key */
	int64_t calls_sent, calls_retried, calls_failed; /* paid ones, from the ledger */

	struct report_stage *stages; /* in the order of the road */
	struct report_failure *failures; /* most frequent first, like the next two */
	struct report_reason *reasons;
	struct report_model *models;
	struct report_category *categories;
	size_t stage_count, failure_count, reason_count, model_count, category_rows;
	int64_t category_count;
};

/* Fills *out with the figures of `run` (0: the last one). ERR_USAGE: there is no such run; ERR_STORE; ERR_NOMEM. */
int store_report(struct store_reader *, int64_t run, struct report_figures *out, struct err *);
void report_figures_release(struct report_figures *); /* frees and zeroes */

#endif
