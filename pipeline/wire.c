/*
 * The wire's thread. A call is a job, and a job is in one place at a time:
 *
 *   inbox ──▶ its host's line, ──▶ a slot (first its payment is written down, ──▶ done
 *             or its service's          │   then a transfer is under way)
 *                  ▲                    │
 *                  └───── resting ◀─────┘ until its next try is due; the slot is free meanwhile
 *
 * Everything but the inbox belongs to the thread alone.
 */
#include "pipeline/wire.h"
#include "pipeline/clock.h"
#include "pipeline/counts.h"
#include "pipeline/wire_inbox.h"
#include "pipeline/wire_job.h"
#include "pipeline/wire_lane.h"
#include "pipeline/wire_rest.h"
#include "pipeline/wire_transfer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_POLL_MS    60000 /* with nothing due; a wakeup ends it at once */
#define PROBE_MAX_BYTES 65536 /* of what a health path says */
#define PROBE_AGAIN_US  1000000
#define AFTER_MAX_MS    86400000 /* a longer pause is no pause */
#define DOZE_MS         20
#define PROBES          2 /* slots of a service beside its calls' */

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

	struct inbox inbox;

	/* the thread's own */
	struct hosts hosts;              /* plain fetches */
	struct url_memo last_host;       /* that one was from */
	struct lane lanes[SERVICES_MAX]; /* cfg.service_count of them */
	struct slot *slots;
	int slot_count;
	struct slot *idle;
	int fetching;     /* plain fetches under way, cfg.concurrency at most */
	int64_t again_us; /* a lane wants to be looked at again then */
	struct rest rest; /* until the next try */
	int jobs;         /* taken from the inbox and not done */
	unsigned short chance[3];
};

static struct lane *lane_of(struct wire *w, const struct job *j)
{
	return j->call.service > 0 ? &w->lanes[j->call.service - 1] : NULL;
}

static void deliver(struct job *j, struct reply *r)
{
	r->tries = j->tries;
	if (j->done)
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

/* lost: it had left this machine, and may be worked on and billed. */
static void interrupt(struct wire *w, struct job *j, bool lost)
{
	struct reply r = { .lost = lost, .endpoint = lost ? lane_of(w, j)->route.endpoints[j->endpoint].base : NULL };

	err_set(&r.err, ERR_INTERRUPTED, "interrupted");
	deliver(j, &r);
	drop(w, j);
}

static void get_in_line(struct wire *w, struct job *j)
{
	struct lane *lane = lane_of(w, j);

	if (lane)
		lane_join(lane, j, clock_monotonic_us());
	else if (hosts_wait(&w->hosts, j->url.host, &j->turn) != 0)
		fail_nomem(w, j);
}

static void wake_rested(struct wire *w)
{
	while (w->rest.first && rest_ends_us(&w->rest) <= clock_monotonic_us())
		get_in_line(w, rest_take(&w->rest));
}

/* Takes the job off its slot, which is idle then. */
static struct job *vacate(struct wire *w, struct slot *s)
{
	struct job *j = s->job;

	s->job = NULL;
	transfer_clear(&s->transfer);
	s->next_idle = w->idle;
	w->idle = s;
	if (j->call.service == 0) {
		hosts_leave(&w->hosts, &j->turn);
		w->fetching--;
	}
	return j;
}

static int begin_transfer(struct wire *w, struct slot *s)
{
	struct job *j = s->job;
	const struct lane *lane = lane_of(w, j);
	int timeout_ms = lane ? lane->service->timeout_ms : w->cfg.timeout_ms;

	if (lane && lane->route.endpoints[j->endpoint].cold)
		timeout_ms += lane->service->cold_start_ms;
	if ((!s->transfer.easy && transfer_init(&s->transfer, &w->cfg) != 0) ||
	    transfer_prepare(&s->transfer, &j->call, &j->url, lane ? lane->service : NULL, timeout_ms) != 0 ||
	    curl_easy_setopt(s->transfer.easy, CURLOPT_PRIVATE, s) != CURLE_OK ||
	    curl_multi_add_handle(w->multi, s->transfer.easy) != CURLM_OK)
		return -1;
	return 0;
}

static void send_job(struct wire *w, struct slot *s)
{
	struct job *j = s->job;

	if (begin_transfer(w, s) != 0) {
		transfer_release(&s->transfer); /* what is half set up is not used again */
		if (j->call.service > 0)
			lane_left(lane_of(w, j), j->endpoint, clock_monotonic_us(), true);
		fail_nomem(w, vacate(w, s));
		return;
	}
	j->tries++;
}

static void start(struct wire *w, struct job *j)
{
	struct slot *s = w->idle;

	w->idle = s->next_idle;
	s->job = j;
	w->fetching += j->call.service == 0;
	if (j->call.pay && !j->paid) {
		j->slot = s;
		j->paying = true;
		j->call.pay(j->ctx, j); /* comes back through the inbox */
	} else {
		send_job(w, s);
	}
}

/* Its payment has been written down, or not. */
static void go_on(struct wire *w, struct job *j, bool holding)
{
	struct err e = { 0 };

	j->paying = false;
	j->paid = !j->unpaid;
	if (j->paid && !holding) {
		j->started_us = clock_monotonic_us();
		send_job(w, j->slot);
		return;
	}
	lane_left(lane_of(w, j), j->endpoint, clock_monotonic_us(), true);
	err_set(&e, ERR_INTERRUPTED, "not sent: %s", j->paid ? "interrupted" : "its cost could not be recorded");
	fail(w, vacate(w, j->slot), &e);
}

static void start_call(struct wire *w, struct lane *lane, struct job *j)
{
	struct err e = { 0 };

	lane_started(lane, j, clock_monotonic_us());
	url_release(&j->url);
	if (url_parse_joined(&j->url, lane->route.endpoints[j->endpoint].base, j->call.url, &e) == 0) {
		start(w, j);
		return;
	}
	lane_left(lane, j->endpoint, clock_monotonic_us(), true);
	fail(w, j, &e);
}

/* Asks an unwell endpoint how it is. False: no memory for that; the next look tries again. */
static bool start_probe(struct wire *w, struct lane *lane, int endpoint)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j)
		j->call = (struct call){ .url = strdup(lane->service->health_path), .max_bytes = PROBE_MAX_BYTES };
	if (!j || !j->call.url) {
		free(j);
		return false;
	}
	j->call.service = (int)(lane - w->lanes) + 1;
	j->endpoint = endpoint;
	w->jobs++;
	start_call(w, lane, j);
	return true;
}

/* Whoever may be sent now. Returns when to look again. */
static int64_t start_lane(struct wire *w, struct lane *lane)
{
	int64_t again_us = INT64_MAX;
	bool probe = false;
	int endpoint = 0;
	struct err e = { 0 };
	struct job *j;

	while (w->idle && lane->dead.code == ERR_OK) {
		j = lane_next(lane, clock_monotonic_us(), &probe, &endpoint, &again_us);
		if (j)
			start_call(w, lane, j);
		else if (!probe)
			break;
		else if (!start_probe(w, lane, endpoint))
			return clock_monotonic_us() + PROBE_AGAIN_US;
	}
	while ((j = lane_hopeless(lane, clock_monotonic_us(), &e)) != NULL)
		fail(w, j, &e);
	return again_us;
}

static void start_waiting(struct wire *w)
{
	struct turn *next;

	while (w->idle && w->fetching < w->cfg.concurrency && (next = hosts_next(&w->hosts)) != NULL)
		start(w, (struct job *)next);
	w->again_us = INT64_MAX;
	for (int i = 0; i < w->cfg.service_count; i++) {
		int64_t again_us = start_lane(w, &w->lanes[i]);

		if (again_us < w->again_us)
			w->again_us = again_us;
	}
}

/* How long until the next try; -1: there is none. */
static int64_t next_try_ms(struct wire *w, const struct slot *s, const struct outcome *o)
{
	const struct job *j = s->job;
	int64_t after_ms;

	if (!retry_allowed(o, j->tries, w->cfg.retries))
		return -1;
	after_ms = o->code == ERR_OK ? transfer_retry_after_ms(&s->transfer) : -1;
	return retry_wait_ms(j->tries, w->cfg.backoff_ms, after_ms, erand48(w->chance));
}

/* A service's call, or a probe of it. */
static void conclude_call(struct wire *w, struct slot *s, struct outcome *o, struct reply *r)
{
	struct job *j = s->job;
	struct lane *lane = lane_of(w, j);
	int64_t now = clock_monotonic_us(), wait_ms = -1;

	o->after_ms = o->code == ERR_OK ? transfer_retry_after_ms(&s->transfer) : -1;
	o->after_ms = o->after_ms > AFTER_MAX_MS ? AFTER_MAX_MS : o->after_ms;
	if (o->code == ERR_OK && o->status / 100 != 2)
		service_hide_secrets(lane->service, r->body);
	if (j->done)
		wait_ms = lane_ended(lane, j, o, r, now, erand48(w->chance));
	else
		lane_left(lane, j->endpoint, now, o->code == ERR_OK && o->status / 100 == 2);
	if (wait_ms < 0) {
		deliver(j, r);
		drop(w, vacate(w, s));
		return;
	}
	bytes_unref(r->body);
	rest_for(&w->rest, vacate(w, s), wait_ms);
}

/* A transfer has ended: the job is done, or rests until its next try. */
static void conclude(struct wire *w, struct slot *s, CURLcode ended)
{
	struct reply r = { 0 };
	struct outcome o;
	int64_t wait_ms;

	transfer_judge(&s->transfer, ended, &o, &r.err);
	o.has_body = s->job->call.parts > 0;
	wait_ms = s->job->call.service ? -1 : next_try_ms(w, s, &o);
	if (wait_ms >= 0) {
		rest_for(&w->rest, vacate(w, s), wait_ms);
		return;
	}
	if (o.code == ERR_OK) {
		r.status = o.status;
		if (transfer_reply(&s->transfer, &r) != 0)
			o.code = err_set(&r.err, ERR_NOMEM, "no memory for a reply") ? ERR_NOMEM : ERR_OK;
	}
	/* The reply points into the transfer: the slot is vacated after the callback has read it. */
	if (s->job->call.service) {
		conclude_call(w, s, &o, &r);
		return;
	}
	deliver(s->job, &r);
	drop(w, vacate(w, s));
}

/* How many transfers have ended. */
static int reap(struct wire *w)
{
	CURLMsg *m;
	int left, ended_count = 0;

	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		CURLcode ended = m->data.result;
		CURL *easy = m->easy_handle;
		char *slot = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
		curl_multi_remove_handle(w->multi, easy); /* m is gone from here on */
		conclude(w, (struct slot *)(void *)slot, ended);
		ended_count++;
	}
	return ended_count;
}

/* Those that are not under way. */
static void end_waiting(struct wire *w)
{
	struct turn *waiting;

	while ((waiting = hosts_drop(&w->hosts)) != NULL)
		interrupt(w, (struct job *)waiting, false);
	for (int i = 0; i < w->cfg.service_count; i++) {
		struct job *j;

		while ((j = lane_drop(&w->lanes[i])) != NULL)
			interrupt(w, j, false);
	}
	while (w->rest.first)
		interrupt(w, rest_take(&w->rest), false);
}

static void abort_all(struct wire *w)
{
	for (int i = 0; i < w->slot_count; i++) {
		if (w->slots[i].job && !w->slots[i].job->paying) { /* those that are come back */
			bool lost = w->slots[i].job->call.service > 0 && transfer_has_left(&w->slots[i].transfer);

			curl_multi_remove_handle(w->multi, w->slots[i].transfer.easy);
			interrupt(w, vacate(w, &w->slots[i]), lost);
		}
	}
	end_waiting(w);
}

static void accept_job(struct wire *w, struct job *j, bool holding)
{
	struct err e = { 0 };

	if (j->paying) {
		go_on(w, j, holding);
		return;
	}
	w->jobs++;
	if (j->call.service == 0 && url_parse_next(&w->last_host, &j->url, j->call.url, &e) != 0)
		fail(w, j, &e);
	else
		get_in_line(w, j);
}

/* Until something arrives, from a socket or at the inbox. While fetches wait in line, whoever brings one more need not
 * wake a thread for it: it hardly could begin, and is found when a transfer moves, or a moment later. */
static void sleep_for(struct wire *w, int ms)
{
	bool crowded = w->hosts.waiting > 0;

	if (inbox_sleep(&w->inbox, crowded ? WIRE_DOZING : WIRE_ASLEEP))
		curl_multi_poll(w->multi, NULL, 0, crowded && ms > DOZE_MS ? DOZE_MS : ms, NULL);
}

/* Puts what was sent in line. False: closed, and everything is done. */
static bool take_inbox(struct wire *w)
{
	enum wire_mood mood;
	struct turn *sent = inbox_take(&w->inbox, &mood);

	do {
		while (sent) {
			struct job *j = (struct job *)sent;

			sent = sent->next;
			accept_job(w, j, mood >= WIRE_HOLDING);
		}
		if (mood >= WIRE_ABORTING)
			abort_all(w);
		else if (mood == WIRE_HOLDING)
			end_waiting(w);
		sent = inbox_take(&w->inbox, &mood); /* a callback may have sent one more */
		if (!sent && mood >= WIRE_ABORTING && w->jobs)
			sleep_for(w, IDLE_POLL_MS); /* payments that are being written down */
	} while (sent || (mood >= WIRE_ABORTING && w->jobs));
	return mood < WIRE_CLOSING;
}

static int poll_ms(const struct wire *w)
{
	int64_t due_us = rest_ends_us(&w->rest), left_us;

	if (w->again_us < due_us)
		due_us = w->again_us;
	if (due_us == INT64_MAX)
		return IDLE_POLL_MS;
	left_us = due_us - clock_monotonic_us();
	if (left_us <= 0)
		return 0;
	return left_us > IDLE_POLL_MS * INT64_C(1000) ? IDLE_POLL_MS : (int)(left_us / 1000) + 1;
}

/* To whoever watches. */
static void show(const struct wire *w)
{
	counts_fetching(w->cfg.counts, w->fetching);
	for (int i = 0; i < w->cfg.service_count && w->cfg.counts; i++)
		lane_show(&w->lanes[i], clock_monotonic_us());
}

static void *serve(void *arg)
{
	struct wire *w = arg;
	int running;

	while (take_inbox(w)) {
		wake_rested(w);
		start_waiting(w);
		curl_multi_perform(w->multi, &running);
		if (reap(w) > 0)
			continue; /* what takes the place of what has ended leaves at once */
		show(w);
		sleep_for(w, poll_ms(w));
	}
	show(w); /* that nothing is under way any more */
	return NULL;
}

static void end_by(struct wire *w, enum wire_mood mood)
{
	if (inbox_end(&w->inbox, mood))
		curl_multi_wakeup(w->multi);
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
	if (j->call.service > 0 ? inbox_put_urgent(&w->inbox, &j->turn) : inbox_put(&w->inbox, &j->turn))
		curl_multi_wakeup(w->multi);
	return 0;
}

void wire_paid(struct wire *w, void *ticket, bool failed)
{
	struct job *j = ticket;

	j->unpaid = failed;
	if (inbox_put_urgent(&w->inbox, &j->turn))
		curl_multi_wakeup(w->multi);
}

void wire_hold(struct wire *w)
{
	end_by(w, WIRE_HOLDING);
}

void wire_abort(struct wire *w)
{
	end_by(w, WIRE_ABORTING);
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
	w->again_us = INT64_MAX;
	w->slot_count = w->cfg.concurrency;
	for (int i = 0; i < w->cfg.service_count; i++) {
		lane_init(&w->lanes[i], &w->cfg.services[i], &w->cfg);
		w->slot_count += w->cfg.services[i].concurrency + PROBES;
	}
	w->slots = calloc((size_t)w->slot_count, sizeof(*w->slots));
	w->multi = curl_multi_init();
	if (!w->slots || !w->multi)
		return -1;
	for (int i = w->slot_count - 1; i >= 0; i--) {
		w->slots[i].next_idle = w->idle;
		w->idle = &w->slots[i];
	}
	bad |= (unsigned)curl_multi_setopt(w->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	bad |= (unsigned)curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)w->slot_count);
	return bad || start_thread(w) != 0 ? -1 : 0;
}

int wire_open(struct wire **out, const struct wire_config *cfg, struct err *e)
{
	struct wire *w;

	*out = NULL;
	if (cfg->concurrency < 1 || cfg->per_host < 1 || cfg->service_count > SERVICES_MAX || cfg->patience_ms < 0 ||
	    cfg->retries < 0 || cfg->timeout_ms < 0 || cfg->connect_timeout_ms < 0 || cfg->stall_ms < 0 ||
	    cfg->backoff_ms < 0)
		return err_set(e, ERR_CONFIG, "limits on transfers must not be negative, nor concurrency zero");
	w = transfer_library() == 0 ? calloc(1, sizeof(*w)) : NULL;
	if (!w)
		return err_set(e, ERR_NOMEM, "libcurl cannot start");
	w->cfg = *cfg;
	inbox_init(&w->inbox);
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
		end_by(w, WIRE_CLOSING);
		pthread_join(w->thread, NULL);
	}
	for (int i = 0; w->slots && i < w->slot_count; i++)
		transfer_release(&w->slots[i].transfer);
	curl_multi_cleanup(w->multi);
	url_memo_release(&w->last_host);
	inbox_destroy(&w->inbox);
	free(w->slots);
	free(w);
}
