#include "pipeline/route.h"

#include <string.h>

#define HELD_LONG_US 60000000 /* an endpoint that wants to be left alone for longer is passed over meanwhile */

void route_init(struct route *r, const struct service *s)
{
	memset(r, 0, sizeof(*r));
	r->service = s;
	while (r->count < ENDPOINTS_MAX && s->endpoints[r->count]) {
		struct endpoint *e = &r->endpoints[r->count];

		e->base = s->endpoints[r->count++];
		e->cold = true;
		pace_init(&e->pace, s->concurrency, s->rpm, s->tpm, s->usd_per_10min);
	}
}

int route_pick(const struct route *r, int64_t now, int64_t tokens, int64_t nano, bool *probe, int64_t *again_us)
{
	*probe = false;
	*again_us = INT64_MAX;
	for (int i = 0; i < r->count; i++) {
		const struct endpoint *e = &r->endpoints[i];
		int64_t when = e->open ? e->retry_us : pace_when(&e->pace, now, tokens, nano);

		if (e->open && e->trial)
			continue;
		if (when <= now) {
			*probe = e->open && r->service->health_path;
			return i;
		}
		if (when < *again_us)
			*again_us = when;
		if (!e->open &&
		    e->pace.held_until_us - now <= HELD_LONG_US) /* healthy, and only busy: it is waited for */
			break;
	}
	return -1;
}

bool route_is_held(const struct route *r, int64_t now, int64_t longer_us)
{
	bool held = false;

	for (int i = 0; i < r->count; i++) {
		if (r->endpoints[i].open)
			continue;
		if (r->endpoints[i].pace.held_until_us - now <= longer_us)
			return false;
		held = true;
	}
	return held;
}

void route_started(struct route *r, int endpoint, int64_t now, int64_t tokens, int64_t nano)
{
	struct endpoint *e = &r->endpoints[endpoint];

	e->trial = e->open;
	pace_started(&e->pace, now, tokens, nano);
}

static void open_breaker(struct endpoint *e, int64_t now)
{
	e->open_ms = e->open ? 2 * e->open_ms : BREAKER_FIRST_MS;
	if (e->open_ms > BREAKER_MOST_MS)
		e->open_ms = BREAKER_MOST_MS;
	e->open = true;
	e->cold = true;
	e->trial = false;
	e->retry_us = now + e->open_ms * 1000;
}

static bool all_open(const struct route *r)
{
	for (int i = 0; i < r->count; i++) {
		if (!r->endpoints[i].open)
			return false;
	}
	return true;
}

void route_ended(struct route *r, int endpoint, int64_t now, bool healthy, enum pace_end end, int64_t took_us,
		 int64_t wait_ms)
{
	struct endpoint *e = &r->endpoints[endpoint];
	bool was_trial = e->trial;

	pace_ended(&e->pace, now, end, took_us, wait_ms);
	if (healthy) {
		e->failures = 0;
		e->open = e->trial = e->cold = false;
		r->unwell_since_us = 0;
		return;
	}
	e->failures++;
	/* Calls that were under way when it opened tell nothing new. */
	if (e->open ? was_trial : e->failures >= BREAKER_FAILURES)
		open_breaker(e, now);
	if (!r->unwell_since_us && all_open(r))
		r->unwell_since_us = now;
}
