/* pace.h on a clock of its own: limits are kept in every window, and nearly used up. */
#include "tests/check.h"

#include "pipeline/pace.h"

#include <stdlib.h>

#define MINUTE_US 60000000LL
#define STARTS    3000

static void test_requests_a_minute(void **state)
{
	static int64_t at[STARTS];
	struct pace p;
	int64_t now = 0;
	int window = 0;

	(void)state;
	pace_init(&p, 8, 600, 0, 0);
	for (int i = 0; i < STARTS; i++) {
		int64_t when = pace_when(&p, now, 0, 0);

		now = when > now ? when : now;
		at[i] = now;
		pace_started(&p, now, 0, 0);
		pace_ended(&p, now, PACE_ANSWERED, 1000, -1);
	}
	for (int i = 0, first = 0; i < STARTS; i++) {
		while (at[i] - at[first] > MINUTE_US)
			first++;
		window = i - first + 1 > window ? i - first + 1 : window;
	}
	CHECK_INT("most in a window", window <= 600, 1);
	CHECK_INT("used", window >= 582, 1);
}

static void test_pause_and_full(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 1, 0, 0, 0);
	CHECK_INT("idle", pace_when(&p, 5, 0, 0), 5);
	pace_started(&p, 5, 0, 0);
	CHECK_INT("full", pace_when(&p, 6, 0, 0) == INT64_MAX, 1);
	pace_ended(&p, 10, PACE_RATE, 0, 34000);
	CHECK_INT("held", pace_when(&p, 11, 0, 0) >= 10 + 34000000LL, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_requests_a_minute),
					    cmocka_unit_test(test_pause_and_full) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
