/* route.h on a clock of its own: the preferred endpoint, its circuit breaker, trials, and the way back. */
#include "tests/check.h"

#include "pipeline/route.h"

#define S 1000000LL /* a second */

static const struct service two = { .name = "m", .endpoints = { "http://a", "http://b" }, .concurrency = 4 };
static const struct service probed = {
	.name = "m", .endpoints = { "http://a" }, .concurrency = 4, .health_path = "/health"
};

/* What the endpoint says to a call that is started and ended at once. */
static void one(struct route *r, int endpoint, int64_t now, bool healthy)
{
	route_started(r, endpoint, now, 0, 0);
	route_ended(r, endpoint, now, healthy, healthy ? PACE_ANSWERED : PACE_UNWELL, 1000, -1);
}

static int pick(const struct route *r, int64_t now)
{
	int64_t again;
	bool probe;

	return route_pick(r, now, 0, 0, &probe, &again);
}

static void go_wrong(struct route *r, int endpoint, int64_t now, int times)
{
	for (int i = 0; i < times; i++)
		one(r, endpoint, now + i, false);
}

static void test_preferred_until_it_fails(void **state)
{
	struct route r;
	int64_t now = S;

	(void)state;
	route_init(&r, &two);
	CHECK_INT("first", pick(&r, now), 0);
	go_wrong(&r, 0, now, BREAKER_FAILURES - 1);
	CHECK_INT("not yet", pick(&r, now += S), 0);
	go_wrong(&r, 0, now, 1);
	CHECK_INT("open", pick(&r, now + BREAKER_FIRST_MS * 1000 - 1), 1);
	CHECK_INT("one is well", r.unwell_since_us == 0, 1);
	CHECK_INT("a trial", pick(&r, now + BREAKER_FIRST_MS * 1000), 0);
}

static void test_success_between_failures(void **state)
{
	struct route r;

	(void)state;
	route_init(&r, &two);
	go_wrong(&r, 0, S, BREAKER_FAILURES - 1);
	one(&r, 0, 2 * S, true);
	go_wrong(&r, 0, 3 * S, BREAKER_FAILURES - 1);
	CHECK_INT("failures in a row count", pick(&r, 5 * S), 0);
}

static void test_one_trial_at_a_time(void **state)
{
	struct route r;
	int64_t now = S;

	(void)state;
	route_init(&r, &two);
	go_wrong(&r, 0, now, BREAKER_FAILURES);
	now += BREAKER_FIRST_MS * 1000 + 10;
	CHECK_INT("trial", pick(&r, now), 0);
	route_started(&r, 0, now, 0, 0);
	CHECK_INT("the others go elsewhere", pick(&r, now + S), 1);
	route_ended(&r, 0, now + S, true, PACE_ANSWERED, S, -1);
	CHECK_INT("closed again", pick(&r, now + 2 * S), 0);
}

/* Each trial that fails doubles the time until the next, up to a bound. */
static void test_trials_become_rarer(void **state)
{
	struct route r;
	int64_t now = S, open = BREAKER_FIRST_MS;

	(void)state;
	route_init(&r, &two);
	go_wrong(&r, 0, now, BREAKER_FAILURES);
	now += BREAKER_FAILURES - 1; /* the last one opened it */
	for (int i = 0; i < 10; i++) {
		CHECK_INT("still open", pick(&r, now + open * 1000 - 1), 1);
		now += open * 1000;
		CHECK_INT("due", pick(&r, now), 0);
		one(&r, 0, now, false);
		open = 2 * open < BREAKER_MOST_MS ? 2 * open : BREAKER_MOST_MS;
	}
}

/* Calls that were out when the breaker opened come back one after the other: they do not make it longer. */
static void test_stragglers_say_nothing_new(void **state)
{
	struct route r;

	(void)state;
	route_init(&r, &two);
	for (int i = 0; i < 4; i++)
		route_started(&r, 0, S, 0, 0);
	for (int i = 0; i < 4; i++)
		route_ended(&r, 0, 2 * S, false, PACE_UNWELL, S, -1);
	CHECK_INT("due as after the first", pick(&r, 2 * S + BREAKER_FIRST_MS * 1000), 0);
}

static void test_none_is_well(void **state)
{
	struct route r;
	int64_t again;
	bool probe;

	(void)state;
	route_init(&r, &two);
	go_wrong(&r, 0, S, BREAKER_FAILURES);
	CHECK_INT("one is", r.unwell_since_us == 0, 1);
	go_wrong(&r, 1, 2 * S, BREAKER_FAILURES);
	CHECK_INT("since when", r.unwell_since_us == 2 * S + BREAKER_FAILURES - 1, 1);
	CHECK_INT("none", route_pick(&r, 2 * S - 10, 0, 0, &probe, &again), -1);
	CHECK_INT("look again when the first is due", again == S + BREAKER_FAILURES - 1 + BREAKER_FIRST_MS * 1000, 1);
	one(&r, 1, 10 * S, true);
	CHECK_INT("one is again", r.unwell_since_us == 0, 1);
}

static void test_probe_of_the_health_path(void **state)
{
	struct route r;
	int64_t again;
	bool probe;

	(void)state;
	route_init(&r, &probed);
	CHECK_INT("a call", route_pick(&r, S, 0, 0, &probe, &again), 0);
	CHECK_INT("no probe", probe, false);
	go_wrong(&r, 0, S, BREAKER_FAILURES);
	CHECK_INT("later", route_pick(&r, 9 * S, 0, 0, &probe, &again), 0);
	CHECK_INT("a probe", probe, true);
}

static void test_busy_is_waited_for(void **state)
{
	struct route r;
	int64_t again;
	bool probe;

	(void)state;
	route_init(&r, &two);
	for (int64_t now = S; r.endpoints[0].pace.in_flight < 4; now += S)
		route_started(&r, 0, now, 0, 0);
	CHECK_INT("not the second choice", route_pick(&r, 60 * S, 0, 0, &probe, &again), -1);
	CHECK_INT("until one ends", again == INT64_MAX, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preferred_until_it_fails),   cmocka_unit_test(test_success_between_failures),
		cmocka_unit_test(test_one_trial_at_a_time),        cmocka_unit_test(test_trials_become_rarer),
		cmocka_unit_test(test_stragglers_say_nothing_new), cmocka_unit_test(test_none_is_well),
		cmocka_unit_test(test_probe_of_the_health_path),   cmocka_unit_test(test_busy_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
