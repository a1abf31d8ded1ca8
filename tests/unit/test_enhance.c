/* What enhance makes of a product's colours: mild, from the product alone, and never beyond the drift. */
#include "tests/scene.h"

#include "stages/colour.h"
#include "stages/enhance.h"

#include <math.h>
#include <stdio.h>

static const struct picture_limits limits = { 16 << 20, 100 * 1000 * 1000, 100 };

/* The mean difference over the solid pixels, all of them: the bound is promised for these, not for enhance's sample. */
static double drift_of(const struct raster *photo, const struct raster *matte, const struct grade *g)
{
	struct raster after;
	struct err e = { 0 };
	double sum = 0;
	int count = 0;

	assert_int_equal(raster_init(&after, photo->width, photo->height, 3, &e), 0);
	memcpy(after.data, photo->data, (size_t)photo->width * (size_t)photo->height * 3);
	grade_apply(g, &after);
	for (int i = 0; i < photo->width * photo->height; i++)
		if (matte->data[i] == 255) {
			sum += colour_difference(colour_lab(photo->data + 3 * i), colour_lab(after.data + 3 * i));
			count++;
		}
	raster_release(&after);
	return sum / count;
}

static const struct box middle = { 100, 80, 200, 160 };

/* What is expected of the gains: +1 up, -1 down, 0 untouched, 9 anything. */
static const struct {
	const char *name;
	struct scene scene;
	int red, blue;
	bool drifts;
} cases[] = {
	{ "grey, no cast", { 400, 300, { 100, 80, 90, 70 }, { 255, 255, 255 }, { 128, 128, 128 }, 6 }, 0, 0, false },
	{ "grey in warm light",
	  { 400, 300, { 100, 80, 200, 160 }, { 255, 255, 255 }, { 150, 142, 130 }, 6 },
	  -1,
	  1,
	  true },
	{ "grey in cold light",
	  { 400, 300, { 100, 80, 200, 160 }, { 255, 255, 255 }, { 135, 140, 152 }, 6 },
	  1,
	  -1,
	  true },
	{ "red stays red", { 400, 300, { 100, 80, 200, 160 }, { 255, 255, 255 }, { 190, 30, 30 }, 12 }, 0, 0, false },
	{ "orange stays orange",
	  { 400, 300, { 100, 80, 200, 160 }, { 90, 90, 90 }, { 230, 130, 20 }, 12 },
	  0,
	  0,
	  false },
	{ "a coloured backdrop has no say",
	  { 400, 300, { 100, 80, 200, 160 }, { 255, 180, 90 }, { 128, 128, 128 }, 6 },
	  0,
	  0,
	  false },
	{ "black stays black", { 400, 300, { 100, 80, 200, 160 }, { 255, 255, 255 }, { 22, 22, 22 }, 12 }, 0, 0, true },
	{ "white stays white",
	  { 400, 300, { 100, 80, 200, 160 }, { 200, 200, 200 }, { 244, 244, 244 }, 8 },
	  9,
	  9,
	  true },
	{ "flat and dull", { 400, 300, { 100, 80, 200, 160 }, { 255, 255, 255 }, { 150, 150, 150 }, 60 }, 0, 0, true },
};

static int sign(double gain)
{
	return gain > 1.002 ? 1 : gain < 0.998 ? -1 : 0;
}

static void test_grades(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = cases[i].name;
		struct raster photo, matte;
		struct grade g;
		struct err e = { 0 };

		scene_paint(&cases[i].scene, &photo, &matte);
		assert_int_equal(enhance_grade(&photo, &matte, 3.0, &g, &e), 0);
		if (cases[i].red != 9) {
			CHECK_INT(name, sign(g.gain[0]), cases[i].red);
			CHECK_INT(name, sign(g.gain[2]), cases[i].blue);
		}
		for (int c = 0; c < 3; c++)
			CHECK_INT(name, g.gain[c] >= 0.94 && g.gain[c] <= 1.06, 1);
		CHECK_INT(name, g.black >= 0 && g.black <= 16 && g.white >= 232 && g.white <= 255, 1);
		if (drift_of(&photo, &matte, &g) > 3.05 || g.drift > 3.0)
			fail_msg("%s: drift %.3f, measured %.3f", name, g.drift, drift_of(&photo, &matte, &g));
		if (cases[i].drifts && g.drift < 0.05)
			fail_msg("%s: nothing happened", name);
		raster_release(&photo);
		raster_release(&matte);
	}
}

static void test_drift_is_bounded(void **state)
{
	static const double bounds[] = { 0.25, 0.5, 1, 2, 3 };
	struct raster photo, matte;
	struct err e = { 0 };
	struct grade g;
	double full;

	(void)state;
	scene_paint(&(struct scene){ 400, 300, middle, { 255, 255, 255 }, { 150, 140, 124 }, 70 }, &photo, &matte);
	assert_int_equal(enhance_grade(&photo, &matte, 100, &g, &e), 0);
	full = drift_of(&photo, &matte, &g);
	CHECK_INT("there is something to bound", full > 3.0, 1);
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		double drift;

		assert_int_equal(enhance_grade(&photo, &matte, bounds[i], &g, &e), 0);
		drift = drift_of(&photo, &matte, &g);
		printf("| drift bound %.2f: reported %.3f, measured over the whole product %.3f (unbounded %.2f)\n",
		       bounds[i], g.drift, drift, full);
		/* Measured on a sample of the product: a twentieth more is the sample's, not the grade's. */
		CHECK_INT("within", drift <= bounds[i] * 1.05 + 0.02, 1);
		CHECK_INT("not thrown away", drift > bounds[i] * 0.5, 1);
	}
	assert_int_equal(enhance_grade(&photo, &matte, 0, &g, &e), 0);
	CHECK_INT("none at all", drift_of(&photo, &matte, &g) == 0, 1);
	raster_release(&photo);
	raster_release(&matte);
}

static void test_too_little_to_judge(void **state)
{
	struct raster photo, matte;
	struct grade g, none = GRADE_NONE;
	struct err e = { 0 };

	(void)state;
	scene_paint(&(struct scene){ 400, 300, { 10, 10, 12, 12 }, { 255, 255, 255 }, { 150, 140, 124 }, 9 }, &photo,
		    &matte);
	assert_int_equal(enhance_grade(&photo, &matte, 3, &g, &e), 0);
	CHECK_INT("untouched", memcmp(&g, &none, sizeof(g)), 0);
	raster_release(&photo);
	raster_release(&matte);
}

static struct item *warm_item(void)
{
	struct raster photo, matte;

	scene_paint(&(struct scene){ 400, 300, middle, { 255, 255, 255 }, { 150, 140, 124 }, 30 }, &photo, &matte);
	return scene_item(&photo, &matte, "{}");
}

static void test_stage(void **state)
{
	struct enhance_config cfg = { limits, 4000, 3.0, false }, off = { limits, 4000, 3.0, true };
	struct item *it = warm_item();
	struct err e = { 0 };
	struct grade g, none = GRADE_NONE;

	(void)state;
	assert_int_equal(scene_run(&stage_enhance, &cfg, it, STAGE_ENHANCE, &e), STAGE_DONE);
	assert_null(it->results[STAGE_ENHANCE].bytes);
	assert_true(grade_from_json(it->results[STAGE_ENHANCE].facts, &g));
	CHECK_INT("warm light is cooled", g.gain[0] < 1 && g.gain[2] > 1, 1);
	CHECK_INT("the photo stays for the next", it->picture != NULL, 1);
	assert_int_equal(scene_run(&stage_enhance, &off, it, STAGE_ENHANCE, &e), STAGE_DONE);
	assert_true(grade_from_json(it->results[STAGE_ENHANCE].facts, &g));
	CHECK_INT("off", memcmp(&g, &none, sizeof(g)), 0);
	item_free(it);
}

static void test_failures(void **state)
{
	struct enhance_config cfg = { limits, 4000, 3.0, false };
	struct item *it = warm_item();
	struct result *cut = &it->results[STAGE_REMOVE_BACKGROUND], *source = &it->results[STAGE_FETCH];
	struct err e = { 0 };

	(void)state;
	cut->bytes->data[cut->bytes->size / 2] ^= 0x55;
	assert_int_equal(scene_run(&stage_enhance, &cfg, it, STAGE_ENHANCE, &e), STAGE_FAIL);
	CHECK_INT("damaged matte", e.code, ERR_PICTURE);
	e = (struct err){ 0 };
	item_drop_picture(it);
	source->bytes->size /= 2;
	assert_int_equal(scene_run(&stage_enhance, &cfg, it, STAGE_ENHANCE, &e), STAGE_FAIL);
	CHECK_INT("cut source", e.code, ERR_PICTURE);
	item_free(it);
}

static void test_key(void **state)
{
	struct enhance_config cfgs[] = { { limits, 4000, 3.0, false },
					 { limits, 4000, 2.0, false },
					 { limits, 4000, 3.0, true },
					 { limits, 2000, 3.0, false } };
	struct item *it = warm_item();
	struct digest first = scene_key(&stage_enhance, &cfgs[0], it), again = scene_key(&stage_enhance, &cfgs[0], it);
	struct key *k = key_create("x", 1);

	(void)state;
	CHECK_INT("the same again", digest_equal(&first, &again), true);
	for (int i = 1; i < 4; i++) {
		struct digest other = scene_key(&stage_enhance, &cfgs[i], it);

		CHECK_INT("another setting", digest_equal(&first, &other), false);
	}
	it->results[STAGE_REMOVE_BACKGROUND].blob.b[0] ^= 1;
	again = scene_key(&stage_enhance, &cfgs[0], it);
	CHECK_INT("another matte", digest_equal(&first, &again), false);
	it->results[STAGE_FETCH].has_blob = false;
	CHECK_INT("no source", stage_enhance.key(&cfgs[0], it, k), false);
	key_final(k, &again);
	item_free(it);
}

static int open_library(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_enhance", &e);
}

static int close_library(void **state)
{
	(void)state;
	picture_library_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grades),
		cmocka_unit_test(test_drift_is_bounded),
		cmocka_unit_test(test_too_little_to_judge),
		cmocka_unit_test(test_stage),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests_name("enhance", tests, open_library, close_library);
}
