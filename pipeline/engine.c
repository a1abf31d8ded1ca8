#include "pipeline/engine.h"

#include "pipeline/clock.h"
#include "pipeline/ride.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Admission sleeps until a quarter of the road is free, and then fills it: not a wake-up an item. */
#define WAKE_SHARE 4

struct lane { /* a queue of rides */
	struct ride *first, **last;
	int count;
};

struct engine {
	struct engine_config cfg; /* constant, like the next three */
	struct claims *claims;
	pthread_t *threads;
	int thread_count;

	pthread_mutex_t lock;  /* guards everything below */
	pthread_cond_t work;   /* a ride is ready, or the workers are to end */
	pthread_cond_t room;   /* an item has left the road, or something failed */
	struct lane returning; /* rides that were on the road already */
	struct lane arriving;
	bool arrivals_turn; /* the lanes are served by turns: what returns frees memory, what arrives keeps the wire
			       busy */
	int on_road;
	int wake_at;        /* the main thread waits until no more than these are on the road */
	bool turning_away;  /* items that have not begun are skipped */
	bool stopping;      /* items that wait are skipped */
	bool closing;       /* workers end when the lanes are empty */
	struct err failure; /* nothing can be recorded any more */
	struct err halt;    /* no more work, but what there is ends in order */
};

const struct engine_config *engine_config(const struct engine *e)
{
	return &e->cfg;
}

struct claims *engine_claims(struct engine *e)
{
	return e->claims;
}

static void lane_init(struct lane *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void lane_append_locked(struct lane *l, struct ride *list)
{
	*l->last = list;
	for (; list; list = list->next, l->count++)
		l->last = &list->next;
}

static struct ride *lane_take_locked(struct lane *l)
{
	struct ride *r = l->first;

	if (r) {
		l->first = r->next;
		l->count--;
		r->next = NULL;
	}
	if (!l->first)
		l->last = &l->first;
	return r;
}

void engine_return(struct engine *e, struct ride *list)
{
	if (!list)
		return;
	pthread_mutex_lock(&e->lock);
	lane_append_locked(&e->returning, list);
	if (list->next)
		pthread_cond_broadcast(&e->work);
	else
		pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
}

void engine_fail(struct engine *e, const struct err *why)
{
	pthread_mutex_lock(&e->lock);
	err_set(&e->failure, why->code, "%s", why->msg);
	e->stopping = true;
	pthread_cond_broadcast(&e->room);
	pthread_mutex_unlock(&e->lock);
	wire_hold(e->cfg.wire); /* what cannot be kept is not bought */
}

void engine_halt(struct engine *e, const struct err *why)
{
	pthread_mutex_lock(&e->lock);
	err_set(&e->halt, why->code, "%s", why->msg);
	e->turning_away = true;
	pthread_cond_broadcast(&e->room);
	pthread_mutex_unlock(&e->lock);
}

/* Is this ride to end here, unfinished? One with a reply in hand never is: the reply may have been paid for. */
static bool ends_here(struct engine *e, const struct ride *r)
{
	bool begun = r->item->stage > 0 || r->item->results[0].started_us != 0, yes;

	if (r->has_reply)
		return false;
	pthread_mutex_lock(&e->lock);
	yes = e->stopping || (e->turning_away && !begun);
	pthread_mutex_unlock(&e->lock);
	return yes || recorder_failed(e->cfg.recorder, NULL); /* work that is not recorded is done again */
}

void engine_enter(struct engine *e)
{
	pthread_mutex_lock(&e->lock);
	e->on_road++;
	pthread_mutex_unlock(&e->lock);
}

void engine_leave(struct engine *e)
{
	pthread_mutex_lock(&e->lock);
	if (--e->on_road <= e->wake_at)
		pthread_cond_signal(&e->room);
	pthread_mutex_unlock(&e->lock);
}

/* --- the end of an item --- */

static void leave_road(struct ride *r)
{
	struct engine *e = r->engine;

	if (e->cfg.free_row)
		e->cfg.free_row(&r->row);
	item_free(r->item);
	ride_release_reply(r);
	ride_release_calls(r);
	free(r);
	engine_leave(e);
}

static int write_item(struct store *st, void *ctx, struct err *err)
{
	struct ride *r = ctx;
	const struct engine_config *cfg = &r->engine->cfg;

	for (int i = 0; i < cfg->road.count; i++) {
		const struct result *res = &r->item->results[i];
		const char *error = i == r->item->err_stage ? err_name(r->item->err.code) : NULL;
		struct stage_row row = { .seq = r->item->seq,
					 .stage = cfg->road.stages[i]->name,
					 .result = res,
					 .error = error,
					 .cost_nano = res->cost_nano };

		if (res->origin != ORIGIN_NONE && !(r->noted & 1u << i) && store_stage(st, cfg->run, &row, err) != 0)
			return -1;
	}
	return store_item(st, cfg->run, &r->row, err);
}

static void item_written(void *ctx, bool failed)
{
	struct ride *r = ctx;

	if (!failed && r->engine->cfg.committed)
		r->engine->cfg.committed(r->engine->cfg.ctx, r->item, &r->row);
	leave_road(r);
}

static void release_bytes(struct item *it)
{
	item_drop_picture(it);
	item_drop_work(it);
	for (int i = 0; i < STAGES_MAX; i++) {
		bytes_unref(it->results[i].bytes);
		it->results[i].bytes = NULL;
	}
}

static void conclude(struct ride *r)
{
	struct engine *e = r->engine;
	struct item *it = r->item;
	struct entry entry = { write_item, item_written, r };
	struct err err = { 0 };

	release_bytes(it);
	if (err_ends_run(it->err.code))
		it->status = ITEM_SKIPPED;
	else if (it->err.code != ERR_OK)
		it->status = ITEM_FAILED;
	if (e->cfg.conclude(e->cfg.ctx, it, clock_monotonic_us() - r->admitted_us, &r->row) == 0 &&
	    recorder_post(e->cfg.recorder, &entry) == 0)
		return;
	err_set(&err, ERR_IO, "no memory to record what became of %s", it->sku ? it->sku : "a line");
	engine_fail(e, &err);
	leave_road(r);
}

static void pass_over(struct ride *r)
{
	struct engine *e = r->engine;
	const struct item *it = r->item;
	struct sighting s = { .seq = it->seq,
			      .line = it->line,
			      .sku = it->sku,
			      .position = it->position,
			      .was = it->was,
			      .seen_us = r->admitted_us };
	struct err err = { 0 };

	if (unchanged_record(e->cfg.unchanged, &s, it->calls) != 0) {
		err_set(&err, ERR_IO, "no memory to record what became of %s", it->sku);
		engine_fail(e, &err);
	}
	leave_road(r);
}

/* --- the workers --- */

/* Bytes that no later stage reads are let go as soon as a stage is done. */
static void release_read_bytes(const struct road *road, struct item *it)
{
	unsigned later = 0;

	for (int i = it->stage; i < road->count; i++)
		later |= road->stages[i]->needs;
	for (int i = 0; i < it->stage; i++) {
		if (!(later & 1u << i) && it->results[i].bytes) {
			bytes_unref(it->results[i].bytes);
			it->results[i].bytes = NULL;
		}
	}
}

static void drive(struct engine *e, struct ride *r, struct store_reader *reader)
{
	struct item *it = r->item;

	while (it->stage < e->cfg.road.count) {
		if (ends_here(e, r)) {
			err_set(&it->err, engine_halted(e, NULL) ? ERR_STOPPED : ERR_INTERRUPTED,
				"not worked on: the run was stopped");
			break;
		}
		switch (ride_step(r, reader)) {
		case STEP_PARKED:
			return;
		case STEP_ON:
			item_drop_work(it);
			it->stage++;
			release_read_bytes(&e->cfg.road, it);
			break;
		case STEP_BACK:
			break;
		case STEP_STANDS:
			pass_over(r);
			return;
		case STEP_FAILED:
			conclude(r);
			return;
		}
	}
	conclude(r);
}

static struct ride *next_ride(struct engine *e)
{
	struct ride *r;

	pthread_mutex_lock(&e->lock);
	for (;;) {
		e->arrivals_turn = !e->arrivals_turn;
		r = lane_take_locked(e->arrivals_turn ? &e->arriving : &e->returning);
		if (!r)
			r = lane_take_locked(e->arrivals_turn ? &e->returning : &e->arriving);
		if (r || e->closing)
			break;
		pthread_cond_wait(&e->work, &e->lock);
	}
	pthread_mutex_unlock(&e->lock);
	return r;
}

static void *worker(void *arg)
{
	struct engine *e = arg;
	struct store_reader *reader = NULL;
	struct err err = { 0 };
	struct ride *r;

	if (store_reader_open(&reader, e->cfg.store_path, &err) != 0)
		engine_fail(e, &err);
	while ((r = next_ride(e)) != NULL)
		drive(e, r, reader);
	store_reader_close(reader);
	return NULL;
}

/* --- the main thread's side --- */

static int start_workers(struct engine *e, struct err *err)
{
	e->threads = calloc((size_t)e->cfg.workers, sizeof(*e->threads));
	if (!e->threads)
		return err_set(err, ERR_NOMEM, "no memory for %d workers", e->cfg.workers);
	for (int i = 0; i < e->cfg.workers; i++) {
		if (pthread_create(&e->threads[i], NULL, worker, e) != 0)
			return err_set(err, ERR_NOMEM, "worker thread %d of %d could not be started", i + 1,
				       e->cfg.workers);
		e->thread_count++;
	}
	return 0;
}

int engine_open(struct engine **out, const struct engine_config *cfg, struct err *err)
{
	struct engine *e = calloc(1, sizeof(*e));
	pthread_condattr_t attr;

	*out = NULL;
	if (!e)
		return err_set(err, ERR_NOMEM, "no memory for the engine");
	e->cfg = *cfg;
	lane_init(&e->returning);
	lane_init(&e->arriving);
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->work, &attr);
	pthread_cond_init(&e->room, &attr);
	pthread_condattr_destroy(&attr);
	e->claims = claims_create(cfg->max_items);
	if (!e->claims || start_workers(e, err) != 0) {
		err_set(err, ERR_NOMEM, "no memory for the engine");
		engine_close(e);
		return -1;
	}
	*out = e;
	return 0;
}

static struct timespec deadline(int wait_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += wait_ms / 1000;
	t.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool room_locked(const struct engine *e)
{
	if (e->stopping || e->turning_away || e->on_road == 0)
		return true;
	return e->on_road < e->cfg.max_items && bytes_alive() <= e->cfg.max_bytes;
}

bool engine_has_room(struct engine *e, int wait_ms)
{
	struct timespec until;
	bool room;

	pthread_mutex_lock(&e->lock);
	e->wake_at = e->cfg.max_items - 1 - e->cfg.max_items / WAKE_SHARE;
	room = room_locked(e);
	if (!room)
		until = deadline(wait_ms);
	while (!room && pthread_cond_timedwait(&e->room, &e->lock, &until) != ETIMEDOUT)
		room = room_locked(e);
	pthread_mutex_unlock(&e->lock);
	return room || recorder_failed(e->cfg.recorder, NULL);
}

static struct ride *enter_road(struct engine *e, struct item *it)
{
	struct ride *r = engine_failed(e, NULL) ? NULL : calloc(1, sizeof(*r));

	if (!r) {
		item_free(it);
		return NULL;
	}
	r->engine = e;
	r->item = it;
	r->admitted_us = clock_monotonic_us();
	engine_enter(e);
	return r;
}

int engine_admit(struct engine *e, struct item *it)
{
	struct ride *r = enter_road(e, it);

	if (!r)
		return -1;
	pthread_mutex_lock(&e->lock);
	lane_append_locked(&e->arriving, r);
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
	return 0;
}

int engine_conclude(struct engine *e, struct item *it)
{
	struct ride *r = enter_road(e, it);

	if (!r)
		return -1;
	conclude(r);
	return 0;
}

int engine_wait(struct engine *e, int wait_ms)
{
	struct timespec until = deadline(wait_ms);
	int left;

	pthread_mutex_lock(&e->lock);
	e->wake_at = 0;
	while (e->on_road > 0) {
		if (pthread_cond_timedwait(&e->room, &e->lock, &until) == ETIMEDOUT)
			break;
	}
	left = e->on_road;
	pthread_mutex_unlock(&e->lock);
	return left;
}

void engine_turn_away(struct engine *e)
{
	pthread_mutex_lock(&e->lock);
	e->turning_away = true;
	pthread_mutex_unlock(&e->lock);
}

void engine_stop(struct engine *e)
{
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	pthread_cond_broadcast(&e->room);
	pthread_mutex_unlock(&e->lock);
	wire_abort(e->cfg.wire);
}

bool engine_failed(struct engine *e, struct err *err)
{
	bool failed;

	pthread_mutex_lock(&e->lock);
	failed = e->failure.code != ERR_OK;
	if (failed && err)
		err_set(err, e->failure.code, "%s", e->failure.msg);
	pthread_mutex_unlock(&e->lock);
	return failed || recorder_failed(e->cfg.recorder, err);
}

bool engine_halted(struct engine *e, struct err *err)
{
	bool halted;

	pthread_mutex_lock(&e->lock);
	halted = e->halt.code != ERR_OK;
	if (halted && err)
		err_set(err, e->halt.code, "%s", e->halt.msg);
	pthread_mutex_unlock(&e->lock);
	return halted;
}

void engine_depths(struct engine *e, int *on_road, int *arriving, int *returning)
{
	pthread_mutex_lock(&e->lock);
	*on_road = e->on_road;
	*arriving = e->arriving.count;
	*returning = e->returning.count;
	pthread_mutex_unlock(&e->lock);
}

void engine_close(struct engine *e)
{
	if (!e)
		return;
	if (e->thread_count > 0 && engine_wait(e, 0) > 0)
		engine_stop(e);
	while (e->thread_count > 0 && engine_wait(e, 1000) > 0)
		;
	pthread_mutex_lock(&e->lock);
	e->closing = true;
	pthread_cond_broadcast(&e->work);
	pthread_mutex_unlock(&e->lock);
	for (int i = 0; i < e->thread_count; i++)
		pthread_join(e->threads[i], NULL);
	free(e->threads);
	claims_free(e->claims);
	pthread_cond_destroy(&e->work);
	pthread_cond_destroy(&e->room);
	pthread_mutex_destroy(&e->lock);
	free(e);
}
