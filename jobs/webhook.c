#include "jobs/webhook.h"

#include "jobs/interrupt.h"
#include "pipeline/clock.h"
#include "pipeline/wire.h"
#include "pipeline/wire_url.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define REPLY_MAX  65536
#define TRY_MS     15000
#define OVERALL_US 60000000
#define FIRST_WAIT 1.0 /* seconds; each further wait is twice as long */
#define AGENT_LINE "User-Agent: packshot/" PACKSHOT_VERSION " (alerts)"

int webhook_check(const char *url, struct err *e)
{
	struct err why = { 0 };
	struct url u = { 0 };

	if (url_parse(&u, url, &why) != 0 && why.code == ERR_NOMEM)
		return err_set(e, ERR_NOMEM, "%s", why.msg);
	if (why.code != ERR_OK)
		return err_set(e, ERR_CONFIG, "the alert webhook must be a URL such as https://chat.example/hook");
	url_release(&u);
	return 0;
}

/* "https://chat.example": from its scheme to the end of its host, user and password left out. */
static void show(const char *url, char *out, size_t size)
{
	char shown[160];
	const char *slashes;

	url_show(url, shown, sizeof(shown));
	slashes = strstr(shown, "://");
	snprintf(out, size, "%.*s", slashes ? (int)(slashes + 3 - shown + strcspn(slashes + 3, "/\\")) : 0, shown);
}

/* --- one try --- */

struct post {
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t done;
	bool is_done;
	struct err err;
	int status;
};

static void posted(void *ctx, const struct reply *r)
{
	struct post *p = ctx;

	pthread_mutex_lock(&p->lock);
	p->is_done = true;
	p->err = r->err;
	p->status = r->status;
	pthread_cond_signal(&p->done);
	pthread_mutex_unlock(&p->lock);
}

/* Looks for the user's wish to stop now and then; the wire then ends the call. */
static void wait_for_it(struct wire *w, struct post *p)
{
	int before = interrupt_count();
	struct timespec until;

	pthread_mutex_lock(&p->lock);
	while (!p->is_done) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&p->done, &p->lock, &until);
		if (!p->is_done && interrupt_count() != before) {
			pthread_mutex_unlock(&p->lock);
			wire_abort(w);
			pthread_mutex_lock(&p->lock);
		}
	}
	pthread_mutex_unlock(&p->lock);
}

static int send_once(struct wire *w, const char *url, const char *json, struct post *p, struct err *e)
{
	struct call c = { .url = strdup(url), .max_bytes = REPLY_MAX, .private_hosts = true }; /* the user's own */

	p->is_done = false;
	p->status = 0;
	err_clear(&p->err);
	if (!c.url || call_part(&c, bytes_copy(json, strlen(json)), false) != 0 ||
	    call_header(&c, "Content-Type", "application/json") != 0 || wire_send(w, &c, posted, p) != 0) {
		call_release(&c);
		return err_set(e, ERR_NOMEM, "no memory");
	}
	wait_for_it(w, p);
	return 0;
}

/* --- until it is taken --- */

static bool is_taken(const struct post *p)
{
	return p->err.code == ERR_OK && p->status / 100 == 2;
}

static bool may_pass(const struct post *p)
{
	if (p->err.code != ERR_OK)
		return p->err.code == ERR_NETWORK || p->err.code == ERR_TIMEOUT;
	return p->status == 429 || p->status == 408 || p->status >= 500;
}

/* The wire's messages begin with the URL, which is a secret. */
static int not_taken(const struct post *p, struct err *e)
{
	const char *reason = strstr(p->err.msg, ": ");

	if (p->err.code == ERR_OK)
		return err_set(e, ERR_NETWORK, "it answered %d", p->status);
	return err_set(e, p->err.code, "%s", reason ? reason + 2 : err_name(p->err.code));
}

static int try_until(struct wire *w, const char *url, const char *json, struct post *p, struct err *e)
{
	int64_t until = clock_monotonic_us() + OVERALL_US;
	double wait = FIRST_WAIT;

	for (;; wait *= 2) {
		if (send_once(w, url, json, p, e) != 0)
			return -1;
		if (is_taken(p))
			return 0;
		if (!may_pass(p) || clock_monotonic_us() + (int64_t)(wait * 1e6) > until)
			return not_taken(p, e);
		if (!interrupt_sleep(wait))
			return err_set(e, ERR_INTERRUPTED, "the night was interrupted");
	}
}

int webhook_post(const char *url, const char *json, struct err *e)
{
	static const struct wire_config cfg = { .agent_line = AGENT_LINE,
						.concurrency = 1,
						.per_host = 1,
						.timeout_ms = TRY_MS,
						.connect_timeout_ms = TRY_MS,
						.stall_ms = TRY_MS,
						.backoff_ms = 1000 };
	struct post p = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, { 0 }, 0 };
	struct err why = { 0 };
	struct wire *w = NULL;
	char host[80];
	int rc = -1;

	if (wire_open(&w, &cfg, &why) == 0)
		rc = try_until(w, url, json, &p, &why);
	wire_close(w);
	if (rc == 0)
		return 0;
	show(url, host, sizeof(host));
	return err_set(e, why.code, "%s: %s", host, why.msg);
}
