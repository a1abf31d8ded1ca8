/*
 * counts.h - what a run counts while it runs, for whoever watches it: the metrics of the road, its calls and its money.
 *
 * The machinery tells what has happened; nothing here is asked back. A run that nobody watches has none: NULL is fine everywhere.
 * What has a row in the database is counted once that row is written (items, stages) or on its way (calls), so that at
 * the end of a run both say the same.
 *
 * Threads: made and freed by one; everything else from any, without a lock.
 */
#ifndef PACKSHOT_PIPELINE_COUNTS_H
#define PACKSHOT_PIPELINE_COUNTS_H

#include "pipeline/service.h"
#include "pipeline/stage.h"

#include <stdio.h>

struct counts_config {
	const struct stage *const *stages; /* of the road; borrowed, like all of this */
	int stage_count;
	const struct service *services;    /* those of the wire, in its order */
	const char *const *kinds;          /* what each is asked for: "image", "text" */
	int service_count;
	int64_t budget_nano;               /* 0: none */
};

struct counts;
struct counts *counts_create(const struct counts_config *); /* NULL: no memory */
void counts_free(struct counts *);

/* Which run this is; before others print. Text is copied. -1: no memory. */
int counts_run(struct counts *, int64_t run, const char *command, const char *version, int64_t started_us);
void counts_run_ended(struct counts *, int64_t ended_us, int exit_status);

/* --- the road --- */

void counts_item(struct counts *, const struct item *);                             /* its rows are written */
void counts_unchanged(struct counts *, enum item_status, int hits);                 /* likewise; hits: results that stand with it */
void counts_fetch(struct counts *, int tries);                                      /* a call that is not paid for was answered */

/* A paid call, as the ledger has it. */
struct counts_call {
	const char *model, *kind; /* of its purchase */
	bool settled;             /* else unknown */
	int64_t nano;             /* what it cost, or may have */
	int tries;
	enum err_code error;
};
void counts_call(struct counts *, const struct counts_call *);

/* --- the wire; `service`: its index --- */

void counts_answer(struct counts *, int service, int64_t took_us); /* a try has ended */
void counts_lane(struct counts *, int service, int waiting, int in_flight);
void counts_endpoint(struct counts *, int service, int endpoint, double allowed, bool throttled, bool open);
void counts_fetching(struct counts *, int in_flight);

/* --- how full it is; set by whoever is about to print --- */

struct counts_depths {
	int on_road, arriving, returning, to_record;
	int64_t bytes, budget_left_nano;
};
void counts_depths(struct counts *, const struct counts_depths *);

void counts_print(FILE *, const struct counts *); /* metrics.h */

#endif
