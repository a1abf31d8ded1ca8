/*
 * store_report.h - the figures that reports show: of one run, of the last catalogue, of a range of days, of everything.
 *
 * They are added up from the sums of runs (store_sums.h), so that it does not matter how many items there were. One consistent view of the
 * database, also while a run writes.
 *
 * What is counted:
 *   Items are counted as they stand: once for each time a catalogue was worked through, as the last re-run has left them; what a re-run
 *   skipped stands as it was. A run that broke off and was gone on with has its items counted there, its cost here. Of one run alone
 *   every item of it is counted as that run saw it.
 *   Cost is everything: failed, refused and lost calls too. What was saved is what making the results that were found again had cost then.
 *
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_REPORT_H
#define PACKSHOT_PIPELINE_STORE_REPORT_H

#include "pipeline/histogram.h"
#include "pipeline/item.h"
#include "pipeline/store.h"

/* Categories listed, the largest first; `category_count` says how many there are. */
#define REPORT_CATEGORIES_MAX 1000
#define REPORT_EXAMPLES_MAX   3 /* items shown of a failure */

enum report_reach {
	REPORT_ONE_RUN, /* `run`; 0: the last one */
	REPORT_LAST,    /* the last catalogue: its run, those that this one went on with, and their re-runs */
	REPORT_RANGE    /* catalogues begun from from_us on, before until_us; and their re-runs */
};

struct report_scope {
	enum report_reach reach;
	int64_t run;
	int64_t from_us, until_us; /* since 1970; until_us 0: no end */
};

/* Nearest rank, from a histogram: to within 0.8 %. Microseconds; all 0 when count is 0. */
struct percentiles {
	int64_t count, p50, p95, p99;
};

/* One of the runs that the figures are of, in order. */
struct report_run {
	int64_t id, base;                           /* base 0: it read a manifest */
	char *state, *command, *manifest, *version; /* state "running": also of a process that was killed meanwhile */
	int64_t pid;
	int64_t started_us, finished_us; /* finished 0: not yet */
	int64_t elapsed_us;              /* to its end, or to the last item recorded */
	bool tidied;                     /* items of it are gone; its figures are kept */
	bool gone_on_with;               /* it broke off, and a later one did its work: its items are not counted */
	int64_t status[ITEM_STATUSES], total; /* what it adds to the figures; a re-run may take away */
	int64_t cost_nano, unknown_nano, saved_nano;
	int64_t first_minute, *minutes; /* since 1970; items recorded in it and those that follow */
	size_t minute_count;
};

struct report_stage {
	char *name;
	int64_t after_us; /* began so long after a run's first stage; tells the order of the road */
	int64_t made, cached, failed;
	int64_t cost_nano, unknown_nano; /* of its calls */
	struct percentiles us;           /* of what was made or failed; a cache hit is no work */
	struct histogram took;
};

struct report_example {
	int64_t run, seq, line;
	int position;
	char *sku, *source, *message; /* NULL where absent */
};

struct report_failure { /* items that failed or were skipped, by code and stage */
	char *code, *stage; /* stage NULL: before the first */
	int64_t count;
	struct report_example examples[REPORT_EXAMPLES_MAX]; /* the first ones in manifest order of the last run that has any */
	size_t example_count;
};

struct report_reason { /* why items are `review` or `rejected`; an item may have several */
	char *name;
	int64_t review, rejected;
};

struct report_model {
	char *name;
	int64_t items, calls, tokens_in, tokens_out;
	int64_t cost_nano, unknown_nano;
	struct percentiles us; /* of its calls */
	struct histogram took;
};

struct report_category {
	char *name; /* NULL: products without one */
	int64_t items, succeeded, cost_nano;
};

struct report_figures {
	struct report_scope scope;
	struct report_run *runs;
	size_t run_count;
	int64_t started_us, finished_us; /* of the first, of the last; finished 0: not yet */
	int64_t elapsed_us;              /* of all together */

	int64_t status[ITEM_STATUSES], total, unchanged;
	int64_t requests; /* of all kinds, tries included */
	struct percentiles item_us; /* from admission to the end, of those that were worked on */

	int64_t cost_nano, image_nano, text_nano; /* settled */
	int64_t unknown_nano;                     /* possibly billed: the answer was lost */
	int64_t saved_nano;                       /* what the results taken from the cache had cost */
	int64_t hits, misses;                     /* of results that have a key */
	int64_t calls_sent, calls_retried, calls_failed; /* paid ones, from the ledger */
	int64_t image_calls;                             /* of those sent */
	int64_t unknown_text_nano;                       /* of unknown_nano, what was for texts */

	struct report_stage *stages; /* in the order of the road */
	struct report_failure *failures; /* most frequent first, like the next two */
	struct report_reason *reasons;
	struct report_model *models;
	struct report_category *categories;
	size_t stage_count, failure_count, reason_count, model_count, category_rows;
	int64_t category_count;
};

/* Fills *out with the figures of `scope`. ERR_USAGE: there is no such run, or none in the range; ERR_STORE; ERR_NOMEM. */
int store_report(struct store_reader *, const struct report_scope *, struct report_figures *out, struct err *);
void report_figures_release(struct report_figures *); /* frees and zeroes */

#endif
