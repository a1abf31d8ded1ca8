/*
 * ride.h - an item while it is on the road: what the machinery itself has to remember of it. Inside the engine only.
 *
 * Threads: a ride is held by one thread, or by one queue, like its item.
 */
#ifndef PACKSHOT_PIPELINE_RIDE_H
#define PACKSHOT_PIPELINE_RIDE_H

#include "pipeline/engine.h"

struct ride {
	struct engine *engine;
	struct item *item;
	struct item_row row; /* once concluded */
	int64_t admitted_us; /* monotonic, like the next */
	int64_t arrived_us;  /* at the current stage */
	struct claim *claim; /* on the current stage's key, while it is worked on */
	struct reply reply;  /* the answer to its call, its strings owned here */
	bool has_reply;

	/* Its call, if it makes one. */
	struct call call;      /* while the money for it is being taken */
	struct call again;     /* the same, where an answer that is lost may be asked for once more */
	struct purchase purchase;
	bool bought;           /* there is money for it */
	int64_t ledger_id;     /* of its payment, once that is written down; 0: it is not */
	bool charged;          /* it stands in the item's costs */
	void *ticket;          /* the wire's, while it is written down */
	int64_t sent_us;       /* wall clock */
	struct receipt receipt;
	int lost;              /* answers that the stage has paid for in vain */

	unsigned remake; /* stages (bits) whose stored blob was lost: made again, once, past the cache */
	unsigned noted;  /* stages (bits) whose row is with the recorder already */
	struct ride *next;
};

/* --- claims: who works on which key. One works, the others wait for its result. --- */
struct claims;
struct claims *claims_create(int expected);
enum claimed {
	CLAIM_MINE,  /* the key was free: *claim is set */
	CLAIM_WAITS, /* the waiter, if any, is queued behind the holder, and no longer the caller's to look at */
	CLAIM_NO_MEMORY
};
enum claimed claims_take(struct claims *, const struct digest *, struct ride *waiter, struct claim **claim);
/* Ends a claim and hands back those who waited, linked by next. NULL claim is fine. */
struct ride *claims_release(struct claims *, struct claim *);
/* In this run the origin has given this blob under the key, or confirmed it, be there a row that says so or not. The last 65536 are
 * remembered, more or less: who is not asks once more. */
void claims_confirm(struct claims *, const struct digest *key, const struct digest *blob);
enum confirmed {
	CONFIRMED_NOT,
	CONFIRMED_SAME, /* that blob */
	CONFIRMED_OTHER /* another one */
};
enum confirmed claims_confirmed(struct claims *, const struct digest *key, const struct digest *blob);
void claims_free(struct claims *); /* NULL is fine */

/* --- one step: an item at one stage. Runs on a worker. --- */
enum step {
	STEP_ON,     /* the stage is done: on to the next */
	STEP_BACK,   /* item->stage was set back, to make a lost blob again */
	STEP_PARKED, /* it waits for a claim or a reply and is no longer the caller's */
	STEP_STANDS, /* nothing has changed since item->was: the road ends here (unchanged.h) */
	STEP_FAILED  /* item->err says why */
};
enum step ride_step(struct ride *, struct store_reader *);

/* --- its calls (ride_call.c) --- */

/* Sends a call, a paid one once its row is committed. STEP_PARKED, and the ride is no longer the caller's; STEP_FAILED: item->err says
 * why. The call is taken over in any case. */
enum step ride_send(struct ride *, struct call *);
/* Was the answer lost, and may it be paid for again? Then that is done: *step says what became of it. */
bool ride_pays_again(struct ride *, enum step *step);
/* Adds what the answer in hand came to, as the receipt has it, to the item's costs; once a payment. */
void ride_charge(struct ride *);
/* Does that, and writes it down. Once the result is kept. */
void ride_settle(struct ride *);
/* A wire_done; ctx: the ride, which goes back to the workers with the answer. */
void ride_answer(void *ctx, const struct reply *);
void ride_release_reply(struct ride *);
void ride_release_calls(struct ride *);

/* --- what a step needs of the engine --- */
const struct engine_config *engine_config(const struct engine *);
struct claims *engine_claims(struct engine *);
void engine_return(struct engine *, struct ride *list); /* back to the workers, before newcomers */
void engine_enter(struct engine *);                     /* one more is on the road */
void engine_leave(struct engine *);                     /* one less */
void engine_halt(struct engine *, const struct err *);  /* no more items are begun; the first reason is kept */
void engine_fail(struct engine *, const struct err *);  /* the run must end; the first reason is kept */

#endif
