#include "pipeline/wire_lane.h"

#include "pipeline/counts.h"

#include <string.h>

#define REFUSALS_MEANT 5

void lane_init(struct lane *l, const struct service *s, const struct wire_config *cfg)
{
	memset(l, 0, sizeof(*l));
	l->service = s;
	l->cfg = cfg;
	route_init(&l->route, s);
}

/* The service's, in the wire. */
static int index_of(const struct lane *l)
{
	return (int)(l->service - l->cfg->services);
}

void lane_join(struct lane *l, struct job *j, int64_t now)
{
	bool again = j->joined_us != 0;

	l->waiting++;
	if (!again)
		j->joined_us = now;
	j->turn.next = again ? l->first : NULL;
	if (again || !l->first) {
		l->first = &j->turn;
		l->last = again && l->last ? l->last : &j->turn;
	} else {
		l->last->next = &j->turn;
		l->last = &j->turn;
	}
}

struct job *lane_drop(struct lane *l)
{
	struct job *j = (struct job *)l->first;

	if (!j)
		return NULL;
	l->waiting--;
	l->first = j->turn.next;
	if (!l->first)
		l->last = NULL;
	j->turn.next = NULL;
	return j;
}

struct job *lane_next(struct lane *l, int64_t now, bool *probe, int *endpoint, int64_t *again_us)
{
	struct job *j = (struct job *)l->first;
	int picked;

	*probe = false;
	*again_us = INT64_MAX;
	if (!j)
		return NULL;
	picked = route_pick(&l->route, now, j->call.purchase.tokens, j->call.purchase.reserve_nano, probe, again_us);
	*endpoint = picked;
	if (picked < 0 || *probe)
		return NULL;
	j->endpoint = picked;
	return lane_drop(l);
}

/* With no healthy endpoint for longer than a call's patience, who waits has waited enough, and newcomers need not begin
 * to. One stays for the next trial, where there is no health path to ask instead. */
struct job *lane_hopeless(struct lane *l, int64_t now, struct err *e)
{
	int64_t patience_us = l->cfg->patience_ms * INT64_C(1000);

	if (l->dead.code != ERR_OK) {
		*e = l->dead;
		return lane_drop(l);
	}
	if (!l->route.unwell_since_us || now - l->route.unwell_since_us <= patience_us ||
	    (l->first == l->last && !l->service->health_path))
		return NULL;
	err_clear(e);
	err_set(e, ERR_DOWN, "%s: no endpoint has answered for %lld s", l->service->name,
		(long long)((now - l->route.unwell_since_us) / 1000000));
	return lane_drop(l);
}

void lane_started(struct lane *l, struct job *j, int64_t now)
{
	j->started_us = now;
	route_started(&l->route, j->endpoint, now, j->call.purchase.tokens, j->call.purchase.reserve_nano);
}

static bool is_success(const struct outcome *o)
{
	return o->code == ERR_OK && o->status >= 200 && o->status < 300;
}

/* What a try that was no success means. */
static void judge(const struct lane *l, const struct outcome *o, const struct reply *r, struct verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->wait_ms = -1;
	if (o->code == ERR_OK && l->service->judge) {
		l->service->judge(r, v);
	} else if (o->code == ERR_OK) {
		bool again = o->status == 429 || o->status == 503;

		v->action = again ? VERDICT_RETRY : VERDICT_DELIVER;
		v->rate = o->status == 429;
		err_set(&v->err, ERR_UNAVAILABLE, "the service answered %d", o->status);
	} else if (o->unsent) {
		v->action = VERDICT_RETRY;
		err_set(&v->err, ERR_UNAVAILABLE, "%s", r->err.msg);
	} else if (o->code == ERR_NOMEM) {
		v->action = VERDICT_END;
		err_set(&v->err, ERR_NOMEM, "%s", r->err.msg);
	} else {
		v->action = VERDICT_LOST;
		err_set(&v->err, ERR_LOST, "%s", r->err.msg);
	}
}

/* What it says about the endpoint. */
static void tell_route(struct lane *l, const struct job *j, const struct outcome *o, const struct verdict *v,
		       int64_t now)
{
	bool turned = v->action == VERDICT_RETRY, healthy = o->code == ERR_OK;
	enum pace_end end = PACE_OTHER;

	if (is_success(o))
		end = PACE_ANSWERED;
	else if (turned && v->rate)
		end = PACE_RATE;
	else if (turned || v->action == VERDICT_LOST)
		end = PACE_UNWELL;
	route_ended(&l->route, j->endpoint, now, healthy && end != PACE_UNWELL, end, now - j->started_us, v->wait_ms);
}

static bool another_is_healthy(const struct lane *l, int endpoint)
{
	for (int i = 0; i < l->route.count; i++) {
		if (i != endpoint && !l->route.endpoints[i].open)
			return true;
	}
	return false;
}

/* -1: tries or patience are used up. */
static int64_t wait_for(const struct lane *l, struct job *j, const struct outcome *o, const struct verdict *v,
			int64_t now, double chance)
{
	bool patient = v->rate || o->status == 503 || o->unsent;
	int64_t asked = v->wait_ms > RETRY_WAIT_MAX_MS ? RETRY_WAIT_MAX_MS : v->wait_ms, wait, left_ms;

	if (!j->turned_us)
		j->turned_us = now;
	left_ms = l->cfg->patience_ms - (now - j->turned_us) / 1000;
	if (patient ? left_ms <= 0 : ++j->failures > l->cfg->retries)
		return -1;
	if (o->unsent && another_is_healthy(l, j->endpoint))
		return 0;
	wait = retry_wait_ms(j->tries, l->cfg->backoff_ms, asked, chance);
	/* A longer pause than one wait is kept by the endpoint's pace: the call goes back in line behind it. */
	return patient && wait > left_ms ? -1 : wait;
}

/* A service that has answered before and refuses one call's key or address refuses that call: a firewall did not like
 * its words, or a relay was being restarted. Several in a row are meant. */
static bool is_about_this_call(struct lane *l, const struct verdict *v)
{
	return (v->err.code == ERR_KEY || v->err.code == ERR_RETIRED) && !v->certain && l->answered &&
	       ++l->refusals < REFUSALS_MEANT;
}

int64_t lane_ended(struct lane *l, struct job *j, const struct outcome *o, struct reply *r, int64_t now, double chance)
{
	struct verdict v = { .wait_ms = -1 };
	int64_t wait;

	if (l->cfg->counts)
		counts_answer(l->cfg->counts, index_of(l), now - j->started_us);
	r->endpoint = l->route.endpoints[j->endpoint].base;
	if (is_success(o)) {
		l->answered = true;
		l->refusals = 0;
	} else {
		judge(l, o, r, &v);
	}
	if (v.action == VERDICT_RETRY && v.wait_ms < 0)
		v.wait_ms = o->after_ms;
	tell_route(l, j, o, &v, now);
	err_clear(&r->err);
	if (v.action == VERDICT_DELIVER)
		return -1;
	if (v.action == VERDICT_RETRY && v.rate && route_is_held(&l->route, now, l->cfg->patience_ms * INT64_C(1000))) {
		err_clear(&v.err);
		err_set(&v.err, ERR_QUOTA, "it wants to be left alone for %lld minutes", (long long)v.wait_ms / 60000);
		v.action = VERDICT_END;
	}
	if (v.action == VERDICT_RETRY) {
		wait = wait_for(l, j, o, &v, now, chance);
		if (wait >= 0)
			return wait;
	}
	r->lost = v.action == VERDICT_LOST || (o->code == ERR_NOMEM && !o->unsent);
	if (v.action == VERDICT_END && err_ends_run(v.err.code) && is_about_this_call(l, &v)) {
		err_set(&r->err, ERR_UNAVAILABLE, "%s: %s; others are answered", l->service->name, v.err.msg);
		return -1;
	}
	err_set(&r->err, v.err.code, "%s: %s", l->service->name, v.err.msg);
	if (v.action == VERDICT_END && err_ends_run(v.err.code) && l->dead.code == ERR_OK)
		l->dead = r->err;
	return -1;
}

void lane_left(struct lane *l, int endpoint, int64_t now, bool healthy)
{
	route_ended(&l->route, endpoint, now, healthy, PACE_OTHER, 0, -1);
}

void lane_show(const struct lane *l, int64_t now)
{
	int in_flight = 0;

	if (!l->cfg->counts)
		return;
	for (int i = 0; i < l->route.count; i++) {
		const struct endpoint *e = &l->route.endpoints[i];
		bool held = e->pace.held_until_us > now, lowered = (int)e->pace.limit < e->pace.most;

		in_flight += e->pace.in_flight;
		counts_endpoint(l->cfg->counts, index_of(l), i, e->pace.limit, held || lowered, e->open);
	}
	counts_lane(l->cfg->counts, index_of(l), l->waiting, in_flight);
}
