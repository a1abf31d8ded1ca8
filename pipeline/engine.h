/*
 * engine.h - carries items along the road: workers run the stages, the wire carries their calls, the recorder
 * writes what came out. It knows no picture, no prompt and no shop.
 *
 * Bounded by admission: engine_has_room() says no while `max_items` are on the road or more than `max_bytes` are in memory.
 * Ending: stop admitting, engine_wait() until nothing is left, engine_close(). engine_stop() makes that quick. A disk or
 *   database that refuses stops it from inside: engine_failed(); a key that is refused, or money that is used up: engine_halted().
 * Threads: everything is called from the main thread; engine_stop() and engine_turn_away() also from others. Callbacks say where they run.
 * Lock order: the engine's lock is a leaf; no callback runs and nothing else is locked under it.
 */
#ifndef PACKSHOT_PIPELINE_ENGINE_H
#define PACKSHOT_PIPELINE_ENGINE_H

#include "pipeline/blobs.h"
#include "pipeline/counts.h"
#include "pipeline/ledger.h"
#include "pipeline/recorder.h"
#include "pipeline/stage.h"
#include "pipeline/unchanged.h"
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
	bool read_cache;        /* off with --force and --no-cache; results of this very run are still shared */
	bool write_cache;       /* off with --no-cache: then nothing is shared either */
	const char *store_path; /* borrowed, like all below */
	struct recorder *recorder;
	struct blobs *blobs;
	struct wire *wire;
	struct ledger *ledger; /* of paid calls; NULL: there are none */
	struct unchanged *unchanged; /* NULL: every item goes the whole road */
	struct counts *counts; /* NULL: nobody watches */
	int lost_retries;      /* new payments a stage may make for an answer that was lost */

	/* May more be bought, or is there no room to keep it? Asked on the wire's thread before each payment; must not block. False
	 * and why: the run has failed by it. NULL: always. */
	bool (*may_buy)(void *ctx, struct err *why);
	/* The product of a manifest's line that was read before, for an item that carries it and gives it to product_free. On the wire's
	 * thread. NULL: no memory. */
	struct product *(*read_product)(void *ctx, const char *line, size_t size);
	void (*product_free)(struct product *);
	/* An item has ended: say what the run records of it. Runs on a worker, or inside engine_conclude(). Returns -1 when
	 * there is no memory for it, which ends the run. */
	int (*conclude)(void *ctx, struct item *, int64_t took_us, struct item_row *row);
	void (*free_row)(struct item_row *row);
	/* Its row is in the database. Runs on the recorder's thread; must not block. */
	void (*committed)(void *ctx, const struct item *, const struct item_row *);
	void *ctx;
};

struct engine;
int engine_open(struct engine **out, const struct engine_config *, struct err *);

/* Waits up to wait_ms for room for one more item. Always true once the engine has failed or was stopped. */
bool engine_has_room(struct engine *, int wait_ms);

/* Gives an item to the road; does not wait for it. The item is taken over. -1: no memory, or the run must end (the item is freed). */
int engine_admit(struct engine *, struct item *);

/* Asks the server of a photo whether it still has the one that sighting->was tells of (sighting->to_ask). Then nothing but that is recorded;
 * else an item of it goes along the road. Counts as an item meanwhile. The line is its product's, `size` bytes, copied. 1: asked, or known
 * from another item; `was` is taken over. 0: another item is at the same photo, or has met with a newer one: an item of it is to be
 * admitted. -1: as above. With 0 and -1 `was` stays the caller's. */
int engine_ask(struct engine *, const struct sighting *, const char *line, size_t size);

/* Records an item that never goes on the road: item->err says why. An error that ends a run makes it skipped, any
 * other failed. Taken over. -1 as above. */
int engine_conclude(struct engine *, struct item *);

/* Waits until nothing is on the road, at most wait_ms. Returns how many items are left. */
int engine_wait(struct engine *, int wait_ms);

/* Ends soon: items that were admitted but have not begun end as skipped with ERR_INTERRUPTED, the others finish. */
void engine_turn_away(struct engine *);

/* Ends quickly: items that wait end as skipped with ERR_INTERRUPTED; a stage at work finishes first. The wire is aborted. */
void engine_stop(struct engine *);

/* Has the run failed from inside (disk, database, memory)? Copies why into err (may be NULL). */
bool engine_failed(struct engine *, struct err *);

/* Has something ended the work that leaves the disk fine (a key that is refused, credit that is used up)? As engine_turn_away();
 * engine_conclude() goes on recording. Copies why into err (may be NULL). */
bool engine_halted(struct engine *, struct err *);

/* How many items are on the road, and how many of them wait for a worker: newcomers, and those that return. Any thread. */
void engine_depths(struct engine *, int *on_road, int *arriving, int *returning);

void engine_close(struct engine *); /* stops, waits for what is on the road, joins, frees; NULL is fine */

#endif
