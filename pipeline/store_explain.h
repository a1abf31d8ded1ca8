/*
 * store_explain.h - one product's life as the database has it: its line, what each run did with each of its pictures, every stage and
 * every paid call, and what all of it came to. For `packshot explain`.
 *
 * One consistent view of the database, also while a run writes. Rows are handed on one by one and none is kept, however many runs there
 * were. Pictures come in the order of their positions, and of each its runs in their order.
 * Threads: the reader's. Strings and digests are borrowed for the duration of the call; NULL where there is none.
 */
#ifndef PACKSHOT_PIPELINE_STORE_EXPLAIN_H
#define PACKSHOT_PIPELINE_STORE_EXPLAIN_H

#include "pipeline/store.h"

/* The product as the last run read it. Only `sku` is certain: a line that was never usable leaves a picture and no product. */
struct life_product {
	const char *sku, *title, *brand, *category, *json; /* json: the manifest line */
	int64_t run;                                       /* which read it; 0: none */
};

enum life_kind {
	LIFE_WORKED_ON, /* its stages and calls follow */
	LIFE_UNCHANGED, /* consecutive runs that found the picture as it was made, all in one */
	/* A re-run that has called for the picture and has recorded no outcome: it is at it, or was ended before. Its stages and calls follow.
	 * Of a run that read a manifest nobody can know which product such a call is for. */
	LIFE_UNRECORDED
};

struct life_event {
	enum life_kind kind;
	int position;
	int64_t run, last_run, runs; /* LIFE_UNCHANGED: the first, the last and how many; else one and the same, and 1 */
	int64_t seq;
	int64_t made_run, made_seq;         /* LIFE_UNCHANGED: of the event whose picture stands */
	int64_t first_recorded_us, recorded_us; /* by the first of the runs, and by the last; 0: not recorded */
	int64_t requests;
	int64_t saved_nano; /* LIFE_UNCHANGED: what the results that stand had cost, once a run */

	/* Not of LIFE_UNCHANGED. */
	const char *command, *run_state; /* of the run; state "running": also of a process that was killed meanwhile */
	int64_t pid, run_started_us;
	int64_t line;
	const char *source;

	/* LIFE_WORKED_ON */
	const char *status, *error, *error_stage, *error_message, *reasons, *output, *image_model, *text_model;
	const char *json;  /* the line of results.jsonl */
	double confidence; /* negative: none */
	int64_t output_bytes, cost_nano, took_us;
};

/* What the cache has under the key of a stage's result. */
enum life_cache {
	LIFE_CACHE_NONE,   /* the result has no key */
	LIFE_CACHE_HELD,   /* this result */
	LIFE_CACHE_OTHER,  /* one that was made another time: before a failure, or anew since */
	LIFE_CACHE_EXPIRED,
	LIFE_CACHE_ABSENT
};

struct life_stage {
	const char *stage, *origin, *error;
	const char *facts; /* JSON, of this result; NULL where the cache does not hold it */
	int64_t started_us, took_us;
	int64_t cost_nano; /* of origin "cache": what was saved */
	const struct digest *key;
	enum life_cache cache;
};

struct life_call {
	int64_t id;
	const char *stage, *kind, *endpoint, *model, *state, *error, *answered_by, *answer_id;
	int64_t reserved_nano, settled_nano; /* settled: negative where it is not */
	bool has_tokens;
	int64_t text_in, image_in, text_out, image_out;
	int64_t started_us, ended_us; /* 0: not known */
	int64_t tries;
};

/* Paid calls, and what they came to, by state. */
struct life_money {
	int64_t calls;
	int64_t settled_nano;
	int64_t unknown_nano; /* possibly billed */
	int64_t open_nano;    /* reserved or on its way */
};

struct life_totals {
	struct life_money paid;
	int64_t saved_nano;      /* by the cache */
	int64_t worked_on, unchanged; /* pictures times runs */
	/* Of all products: calls of the ledger, which stays, to which there is no picture: its row was removed, or there is none yet. */
	struct life_money nobodys;
};

/* Each returns 0 to go on; -1 with err ends it. */
struct life_reader {
	void *ctx;
	int (*product)(void *ctx, const struct life_product *, struct err *);
	int (*event)(void *ctx, const struct life_event *, struct err *);
	int (*stage)(void *ctx, const struct life_stage *, struct err *);
	int (*call)(void *ctx, const struct life_call *, struct err *);
	int (*totals)(void *ctx, const struct life_totals *, struct err *);
};

/* product() once, event() with its stage()s and then its call()s, totals() at the end. 1: done; 0: no run has seen this SKU, and nothing
 * was called; -1: ERR_STORE, ERR_NOMEM, or what a function said. Reads the table `unchanged` and the ledger once, whole. */
int store_explain(struct store_reader *, const char *sku, const struct life_reader *, struct err *);

#endif
