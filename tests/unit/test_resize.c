/* The finished file: its size, its white, where the product stands, how it was scaled, and what is said of it. */
#include "tests/scene.h"

#include "stages/colour.h"
#include "stages/enhance.h"
#include "stages/placement.h"
#include "stages/resize.h"

#include <math.h>
#include <stdio.h>

static const struct picture_limits limits = { 16 << 20, 100 * 1000 * 1000, 100 };
static const char *const no_grade = "{\"gain\":[1,1,1],\"black\":0,\"white\":255,\"contrast\":0,\"drift\":0}";

static struct resize_config config(int width, int height, enum picture_format format)
{
	return (struct resize_config){ width, height, 0.85, SHADOW_NONE, { format, 90, 0 }, limits, 4000 };
}

static struct item *item_of(const struct scene *s)
{
	struct raster photo, matte;
	struct item *it;

	scene_paint(s, &photo, &matte);
	it = scene_item(&photo, &matte, "{\"method\":\"alpha\",\"confidence\":1,\"reasons\":[]}");
	it->results[STAGE_ENHANCE].facts = strdup(no_grade);
	return it;
}

/* The finished picture, decoded. */
static struct picture *made(const char *name, const struct resize_config *cfg, struct item *it)
{
	struct picture *p;
	struct err e = { 0 };

	if (scene_run(&stage_resize, cfg, it, STAGE_RESIZE, &e) != STAGE_DONE)
		fail_msg("%s: %s", name, e.msg);
	if (picture_decode(it->results[STAGE_RESIZE].bytes, &limits, 0, &p, &e) != 0)
		fail_msg("%s: %s", name, e.msg);
	return p;
}

static struct box fact_box(const char *facts, const char *name)
{
	cJSON *o = cJSON_Parse(facts), *a = cJSON_GetObjectItem(o, name);
	struct box b;

	CHECK_INT(name, cJSON_GetArraySize(a), 4);
	b.left = cJSON_GetArrayItem(a, 0)->valueint;
	b.top = cJSON_GetArrayItem(a, 1)->valueint;
	b.width = cJSON_GetArrayItem(a, 2)->valueint;
	b.height = cJSON_GetArrayItem(a, 3)->valueint;
	cJSON_Delete(o);
	return b;
}

static bool is_white(const struct raster *r, int x, int y)
{
	const unsigned char *p = pixel(r, x, y);

	return (p[0] & p[1] & p[2]) == 255;
}

static const struct {
	const char *name;
	struct scene scene;
	int width, height;
	double fill;
	struct box want; /* of the product, in the frame */
	double upscaled;
} places[] = {
	{ "wide",
	  { 1600, 1200, { 200, 300, 1200, 500 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 },
	  800,
	  800,
	  0.85,
	  { 60, 258, 680, 283 },
	  1 },
	{ "high, off centre",
	  { 1600, 1200, { 1100, 100, 250, 1000 }, { 0, 0, 0 }, { 90, 150, 90 }, 10 },
	  800,
	  800,
	  0.85,
	  { 315, 60, 170, 680 },
	  1 },
	{ "square in a wide frame",
	  { 1200, 1200, { 100, 100, 1000, 1000 }, { 9, 9, 9 }, { 99, 99, 160 }, 5 },
	  1000,
	  500,
	  0.9,
	  { 275, 25, 450, 450 },
	  1 },
	{ "low fill",
	  { 1600, 1200, { 200, 300, 1200, 500 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 },
	  800,
	  800,
	  0.5,
	  { 200, 316, 400, 167 },
	  1 },
	{ "upscaled",
	  { 400, 300, { 100, 50, 200, 200 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 },
	  800,
	  800,
	  0.85,
	  { 60, 60, 680, 680 },
	  3.4 },
	{ "hardly upscaled",
	  { 900, 900, { 100, 100, 673, 673 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 },
	  800,
	  800,
	  0.85,
	  { 60, 60, 680, 680 },
	  1 },
	{ "cut by the photo's edge",
	  { 1000, 1000, { 0, 0, 800, 1000 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 },
	  800,
	  800,
	  0.85,
	  { 128, 60, 544, 680 },
	  1 },
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *name = places[i].name, *facts;
		struct resize_config cfg = config(places[i].width, places[i].height, FORMAT_PNG);
		struct item *it = item_of(&places[i].scene);
		struct box b, want = places[i].want, painted;
		struct picture *p;

		cfg.fill = places[i].fill;
		p = made(name, &cfg, it);
		facts = it->results[STAGE_RESIZE].facts;
		CHECK_INT(name, p->rgb.width, places[i].width);
		CHECK_INT(name, p->rgb.height, places[i].height);
		CHECK_INT(name, p->info.has_alpha, 0);
		CHECK_INT(name, it->picture == NULL, 1);
		b = fact_box(facts, "box");
		painted = fact_box(facts, "painted");
		if (b.left != want.left || b.top != want.top || abs(b.width - want.width) > 1 ||
		    abs(b.height - want.height) > 1)
			fail_msg("%s: box %d,%d %d x %d", name, b.left, b.top, b.width, b.height);
		CHECK_INT(name, lrint(1000 * fact_number(facts, "upscaled")), lrint(1000 * places[i].upscaled));
		CHECK_INT(name, fabs(fact_number(facts, "fill") - places[i].fill) < 0.003, 1);
		/* Hard edges: what is painted is the box, give or take a soft pixel. */
		CHECK_INT(name, abs(painted.left - b.left) <= 2 && abs(painted.top - b.top) <= 2, 1);
		CHECK_INT(name, abs(painted.width - b.width) <= 4 && abs(painted.height - b.height) <= 4, 1);
		for (int y = 0; y < p->rgb.height; y++)
			for (int x = 0; x < p->rgb.width; x++) {
				bool near = x >= b.left - 4 && x < b.left + b.width + 4 && y >= b.top - 4 &&
					    y < b.top + b.height + 4;
				bool hole = abs(x - b.left - b.width / 2) < b.width / 6 - 4 &&
					    abs(y - b.top - b.height / 2) < b.height / 6 - 4;

				if ((!near || hole) && !is_white(&p->rgb, x, y))
					fail_msg("%s: %d,%d is not white", name, x, y);
			}
		/* The product's own colour, from just inside its edge on: nothing of the backdrop. */
		for (int d = 3; d < b.width / 6; d += 3)
			check_colour(name, pixel(&p->rgb, b.left + d, b.top + b.height / 2), places[i].scene.colour,
				     30);
		picture_free(p);
		item_free(it);
	}
}

/* A photo with a bright-blue backdrop: no blue on the product's edge. */
static void test_no_fringe(void **state)
{
	struct resize_config cfg = config(800, 800, FORMAT_PNG);
	struct item *it = item_of(
		&(struct scene){ 1500, 1500, { 203, 207, 1001, 1003 }, { 0, 0, 255 }, { 200, 120, 40 }, 0 });
	struct picture *p = made("fringe", &cfg, it);

	(void)state;
	for (int i = 0; i < 800 * 800; i++) {
		const unsigned char *v = p->rgb.data + 3 * i;

		/* Between the product and white, blue never exceeds red. */
		if (v[2] > v[0] + 6)
			fail_msg("at %d,%d: %d,%d,%d", i % 800, i / 800, v[0], v[1], v[2]);
	}
	picture_free(p);
	item_free(it);
}

static void test_grade_is_applied(void **state)
{
	struct resize_config cfg = config(800, 800, FORMAT_PNG);
	struct item *it = item_of(
		&(struct scene){ 1500, 1500, { 200, 200, 1000, 1000 }, { 9, 9, 9 }, { 120, 120, 120 }, 0 });
	struct picture *p;

	(void)state;
	free(it->results[STAGE_ENHANCE].facts);
	it->results[STAGE_ENHANCE].facts = strdup(
		"{\"gain\":[1.05,1,0.95],\"black\":0,\"white\":255,\"contrast\":0,\"drift\":2}");
	p = made("grade", &cfg, it);
	check_colour("graded", pixel(&p->rgb, 150, 150), (unsigned char[3]){ 126, 120, 114 }, 1);
	CHECK_INT("white is not graded", is_white(&p->rgb, 5, 5), 1);
	picture_free(p);
	item_free(it);
}

/* From the photo to the file, enhance and sharpening and all: the product is still the product. */
static void test_colour_drift_of_the_file(void **state)
{
	struct scene s = { 1600, 1200, { 300, 100, 1000, 1000 }, { 240, 240, 240 }, { 150, 142, 130 }, 40 };
	struct enhance_config enhance = { limits, 4000, 3.0, false };
	struct resize_config cfg = config(800, 800, FORMAT_JPEG);
	struct item *it = item_of(&s);
	struct raster photo, matte, plain;
	struct picture *p;
	struct err e = { 0 };
	double sum = 0;
	int count = 0;

	(void)state;
	scene_paint(&s, &photo, &matte);
	assert_int_equal(scene_run(&stage_enhance, &enhance, it, STAGE_ENHANCE, &e), STAGE_DONE);
	p = made("drift", &cfg, it);
	assert_int_equal(raster_scale(&photo, s.product, 680, 680, &plain, &e), 0);
	for (int y = 10; y < 200; y++)
		for (int x = 10; x < 670; x++, count++)
			sum += colour_difference(colour_lab(pixel(&plain, x, y)),
						 colour_lab(pixel(&p->rgb, 60 + x, 60 + y)));
	printf("| mean CIEDE2000 from photo to JPEG, graded, sharpened: %.2f\n", sum / count);
	CHECK_INT("drift", sum / count < 4.5, 1);
	CHECK_INT("graded", sum / count > 0.3, 1);
	raster_release(&photo);
	raster_release(&matte);
	raster_release(&plain);
	picture_free(p);
	item_free(it);
}

static void test_sharpening(void **state)
{
	struct resize_config cfg = config(800, 800, FORMAT_PNG);
	struct scene s = { 1360, 1360, { 170, 170, 1020, 1020 }, { 255, 255, 255 }, { 128, 128, 128 }, 60 };
	struct item *it = item_of(&s);
	struct raster photo, matte, plain;
	struct picture *p = made("sharp", &cfg, it);
	struct err e = { 0 };
	double soft = 0, sharp = 0;

	(void)state;
	scene_paint(&s, &photo, &matte);
	assert_int_equal(raster_scale(&photo, s.product, 680, 680, &plain, &e), 0);
	for (int y = 20; y < 200; y++)
		for (int x = 20; x < 660; x++) {
			soft += abs(*pixel(&plain, x, y) - *pixel(&plain, x + 1, y));
			sharp += abs(*pixel(&p->rgb, 60 + x, 60 + y) - *pixel(&p->rgb, 61 + x, 60 + y));
		}
	CHECK_INT("detail is lifted", sharp > soft * 1.1, 1);
	CHECK_INT("mildly", sharp < soft * 1.8, 1);
	raster_release(&photo);
	raster_release(&matte);
	raster_release(&plain);
	picture_free(p);
	item_free(it);
}

/* A matte of another size, and with a speck far off. */
static void test_matte(void **state)
{
	struct scene s = { 1600, 1200, { 400, 200, 800, 800 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 };
	struct resize_config cfg = config(800, 800, FORMAT_PNG);
	struct raster photo, matte, small;
	struct err e = { 0 };
	struct item *it;
	struct picture *p;
	struct box b;

	(void)state;
	scene_paint(&s, &photo, &matte);
	assert_int_equal(raster_scale(&matte, (struct box){ 0, 0, 1600, 1200 }, 512, 384, &small, &e), 0);
	small.data[10 * 512 + 10] = small.data[10 * 512 + 11] = 255;
	raster_release(&matte);
	it = scene_item(&photo, &small, "{}");
	it->results[STAGE_ENHANCE].facts = strdup(no_grade);
	p = made("small matte", &cfg, it);
	b = fact_box(it->results[STAGE_RESIZE].facts, "box");
	CHECK_INT("left", abs(b.left - 60) <= 2, 1);
	CHECK_INT("width", abs(b.width - 680) <= 4, 1);
	for (int y = 70; y < 250; y += 7) {
		CHECK_INT("white beside it", is_white(&p->rgb, b.left - 6, y), 1);
		check_colour("product", pixel(&p->rgb, b.left + 6, y), s.colour, 30);
	}
	picture_free(p);
	item_free(it);
}

static void test_pieces(void **state)
{
	struct raster m;
	struct box b;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(raster_init(&m, 1000, 500, 1, &e), 0);
	memset(m.data, 0, 1000 * 500);
	assert_int_equal(placement_find_product(&m, &b, &e), 0);
	CHECK_INT("nothing", b.width, 0);
	for (int y = 100; y < 400; y++) {
		memset(m.data + y * 1000 + 101, 255, 200); /* a pair of shoes: both belong */
		memset(m.data + y * 1000 + 701, 255, 199);
	}
	m.data[20 * 1000 + 950] = 255; /* dust */
	memset(m.data, 20, 1000 * 30); /* haze */
	assert_int_equal(placement_find_product(&m, &b, &e), 0);
	CHECK_INT("left", b.left, 101);
	CHECK_INT("width", b.width, 799);
	CHECK_INT("top", b.top, 100);
	CHECK_INT("height", b.height, 300);
	raster_release(&m);
}

static void test_shadow(void **state)
{
	struct scene s = { 1600, 1600, { 300, 200, 1000, 1000 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 };
	struct resize_config cfg = config(800, 800, FORMAT_PNG);
	struct item *it = item_of(&s);
	struct picture *p;
	int dark, darker;

	(void)state;
	cfg.shadow = SHADOW_CONTACT;
	p = made("shadow", &cfg, it);
	CHECK_INT("said", strstr(it->results[STAGE_RESIZE].facts, "\"shadow\":\"contact\"") != NULL, 1);
	dark = *pixel(&p->rgb, 400, 752);
	darker = *pixel(&p->rgb, 400, 743);
	CHECK_INT("soft", darker < dark && dark < 255, 1);
	CHECK_INT("subtle", darker > 150, 1);
	for (int y = 742; y < 800; y++) {
		const unsigned char *v = pixel(&p->rgb, 400, y);

		CHECK_INT("grey", v[0] == v[1] && v[1] == v[2], 1);
	}
	for (int i = 0; i < 800; i++) {
		CHECK_INT("white rim",
			  is_white(&p->rgb, i, 799) && is_white(&p->rgb, 0, i) && is_white(&p->rgb, 799, i), 1);
		CHECK_INT("white above", is_white(&p->rgb, i, 50), 1);
	}
	CHECK_INT("white in the hole", is_white(&p->rgb, 400, 400), 1);
	picture_free(p);
	cfg.fill = 1; /* no room below */
	p = made("no room", &cfg, it);
	CHECK_INT("said", strstr(it->results[STAGE_RESIZE].facts, "\"shadow\":\"none\"") != NULL, 1);
	picture_free(p);
	item_free(it);
}

/* Reduced while loading, but the product is a small part: its pixels are fetched again before any is made up. */
static void test_huge_photo(void **state)
{
	struct scene s = { 3000, 2000, { 1000, 600, 900, 900 }, { 20, 90, 200 }, { 200, 60, 40 }, 10 };
	struct resize_config cfg = config(800, 800, FORMAT_PNG);
	struct item *it = item_of(&s);
	struct picture *p;

	(void)state;
	cfg.max_side = 1000;
	p = made("huge", &cfg, it);
	CHECK_INT("upscaled", lrint(100 * fact_number(it->results[STAGE_RESIZE].facts, "upscaled")), 100);
	picture_free(p);
	item_free(it);
}

static void test_formats(void **state)
{
	static const enum picture_format formats[] = { FORMAT_JPEG, FORMAT_WEBP, FORMAT_PNG, FORMAT_AVIF };
	struct item *it = item_of(
		&(struct scene){ 1000, 1000, { 100, 100, 800, 800 }, { 0, 0, 0 }, { 200, 60, 40 }, 20 });

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct resize_config cfg = config(400, 300, formats[i]);
		struct picture *p = made("format", &cfg, it);

		CHECK_INT("format", p->info.format, formats[i]);
		CHECK_INT("width", p->rgb.width, 400);
		CHECK_INT("height", p->rgb.height, 300);
		for (int x = 0; x < 400; x++)
			CHECK_INT("border", is_white(&p->rgb, x, 0) && is_white(&p->rgb, x, 299), 1);
		picture_free(p);
	}
	item_free(it);
}

static void test_max_bytes(void **state)
{
	struct resize_config cfg = config(800, 800, FORMAT_JPEG);
	struct item *it = item_of(
		&(struct scene){ 1000, 1000, { 100, 100, 800, 800 }, { 0, 0, 0 }, { 128, 128, 128 }, 60 });
	size_t full;
	struct picture *p = made("full", &cfg, it);
	struct err e = { 0 };

	(void)state;
	picture_free(p);
	full = it->results[STAGE_RESIZE].bytes->size;
	cfg.encoding.max_bytes = (int64_t)full * 2 / 3;
	p = made("smaller", &cfg, it);
	CHECK_INT("fits", (int64_t)it->results[STAGE_RESIZE].bytes->size <= cfg.encoding.max_bytes, 1);
	CHECK_INT("quality", fact_number(it->results[STAGE_RESIZE].facts, "quality") < 90, 1);
	picture_free(p);
	cfg.encoding.max_bytes = 2000;
	CHECK_INT("cannot", scene_run(&stage_resize, &cfg, it, STAGE_RESIZE, &e), STAGE_FAIL);
	CHECK_INT("cannot", e.code, ERR_TOO_LARGE);
	item_free(it);
}

static void test_empty_cutout(void **state)
{
	struct resize_config cfg = config(800, 800, FORMAT_JPEG);
	struct raster photo, matte;
	struct item *it;
	struct err e = { 0 };

	(void)state;
	scene_paint(&(struct scene){ 300, 300, { 0, 0, 0, 0 }, { 0, 0, 0 }, { 200, 60, 40 }, 0 }, &photo, &matte);
	it = scene_item(&photo, &matte, "{}");
	CHECK_INT("empty", scene_run(&stage_resize, &cfg, it, STAGE_RESIZE, &e), STAGE_FAIL);
	CHECK_INT("empty", e.code, ERR_NO_PRODUCT);
	item_free(it);
}

static void test_key(void **state)
{
	struct resize_config base = config(800, 800, FORMAT_JPEG), cfgs[9];
	struct item *it = item_of(&(struct scene){ 300, 300, { 50, 50, 100, 100 }, { 0, 0, 0 }, { 200, 60, 40 }, 0 });
	struct digest first = scene_key(&stage_resize, &base, it), other;

	(void)state;
	for (int i = 0; i < 9; i++)
		cfgs[i] = base;
	cfgs[0].width = 801;
	cfgs[1].height = 801;
	cfgs[2].fill = 0.86;
	cfgs[3].shadow = SHADOW_CONTACT;
	cfgs[4].encoding.format = FORMAT_WEBP;
	cfgs[5].encoding.quality = 89;
	cfgs[6].encoding.max_bytes = 50000;
	cfgs[7].max_side = 2000;
	for (int i = 0; i < 8; i++) {
		other = scene_key(&stage_resize, &cfgs[i], it);
		CHECK_INT("another setting", digest_equal(&first, &other), false);
	}
	other = scene_key(&stage_resize, &cfgs[8], it);
	CHECK_INT("the same", digest_equal(&first, &other), true);
	it->results[STAGE_ENHANCE].facts[9]++;
	other = scene_key(&stage_resize, &base, it);
	CHECK_INT("another grade", digest_equal(&first, &other), false);
	item_free(it);
}

static int open_library(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_resize", &e);
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
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_no_fringe),
		cmocka_unit_test(test_grade_is_applied),
		cmocka_unit_test(test_colour_drift_of_the_file),
		cmocka_unit_test(test_sharpening),
		cmocka_unit_test(test_matte),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_shadow),
		cmocka_unit_test(test_huge_photo),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_max_bytes),
		cmocka_unit_test(test_empty_cutout),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests_name("resize", tests, open_library, close_library);
}
