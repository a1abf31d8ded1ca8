/* How many cores there are for us. */
#define _GNU_SOURCE /* sched_setaffinity() */
#include "tests/check.h"

#include "jobs/resources.h"

#include <sched.h>

static void test_quota(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "max 100000\n", -1 },     { "", -1 },           { "150000 100000\n", 2 },   { "200000 100000\n", 2 },
		{ "10000 100000\n", 1 },    { "100000 0\n", -1 }, { "-100000 100000\n", -1 }, { "100000\n", -1 },
		{ "6400000 100000\n", 64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(cases[i].text, resources_group_cores(cases[i].text), cases[i].want);
}

static void test_bound_to_one(void **state)
{
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int i = 0; CPU_COUNT(&one) == 0; i++) {
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	CHECK_INT("of one core", resources_cores(), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_in_range(resources_cores(), 1, CPU_COUNT(&all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_bound_to_one),
	};

	return cmocka_run_group_tests_name("resources", tests, NULL, NULL);
}
