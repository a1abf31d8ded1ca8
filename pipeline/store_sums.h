/*
 * store_sums.h - the sums of a run: counted from its rows, kept in the database when it has ended, read back for reports.
 *
 * Threads: the connection's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_SUMS_H
#define PACKSHOT_PIPELINE_STORE_SUMS_H

#include "pipeline/histogram.h"
#include "pipeline/store.h"

#define SUMS_MODELS_MAX 32 /* whose calls' latency is told apart */

/* Items of one group (table groups). */
struct sums_group {
	int64_t items, replaced, requests, cost_nano, saved_nano; /* see table run_groups */
};

struct sums_stage {
	char name[32];
	int64_t made, cached, failed, keyed; /* keyed: of those made and failed, the ones that have a key */
	int64_t cost_nano, saved_nano;       /* of those made and failed; of those cached */
	int64_t first_us;                    /* when the first one began, so the order of the road */
	struct histogram took;               /* of those made and failed */
};

/* Calls that differ in nothing of this. */
struct sums_call {
	char *stage, *kind, *model, *endpoint, *state, *error; /* error "": none */
	int64_t calls, retried, tries, reserved_nano, settled_nano, tokens_in, tokens_out;
};

struct sums_model {
	char *name;
	struct histogram took;
};

struct sums {
	int64_t run, base; /* base 0: it read a manifest */
	struct sums_group *groups[2]; /* by groups.id: worked on, and found unchanged; group_count of each */
	size_t group_count;
	struct sums_stage stages[STAGES_MAX];
	int stage_count;
	struct histogram items; /* of items that were worked on */
	struct sums_call *calls;
	size_t call_count;
	struct sums_model models[SUMS_MODELS_MAX];
	int model_count;
	int64_t first_minute;   /* since 1970 */
	int64_t *minutes;       /* items recorded in it and in those that follow */
	size_t minute_count;
};

/* What a run's sums are: those kept, or where there are none those of its rows at this moment. Free with sums_free(); NULL is fine there.
 * ERR_STORE, ERR_NOMEM. */
int store_sums_read(struct store_reader *, int64_t run, struct sums **out, struct err *);
void sums_free(struct sums *);

/* Counts and keeps the sums of runs that have ended and have none yet. */
int store_sums_keep(struct store *, struct err *);

#endif
