/* CIELAB of known colours, CIEDE2000 of published pairs, grades in tables and JSON. */
#include "tests/check.h"

#include "stages/colour.h"
#include "stages/grade.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sharma, Wu and Dalal (2005), table 1. */
static const struct {
	struct lab a, b;
	double want;
} pairs[] = {
	{ { 50.0000, 2.6772, -79.7751 }, { 50.0000, 0.0000, -82.7485 }, 2.0425 },
	{ { 50.0000, 3.1571, -77.2803 }, { 50.0000, 0.0000, -82.7485 }, 2.8615 },
	{ { 50.0000, 2.8361, -74.0200 }, { 50.0000, 0.0000, -82.7485 }, 3.4412 },
	{ { 50.0000, -1.3802, -84.2814 }, { 50.0000, 0.0000, -82.7485 }, 1.0000 },
	{ { 50.0000, -1.1848, -84.8006 }, { 50.0000, 0.0000, -82.7485 }, 1.0000 },
	{ { 50.0000, -0.9009, -85.5211 }, { 50.0000, 0.0000, -82.7485 }, 1.0000 },
	{ { 50.0000, 0.0000, 0.0000 }, { 50.0000, -1.0000, 2.0000 }, 2.3669 },
	{ { 50.0000, -1.0000, 2.0000 }, { 50.0000, 0.0000, 0.0000 }, 2.3669 },
	{ { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0009 }, 7.1792 },
	{ { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0010 }, 7.1792 },
	{ { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0011 }, 7.2195 },
	{ { 50.0000, 2.4900, -0.0010 }, { 50.0000, -2.4900, 0.0012 }, 7.2195 },
	{ { 50.0000, -0.0010, 2.4900 }, { 50.0000, 0.0009, -2.4900 }, 4.8045 },
	{ { 50.0000, -0.0010, 2.4900 }, { 50.0000, 0.0010, -2.4900 }, 4.8045 },
	{ { 50.0000, -0.0010, 2.4900 }, { 50.0000, 0.0011, -2.4900 }, 4.7461 },
	{ { 50.0000, 2.5000, 0.0000 }, { 50.0000, 0.0000, -2.5000 }, 4.3065 },
	{ { 50.0000, 2.5000, 0.0000 }, { 73.0000, 25.0000, -18.0000 }, 27.1492 },
	{ { 50.0000, 2.5000, 0.0000 }, { 61.0000, -5.0000, 29.0000 }, 22.8977 },
	{ { 50.0000, 2.5000, 0.0000 }, { 56.0000, -27.0000, -3.0000 }, 31.9030 },
	{ { 50.0000, 2.5000, 0.0000 }, { 58.0000, 24.0000, 15.0000 }, 19.4535 },
	{ { 50.0000, 2.5000, 0.0000 }, { 50.0000, 3.1736, 0.5854 }, 1.0000 },
	{ { 50.0000, 2.5000, 0.0000 }, { 50.0000, 3.2972, 0.0000 }, 1.0000 },
	{ { 50.0000, 2.5000, 0.0000 }, { 50.0000, 1.8634, 0.5757 }, 1.0000 },
	{ { 50.0000, 2.5000, 0.0000 }, { 50.0000, 3.2592, 0.3350 }, 1.0000 },
	{ { 60.2574, -34.0099, 36.2677 }, { 60.4626, -34.1751, 39.4387 }, 1.2644 },
	{ { 63.0109, -31.0961, -5.8663 }, { 62.8187, -29.7946, -4.0864 }, 1.2630 },
	{ { 61.2901, 3.7196, -5.3901 }, { 61.4292, 2.2480, -4.9620 }, 1.8731 },
	{ { 35.0831, -44.1164, 3.7933 }, { 35.0232, -40.0716, 1.5901 }, 1.8645 },
	{ { 22.7233, 20.0904, -46.6940 }, { 23.0331, 14.9730, -42.5619 }, 2.0373 },
	{ { 36.4612, 47.8580, 18.3852 }, { 36.2715, 50.5065, 21.2231 }, 1.4146 },
	{ { 90.8027, -2.0831, 1.4410 }, { 91.1528, -1.6435, 0.0447 }, 1.4441 },
	{ { 90.9257, -0.5406, -0.9208 }, { 88.6381, -0.8985, -0.7239 }, 1.5381 },
	{ { 6.7747, -0.2908, -2.4247 }, { 5.8714, -0.0985, -2.2286 }, 0.6377 },
	{ { 2.0776, 0.0795, -1.1350 }, { 0.9033, -0.0636, -0.5514 }, 0.9082 },
};

static void test_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		double there = colour_difference(pairs[i].a, pairs[i].b),
		       back = colour_difference(pairs[i].b, pairs[i].a);

		if (fabs(there - pairs[i].want) > 0.00006 || fabs(back - pairs[i].want) > 0.00006)
			fail_msg("pair %zu: %.5f and %.5f, not %.4f", i + 1, there, back, pairs[i].want);
	}
}

static void test_lab(void **state)
{
	static const struct {
		unsigned char rgb[3];
		struct lab want;
	} cases[] = {
		{ { 255, 255, 255 }, { 100, 0, 0 } },         { { 0, 0, 0 }, { 0, 0, 0 } },
		{ { 255, 0, 0 }, { 53.24, 80.09, 67.20 } },   { { 0, 255, 0 }, { 87.73, -86.18, 83.18 } },
		{ { 0, 0, 255 }, { 32.30, 79.19, -107.86 } }, { { 119, 119, 119 }, { 50.03, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab got = colour_lab(cases[i].rgb);

		if (fabs(got.l - cases[i].want.l) > 0.02 || fabs(got.a - cases[i].want.a) > 0.02 ||
		    fabs(got.b - cases[i].want.b) > 0.02)
			fail_msg("%zu: %.3f %.3f %.3f", i, got.l, got.a, got.b);
	}
}

static void test_grade_json(void **state)
{
	struct grade g = { { 1.0312, 0.99, 0.95 }, 4.5, 250.25, 0.06, 1.2345 }, back;
	char *json = grade_to_json(&g), *again;
	static const char *const bad[] = { "",
					   "{}",
					   "[]",
					   "{\"gain\":[1,1],\"black\":0,\"white\":255,\"contrast\":0,\"drift\":0}",
					   "{\"gain\":[1,1,1],\"black\":0,\"white\":\"x\",\"contrast\":0,\"drift\":0}",
					   "{\"gain\":[1,1,1]" };

	(void)state;
	assert_true(grade_from_json(json, &back));
	assert_memory_equal(&g, &back, sizeof(g));
	again = grade_to_json(&back);
	CHECK_TEXT("json", again, json);
	free(json);
	free(again);
	assert_false(grade_from_json(NULL, &back));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(bad[i], grade_from_json(bad[i], &back), false);
		CHECK_INT(bad[i], back.white == 255 && back.gain[1] == 1, 1);
	}
	/* Whatever stands in a database: bounded. */
	assert_true(
		grade_from_json("{\"gain\":[90,1,-4],\"black\":300,\"white\":0,\"contrast\":7,\"drift\":0}", &back));
	CHECK_INT("bounds",
		  back.gain[0] == 2 && back.gain[2] == 0.5 && back.black == 64 && back.white == 128 &&
			  back.contrast == 1,
		  1);
}

static void test_grade_applied(void **state)
{
	unsigned char data[] = { 0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255 };
	struct raster r = { 4, 1, 3, data };
	struct grade none = GRADE_NONE, g = { { 1.1, 1, 0.9 }, 10, 240, 0.1, 0 };
	struct grade_tables t;

	(void)state;
	grade_apply(&none, &r);
	assert_memory_equal(data, ((unsigned char[]){ 0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255 }), 12);
	grade_apply(&g, &r);
	CHECK_INT("black", data[0], 0);
	CHECK_INT("red of 100", data[3], 110); /* 255 (110 - 10) / 230 = 110.9, and 0.8 lower by the S */
	CHECK_INT("white", data[9], 255);
	CHECK_INT("red over blue", data[6] > data[7] && data[7] > data[8], 1);
	grade_tables(&g, &t);
	for (int c = 0; c < 3; c++)
		for (int v = 1; v < 256; v++)
			CHECK_INT("never falls", t.value[c][v] >= t.value[c][v - 1], 1);
	g = grade_weaken(&g, 0);
	CHECK_INT("weakened to nothing", memcmp(&g, &none, sizeof(g)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_lab),
		cmocka_unit_test(test_grade_json),
		cmocka_unit_test(test_grade_applied),
	};

	return cmocka_run_group_tests_name("colour", tests, NULL, NULL);
}
