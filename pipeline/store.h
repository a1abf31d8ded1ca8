/*
 * store.h - the workspace's SQLite database (schemas/store.sql): what is written, and what the road reads.
 *
 * One writing connection: the recorder's thread has it while a recorder is open on it (recorder.h), the main thread before
 * and after. Any number of reading ones, one a thread, also while another process writes.
 * Durability: WAL with synchronous=FULL, so what was committed survives a power cut; transactions are grouped to afford it.
 * The schema has a version and is migrated forward when opened, never dropped. A file that is not ours, or is
 * newer than this program, is refused untouched.
 * Failure: ERR_STORE; ERR_IO when the disk is full; ERR_BUSY when another program keeps the database locked for 30 s.
 */
#ifndef PACKSHOT_PIPELINE_STORE_H
#define PACKSHOT_PIPELINE_STORE_H

#include "pipeline/last_made.h"

#include <stdint.h>

struct store;        /* the writing connection */
struct store_reader; /* a reading connection, for one thread */

/* Opens, creates or migrates. ERR_STORE with what is wrong and what to do; ERR_BUSY. Take the workspace's lock (lock.h) first. */
int store_open(struct store **out, const char *path, struct err *);
void store_close(struct store *); /* NULL is fine; checkpoints the WAL */

/* Starts a run; its number in *run. `config` is JSON: what the run was asked, without secrets. Runs that were left unfinished
 * are marked interrupted (the workspace's lock says that nobody works on them) and their open calls unknown, expired cache entries
 * are removed. `folder`: what relative pictures of
 * the manifest are relative to, as the path was given; NULL: not known. `base`: the run whose items are worked on again; 0: none. */
int store_run_begin(struct store *, const char *command, const char *manifest, const char *folder, const char *config, int64_t base, int64_t *run,
		    struct err *);
/* state: "finished", "stopped", "interrupted", "failed". */
int store_run_end(struct store *, int64_t run, const char *state, struct err *);

/* The run's results.jsonl, as it was left. */
int store_run_results(struct store *, int64_t run, const struct file_stamp *, struct err *);

/* --- what the recorder writes, inside transactions it opens and commits --- */
int store_begin(struct store *, struct err *); /* BEGIN IMMEDIATE */
int store_commit(struct store *, struct err *);
void store_rollback(struct store *);

struct product_row {
	const char *sku, *title, *brand, *category, *json; /* NULL where absent; json is the line as it was read */
	const struct digest *text; /* of the line as it is written; may be NULL too */
};
int store_product(struct store *, int64_t run, const struct product_row *, struct err *);

/* One stage's result for one item of a run; `cached` ones also become (or refresh) their cache entry. */
struct stage_row {
	int64_t seq; /* the item */
	const char *stage;
	const struct result *result;
	const char *error; /* err_name() when the stage failed, else NULL */
	bool keep;         /* write the cache entry: the result has a key and was made (or confirmed) in this run */
	int64_t cost_nano; /* what making it cost, nano-dollars; of cached ones the store knows it */
	int64_t ttl_us;    /* life of the cache entry in microseconds; 0: no end */
};
/* Again for the same item and stage: replaces. ORIGIN_NONE writes nothing. */
int store_stage(struct store *, int64_t run, const struct stage_row *, struct err *);

/* What a run says of one item; the source of results.jsonl and of every report. */
struct item_row {
	int64_t seq, line;
	const char *sku; /* NULL: the line had none */
	int position;
	const char *source;
	enum item_status status;
	const struct err *err;  /* ERR_OK where it did not fail */
	const char *err_stage;  /* name, or NULL */
	double confidence;      /* 0..1, or negative: none */
	const char *output;     /* path within the workspace, or NULL */
	int64_t output_bytes;
	int calls;
	int64_t cost_nano;      /* nano-dollars */
	int64_t took_us;        /* from admission to the end */
	const char *image_model, *text_model;
	const char *reasons;    /* why it is `review` or `rejected`: comma-separated names, or NULL */
	const char *category;   /* of its product, or NULL */
	const char *stages;     /* whose results can be found again, comma-separated; NULL: it is worked on again */
	const char *json;       /* its line of results.jsonl */
	struct last_made *made; /* what a later run may recognise it by; NULL: it is worked on again */
	bool stands;            /* without `made`: what there is of it from before still may be */
};
int store_item(struct store *, int64_t run, const struct item_row *, struct err *);

/* A picture that a run found as it was made. */
struct unchanged_row {
	int64_t seq, line;
	int requests;
	int64_t took_us;
	int64_t made_run, made_seq; /* where the row stands that holds for it, */
	int64_t worth_nano, grp;    /* what making it had cost, and its group */
	int64_t json_line;          /* last_made.h */
	/* What that row says, for whoever counts; not written again. */
	enum item_status status;
	int stages;          /* results that stand with it */
	int position;
	char *sku, *reasons; /* of a review; else NULL */
};
int store_unchanged(struct store *, int64_t run, const struct unchanged_row *, int count, struct err *);

/* --- the ledger (ledger.h) --- */

/* A paid call that is about to be sent. */
struct call_row {
	int64_t id, seq;
	const char *stage, *kind, *model;
	int64_t reserved_nano;
};
int store_call(struct store *, int64_t run, const struct call_row *, struct err *);

/* What became of it. Strings may be NULL. */
struct call_end_row {
	int64_t id;
	bool settled;                /* else unknown */
	int64_t settled_nano;
	bool has_tokens;
	int64_t text_in, image_in, text_out, image_out;
	int64_t started_us, ended_us;
	int tries;
	const char *endpoint, *answered_by, *answer_id, *error;
};
int store_call_end(struct store *, const struct call_end_row *, struct err *);

/* The highest number that a call ever had; 0: none. */
int store_last_call(struct store *, int64_t *id, struct err *);

/* --- what the road reads --- */

/* Only a database of exactly this version is read. */
int store_reader_open(struct store_reader **out, const char *path, struct err *);
void store_reader_close(struct store_reader *); /* NULL is fine */

/* The cache entry under key: 1 and *out filled (origin ORIGIN_CACHE, key set, strings malloc()ed, no bytes),
 * *this_run tells whether it was made or confirmed in `run`; 0: none; -1: ERR_STORE. Expired entries are none. */
int store_cache_get(struct store_reader *, int64_t run, const struct digest *key, struct result *out, bool *this_run,
		    struct err *);

/* How a picture was made last: 1 and *out, the caller's; 0: not known; -1: err. Takes one look at the database for many calls: what another
 * connection writes meanwhile is not seen, and the write-ahead log cannot start anew. After store_look_end() it looks anew, and has to read
 * again what it had read: whatever was written, SQLite forgets all pages. */
int store_last_made(struct store_reader *, const char *sku, int position, struct last_made **out, struct err *);
/* The same of the picture that was made next after the one told of last, by either call; to begin with, of the first there is. A step along
 * the rows instead of a look-up. 0: that one has another fingerprint. */
int store_last_made_next(struct store_reader *, const struct fingerprint *, struct last_made **out, struct err *);
void store_look_end(struct store_reader *);

/* A product's manifest line as it was read last, malloc()ed, and its digest as it was written. 1: both are there; 0: not both, what is not is
 * NULL, or *text untouched; -1: err. */
int store_product_line(struct store_reader *, const char *sku, char **json, struct digest *text, struct err *);

/* The catalogue that `run` (0: the last one) belongs to. 1: there, 0: not, -1: err. */
struct catalogue_run {
	int64_t first, last; /* the run that read its manifest, and the last one that worked on it */
	char *manifest;      /* path, malloc()ed, or NULL; like the next */
	char *folder;        /* what its relative pictures are relative to */
	bool whole;          /* the manifest was read to its end */
	bool tidied;         /* items of it are gone */
};
int store_catalogue_run(struct store_reader *, int64_t run, struct catalogue_run *, struct err *);

/* What the last thousand answers of a model have been like on average. 1: there are some, 0: not, -1: err. */
struct call_mean {
	int64_t nano, took_us, tokens_in, tokens_out;
};
int store_mean_call(struct store_reader *, const char *model, struct call_mean *, struct err *);

/* How a picture ended the last time. 1: it has been there, 0: not, -1: err. */
int store_last_status(struct store_reader *, const char *sku, int position, char status[16], struct err *);

/* What that catalogue's first run was asked; malloc()ed. 1: there, 0: not, -1: err. */
int store_run_config(struct store_reader *, int64_t run, char **json, struct err *);


#endif
