/*
 * wire_lane.h - the calls of one service: who may be sent now, and where; and what is made of how a try ended.
 *
 * Internal to the wire. Decisions and a line; no socket. Threads: the wire's.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_LANE_H
#define PACKSHOT_PIPELINE_WIRE_LANE_H

#include "pipeline/route.h"
#include "pipeline/wire_job.h"
#include "pipeline/wire_retry.h"

struct lane {
	const struct service *service;
	const struct wire_config *cfg;
	struct route route;
	struct turn *first, *last; /* in line */
	int waiting;               /* so many */
	bool answered;             /* a call, with success */
	int refusals;              /* since then */
	struct err dead;           /* it said something that ends the run: nobody is sent any more */
};

void lane_init(struct lane *, const struct service *, const struct wire_config *);

/* To the end of the line, or (of one that was turned away) to its head. */
void lane_join(struct lane *, struct job *, int64_t now);

/* The next one that may be sent now, with its endpoint set; out of line. *probe: instead of a call the endpoint's health is to be asked
 * (the job stays in line, NULL is returned, *endpoint says which). NULL: nobody; look again at *again_us. */
struct job *lane_next(struct lane *, int64_t now, bool *probe, int *endpoint, int64_t *again_us);

/* One whose waiting is over without success (no endpoint is healthy any more, or the service is dead), out of line, with the reason
 * in *e; NULL: nobody. */
struct job *lane_hopeless(struct lane *, int64_t now, struct err *e);

void lane_started(struct lane *, struct job *, int64_t now);

/* How a try ended. Returns the ms after which it is tried again, or -1: it is done; then reply->err and ->lost are set (both unset:
 * what it says is to be delivered). `chance`: as in retry_wait_ms(). reply->body may be NULL with an outcome that has no status. */
int64_t lane_ended(struct lane *, struct job *, const struct outcome *, struct reply *, int64_t now, double chance);

/* What was sent there has ended, and says no more than whether the endpoint is healthy: a probe. */
void lane_left(struct lane *, int endpoint, int64_t now, bool healthy);

/* Tells whoever watches how the lane is. */
void lane_show(const struct lane *, int64_t now);

/* Takes anyone out of line; NULL: nobody waits. */
struct job *lane_drop(struct lane *);

#endif
