/* Buckets that lie side by side, and percentiles near the exact ones. */
#include "tests/check.h"

#include "pipeline/histogram.h"

#include <math.h>
#include <stdlib.h>

static void buckets_lie_side_by_side(void **state)
{
	(void)state;
	for (int b = 0; b < HISTOGRAM_BUCKETS - 1; b++) {
		int64_t low = histogram_low(b), next = histogram_low(b + 1);

		assert_true(low < next);
		assert_int_equal(histogram_bucket(low), b);
		assert_int_equal(histogram_bucket(next - 1), b);
		assert_true(b < HISTOGRAM_STEPS || (double)(next - low) <= (double)low / HISTOGRAM_STEPS);
	}
	assert_int_equal(histogram_bucket(-5), 0);
	assert_int_equal(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void percentiles_are_near(void **state)
{
	static const int counts[] = { 1, 2, 3, 99, 100, 101, 5000 }, ps[] = { 1, 50, 95, 99, 100 };
	static int64_t values[5000];

	(void)state;
	srand(7);
	for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
		static struct histogram h, twice;

		h = twice = (struct histogram){ 0 };
		for (int i = 0; i < counts[c]; i++) {
			values[i] = (int64_t)exp((double)(rand() % 20000) / 1000);
			histogram_add(&h, histogram_bucket(values[i]), 1);
		}
		qsort(values, (size_t)counts[c], sizeof(*values), by_value);
		histogram_sum(&twice, &h);
		histogram_sum(&twice, &h);
		for (size_t p = 0; p < sizeof(ps) / sizeof(*ps); p++) {
			double exact = (double)values[(counts[c] * ps[p] + 99) / 100 - 1];

			assert_true(fabs((double)histogram_percentile(&h, ps[p]) - exact) <= 0.008 * exact + 0.5);
			assert_int_equal(histogram_percentile(&twice, ps[p]), histogram_percentile(&h, ps[p]));
		}
	}
	assert_int_equal(histogram_percentile(&(struct histogram){ 0 }, 50), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(buckets_lie_side_by_side),
					    cmocka_unit_test(percentiles_are_near) };

	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
