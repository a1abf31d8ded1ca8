/* inquiry.c - a photo on a server, of a picture of which all else stands: one conditional request, for which nothing
 * goes on the road. A 304 ends it where it arrives; any other answer makes it an item like any other, which goes on
 * from there. */
#include "pipeline/clock.h"
#include "pipeline/last_made.h"
#include "pipeline/ride.h"

#include <stdlib.h>
#include <string.h>

struct inquiry {
	struct engine *engine;
	struct sighting s; /* its texts and its fingerprint are those of `was` */
	struct claim *claim;
	size_t size;
	char line[]; /* of its product: as it is written in the manifest, or its json */
};

static struct inquiry *create(struct engine *e, const struct sighting *s, const char *line, size_t size)
{
	struct inquiry *q = malloc(sizeof(*q) + size);

	if (!q)
		return NULL;
	q->engine = e;
	q->s = *s;
	q->s.sku = s->was->sku;
	q->s.source = s->was->place;
	q->s.fingerprint = &s->was->fingerprint;
	q->s.seen_us = clock_monotonic_us(); /* it may have waited for room */
	q->size = size;
	memcpy(q->line, line, size);
	return q;
}

static void fail(const struct inquiry *q)
{
	struct err err = { 0 };

	err_set(&err, ERR_IO, "no memory to record what became of line %lld", (long long)q->s.line);
	engine_fail(q->engine, &err);
}

/* Its claim ends: whoever waited for the photo goes on. */
static void give_way(struct inquiry *q)
{
	engine_return(q->engine, claims_release(engine_claims(q->engine), q->claim));
}

/* --- the answer, on the wire's thread --- */

static void stands(struct inquiry *q, int requests)
{
	const struct engine_config *cfg = engine_config(q->engine);

	counts_fetch(cfg->counts, requests);
	claims_confirm(engine_claims(q->engine), &q->s.was->source_key, &q->s.was->source);
	give_way(q);
	if (unchanged_record(cfg->unchanged, &q->s, requests) != 0)
		fail(q);
	last_made_free(q->s.was);
	engine_leave(q->engine);
	free(q);
}

/* The item that it is now. Takes over `was`. */
static struct item *make_item(const struct inquiry *q)
{
	const struct engine_config *cfg = engine_config(q->engine);
	struct product *p = cfg->read_product(cfg->ctx, q->line, q->size);

	if (p)
		return sighting_item(&q->s, p, cfg->product_free);
	last_made_free(q->s.was);
	return NULL;
}

/* As if it had been on the road all along, and this were the answer to the first stage's call. */
static void go_along(struct inquiry *q, const struct reply *reply)
{
	struct item *it = make_item(q);
	struct ride *r = it ? calloc(1, sizeof(*r)) : NULL;

	if (r) {
		r->engine = q->engine;
		r->item = it;
		r->claim = q->claim;
		r->admitted_us = r->arrived_us = q->s.seen_us;
		it->results[0].has_key = true;
		it->results[0].key = it->was->source_key;
		it->results[0].started_us = clock_wall_us() - (clock_monotonic_us() - q->s.seen_us);
		ride_answer(r, reply);
	} else {
		give_way(q);
		fail(q);
		item_free(it);
		engine_leave(q->engine);
	}
	free(q);
}

static void answered(void *ctx, const struct reply *reply)
{
	struct inquiry *q = ctx;

	if (reply->err.code == ERR_OK && reply->status == 304)
		stands(q, reply->tries);
	else
		go_along(q, reply);
}

/* --- the question, on the main thread --- */

static int send_call(struct inquiry *q, struct call *call)
{
	engine_enter(q->engine);
	if (wire_send(engine_config(q->engine)->wire, call, answered, q) == 0)
		return 1;
	engine_leave(q->engine);
	give_way(q);
	return -1;
}

/* It was answered in this run already. */
static int record(struct inquiry *q)
{
	give_way(q);
	if (unchanged_record(engine_config(q->engine)->unchanged, &q->s, 0) != 0)
		return -1;
	last_made_free(q->s.was);
	free(q);
	return 1;
}

/* Nobody else is at the photo. */
static int send_or_know(struct inquiry *q, struct call *call)
{
	switch (claims_confirmed(engine_claims(q->engine), &q->s.was->source_key, &q->s.was->source)) {
	case CONFIRMED_SAME:
		return record(q);
	case CONFIRMED_OTHER:
		give_way(q);
		return 0;
	case CONFIRMED_NOT:
		break;
	}
	return send_call(q, call);
}

/* What no question can be made of goes along the road, where that is told. */
static int ask(struct inquiry *q)
{
	const struct road *road = &engine_config(q->engine)->road;
	const struct stage *first = road->stages[0];
	struct call call = { 0 };
	int rc = 0;

	if (first->ask && first->ask(road->cfgs[0], q->s.was, &call) == 0) {
		switch (claims_take(engine_claims(q->engine), &q->s.was->source_key, NULL, &q->claim)) {
		case CLAIM_MINE:
			rc = send_or_know(q, &call);
			break;
		case CLAIM_WAITS:
			break;
		case CLAIM_NO_MEMORY:
			rc = -1;
			break;
		}
	}
	call_release(&call);
	return rc;
}

int engine_ask(struct engine *e, const struct sighting *s, const char *line, size_t size)
{
	struct inquiry *q = engine_failed(e, NULL) ? NULL : create(e, s, line, size);
	int rc = q ? ask(q) : -1;

	if (rc <= 0)
		free(q);
	return rc;
}
