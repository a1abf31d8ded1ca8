/*
 * The wire's thread. A call is a job, and a job is in one place at a time:
 *
 *   inbox ──▶ its host's line ──▶ a slot (a transfer under way) ──▶ done
 *                  ▲                   │
 *                  └───── resting ◀────┘ until its next try is due; the slot is free meanwhile
 *
 * Everything but the inbox belongs to the thread alone.
 */
#include "pipeline/wire.h"
#include "pipeline/clock.h"
#include "pipeline/wire_hosts.h"
#include "pipeline/wire_transfer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_POLL_MS 60000 /* with nothing due; a wakeup ends it at once */

struct job {
	struct turn turn; /* first: a struct turn * of ours is a struct job *. Also the link while in the inbox or
			     resting */
	struct call call;
	wire_done *done;
	void *ctx;
	struct url url;
	int tries;
	int64_t due_us; /* while resting */
};

struct slot {
	struct transfer transfer;
	struct job *job; /* NULL: idle */
	struct slot *next_idle;
};

struct wire {
	struct wire_config cfg;
	CURLM *multi;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* guards the next four; a leaf, no callback runs under it */
	struct turn *inbox, *inbox_last;
	bool aborting, closing;

	/* the thread's own */
	struct hosts hosts;
	struct slot *slots; /* cfg.concurrency of them */
	struct slot *idle;
	struct turn *resting; /* soonest first */
	int jobs;             /* taken from the inbox and not done */
	unsigned short chance[3];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready;

/* Never undone: another wire may be opened, and other parts of the process may use the libraries behind it. */
static void init_curl(void)
{
	curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void deliver(struct job *j, struct reply *r)
{
	r->tries = j->tries;
	j->done(j->ctx, r);
	bytes_unref(r->body);
}

static void drop(struct wire *w, struct job *j)
{
	call_release(&j->call);
	url_release(&j->url);
	free(j);
	w->jobs--;
}

static void fail(struct wire *w, struct job *j, const struct err *e)
{
	struct reply r = { .err = *e };

	deliver(j, &r);
	drop(w, j);
}

static void fail_nomem(struct wire *w, struct job *j)
{
	struct err e = { 0 };

	err_set(&e, ERR_NOMEM, "no memory for a transfer");
	fail(w, j, &e);
}

static void interrupt(struct wire *w, struct job *j)
{
	struct err e = { 0 };

	err_set(&e, ERR_INTERRUPTED, "interrupted");
	fail(w, j, &e);
}

static void get_in_line(struct wire *w, struct job *j)
{
	if (hosts_wait(&w->hosts, j->url.host, &j->turn) != 0)
		fail_nomem(w, j);
}

static void rest(struct wire *w, struct job *j, int64_t ms)
{
	struct turn **at = &w->resting;

	j->due_us = clock_monotonic_us() + ms * 1000;
	while (*at && ((struct job *)*at)->due_us <= j->due_us)
		at = &(*at)->next;
	j->turn.next = *at;
	*at = &j->turn;
}

static struct job *take_rested(struct wire *w)
{
	struct job *j = (struct job *)w->resting;

	w->resting = j->turn.next;
	return j;
}

static void wake_rested(struct wire *w)
{
	int64_t now = w->resting ? clock_monotonic_us() : 0;

	while (w->resting && ((struct job *)w->resting)->due_us <= now)
		get_in_line(w, take_rested(w));
}

/* Takes the job off its slot, which is idle then. */
static struct job *vacate(struct wire *w, struct slot *s)
{
	struct job *j = s->job;

	s->job = NULL;
	transfer_clear(&s->transfer);
	s->next_idle = w->idle;
	w->idle = s;
	hosts_leave(&w->hosts, &j->turn);
	return j;
}

static void start(struct wire *w, struct job *j)
{
	struct slot *s = w->idle;

	w->idle = s->next_idle;
	s->job = j;
	if ((!s->transfer.easy && transfer_init(&s->transfer, &w->cfg) != 0) ||
	    transfer_prepare(&s->transfer, &j->call, &j->url) != 0 ||
	    curl_easy_setopt(s->transfer.easy, CURLOPT_PRIVATE, s) != CURLE_OK ||
	    curl_multi_add_handle(w->multi, s->transfer.easy) != CURLM_OK) {
		transfer_release(&s->transfer); /* what is half set up is not used again */
		fail_nomem(w, vacate(w, s));
		return;
	}
	j->tries++;
}

static void start_waiting(struct wire *w)
{
	struct turn *next;

	while (w->idle && (next = hosts_next(&w->hosts)) != NULL)
		start(w, (struct job *)next);
}

/* How long until the next try; -1: there is none. */
static int64_t next_try_ms(struct wire *w, const struct slot *s, const struct outcome *o)
{
	const struct job *j = s->job;
	int64_t after_ms = o->code == ERR_OK ? transfer_retry_after_ms(&s->transfer) : -1;

	if (!retry_allowed(o, j->tries, w->cfg.retries))
		return -1;
	return retry_wait_ms(j->tries, w->cfg.backoff_ms, after_ms, erand48(w->chance));
}

/* A transfer has ended: the job is done, or rests until its next try. */
static void conclude(struct wire *w, struct slot *s, CURLcode ended)
{
	struct reply r = { 0 };
	struct outcome o;
	int64_t wait_ms;

	transfer_judge(&s->transfer, ended, &o, &r.err);
	o.has_body = s->job->call.parts > 0;
	wait_ms = next_try_ms(w, s, &o);
	if (wait_ms >= 0) {
		rest(w, vacate(w, s), wait_ms);
		return;
	}
	if (o.code == ERR_OK) {
		r.status = o.status;
		if (transfer_reply(&s->transfer, &r) != 0)
			err_set(&r.err, ERR_NOMEM, "no memory for a reply");
	}
	/* The reply points into the transfer: the slot is vacated after the callback has read it. */
	deliver(s->job, &r);
	drop(w, vacate(w, s));
}

static void reap(struct wire *w)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		CURLcode ended = m->data.result;
		CURL *easy = m->easy_handle;
		char *slot = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
		curl_multi_remove_handle(w->multi, easy); /* m is gone from here on */
		conclude(w, (struct slot *)(void *)slot, ended);
	}
}

static void abort_all(struct wire *w)
{
	struct turn *waiting;

	for (int i = 0; i < w->cfg.concurrency; i++) {
		if (w->slots[i].job) {
			curl_multi_remove_handle(w->multi, w->slots[i].transfer.easy);
			interrupt(w, vacate(w, &w->slots[i]));
		}
	}
	while ((waiting = hosts_drop(&w->hosts)) != NULL)
		interrupt(w, (struct job *)waiting);
	while (w->resting)
		interrupt(w, take_rested(w));
}

static void accept_job(struct wire *w, struct job *j)
{
	struct err e = { 0 };

	w->jobs++;
	if (url_parse(&j->url, j->call.url, &e) != 0)
		fail(w, j, &e);
	else
		get_in_line(w, j);
}

static struct turn *empty_inbox(struct wire *w, bool *aborting, bool *closing)
{
	struct turn *sent;

	pthread_mutex_lock(&w->lock);
	sent = w->inbox;
	w->inbox = w->inbox_last = NULL;
	*aborting = w->aborting;
	*closing = w->closing;
	pthread_mutex_unlock(&w->lock);
	return sent;
}

/* Puts what was sent in line. False: closed, and everything is done (closing implies aborting). */
static bool take_inbox(struct wire *w)
{
	bool aborting, closing;
	struct turn *sent = empty_inbox(w, &aborting, &closing);

	do {
		while (sent) {
			struct job *j = (struct job *)sent;

			sent = sent->next;
			accept_job(w, j);
		}
		if (aborting)
			abort_all(w);
		sent = empty_inbox(w, &aborting, &closing); /* a callback may have sent one more */
	} while (sent || (aborting && w->jobs));
	return !closing;
}

static int poll_ms(const struct wire *w)
{
	int64_t left_us;

	if (!w->resting)
		return IDLE_POLL_MS;
	left_us = ((const struct job *)w->resting)->due_us - clock_monotonic_us();
	if (left_us <= 0)
		return 0;
	return left_us > IDLE_POLL_MS * INT64_C(1000) ? IDLE_POLL_MS : (int)(left_us / 1000) + 1;
}

static void *serve(void *arg)
{
	struct wire *w = arg;
	int running;

	while (take_inbox(w)) {
		wake_rested(w);
		curl_multi_perform(w->multi, &running);
		reap(w);
		start_waiting(w);
		curl_multi_poll(w->multi, NULL, 0, poll_ms(w), NULL);
	}
	return NULL;
}

int wire_send(struct wire *w, struct call *c, wire_done *done, void *ctx)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return -1;
	j->call = *c;
	memset(c, 0, sizeof(*c));
	j->done = done;
	j->ctx = ctx;
	pthread_mutex_lock(&w->lock);
	if (w->inbox_last)
		w->inbox_last->next = &j->turn;
	else
		w->inbox = &j->turn;
	w->inbox_last = &j->turn;
	pthread_mutex_unlock(&w->lock);
	curl_multi_wakeup(w->multi);
	return 0;
}

void wire_abort(struct wire *w)
{
	pthread_mutex_lock(&w->lock);
	w->aborting = true;
	pthread_mutex_unlock(&w->lock);
	curl_multi_wakeup(w->multi);
}

/* Signals are the main thread's business: the wire's thread is born with all of them blocked. */
static int start_thread(struct wire *w)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&w->thread, NULL, serve, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->started = rc == 0;
	return rc;
}

static int set_up(struct wire *w)
{
	uint64_t seed = (uint64_t)clock_monotonic_us() ^ (uint64_t)(uintptr_t)w;
	unsigned bad = 0;

	memcpy(w->chance, &seed, sizeof(w->chance));
	w->hosts.per_host = w->cfg.per_host;
	w->slots = calloc((size_t)w->cfg.concurrency, sizeof(*w->slots));
	w->multi = curl_multi_init();
	if (!w->slots || !w->multi)
		return -1;
	for (int i = w->cfg.concurrency - 1; i >= 0; i--) {
		w->slots[i].next_idle = w->idle;
		w->idle = &w->slots[i];
	}
	bad |= (unsigned)curl_multi_setopt(w->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	bad |= (unsigned)curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)w->cfg.concurrency);
	return bad || start_thread(w) != 0 ? -1 : 0;
}

int wire_open(struct wire **out, const struct wire_config *cfg, struct err *e)
{
	struct wire *w;

	*out = NULL;
	if (cfg->concurrency < 1 || cfg->per_host < 1 || cfg->retries < 0 || cfg->timeout_ms < 0 ||
	    cfg->connect_timeout_ms < 0 || cfg->stall_ms < 0 || cfg->backoff_ms < 0)
		return err_set(e, ERR_CONFIG, "limits on transfers must not be negative, nor concurrency zero");
	pthread_once(&curl_once, init_curl);
	w = calloc(1, sizeof(*w));
	if (!w || curl_ready != CURLE_OK) {
		free(w);
		return err_set(e, ERR_NOMEM, "libcurl cannot start");
	}
	w->cfg = *cfg;
	pthread_mutex_init(&w->lock, NULL);
	if (set_up(w) != 0) {
		wire_close(w);
		return err_set(e, ERR_NOMEM, "no memory or threads for transfers");
	}
	*out = w;
	return 0;
}

void wire_close(struct wire *w)
{
	if (!w)
		return;
	if (w->started) {
		pthread_mutex_lock(&w->lock);
		w->aborting = w->closing = true;
		pthread_mutex_unlock(&w->lock);
		curl_multi_wakeup(w->multi);
		pthread_join(w->thread, NULL);
	}
	for (int i = 0; w->slots && i < w->cfg.concurrency; i++)
		transfer_release(&w->slots[i].transfer);
	curl_multi_cleanup(w->multi);
	pthread_mutex_destroy(&w->lock);
	free(w->slots);
	free(w);
}
