#include "tests/check.h"

#include "pipeline/clock.h"
#include "pipeline/wire.h"
/* The server's own code: a unit test is one file and the library. */
#include "tests/origin/faults.c"
#include "tests/origin/server.c"

#define MAX_BYTES 100000
#define REDIRECTS 5
#define WAIT_MS   30000 /* a test that hangs fails */

static struct origin *origin;

/* Calm: fails at once, waits for nothing. */
static struct wire_config calm(void)
{
	return (struct wire_config){ .agent_line = "User-Agent: packshot-test/1",
				     .concurrency = 8,
				     .per_host = 8,
				     .timeout_ms = 10000,
				     .connect_timeout_ms = 3000,
				     .stall_ms = 10000,
				     .backoff_ms = 1 };
}

/* What came back: one or many calls of a test. */
struct got {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int done, interrupted, good;
	/* of the last one */
	struct err err;
	int status, tries;
	struct bytes *body;
	char etag[64], url[256];
};

static void got_init(struct got *g)
{
	memset(g, 0, sizeof(*g));
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->cond, NULL);
}

static void got_release(struct got *g)
{
	bytes_unref(g->body);
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->cond);
}

static void take(void *ctx, const struct reply *r)
{
	struct got *g = ctx;

	pthread_mutex_lock(&g->lock);
	g->done++;
	g->interrupted += r->err.code == ERR_INTERRUPTED;
	g->good += r->err.code == ERR_OK && r->status == 200;
	g->err = r->err;
	g->status = r->status;
	g->tries = r->tries;
	bytes_unref(g->body);
	g->body = bytes_ref(r->body);
	snprintf(g->etag, sizeof(g->etag), "%s", r->etag ? r->etag : "");
	snprintf(g->url, sizeof(g->url), "%s", r->url ? r->url : "");
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->lock);
}

static void wait_for(struct got *g, int count)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_MS / 1000;
	pthread_mutex_lock(&g->lock);
	while (g->done < count && rc == 0)
		rc = pthread_cond_timedwait(&g->cond, &g->lock, &until);
	pthread_mutex_unlock(&g->lock);
	if (rc != 0)
		fail_msg("only %d of %d calls came back", g->done, count);
}

static struct wire *open_wire(struct wire_config cfg)
{
	struct err e = { 0 };
	struct wire *w;

	CHECK_INT(e.msg, wire_open(&w, &cfg, &e), 0);
	return w;
}

/* "%d" in the URL becomes the server's port. */
static struct call get(const char *url)
{
	struct call c = { .max_bytes = MAX_BYTES, .redirects = REDIRECTS, .private_hosts = true };
	const char *mark = strstr(url, "%d");

	c.url = malloc(strlen(url) + 16);
	if (mark)
		sprintf(c.url, "%.*s%d%s", (int)(mark - url), url, origin_port(origin), mark + 2);
	else
		strcpy(c.url, url);
	return c;
}

static void send_call(struct wire *w, struct call c, struct got *g)
{
	assert_int_equal(wire_send(w, &c, take, g), 0);
	assert_null(c.url); /* taken over */
}

static void run(struct wire *w, struct call c, struct got *g)
{
	got_init(g);
	send_call(w, c, g);
	wait_for(g, 1);
}

#define AT "http://127.0.0.1:%d"

static void each_kind_of_answer(void **state)
{
	static const struct {
		const char *url;
		enum err_code code;
		int status;
		int size; /* -1: not looked at */
	} cases[] = {
		{ AT "/", ERR_OK, 200, 67 },
		{ AT "/name%20with%20spaces", ERR_OK, 404, -1 },
		{ AT "/status/403", ERR_OK, 403, -1 },
		{ AT "/500", ERR_OK, 500, 7 },
		{ AT "/empty", ERR_OK, 200, 0 },
		{ AT "/hop/5", ERR_OK, 200, 67 },
		{ AT "/hop/6", ERR_SOURCE_HTTP, 0, -1 },
		{ AT "/loop", ERR_SOURCE_HTTP, 0, -1 },
		{ AT "/to?ftp://127.0.0.1/x.jpg", ERR_SOURCE_REFUSED, 0, -1 },
		{ AT "/to?file:///etc/passwd", ERR_SOURCE_REFUSED, 0, -1 },
		{ AT "/to?http://", ERR_SOURCE_HTTP, 0, -1 },
		{ AT "/short", ERR_NETWORK, 0, -1 },
		{ AT "/cut", ERR_NETWORK, 0, -1 },
		{ AT "/drop", ERR_NETWORK, 0, -1 },
		{ AT "/garbage", ERR_NETWORK, 0, -1 },
		{ AT "/long", ERR_TOO_LARGE, 0, -1 },
		{ AT "/endless", ERR_TOO_LARGE, 0, -1 },
		{ AT "/gzip-bomb", ERR_TOO_LARGE, 0, -1 },
		{ "http://127.0.0.1:1/nobody-listens", ERR_NETWORK, 0, -1 },
		{ "http://no-such-host.invalid/x.jpg", ERR_NETWORK, 0, -1 },
		{ "ftp://127.0.0.1/x.jpg", ERR_SOURCE_REFUSED, 0, -1 },
		{ "file:///etc/passwd", ERR_SOURCE_REFUSED, 0, -1 },
		{ "//127.0.0.1/x.jpg", ERR_SOURCE_REFUSED, 0, -1 },
		{ "http:///x.jpg", ERR_SOURCE_REFUSED, 0, -1 },
		{ AT "/a\r\nHost: evil", ERR_SOURCE_REFUSED, 0, -1 },
		{ "", ERR_SOURCE_REFUSED, 0, -1 },
	};
	struct wire *w = open_wire(calm());

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct got g;

		run(w, get(cases[i].url), &g);
		if (g.err.code != cases[i].code)
			fail_msg("%s: %s (%s)", cases[i].url, err_name(g.err.code), g.err.msg);
		CHECK_INT(cases[i].url, g.status, cases[i].status);
		CHECK_INT(cases[i].url, g.err.code == ERR_OK, g.body != NULL);
		if (cases[i].size >= 0)
			CHECK_INT(cases[i].url, g.body->size, cases[i].size);
		if (g.err.code != ERR_OK)
			assert_true(strlen(g.err.msg) > 5);
		got_release(&g);
	}
	wire_close(w);
}

static void a_reply_tells_where_it_came_from(void **state)
{
	struct wire *w = open_wire(calm());
	struct got g;

	(void)state;
	run(w, get(AT "/hop/2"), &g);
	CHECK_TEXT("etag of the last hop", g.etag, "\"pixel\"");
	CHECK_TEXT("url", strrchr(g.url, ':') + strspn(strrchr(g.url, ':'), ":0123456789"), "/hop/0");
	CHECK_INT("tries", g.tries, 1);
	got_release(&g);
	wire_close(w);
}

static void what_is_sent(void **state)
{
	struct wire *w = open_wire(calm());
	struct call c = get(AT "/echo");
	struct got g;
	char *body;

	(void)state;
	assert_int_equal(call_header(&c, "If-None-Match", "\"x\""), 0);
	assert_int_equal(call_header(&c, "X-Bad", "a\r\nX-Evil: 1"), -1);
	assert_int_equal(call_part(&c, bytes_copy("{\"a\":1}", 7), false), 0);
	run(w, c, &g);
	body = (char *)g.body->data;
	assert_non_null(strstr(body, "User-Agent: packshot-test/1\r\n"));
	assert_non_null(strstr(body, "If-None-Match: \"x\"\r\n"));
	assert_null(strstr(body, "Accept-Encoding:")); /* pictures are; what is packed all the same: /gzip-bomb */
	assert_null(strstr(body, "X-Evil"));
	assert_null(strstr(body, "Expect:"));
	CHECK_TEXT("POST", body + g.body->size - 7, "{\"a\":1}");
	got_release(&g);

	c = get(AT "/"); /* a GET again, on the handle that has POSTed */
	call_header(&c, "If-None-Match", "\"pixel\"");
	run(w, c, &g);
	CHECK_INT("conditional", g.status, 304);
	CHECK_INT("304 has no body", g.body->size, 0);
	got_release(&g);
	wire_close(w);
}

static void headers_have_an_end(void **state)
{
	struct call c = { 0 };

	(void)state;
	for (int i = 0; i < CALL_HEADERS_MAX; i++)
		assert_int_equal(call_header(&c, "N", "x"), 0);
	assert_int_equal(call_header(&c, "N", "x"), -1);
	call_release(&c);
	assert_null(c.headers[0]);
}

static void messages_hold_no_secret(void **state)
{
	static const char *const urls[] = { "http://joe:hush@127.0.0.1:%d/drop?token=hush#hush",
					    "http://joe:hush@127.0.0.1:%d/long?token=hush",
					    "ftp://joe:hush@127.0.0.1/x?token=hush",
					    "//joe:hush@127.0.0.1/x?token=hush" };
	struct wire *w = open_wire(calm());

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct got g;

		run(w, get(urls[i]), &g);
		assert_true(g.err.code != ERR_OK);
		if (strstr(g.err.msg, "hush") || !strstr(g.err.msg, "127.0.0.1"))
			fail_msg("%s: %s", urls[i], g.err.msg);
		got_release(&g);
	}
	wire_close(w);
}

static void transient_failures_are_tried_again(void **state)
{
	static const struct {
		const char *url;
		bool post;
		int status, tries;
	} cases[] = {
		{ AT "/flaky/2/", false, 200, 3 },   { AT "/flaky/9/", false, 503, 4 },
		{ AT "/status/400", false, 400, 1 }, { AT "/status/408", false, 408, 4 },
		{ AT "/status/502", false, 502, 4 }, { AT "/status/502", true, 502, 1 },
		{ AT "/flaky/1/", true, 200, 2 },    { AT "/cut", false, 0, 4 },
		{ AT "/drop", true, 0, 1 },          { AT "/long", false, 0, 1 },
		{ AT "/429/3600/", false, 429, 1 }, /* not within a minute */
	};
	struct wire_config cfg = calm();
	struct wire *w;

	(void)state;
	cfg.retries = 3;
	w = open_wire(cfg);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct call c = get(cases[i].url);
		struct got g;

		if (cases[i].post)
			assert_int_equal(call_part(&c, bytes_copy("x", 1), false), 0);
		run(w, c, &g);
		CHECK_INT(cases[i].url, g.status, cases[i].status);
		CHECK_INT(cases[i].url, g.tries, cases[i].tries);
		got_release(&g);
	}
	wire_close(w);
}

static void who_waits_holds_up_nobody(void **state)
{
	struct wire_config cfg = calm();
	int64_t start = clock_monotonic_us();
	struct got rests, passes;
	struct wire *w;

	(void)state;
	cfg.retries = 1;
	cfg.concurrency = cfg.per_host = 1;
	w = open_wire(cfg);
	got_init(&rests);
	got_init(&passes);
	send_call(w, get(AT "/429/1/"), &rests); /* rests for a second */
	send_call(w, get(AT "/"), &passes);
	wait_for(&passes, 1);
	CHECK_INT("the first still rests", rests.done, 0);
	wait_for(&rests, 1);
	CHECK_INT("then it passes", rests.status, 200);
	assert_true(clock_monotonic_us() - start >= 1000000);
	wire_close(w);
	got_release(&rests);
	got_release(&passes);
}

static void time_is_bounded(void **state)
{
	static const struct {
		const char *url;
		int timeout_ms, stall_ms;
	} cases[] = {
		{ AT "/silent", 300, 10000 },
		{ AT "/stall", 300, 10000 },
		{ AT "/stall", 20000, 1000 },
		{ AT "/slow", 20000, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t start = clock_monotonic_us();
		struct wire_config cfg = calm();
		struct wire *w;
		struct got g;

		cfg.timeout_ms = cases[i].timeout_ms;
		cfg.stall_ms = cases[i].stall_ms;
		w = open_wire(cfg);
		run(w, get(cases[i].url), &g);
		CHECK_INT(cases[i].url, g.err.code, ERR_TIMEOUT);
		assert_true(clock_monotonic_us() - start < 6000000);
		got_release(&g);
		wire_close(w);
	}
}

static int parallel(int concurrency, int per_host)
{
	struct origin *here = origin_open(".", NULL), *before = origin;
	struct wire_config cfg = calm();
	struct wire *w;
	struct got g;
	int most;

	origin = here;
	cfg.concurrency = concurrency;
	cfg.per_host = per_host;
	w = open_wire(cfg);
	got_init(&g);
	for (int i = 0; i < 12; i++)
		send_call(w, get(AT "/late/100/"), &g);
	wait_for(&g, 12);
	CHECK_INT("all came", g.good, 12);
	wire_close(w);
	got_release(&g);
	most = origin_counts(here).requests_max;
	origin_close(here);
	origin = before;
	return most;
}

static void parallel_within_limits(void **state)
{
	(void)state;
	CHECK_INT("per host", parallel(8, 2), 2);
	CHECK_INT("in all", parallel(3, 8), 3);
}

static void connections_are_kept(void **state)
{
	int before = origin_counts(origin).connections;
	struct wire *w = open_wire(calm());

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct got g;

		run(w, get(AT "/"), &g);
		CHECK_INT("answer", g.status, 200);
		got_release(&g);
	}
	CHECK_INT("connections", origin_counts(origin).connections - before, 1);
	wire_close(w);
}

static void private_addresses_are_refused(void **state)
{
	static const char *const urls[] = {
		AT "/",
		"http://localhost:%d/",
		"http://127.1:%d/",
		"http://0x7f.1:%d/",
		"http://2130706433:%d/",
		"http://017700000001:%d/",
		"http://0.0.0.0:%d/",
		"http://[::1]:%d/",
		"http://[::]:%d/",
		"http://[::ffff:127.0.0.1]:%d/",
		"http://169.254.169.254/latest/meta-data/",
		"http://100.100.100.200/",
		"https://10.0.0.1/",
	};
	int before = origin_counts(origin).connections;
	struct wire_config cfg = calm();
	struct wire *w;

	(void)state;
	cfg.retries = 3;
	w = open_wire(cfg);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct call c = get(urls[i]);
		struct got g;

		c.private_hosts = false;
		run(w, c, &g);
		CHECK_INT(urls[i], g.err.code, ERR_SOURCE_REFUSED);
		CHECK_INT(urls[i], g.tries, 1);
		assert_non_null(strstr(g.err.msg, "--allow-private-hosts"));
		got_release(&g);
	}
	CHECK_INT("connections made", origin_counts(origin).connections, before);
	wire_close(w);
}

static void a_kept_connection_serves_its_own_kind(void **state)
{
	struct wire *w = open_wire(calm());
	struct call c;
	struct got g;
	int hits;

	(void)state;
	run(w, get(AT "/"), &g);
	CHECK_INT("allowed", g.status, 200);
	got_release(&g);
	hits = origin_counts(origin).requests;
	c = get(AT "/");
	c.private_hosts = false;
	run(w, c, &g);
	CHECK_INT("on the same connection", g.err.code, ERR_SOURCE_REFUSED);
	CHECK_INT("requests", origin_counts(origin).requests, hits);
	got_release(&g);
	wire_close(w);
}

static void abort_ends_everything(void **state)
{
	struct wire_config cfg = calm();
	int64_t start;
	struct wire *w;
	struct got g;

	(void)state;
	cfg.concurrency = cfg.per_host = 4;
	cfg.retries = 1;
	cfg.backoff_ms = 60000;
	w = open_wire(cfg);
	got_init(&g);
	send_call(w, get(AT "/429/60/abort"), &g); /* rests */
	for (int i = 0; i < 20; i++)
		send_call(w, get(AT "/stall"), &g); /* four of them under way, the others in line */
	while (origin_hits(origin, "/429/60/abort") == 0)
		usleep(10000);
	usleep(100000);
	start = clock_monotonic_us();
	wire_abort(w);
	wait_for(&g, 21);
	assert_true(clock_monotonic_us() - start < 1000000);
	CHECK_INT("interrupted", g.interrupted, 21);
	send_call(w, get(AT "/"), &g);
	wait_for(&g, 22);
	CHECK_INT("what is sent later", g.interrupted, 22);
	CHECK_INT("tries of it", g.tries, 0);
	wire_close(w);
	got_release(&g);
}

static void close_answers_every_call(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct wire *w = open_wire(calm());
		int64_t start;
		struct got g;

		got_init(&g);
		for (int n = 0; n < 20; n++)
			send_call(w, get(n % 2 ? AT "/stall" : AT "/"), &g);
		if (i % 2)
			usleep(20000); /* the thread sits in its poll; or else has hardly begun */
		start = clock_monotonic_us();
		wire_close(w);
		assert_true(clock_monotonic_us() - start < 2000000);
		CHECK_INT("done", g.done, 20);
		got_release(&g);
	}
}

struct sender {
	struct wire *w;
	struct got *g;
};

static void *send_many(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < 50; i++)
		send_call(s->w, get(i % 5 ? AT "/" : AT "/flaky/1/"), s->g);
	return NULL;
}

static void many_threads_send(void **state)
{
	struct wire_config cfg = calm();
	pthread_t threads[4];
	struct sender s;
	struct got g;

	(void)state;
	cfg.retries = 2;
	got_init(&g);
	s = (struct sender){ open_wire(cfg), &g };
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, send_many, &s), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	wait_for(&g, 200);
	wire_close(s.w);
	CHECK_INT("good", g.good, 200);
	CHECK_INT("once each", g.done, 200);
	got_release(&g);
}

static void figures_must_make_sense(void **state)
{
	struct wire_config cfg = calm();
	struct err e = { 0 };
	struct wire *w;

	(void)state;
	cfg.concurrency = 0;
	CHECK_INT("no transfers", wire_open(&w, &cfg, &e), -1);
	CHECK_INT("code", e.code, ERR_CONFIG);
	assert_null(w);
	wire_close(NULL);
}

static int set_up(void **state)
{
	(void)state;
	origin = origin_open(".", NULL);
	return origin ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	origin_close(origin);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_answer),
		cmocka_unit_test(a_reply_tells_where_it_came_from),
		cmocka_unit_test(what_is_sent),
		cmocka_unit_test(headers_have_an_end),
		cmocka_unit_test(messages_hold_no_secret),
		cmocka_unit_test(transient_failures_are_tried_again),
		cmocka_unit_test(who_waits_holds_up_nobody),
		cmocka_unit_test(time_is_bounded),
		cmocka_unit_test(parallel_within_limits),
		cmocka_unit_test(connections_are_kept),
		cmocka_unit_test(private_addresses_are_refused),
		cmocka_unit_test(a_kept_connection_serves_its_own_kind),
		cmocka_unit_test(abort_ends_everything),
		cmocka_unit_test(close_answers_every_call),
		cmocka_unit_test(many_threads_send),
		cmocka_unit_test(figures_must_make_sense),
	};

	return cmocka_run_group_tests_name("wire", tests, set_up, tear_down);
}
