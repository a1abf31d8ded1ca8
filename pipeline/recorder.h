/*
 * recorder.h - the thread that owns the writing database connection. What arrives is grouped into one
 * transaction; after the commit each entry's callback is called.
 *
 * Bounded: recorder_post() blocks while the inbox is full (never call it from the wire thread, nor from a callback).
 * Failure: any database error is a failure of the run, never of the one entry: the whole group is rolled back, the first
 *   error is kept (recorder_failed()), and this group and all later entries have their callbacks called with `failed`;
 *   the run must then end. Nothing that was reported written is ever lost by it.
 * Threads: recorder_post() from any thread. Callbacks run on the recorder's thread and must not block.
 */
#ifndef PACKSHOT_PIPELINE_RECORDER_H
#define PACKSHOT_PIPELINE_RECORDER_H

#include "pipeline/store.h"

struct recorder;

/* An entry to write. The write function runs on the recorder's thread inside a transaction; done (may be NULL) runs after
 * the commit, or with failed = true when it could not be written. ctx belongs to the entry until done has run. */
struct entry {
	int (*write)(struct store *, void *ctx, struct err *);
	void (*done)(void *ctx, bool failed);
	void *ctx;
};

/* Borrows the store until recorder_close(). */
int recorder_open(struct recorder **out, struct store *, struct err *);
int recorder_post(struct recorder *, const struct entry *); /* -1: no memory; nothing was queued */
/* Waits until everything posted so far is committed. -1 and err when something could not be written. */
int recorder_flush(struct recorder *, struct err *);
/* Has a write failed? Copies the first failure into err (may be NULL). */
bool recorder_failed(struct recorder *, struct err *);
int recorder_waiting(struct recorder *); /* entries that it has not begun with */
void recorder_close(struct recorder *); /* flushes, joins, frees; NULL is fine */

#endif
