/*
 * ledger.h - the book of paid calls: a row before the packet, and what became of it. Table `calls` of schemas/store.sql.
 *
 * A call is one payment at most: tries that were turned away unbilled (429, 503, no connection) are part of it; an answer that may
 * have been billed and was lost ends it as "unknown" for good, and asking again is a row of its own.
 *   reserved ──▶ settled   answered: settled_nano is what it cost, 0 where it was refused unbilled
 *            └─▶ unknown   the answer was lost, or did not say what it cost; reserved_nano counts as possibly billed
 * Rows that a dead process left open become unknown when the next run begins (store_run_begin()).
 *
 * Threads: any; numbers are given out without a lock. What is written goes through the recorder.
 */
#ifndef PACKSHOT_PIPELINE_LEDGER_H
#define PACKSHOT_PIPELINE_LEDGER_H

#include "pipeline/recorder.h"
#include "pipeline/stage.h"

struct ledger;

/* Borrows the recorder until ledger_close(), and reads the store: open it before the recorder is. ERR_STORE, ERR_NOMEM. */
int ledger_open(struct ledger **out, struct store *, int64_t run, struct err *);
void ledger_use(struct ledger *, struct recorder *); /* once, before the first call */
void ledger_close(struct ledger *);                  /* NULL is fine; the recorder has been closed or flushed before */

/* Writes the intent: done(ctx, failed) is called on the recorder's thread once it is committed, not before; it must not block.
 * *id is the call's number, set before done can run. `stage` is borrowed until then. -1: no memory, done is not called. Blocks
 * while the recorder's inbox is full. */
int ledger_reserve(struct ledger *, int64_t seq, const char *stage, const struct purchase *, int64_t *id,
		   void (*done)(void *ctx, bool failed), void *ctx);

/* What became of call `id`. Everything is copied. */
struct ledger_end {
	const char *endpoint;          /* asked last; NULL: none, it never left */
	int tries;                     /* requests sent for it */
	int64_t started_us, ended_us;  /* wall clock */
	const struct receipt *receipt; /* of an answer; known: settled */
	bool billable;                 /* it may have been billed: unknown where the receipt is not known. false: settled at 0 */
	enum err_code error;           /* what went wrong, or ERR_OK */
};
/* -1: no memory. Blocks while the recorder's inbox is full. */
int ledger_end(struct ledger *, int64_t id, const struct ledger_end *);

#endif
