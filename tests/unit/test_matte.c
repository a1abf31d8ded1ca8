/* test_matte.c - regions, boxes, growth and likeness of masks, drawn as text. */
#include "tests/check.h"

#include "stages/matte.h"

#include <stdlib.h>
#include <string.h>

/* '#' is 255, '+' is 100, anything else 0; rows end with '/'. */
static struct raster draw(const char *art)
{
	int width = (int)strcspn(art, "/"), height = 1;
	struct raster r;
	struct err e = { 0 };

	for (const char *c = art; *c; c++)
		height += *c == '/';
	assert_int_equal(raster_init(&r, width, height, 1, &e), 0);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			char c = art[y * (width + 1) + x];

			r.data[y * width + x] = c == '#' ? 255 : c == '+' ? 100 : 0;
		}
	}
	return r;
}

static void check_same(const char *name, const struct raster *got, const char *want)
{
	struct raster w = draw(want);

	for (int i = 0; i < w.width * w.height; i++) {
		if (got->data[i] != w.data[i])
			fail_msg("%s: pixel %d,%d is %d, not %d", name, i % w.width, i / w.width, got->data[i],
				 w.data[i]);
	}
	raster_release(&w);
}

static void finds_regions(void **state)
{
	static const struct {
		const char *name, *art;
		int low, high;
		bool corners;
		int count, largest, area, rim;
		struct box box;
	} cases[] = {
		{ "nothing", "..../....", 128, 255, true, 0, -1, 0, 0, { 0, 0, 0, 0 } },
		{ "all", "###/###", 128, 255, false, 1, 0, 6, 6, { 0, 0, 3, 2 } },
		{ "corners join", "#.../.#../..#.", 128, 255, true, 1, 0, 3, 2, { 0, 0, 3, 3 } },
		{ "corners part", "#.../.#../..#.", 128, 255, false, 3, 0, 1, 1, { 0, 0, 1, 1 } },
		{ "second is larger", "#..../..##./..##./.....", 128, 255, true, 2, 1, 4, 0, { 2, 1, 2, 2 } },
		{ "arms meet late", "#.#.#/#.#.#/#####", 128, 255, false, 1, 0, 11, 10, { 0, 0, 5, 3 } },
		{ "spiral", "#####/....#/###.#/#...#/#####", 128, 255, false, 1, 0, 17, 15, { 0, 0, 5, 5 } },
		{ "between levels", "#+#/+#+", 50, 200, true, 1, 0, 3, 3, { 0, 0, 3, 2 } },
		{ "hole is a region", "####/#..#/####", 0, 127, false, 1, 0, 2, 0, { 1, 1, 2, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raster mask = draw(cases[i].art);
		struct regions r;
		struct err e = { 0 };
		int largest;

		CHECK_INT(cases[i].name, matte_regions(&mask, cases[i].low, cases[i].high, cases[i].corners, &r, &e),
			  0);
		largest = regions_largest(&r);
		CHECK_INT(cases[i].name, r.count, cases[i].count);
		CHECK_INT(cases[i].name, largest, cases[i].largest);
		if (largest >= 0) {
			const struct region *g = &r.at[largest];

			CHECK_INT(cases[i].name, g->area, cases[i].area);
			CHECK_INT(cases[i].name, g->rim, cases[i].rim);
			CHECK_INT(cases[i].name, g->box.left, cases[i].box.left);
			CHECK_INT(cases[i].name, g->box.top, cases[i].box.top);
			CHECK_INT(cases[i].name, g->box.width, cases[i].box.width);
			CHECK_INT(cases[i].name, g->box.height, cases[i].box.height);
		}
		for (int p = 0; p < mask.width * mask.height; p++) {
			bool in = mask.data[p] >= cases[i].low && mask.data[p] <= cases[i].high;

			CHECK_INT(cases[i].name, r.label[p] != 0, in);
		}
		regions_release(&r);
		raster_release(&mask);
	}
}

static void grows_and_shrinks(void **state)
{
	static const struct {
		const char *name, *art;
		int radius;
		const char *grown, *shrunk;
	} cases[] = {
		{ "nothing to do", "..#../..#..", 0, "..#../..#..", "..#../..#.." },
		{ "a dot", "...../...../..#../...../.....", 1, "...../.###./.###./.###./.....",
		  "...../...../...../...../....." },
		{ "the rim does not eat", "###/###/###", 2, "###/###/###", "###/###/###" },
		{ "a hole", "#####/#####/##.##/#####/#####", 1, "#####/#####/#####/#####/#####",
		  "#####/#...#/#...#/#...#/#####" },
		{ "wider than the mask", "#../...", 7, "###/###", ".../..." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raster a = draw(cases[i].art), b = draw(cases[i].art);
		struct err e = { 0 };

		CHECK_INT(cases[i].name, matte_grow(&a, cases[i].radius, &e), 0);
		check_same(cases[i].name, &a, cases[i].grown);
		CHECK_INT(cases[i].name, matte_shrink(&b, cases[i].radius, &e), 0);
		check_same(cases[i].name, &b, cases[i].shrunk);
		raster_release(&a);
		raster_release(&b);
	}
}

/* Wide rows go through the vector code: against the plain definition. */
static void grows_wide_rows(void **state)
{
	struct raster mask, was;
	struct err e = { 0 };
	unsigned dice = 7;

	(void)state;
	assert_int_equal(raster_init(&mask, 203, 9, 1, &e), 0);
	assert_int_equal(raster_init(&was, 203, 9, 1, &e), 0);
	for (int i = 0; i < 203 * 9; i++) {
		dice = dice * 1664525u + 1013904223u;
		was.data[i] = mask.data[i] = (unsigned char)(dice >> 24);
	}
	assert_int_equal(matte_grow(&mask, 3, &e), 0);
	for (int i = 0; i < 203 * 9; i++) {
		int x = i % 203, y = i / 203, most = 0;

		for (int v = y < 3 ? 0 : y - 3; v <= y + 3 && v < 9; v++) {
			for (int u = x < 3 ? 0 : x - 3; u <= x + 3 && u < 203; u++)
				most = was.data[v * 203 + u] > most ? was.data[v * 203 + u] : most;
		}
		CHECK_INT("largest around", mask.data[i], most);
	}
	raster_release(&mask);
	raster_release(&was);
}

static void measures(void **state)
{
	struct raster empty = draw("..../...."), some = draw("..../.+#./..#."), other = draw("##../.+##/....");
	struct box b = matte_box(&some, 50);

	(void)state;
	assert_int_equal(matte_box(&empty, 1).width, 0);
	assert_int_equal(b.left, 1);
	assert_int_equal(b.top, 1);
	assert_int_equal(b.width, 2);
	assert_int_equal(b.height, 2);
	assert_int_equal(matte_box(&some, 128).left, 2);
	assert_int_equal(matte_area(&some, 50), 3);
	assert_int_equal(matte_area(&some, 128), 2);
	assert_float_equal(matte_iou(&empty, &empty), 1, 1e-9);
	assert_float_equal(matte_iou(&some, &some), 1, 1e-9);
	assert_float_equal(matte_iou(&some, &other), 1.0 / 5, 1e-9);
	raster_release(&empty);
	raster_release(&some);
	raster_release(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_regions),
		cmocka_unit_test(grows_and_shrinks),
		cmocka_unit_test(grows_wide_rows),
		cmocka_unit_test(measures),
	};

	return cmocka_run_group_tests_name("matte", tests, NULL, NULL);
}
