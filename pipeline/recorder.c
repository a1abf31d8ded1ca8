/*
 * recorder.c - a ring of entries, and one thread that writes them in groups.
 *
 * A group is what has arrived when the thread looks, gathered for as long as more keeps coming: GATHER_MS at most,
 * BATCH entries at most, and no longer than QUIET_MS without a newcomer. So a busy road pays one disk sync for hundreds
 * of rows, and a road that waits for its rows is not kept waiting.
 */
#include "pipeline/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define INBOX     2048 /* entries; recorder_post() blocks beyond */
#define BATCH     512
#define GATHER_MS 20
#define QUIET_MS  2

struct recorder {
	struct store *store; /* borrowed; the thread's alone while it runs */
	pthread_t thread;
	bool started;

	pthread_mutex_t lock;   /* guards everything below; a leaf: no callback and no SQL runs under it */
	pthread_cond_t arrived; /* the inbox is no longer empty, has a batch, or somebody waits for its end */
	pthread_cond_t moved;   /* entries have left the inbox or have been dealt with */
	struct entry inbox[INBOX];
	uint64_t posted, taken, finished; /* counts since the beginning; posted - taken are in the inbox */
	int in_a_hurry;                   /* callers of recorder_flush() */
	bool closing;
	struct err failure;
};

/* --- the thread --- */

static struct timespec from_now(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static bool gathering_locked(const struct recorder *r)
{
	return r->posted - r->taken < BATCH && !r->in_a_hurry && !r->closing;
}

static void gather_locked(struct recorder *r)
{
	for (int waited = 0; waited < GATHER_MS && gathering_locked(r); waited += QUIET_MS) {
		struct timespec until = from_now(QUIET_MS);
		uint64_t before = r->posted;

		while (gathering_locked(r) && pthread_cond_timedwait(&r->arrived, &r->lock, &until) != ETIMEDOUT)
			;
		if (r->posted == before)
			break;
	}
}

/* Moves up to a batch out of the inbox; 0: there will be no more. */
static size_t take(struct recorder *r, struct entry *batch, bool *dead)
{
	size_t n = 0;

	pthread_mutex_lock(&r->lock);
	while (r->posted == r->taken && !r->closing)
		pthread_cond_wait(&r->arrived, &r->lock);
	gather_locked(r);
	while (n < BATCH && r->taken < r->posted)
		batch[n++] = r->inbox[r->taken++ % INBOX];
	*dead = r->failure.code != ERR_OK;
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
	return n;
}

static int write_batch(struct store *st, const struct entry *batch, size_t n, struct err *e)
{
	if (store_begin(st, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (batch[i].write(st, batch[i].ctx, e) != 0)
			goto fail;
	}
	if (store_commit(st, e) == 0)
		return 0;
fail:
	err_set(e, ERR_STORE, "a row could not be written");
	store_rollback(st);
	return -1;
}

static void fail(struct recorder *r, const struct err *e)
{
	pthread_mutex_lock(&r->lock);
	err_set(&r->failure, e->code, "%s", e->msg);
	pthread_mutex_unlock(&r->lock);
}

static void finish(struct recorder *r, size_t n)
{
	pthread_mutex_lock(&r->lock);
	r->finished += n;
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
}

static void *record(void *arg)
{
	struct recorder *r = arg;
	struct entry batch[BATCH];
	bool dead;
	size_t n;

	while ((n = take(r, batch, &dead)) > 0) {
		struct err e = { 0 };

		if (!dead && write_batch(r->store, batch, n, &e) != 0) {
			fail(r, &e); /* before the callbacks, so that whoever they wake sees it */
			dead = true;
		}
		for (size_t i = 0; i < n; i++) {
			if (batch[i].done)
				batch[i].done(batch[i].ctx, dead);
		}
		finish(r, n);
	}
	return NULL;
}

/* --- the others --- */

int recorder_open(struct recorder **out, struct store *store, struct err *e)
{
	struct recorder *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	*out = NULL;
	if (!r)
		return err_set(e, ERR_NOMEM, "no memory for the recorder");
	r->store = store;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->arrived, &attr);
	pthread_cond_init(&r->moved, NULL);
	pthread_condattr_destroy(&attr);
	r->started = pthread_create(&r->thread, NULL, record, r) == 0;
	if (!r->started) {
		recorder_close(r);
		return err_set(e, ERR_NOMEM, "the recorder's thread could not be started");
	}
	*out = r;
	return 0;
}

int recorder_post(struct recorder *r, const struct entry *entry)
{
	uint64_t waiting;

	pthread_mutex_lock(&r->lock);
	while (r->posted - r->taken == INBOX)
		pthread_cond_wait(&r->moved, &r->lock);
	r->inbox[r->posted++ % INBOX] = *entry;
	waiting = r->posted - r->taken;
	if (waiting == 1 || waiting == BATCH)
		pthread_cond_signal(&r->arrived);
	pthread_mutex_unlock(&r->lock);
	return 0;
}

static bool failed_locked(const struct recorder *r, struct err *e)
{
	if (r->failure.code == ERR_OK)
		return false;
	err_set(e, r->failure.code, "%s", r->failure.msg);
	return true;
}

int recorder_flush(struct recorder *r, struct err *e)
{
	uint64_t target;
	bool failed;

	pthread_mutex_lock(&r->lock);
	target = r->posted;
	r->in_a_hurry++;
	pthread_cond_signal(&r->arrived);
	while (r->finished < target)
		pthread_cond_wait(&r->moved, &r->lock);
	r->in_a_hurry--;
	failed = failed_locked(r, e);
	pthread_mutex_unlock(&r->lock);
	return failed ? -1 : 0;
}

bool recorder_failed(struct recorder *r, struct err *e)
{
	bool failed;

	pthread_mutex_lock(&r->lock);
	failed = failed_locked(r, e);
	pthread_mutex_unlock(&r->lock);
	return failed;
}

int recorder_waiting(struct recorder *r)
{
	int waiting;

	pthread_mutex_lock(&r->lock);
	waiting = (int)(r->posted - r->taken);
	pthread_mutex_unlock(&r->lock);
	return waiting;
}

void recorder_close(struct recorder *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->closing = true;
	pthread_cond_signal(&r->arrived);
	pthread_mutex_unlock(&r->lock);
	if (r->started)
		pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->arrived);
	pthread_cond_destroy(&r->moved);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
