/* wire_lane.h without a socket: what is made of how a try ended, who waits, and when waiting has no point any more. */
#include "tests/check.h"

#include "pipeline/wire_lane.h"

#include <string.h>

#define S 1000000LL

static struct verdict says; /* of the service, for every answer but a success */

static void judge(const struct reply *r, struct verdict *v)
{
	(void)r;
	*v = says;
}

static const struct service service = {
	.name = "m", .endpoints = { "http://a", "http://b" }, .concurrency = 8, .judge = judge
};
static const struct wire_config cfg = { .retries = 2, .backoff_ms = 100, .patience_ms = 60000 };

static void open_lane(struct lane *l)
{
	lane_init(l, &service, &cfg);
}

/* Joins, is sent, and ends so. Returns lane_ended()'s. */
static int64_t try_once(struct lane *l, struct job *j, const struct outcome *o, struct reply *r, int64_t now)
{
	int64_t again;
	int endpoint;
	bool probe;

	memset(r, 0, sizeof(*r));
	if (o->code != ERR_OK)
		err_set(&r->err, o->code, "the cable");
	lane_join(l, j, now);
	assert_ptr_equal(lane_next(l, now, &probe, &endpoint, &again), j);
	j->tries++;
	lane_started(l, j, now);
	return lane_ended(l, j, o, r, now + 1000, 1.0);
}

struct end_case {
	const char *name;
	struct outcome outcome;
	enum verdict_action action;
	bool rate;
	enum err_code says, ends;
	bool retried, lost, dead;
};

/* clang-format off */
#define ANSWERED(status)     { ERR_OK, status, false, false, true, -1 }
#define BROKEN(code, unsent) { code, 0, true, unsent, true, -1 }
#define SAYS(action, code)   VERDICT_##action, false, code
#define SAYS_RATE            VERDICT_RETRY, true, ERR_UNAVAILABLE

static const struct end_case ends[] = {
	/* what happened; what the service's judge says of it; how the call ends: error, retried, lost, the lane dead */
	{ "an answer", ANSWERED(200), SAYS(END, ERR_KEY), ERR_OK, false, false, false },
	{ "one of its kind", ANSWERED(400), SAYS(DELIVER, ERR_OK), ERR_OK, false, false, false },
	{ "too many", ANSWERED(429), SAYS_RATE, ERR_OK, true, false, false },
	{ "overloaded", ANSWERED(503), SAYS(RETRY, ERR_UNAVAILABLE), ERR_OK, true, false, false },
	{ "a gateway", ANSWERED(502), SAYS(LOST, ERR_LOST), ERR_LOST, false, true, false },
	{ "a wrong key", ANSWERED(400), SAYS(END, ERR_KEY), ERR_KEY, false, false, true },
	{ "no credit", ANSWERED(429), SAYS(END, ERR_CREDIT), ERR_CREDIT, false, false, true },
	{ "a bad request", ANSWERED(400), SAYS(END, ERR_REQUEST), ERR_REQUEST, false, false, false },
	{ "never sent", BROKEN(ERR_NETWORK, true), SAYS(END, ERR_OK), ERR_OK, true, false, false },
	{ "cut off", BROKEN(ERR_NETWORK, false), SAYS(END, ERR_OK), ERR_LOST, false, true, false },
	{ "too slow", BROKEN(ERR_TIMEOUT, false), SAYS(END, ERR_OK), ERR_LOST, false, true, false },
	{ "no memory for it", BROKEN(ERR_NOMEM, false), SAYS(END, ERR_OK), ERR_NOMEM, false, true, false },
	{ "no memory to send", BROKEN(ERR_NOMEM, true), SAYS(END, ERR_OK), ERR_OK, true, false, false },
};

/* clang-format on */
static void test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const struct end_case *c = &ends[i];
		struct lane l;
		struct job j = { .tries = 0 };
		struct reply r;
		int64_t wait;

		open_lane(&l);
		says = (struct verdict){ .action = c->action, .rate = c->rate, .wait_ms = -1 };
		if (c->says != ERR_OK)
			err_set(&says.err, c->says, "said so");
		wait = try_once(&l, &j, &c->outcome, &r, S);
		CHECK_INT(c->name, wait >= 0, c->retried);
		CHECK_INT(c->name, r.err.code, c->ends);
		CHECK_INT(c->name, r.lost, c->lost);
		CHECK_INT(c->name, l.dead.code != ERR_OK, c->dead);
	}
}

/* One that was told to end the run ends all who wait. */
static void test_dead(void **state)
{
	static const struct outcome refused = ANSWERED(403);
	struct job first = { .tries = 0 }, second = { .tries = 0 };
	struct err e = { 0 };
	struct reply r;
	struct lane l;

	(void)state;
	open_lane(&l);
	says = (struct verdict){ .action = VERDICT_END, .wait_ms = -1, .err = { ERR_KEY, "the key was refused" } };
	assert_null(lane_hopeless(&l, S, &e));
	try_once(&l, &first, &refused, &r, S);
	lane_join(&l, &second, S);
	assert_ptr_equal(lane_hopeless(&l, S, &e), &second);
	CHECK_INT("why", e.code, ERR_KEY);
	CHECK_TEXT("why", e.msg, "m: the key was refused");
	assert_null(lane_hopeless(&l, S, &e));
}

/* Failures that waiting does not explain use up the tries; being turned away only uses up patience. */
static void test_tries_and_patience(void **state)
{
	static const struct outcome broken = ANSWERED(500), busy = { ERR_OK, 429, false, false, true };
	struct job j = { .tries = 0 };
	struct reply r;
	struct lane l;

	(void)state;
	open_lane(&l);
	says = (struct verdict){ .action = VERDICT_RETRY, .wait_ms = -1, .err = { ERR_UNAVAILABLE, "inside" } };
	CHECK_INT("first", try_once(&l, &j, &broken, &r, S) >= 0, 1);
	CHECK_INT("second", try_once(&l, &j, &broken, &r, 2 * S) >= 0, 1);
	CHECK_INT("third", try_once(&l, &j, &broken, &r, 3 * S), -1);
	CHECK_INT("why", r.err.code, ERR_UNAVAILABLE);

	open_lane(&l);
	j = (struct job){ .tries = 0 };
	says.rate = true;
	for (int64_t now = S; now < 40 * S; now += 5 * S)
		CHECK_INT("patient", try_once(&l, &j, &busy, &r, now) >= 0, 1);
	CHECK_INT("no more", try_once(&l, &j, &busy, &r, 70 * S), -1);
	CHECK_INT("why", r.err.code, ERR_UNAVAILABLE);
}

static void test_what_it_asks_for(void **state)
{
	static const struct outcome busy = ANSWERED(429);
	struct job j = { .tries = 0 };
	struct reply r;
	struct lane l;

	(void)state;
	open_lane(&l);
	says = (struct verdict){
		.action = VERDICT_RETRY, .rate = true, .wait_ms = 3000, .err = { ERR_UNAVAILABLE, "x" }
	};
	CHECK_INT("as long as it asked, or longer", try_once(&l, &j, &busy, &r, S) >= 3000, 1);
	CHECK_INT("the pace is held too", l.route.endpoints[0].pace.held_until_us >= S + 3 * S, 1);
}

/* A call that never left goes to a healthy endpoint at once. */
static void test_unsent_goes_elsewhere(void **state)
{
	static const struct outcome gone = BROKEN(ERR_NETWORK, true);
	struct job j = { .tries = 0 };
	struct reply r;
	struct lane l;

	(void)state;
	open_lane(&l);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		CHECK_INT("at once", try_once(&l, &j, &gone, &r, S + i * 10000), 0);
	CHECK_INT("the second", try_once(&l, &j, &gone, &r, S + S / 2) >= 0, 1);
	CHECK_INT("the second", j.endpoint, 1);
}

static void test_order(void **state)
{
	struct job a = { .tries = 0 }, b = { .tries = 0 }, c = { .tries = 0 };
	struct lane l;

	(void)state;
	open_lane(&l);
	lane_join(&l, &a, 1);
	lane_join(&l, &b, 2);
	assert_ptr_equal(lane_drop(&l), &a);
	lane_join(&l, &c, 3);
	lane_join(&l, &a, 4); /* was turned away: to the head */
	assert_ptr_equal(lane_drop(&l), &a);
	assert_ptr_equal(lane_drop(&l), &b);
	assert_ptr_equal(lane_drop(&l), &c);
	assert_null(lane_drop(&l));
}

/* One that answers others and refuses this one's words or key is not dead, unless it means it. */
static void test_one_refusal_is_not_the_end(void **state)
{
	static const struct outcome good = ANSWERED(200), forbidden = ANSWERED(403);
	struct reply r;
	struct lane l;

	(void)state;
	open_lane(&l);
	says = (struct verdict){ .action = VERDICT_END, .wait_ms = -1, .err = { ERR_KEY, "forbidden" } };
	try_once(&l, &(struct job){ .tries = 0 }, &good, &r, S);
	for (int i = 1; i <= 4; i++) {
		try_once(&l, &(struct job){ .tries = 0 }, &forbidden, &r, S + i * 10000);
		CHECK_INT("this one", r.err.code, ERR_UNAVAILABLE);
		CHECK_INT("alive", l.dead.code, ERR_OK);
	}
	try_once(&l, &(struct job){ .tries = 0 }, &forbidden, &r, 2 * S);
	CHECK_INT("five in a row", l.dead.code, ERR_KEY);

	open_lane(&l);
	says.certain = true;
	try_once(&l, &(struct job){ .tries = 0 }, &good, &r, S);
	try_once(&l, &(struct job){ .tries = 0 }, &forbidden, &r, 2 * S);
	CHECK_INT("said so", l.dead.code, ERR_KEY);
}

/* Retry-After holds where the body says nothing. */
static void test_retry_after(void **state)
{
	static const struct outcome busy = { ERR_OK, 429, false, false, true, 20000 };
	struct job j = { .tries = 0 };
	struct reply r;
	struct lane l;

	(void)state;
	open_lane(&l);
	says = (struct verdict){
		.action = VERDICT_RETRY, .rate = true, .wait_ms = -1, .err = { ERR_UNAVAILABLE, "x" }
	};
	CHECK_INT("waits", try_once(&l, &j, &busy, &r, S) >= 20000, 1);
	CHECK_INT("the pace too", l.route.endpoints[0].pace.held_until_us >= 21 * S, 1);
}

/* A pause of hours is no pause: the run ends, and says so. */
static void test_pause_of_hours(void **state)
{
	static const struct service one = {
		.name = "m", .endpoints = { "http://a" }, .concurrency = 8, .judge = judge
	};
	static const struct outcome busy = { ERR_OK, 429, false, false, true, 86400000 };
	struct job j = { .tries = 0 }, other = { .tries = 0 };
	int64_t again;
	int endpoint;
	bool probe;
	struct reply r;
	struct lane l;

	(void)state;
	says = (struct verdict){
		.action = VERDICT_RETRY, .rate = true, .wait_ms = -1, .err = { ERR_UNAVAILABLE, "x" }
	};
	lane_init(&l, &one, &cfg);
	CHECK_INT("ends", try_once(&l, &j, &busy, &r, S), -1);
	CHECK_INT("why", r.err.code, ERR_QUOTA);
	CHECK_INT("for all", l.dead.code, ERR_QUOTA);
	open_lane(&l); /* with a second endpoint */
	j = (struct job){ .tries = 0 };
	try_once(&l, &j, &busy, &r, S);
	CHECK_INT("others go on", l.dead.code, ERR_OK);
	lane_join(&l, &other, S + 10000);
	assert_ptr_equal(lane_next(&l, S + 20000, &probe, &endpoint, &again), &other);
	CHECK_INT("elsewhere", endpoint, 1);
}

/* Without an endpoint that answers: everybody but one, who is the next trial; where a health path is asked, everybody.
 */
static void test_hopeless(void **state)
{
	static const struct service probed = {
		.name = "m", .endpoints = { "http://a" }, .concurrency = 8, .health_path = "/h"
	};
	struct job a = { .tries = 0 }, b = { .tries = 0 };
	struct err e = { 0 };
	struct lane l;

	(void)state;
	for (int i = 0; i < 2; i++) {
		lane_init(&l, i ? &probed : &service, &cfg);
		l.route.unwell_since_us = S;
		lane_join(&l, &a, S);
		lane_join(&l, &b, S);
		assert_null(lane_hopeless(&l, 61 * S, &e));
		assert_ptr_equal(lane_hopeless(&l, 62 * S, &e), &a);
		CHECK_INT("the run ends by it", err_halts_run(e.code), true);
		assert_ptr_equal(lane_hopeless(&l, 62 * S, &e), i ? &b : NULL);
		a = b = (struct job){ .tries = 0 };
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_tries_and_patience),
		cmocka_unit_test(test_what_it_asks_for),
		cmocka_unit_test(test_unsent_goes_elsewhere),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_one_refusal_is_not_the_end),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_pause_of_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
