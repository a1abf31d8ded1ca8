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

/* Large calls beside a small limit: no window of theirs holds one too many. */
static void test_meters(void **state)
{
	static const struct {
		const char *name;
		double tpm, usd_per_10min;
		int64_t tokens, nano;
		double least; /* of the limit that is used */
	} cases[] = {
		{ "small calls", 1e6, 0, 2000, 0, 0.93 },         { "four fit", 10000, 0, 2400, 0, 0.85 },
		{ "four fit, hardly", 20000, 0, 4500, 0, 0.85 },  { "one fits", 10000, 0, 9000, 0, 0.8 },
		{ "more than the limit", 10000, 0, 15000, 0, 0 }, { "dollars", 0, 10, 0, 36000000, 0.93 },
		{ "half a dollar", 0, 0.5, 0, 134000000, 0.75 },  { "twenty cents", 0, 0.2, 0, 134000000, 0.6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		static int64_t at[STARTS];
		double limit = cases[i].tpm > 0 ? cases[i].tpm : cases[i].usd_per_10min * 1e9, most = 0;
		double each = cases[i].tpm > 0 ? (double)cases[i].tokens : (double)cases[i].nano;
		int64_t now = 0, window = cases[i].tpm > 0 ? MINUTE_US : 10 * MINUTE_US;
		struct pace p;

		pace_init(&p, 64, 0, cases[i].tpm, cases[i].usd_per_10min);
		for (int k = 0; k < STARTS; k++) {
			int64_t when = pace_when(&p, now, cases[i].tokens, cases[i].nano);

			now = when > now ? when : now;
			at[k] = now;
			pace_started(&p, now, cases[i].tokens, cases[i].nano);
			pace_ended(&p, now, PACE_ANSWERED, 1000, -1);
		}
		for (int k = 0, first = 0; k < STARTS; k++) {
			while (at[k] - at[first] > window)
				first++;
			most = each * (k - first + 1) > most ? each * (k - first + 1) : most;
		}
		if (each <= limit && most > limit)
			fail_msg("%s: %.0f of %.0f in a window", cases[i].name, most, limit);
		if (most < cases[i].least * limit)
			fail_msg("%s: only %.0f of %.0f", cases[i].name, most, limit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_requests_a_minute),
					    cmocka_unit_test(test_pause_and_full), cmocka_unit_test(test_meters) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
