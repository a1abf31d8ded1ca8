/*
 * route.h - which endpoint of a service is asked: the first healthy one in order of preference.
 *
 * Each has a circuit breaker: after BREAKER_FAILURES failures in a row it is open, and nothing is sent there; after a while, which
 * doubles, one trial goes out (a probe of its health path, where the service has one); an answer closes it again, and with it
 * traffic returns to the preferred endpoint.
 *
 * Threads: one (the wire's). Times as in pace.h.
 */
#ifndef PACKSHOT_PIPELINE_ROUTE_H
#define PACKSHOT_PIPELINE_ROUTE_H

#include "pipeline/pace.h"
#include "pipeline/service.h"

#define BREAKER_FAILURES 3
#define BREAKER_FIRST_MS 1000
#define BREAKER_MOST_MS  60000

struct endpoint {
	const char *base;
	struct pace pace;
	int failures;        /* in a row */
	bool open;
	bool trial;          /* one is out */
	bool cold;           /* not answered yet, or not since it was unwell */
	int64_t open_ms;     /* how long it stays open this time */
	int64_t retry_us;    /* open: the next trial, not before */
};

struct route {
	const struct service *service;
	struct endpoint endpoints[ENDPOINTS_MAX];
	int count;
	int64_t unwell_since_us; /* no endpoint is healthy; 0: one is */
};

void route_init(struct route *, const struct service *);

/* The endpoint to send a call of so many tokens and nano-dollars to now: its index; -1: not now, look again at *again_us (INT64_MAX:
 * when one in flight has ended). *probe: the health path is to be asked there instead of the call. */
int route_pick(const struct route *, int64_t now, int64_t tokens, int64_t nano, bool *probe, int64_t *again_us);

/* Has every endpoint that is well asked to be left alone for longer than that? Then waiting has no point. */
bool route_is_held(const struct route *, int64_t now, int64_t longer_us);

void route_started(struct route *, int endpoint, int64_t now, int64_t tokens, int64_t nano);

/* `healthy`: it answered, whatever it said. */
void route_ended(struct route *, int endpoint, int64_t now, bool healthy, enum pace_end, int64_t took_us, int64_t wait_ms);

#endif
