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

#include "pipeline/budget.h"
#include "pipeline/recorder.h"
#include "pipeline/stage.h"

struct ledger;

/* Borrows the budget, and the recorder until ledger_close(), and reads the store: open it before the recorder is. ERR_STORE, ERR_NOMEM. */
int ledger_open(struct ledger **out, struct store *, int64_t run, struct budget *, struct err *);
void ledger_use(struct ledger *, struct recorder *); /* once, before the first call */
void ledger_close(struct ledger *);                  /* NULL is fine; the recorder has been closed or flushed before */

/* `why` NULL: go on. ERR_BUDGET: there is no money for it; ERR_IO: the row could not be written. Must not block. On the recorder's
 * thread, or on whichever found out. */
typedef void ledger_answer(void *ctx, const struct err *why);

/* Takes the most that a call is expected to cost from the budget; waits in line where calls under way may still give something back. -1:
 * no memory, done is not called. */
int ledger_take(struct ledger *, const struct purchase *, ledger_answer *done, void *ctx);

/* Writes the intent of a call whose money was taken, and that is about to be sent: done without a reason means that it is committed and
 * the packet may leave. *id is the call's number, set before done can run. `stage` and the purchase's strings are borrowed until
 * then. -1: no memory, done is not called. Blocks while the recorder's inbox is full. */
int ledger_write(struct ledger *, int64_t seq, const char *stage, const struct purchase *, int64_t *id, ledger_answer *done, void *ctx);

/* What became of call `id`. Everything is copied. */
struct ledger_end {
	int64_t reserved_nano;         /* as it was granted */
	const char *endpoint;          /* asked last; NULL: none, it never left */
	int tries;                     /* requests sent for it */
	int64_t started_us, ended_us;  /* wall clock */
	const struct receipt *receipt; /* of an answer; known: settled */
	bool billable;                 /* it may have been billed: unknown where the receipt is not known. false: settled at 0 */
	enum err_code error;           /* what went wrong, or ERR_OK */
};
/* Gives back what it did not cost; id 0: it was never written. -1: no memory. Blocks while the recorder's inbox is full. */
int ledger_end(struct ledger *, int64_t id, const struct ledger_end *);

#endif
