/*
 * budget.h - a sum of money that cannot be passed, by however many calls are in flight: spent + reserved + possibly spent + next <= limit.
 *
 * A call takes its reservation before it is sent and gives back what it did not cost. One that does not fit while others are under way
 * waits for what they give back; one that does not fit while none is never will, and is refused.
 *
 * Threads: any; the lock is a leaf.
 */
#ifndef PACKSHOT_PIPELINE_BUDGET_H
#define PACKSHOT_PIPELINE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* One that takes; part of something of the caller's, which must stay where it is while it waits. */
struct budget_wait {
	int64_t nano; /* the reservation, nano-dollars */
	bool granted; /* set when its waiting is over */
	struct budget_wait *next;
};

struct budget;
/* limit_nano 0: no limit. spent_nano: what counts against it already. NULL: no memory. */
struct budget *budget_create(int64_t limit_nano, int64_t spent_nano);
void budget_free(struct budget *); /* nobody waits any more; NULL is fine */

enum budget_answer { BUDGET_GRANTED, BUDGET_WAITS, BUDGET_REFUSED };
/* First come, first served. */
enum budget_answer budget_take(struct budget *, struct budget_wait *);

/* A call for which `reserved_nano` was granted has cost cost_nano (the reservation, where that is not known). Returns those whose
 * waiting is over, linked by ->next; NULL: nobody. */
struct budget_wait *budget_give(struct budget *, int64_t reserved_nano, int64_t cost_nano);

/* What counts against it now, reservations included. */
int64_t budget_used(struct budget *);
int64_t budget_limit(const struct budget *);

#endif
