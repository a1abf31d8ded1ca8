/*
 * engine.h - carries items along the road: workers run the stages, the wire carries their calls, the recorder
 * writes what came out. It knows no picture, no prompt and no shop.
 *
 * Bounded by admission: engine_admit() blocks while `max_items` are on the road or more than `max_bytes` are in memory.
 * Threads: engine_admit(), engine_stop() and engine_drain() from the main thread; engine_stop() from any.
 * Lock order: the engine's lock is a leaf; no callback runs and nothing else is locked under it.
 */
#ifndef PACKSHOT_PIPELINE_ENGINE_H
#define PACKSHOT_PIPELINE_ENGINE_H

#include "pipeline/blobs.h"
#include "pipeline/recorder.h"
#include "pipeline/stage.h"
#include "pipeline/wire.h"

/* The stage table of a run: parallel arrays, borrowed. */
struct road {
	const struct stage *const *stages;
	const void *const *cfgs;
	int count;
};

struct engine_config {
	struct road road;
	int workers;
	int max_items;
	size_t max_bytes;
	int64_t run;
	bool read_cache;  /* off with --force and --no-cache */
	bool write_cache; /* off with --no-cache */
	const char *store_path;
	struct recorder *recorder; /* borrowed, all of these */
	struct blobs *blobs;
	struct wire *wire;

	/* The item has ended: say what the run records of it. Called on a worker, or where engine_conclude() is called. The
	 * strings of *row must live until the item is freed; free_row(row) is called then. */
	int (*conclude)(void *ctx, struct item *, int64_t took_us, struct item_row *row);
	void (*free_row)(struct item_row *row);
	/* Committed to the database. On the recorder's thread; must not block. */
	void (*committed)(void *ctx, const struct item *);
	void *ctx;
};

struct engine;
int engine_open(struct engine **out, const struct engine_config *, struct err *);

/* Gives an item to the road (taken over whatever happens). -1: the run must end (recorder_failed(), or engine_stop() was called);
 * the item was freed. */
int engine_admit(struct engine *, struct item *);

/* Records an item that never went on the road (a bad line); item->err says why. Taken over. */
int engine_conclude(struct engine *, struct item *);

/* Waits until no item is on the road, or deadline_ms has passed (0: no limit). Returns how many are left. */
int engine_drain(struct engine *, int deadline_ms);

/* Stop now: items that wait or are in a call end as skipped with ERR_INTERRUPTED; a stage at work finishes first. */
void engine_stop(struct engine *);

int engine_in_flight(struct engine *);
void engine_close(struct engine *); /* stops, joins, frees; NULL is fine */

#endif
