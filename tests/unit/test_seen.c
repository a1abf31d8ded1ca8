/* Which SKUs were there already: right, quick, and small however many there are. */
#include "tests/check.h"

#include "pipeline/store_seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MANY     50000 /* their own memory would be measured */
#define MEASURED 0
#else
#define MANY     1000000
#define MEASURED 1
#endif

static void tells_new_from_known(void **state)
{
	static const struct {
		const char *sku;
		int64_t line;
		int known;
		int64_t first;
	} cases[] = {
		{ "MUG-1", 1, 0, 0 },
		{ "MUG-2", 2, 0, 0 },
		{ "MUG-1", 3, 1, 1 },
		{ "mug-1", 4, 0, 0 },
		{ "MUG-1 ", 5, 0, 0 },
		{ "", 6, 0, 0 },
		{ "", 7, 1, 6 },
		{ "MUG-1", 8, 1, 1 },
		{ "\xe6\x9d\xaf", 9, 0, 0 },
		{ "\xe6\x9d\xaf", 10, 1, 9 },
		{ "'); DROP TABLE seen", 11, 0, 0 },
		{ "MUG-2", 12, 1, 2 },
		{ "0", 13, 0, 0 },
		{ "00", 14, 0, 0 },
		{ "0.0", 15, 0, 0 },
	};
	struct seen *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(seen_open(&s, &e), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t first = 0;

		CHECK_INT(cases[i].sku, seen_add(s, cases[i].sku, cases[i].line, &first, &e), cases[i].known);
		CHECK_INT(cases[i].sku, first, cases[i].first);
	}
	seen_close(s);
	seen_close(NULL);
}

static long peak_kib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

/* In no order at all: the hardest case for what is kept on disk. */
static void nth_sku(int64_t n, char out[24])
{
	snprintf(out, 24, "SKU-%016" PRIx64, (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15));
}

static void stays_small(void **state)
{
	struct seen *s = NULL;
	struct err e = { 0 };
	long before = peak_kib();
	clock_t began = clock();
	int64_t first = 0;
	char sku[24];

	(void)state;
	assert_int_equal(seen_open(&s, &e), 0);
	for (int64_t n = 1; n <= MANY; n++) {
		nth_sku(n, sku);
		if (seen_add(s, sku, n, &first, &e) != 0)
			fail_msg("SKU %" PRId64 ": %s", n, e.msg);
	}
	for (int64_t n = 1; n <= MANY; n += MANY / 100) {
		nth_sku(n, sku);
		assert_int_equal(seen_add(s, sku, MANY + n, &first, &e), 1);
		assert_int_equal(first, n);
	}
	seen_close(s);
	if (MEASURED) {
		printf("| %d SKUs: %ld KiB, %.1f s of processor time\n", MANY, peak_kib() - before,
		       (double)(clock() - began) / CLOCKS_PER_SEC);
		assert_in_range(peak_kib() - before, 0, 16 * 1024);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_new_from_known),
		cmocka_unit_test(stays_small),
	};

	return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
