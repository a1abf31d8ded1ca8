/* ride.c - one step: key, claim, cache, inputs, begin or accept, and what is made of the answer. */
#include "pipeline/ride.h"

#include "pipeline/clock.h"
#include "pipeline/file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PUT_TRIES    3
#define PUT_PAUSE_NS 100000000

static const struct stage *stage_of(const struct ride *r)
{
	return engine_config(r->engine)->road.stages[r->item->stage];
}

static const void *cfg_of(const struct ride *r)
{
	return engine_config(r->engine)->road.cfgs[r->item->stage];
}

static struct result *result_of(struct ride *r)
{
	return &r->item->results[r->item->stage];
}

static void drop_claim(struct ride *r)
{
	engine_return(r->engine, claims_release(engine_claims(r->engine), r->claim));
	r->claim = NULL;
}

static enum step fail(struct ride *r)
{
	struct result *res = result_of(r);

	drop_claim(r);
	result_release(&r->item->stale);
	res->origin = ORIGIN_FAILED;
	res->took_us = clock_monotonic_us() - r->arrived_us;
	r->item->err_stage = r->item->stage;
	if (err_halts_run(r->item->err.code))
		engine_halt(r->engine, &r->item->err);
	else if (err_ends_run(r->item->err.code) && r->item->err.code != ERR_INTERRUPTED)
		engine_fail(r->engine, &r->item->err);
	return STEP_FAILED;
}

/* --- the recorder's part: a result made or confirmed becomes a row and a cache entry at once --- */

struct note {
	struct engine *engine;
	struct claim *claim; /* those who wait for the result go on once it can be read */
	struct result result;
	struct stage_row row;
};

static int write_note(struct store *st, void *ctx, struct err *e)
{
	struct note *n = ctx;

	return store_stage(st, engine_config(n->engine)->run, &n->row, e);
}

static void note_written(void *ctx, bool failed)
{
	struct note *n = ctx;

	(void)failed; /* the recorder keeps the reason, and the run ends by it */
	engine_return(n->engine, claims_release(engine_claims(n->engine), n->claim));
	result_release(&n->result);
	free(n);
}

static int post_note(struct ride *r, struct err *e)
{
	const struct engine_config *cfg = engine_config(r->engine);
	struct note *n = calloc(1, sizeof(*n));
	struct entry entry = { write_note, note_written, n };

	if (!n || result_copy(&n->result, result_of(r)) != 0) {
		free(n);
		return err_set(e, ERR_NOMEM, "no memory to record %s", r->item->sku);
	}
	bytes_unref(n->result.bytes); /* the row needs the digest only */
	n->result.bytes = NULL;
	n->engine = r->engine;
	n->claim = r->claim;
	n->row = (struct stage_row){ .seq = r->item->seq,
				     .stage = stage_of(r)->name,
				     .result = &n->result,
				     .keep = true,
				     .cost_nano = n->result.cost_nano };
	if (recorder_post(cfg->recorder, &entry) != 0) {
		result_release(&n->result);
		free(n);
		return err_set(e, ERR_NOMEM, "no memory to record %s", r->item->sku);
	}
	r->claim = NULL;
	r->noted |= 1u << r->item->stage;
	return 0;
}

/* --- what came out of begin() or accept() --- */

static bool is_kept(struct ride *r)
{
	const struct result *res = result_of(r);

	return res->has_key && !res->fleeting && engine_config(r->engine)->write_cache;
}

/* A disk that refuses once may take it the next time: what was paid for is worth a few tries. */
static int put_blob(struct blobs *b, const struct result *res, struct err *e)
{
	static const struct timespec pause = { 0, PUT_PAUSE_NS };
	struct err why = { 0 };

	for (int i = 1; blobs_put(b, &res->blob, res->bytes, &why) != 0; i++) {
		if (i == PUT_TRIES)
			return err_set(e, why.code, "%s", why.msg);
		err_clear(&why);
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int keep_blob(struct ride *r, struct result *res, struct err *e)
{
	const struct engine_config *cfg = engine_config(r->engine);

	if (res->bytes && !res->has_blob) {
		digest_of(res->bytes->data, res->bytes->size, &res->blob);
		res->has_blob = true;
	}
	if (res->bytes)
		res->blob_size = (int64_t)res->bytes->size;
	if (!res->bytes || res->path || !is_kept(r))
		return 0;
	return put_blob(cfg->blobs, res, e);
}

/* Others need not ask its origin again in this run. */
static void confirm(struct ride *r)
{
	const struct result *res = result_of(r);

	if (stage_of(r)->fresh && res->has_key && res->has_blob)
		claims_confirm(engine_claims(r->engine), &res->key, &res->blob);
}

/* What was paid for is on the disk, and in the cache, before its payment is settled: a kill in between leaves a payment
 * unknown, but never one that is made again. */
static enum step made(struct ride *r)
{
	struct result *res = result_of(r);
	struct err *e = &r->item->err;
	int rc;

	result_release(&r->item->stale);
	res->origin = ORIGIN_MADE;
	ride_charge(r);
	rc = keep_blob(r, res, e);
	res->took_us = clock_monotonic_us() - r->arrived_us;
	if (rc == 0)
		confirm(r); /* before others go on by the row */
	if (rc == 0 && is_kept(r))
		rc = post_note(r, e);
	else
		drop_claim(r);
	if (rc != 0)
		r->receipt.fault = e->code;
	ride_settle(r);
	return rc == 0 ? STEP_ON : fail(r);
}

/* Takes a stored result over into the item; its key and start stay the item's own. */
static void take_stored(struct ride *r, struct result *stored)
{
	struct result *res = result_of(r);
	struct digest key = res->key;
	int64_t started = res->started_us;

	result_release(res);
	*res = *stored;
	memset(stored, 0, sizeof(*stored));
	res->has_key = true;
	res->key = key;
	res->cost_nano = 0;
	res->origin = ORIGIN_CACHE;
	res->started_us = started;
	res->took_us = clock_monotonic_us() - r->arrived_us;
}

/* At the first stage: does the item stand as it was made last? */
static bool stands(struct ride *r)
{
	return r->item->stage == 0 && r->item->was &&
	       unchanged_holds(engine_config(r->engine)->unchanged, r->item, result_of(r));
}

static enum step confirmed(struct ride *r)
{
	take_stored(r, &r->item->stale);
	confirm(r);
	if (stands(r)) { /* then nothing is written down but that */
		drop_claim(r);
		return STEP_STANDS;
	}
	return post_note(r, &r->item->err) != 0 ? fail(r) : STEP_ON;
}

/* A stage that asks once more may have a result already, should nothing better come: it was paid for, and is kept
 * before that is settled. Whoever dies meanwhile finds it in the cache. */
static int keep_for_now(struct ride *r)
{
	struct result *res = result_of(r);
	struct claim *claim = r->claim;
	int rc = 0;

	if (!res->bytes && !res->facts)
		return 0;
	if (is_kept(r)) {
		ride_charge(r);
		rc = keep_blob(r, res, &r->item->err);
		r->claim = NULL; /* those who wait for the result wait for the better one */
		res->origin = ORIGIN_MADE;
		if (rc == 0)
			rc = post_note(r, &r->item->err);
		res->origin = ORIGIN_NONE;
		r->claim = claim;
		r->noted &= ~(1u << r->item->stage);
	}
	bytes_unref(res->bytes);
	free(res->facts);
	res->bytes = NULL;
	res->facts = NULL;
	res->has_blob = false;
	res->blob_size = 0;
	return rc;
}

static enum step follow(struct ride *r, enum stage_next next, struct call *call)
{
	enum step step;
	int kept;

	if (next == STAGE_DONE) {
		step = made(r); /* settles */
		ride_release_reply(r);
		return step;
	}
	kept = next == STAGE_CALL ? keep_for_now(r) : 0;
	ride_settle(r);
	ride_release_reply(r);
	if (kept != 0) {
		call_release(call);
		return fail(r);
	}
	switch (next) {
	case STAGE_SAME:
		return confirmed(r);
	case STAGE_CALL:
		return ride_send(r, call) == STEP_PARKED ? STEP_PARKED : fail(r);
	default:
		call_release(call);
		return fail(r);
	}
}

static enum step take_reply(struct ride *r)
{
	struct item *it = r->item;
	struct call call = { 0 };
	enum stage_next next;
	enum step step;

	it->calls += r->reply.tries;
	if (!r->bought)
		counts_fetch(engine_config(r->engine)->counts, r->reply.tries);
	memset(&r->receipt, 0, sizeof(r->receipt));
	if (ride_pays_again(r, &step))
		return step == STEP_PARKED ? STEP_PARKED : fail(r);
	next = stage_of(r)->accept(cfg_of(r), it, &r->reply, result_of(r), &call, &r->receipt, &it->err);
	return follow(r, next, &call);
}

/* --- before begin(): the cache, and the inputs --- */

static bool make_key(struct ride *r)
{
	struct result *res = result_of(r);
	const struct stage *s = stage_of(r);
	struct key *k;

	res->has_key = false;
	if (!s->key || !engine_config(r->engine)->write_cache)
		return false;
	k = key_create(s->name, s->version);
	if (!k)
		return false; /* without memory for a key it is worked uncached */
	res->has_key = s->key(cfg_of(r), r->item, k);
	key_final(k, &res->key);
	return res->has_key;
}

/* Is the stored result one that may be used without asking its origin? Leaves a stale one in item->stale. */
static bool blob_is_there(struct ride *r, const struct result *found)
{
	return !found->has_blob || found->path ||
	       blobs_has(engine_config(r->engine)->blobs, &found->blob, found->blob_size);
}

static bool usable(struct ride *r, struct result *found, bool this_run)
{
	const struct engine_config *cfg = engine_config(r->engine);
	const struct stage *s = stage_of(r);

	if (r->remake & 1u << r->item->stage) /* its blob was lost: somebody else may have made it again meanwhile */
		return this_run && blob_is_there(r, found);
	if (this_run)
		return true;
	if (!cfg->read_cache)
		return false;
	if (!s->fresh)
		return true;
	if (!blob_is_there(r, found))
		return false;
	r->item->stale = *found;
	memset(found, 0, sizeof(*found));
	if (!s->fresh(cfg_of(r), r->item))
		return false;
	*found = r->item->stale;
	memset(&r->item->stale, 0, sizeof(r->item->stale));
	return true;
}

enum lookup { LOOKUP_HIT, LOOKUP_WORK, LOOKUP_PARKED, LOOKUP_FAILED };

static enum lookup look_up(struct ride *r, struct store_reader *reader)
{
	struct result found = { 0 };
	struct err *e = &r->item->err;
	bool this_run = false;
	int rc;

	if (!make_key(r))
		return LOOKUP_WORK;
	switch (claims_take(engine_claims(r->engine), &result_of(r)->key, r, &r->claim)) {
	case CLAIM_MINE:
		break;
	case CLAIM_WAITS:
		return LOOKUP_PARKED; /* r belongs to whoever holds the claim, or is back at work already */
	case CLAIM_NO_MEMORY:
		err_set(e, ERR_NOMEM, "no memory to work on %s", r->item->sku);
		return LOOKUP_FAILED;
	}
	rc = store_cache_get(reader, engine_config(r->engine)->run, &result_of(r)->key, &found, &this_run, e);
	if (rc <= 0)
		return rc < 0 ? LOOKUP_FAILED : LOOKUP_WORK;
	this_run |= found.has_blob &&
		    claims_confirmed(engine_claims(r->engine), &result_of(r)->key, &found.blob) == CONFIRMED_SAME;
	if (usable(r, &found, this_run)) {
		take_stored(r, &found);
		drop_claim(r);
		return LOOKUP_HIT;
	}
	result_release(&found);
	return LOOKUP_WORK;
}

/* The user's own file again: it must be what was digested before. */
static int reread(struct result *res, struct err *e)
{
	struct err why = { 0 };
	struct digest now;

	if (file_read(res->path, (size_t)res->blob_size, &res->bytes, NULL, &why) == 0) {
		digest_of(res->bytes->data, res->bytes->size, &now);
		if (digest_equal(&now, &res->blob))
			return 1;
	}
	return err_set(e, ERR_SOURCE_MISSING, "%s changed or vanished while it was being worked on", res->path);
}

/* 1: there; 0: lost; -1: err. */
static int load(struct ride *r, struct result *res, struct err *e)
{
	if (res->bytes || !res->has_blob)
		return 1;
	if (res->path)
		return reread(res, e);
	return blobs_get(engine_config(r->engine)->blobs, &res->blob, res->blob_size, &res->bytes, e);
}

static enum step go_back(struct ride *r, int to)
{
	struct item *it = r->item;

	drop_claim(r);
	result_release(&it->stale);
	item_drop_picture(it);
	item_drop_work(it);
	for (int i = to; i <= it->stage; i++)
		result_release(&it->results[i]);
	r->remake |= 1u << to;
	r->noted &= (1u << to) - 1;
	it->stage = to;
	return STEP_BACK;
}

static enum step begin(struct ride *r)
{
	const struct stage *s = stage_of(r);
	struct item *it = r->item;
	struct call call = { 0 };

	for (int i = 0; i < it->stage; i++) {
		int rc = s->needs & 1u << i ? load(r, &it->results[i], &it->err) : 1;

		if (rc == 0 && !(r->remake & 1u << i))
			return go_back(r, i);
		if (rc == 0)
			err_set(&it->err, ERR_IO, "%s: what was stored of it cannot be read back", it->sku);
		if (rc <= 0)
			return fail(r);
	}
	return follow(r, s->begin(cfg_of(r), it, result_of(r), &call, &it->err), &call);
}

enum step ride_step(struct ride *r, struct store_reader *reader)
{
	struct result *res = result_of(r);

	if (r->has_reply)
		return take_reply(r);
	if (!res->started_us) {
		res->started_us = clock_wall_us();
		r->arrived_us = clock_monotonic_us();
		r->lost = 0;
	}
	switch (look_up(r, reader)) {
	case LOOKUP_HIT:
		return stands(r) ? STEP_STANDS : STEP_ON;
	case LOOKUP_PARKED:
		return STEP_PARKED;
	case LOOKUP_FAILED:
		return fail(r);
	case LOOKUP_WORK:
		break;
	}
	return begin(r);
}
