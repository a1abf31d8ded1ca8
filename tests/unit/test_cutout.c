/* test_cutout.c - small painted photos with known products: what is cut out, and what is said of it. */
#include "tests/check.h"

#include "stages/cutout.h"
#include "stages/matte.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 240, H = 200 };

struct colour {
	double r, g, b;
};

struct shape {
	enum { END, DISC, RING, BOX } kind;
	double x, y, size; /* middle, and radius or half a side */
	struct colour colour;
};

struct photo {
	const char *name;
	struct colour backdrop;
	double slope;        /* how much lighter the right side is, in levels */
	double noise;        /* levels, either way */
	double shadow;       /* how much darker the backdrop is below right of the first shape, 0..1, softly */
	int stripes;         /* width of a pattern on the backdrop; 0: none */
	double alike;        /* least IoU with the exact mask, where nothing is said against it */
	unsigned has, hasnt; /* reasons */
	struct shape shapes[4];
};

static double smooth(double edge) /* 1 inside, 0 outside, a pixel wide */
{
	return edge > 0.5 ? 0 : edge < -0.5 ? 1 : 0.5 - edge;
}

static double cover(const struct shape *s, double x, double y)
{
	double dx = x - s->x, dy = y - s->y, far = sqrt(dx * dx + dy * dy);

	if (s->kind == BOX)
		return smooth(fmax(fabs(dx), fabs(dy)) - s->size);
	if (s->kind == RING)
		return smooth(fabs(far - s->size * 0.8) - s->size * 0.2);
	return smooth(far - s->size);
}

static double roll(unsigned *dice)
{
	*dice = *dice * 1664525u + 1013904223u;
	return (*dice >> 8) / (double)(1 << 23) - 1;
}

static unsigned char level(double v)
{
	return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

/* A photo and its exact mask; the mask has the shapes before the first whose colour is the backdrop's name only. */
static void paint(const struct photo *p, struct raster *rgb, struct raster *mask)
{
	struct err e = { 0 };
	unsigned dice = 1;

	assert_int_equal(raster_init(rgb, W, H, 3, &e), 0);
	assert_int_equal(raster_init(mask, W, H, 1, &e), 0);
	for (int i = 0; i < W * H; i++) {
		double x = i % W, y = (double)(i / W), dark, product = 0;
		struct colour c = p->backdrop;
		double light = p->slope * (x / W - 0.5) +
			       (p->stripes && (i % W / p->stripes + i / W / p->stripes) % 2 ? 40 : 0);

		dark = hypot(x - p->shapes[0].x - p->shapes[0].size, (y - p->shapes[0].y - p->shapes[0].size) * 2) / 60;
		dark = dark < 1 ? 1 - p->shadow * (1 - dark) : 1;
		c = (struct colour){ (c.r + light) * dark, (c.g + light) * dark, (c.b + light) * dark };
		for (const struct shape *s = p->shapes; s < p->shapes + 4 && s->kind != END; s++) {
			double in = cover(s, x, y);

			c.r += in * (s->colour.r - c.r);
			c.g += in * (s->colour.g - c.g);
			c.b += in * (s->colour.b - c.b);
			product = fmax(product, in);
		}
		rgb->data[3 * i] = level(c.r + p->noise * roll(&dice));
		rgb->data[3 * i + 1] = level(c.g + p->noise * roll(&dice));
		rgb->data[3 * i + 2] = level(c.b + p->noise * roll(&dice));
		mask->data[i] = level(product * 255);
	}
}

static double likeness(const struct cutout *c, const struct raster *mask)
{
	struct raster scaled;
	struct err e = { 0 };
	double iou;

	assert_int_equal(raster_scale(&c->matte, (struct box){ 0, 0, c->matte.width, c->matte.height }, mask->width,
				      mask->height, &scaled, &e),
			 0);
	iou = matte_iou(&scaled, mask);
	raster_release(&scaled);
	return iou;
}

static void check_reasons(const char *name, unsigned got, unsigned has, unsigned hasnt)
{
	for (int bit = 0; bit < CUTOUT_REASON_COUNT; bit++) {
		if ((has >> bit & 1) && !(got >> bit & 1))
			fail_msg("%s: %s is not among the reasons", name, cutout_reason_name(bit));
		if ((hasnt >> bit & 1) && (got >> bit & 1))
			fail_msg("%s: %s is among the reasons", name, cutout_reason_name(bit));
	}
}

#define ANY 0xffffffffu
#define RED                 \
	{                   \
		190, 40, 30 \
	}
#define BLUE                \
	{                   \
		30, 60, 160 \
	}
#define BLACK              \
	{                  \
		30, 30, 32 \
	}
#define GREY                  \
	{                     \
		200, 200, 202 \
	}

static const struct photo photos[] = {
	{ "disc", GREY, 0, 0, 0, 0, 0.98, 0, ANY, { { DISC, 120, 100, 50, RED } } },
	{ "disc, uneven light", GREY, 40, 0, 0, 0, 0.98, 0, ANY, { { DISC, 120, 100, 50, RED } } },
	{ "disc, noise", GREY, 0, 1.5, 0, 0, 0.97, 0, ANY, { { DISC, 120, 100, 50, RED } } },
	{ "disc, soft shadow", GREY, 0, 1, 0.35, 0, 0.95, 0, ANY, { { DISC, 120, 90, 45, BLUE } } },
	{ "black box", GREY, 20, 1, 0, 0, 0.97, 0, ANY, { { BOX, 110, 100, 40, BLACK } } },
	{ "white on blue", { 120, 160, 210 }, 10, 1, 0, 0, 0.97, 0, ANY, { { BOX, 120, 100, 45, { 245, 244, 240 } } } },
	{ "a ring has a hole", GREY, 0, 1, 0, 0, 0.95, 0, ANY, { { RING, 120, 100, 70, BLUE } } },
	{ "a pair stays a pair",
	  GREY,
	  0,
	  1,
	  0,
	  0,
	  0.96,
	  0,
	  ANY,
	  { { DISC, 70, 100, 35, RED }, { DISC, 170, 100, 32, RED } } },
	{ "white on white",
	  { 247, 247, 247 },
	  0,
	  1,
	  0,
	  0,
	  0,
	  CUTOUT_UNSURE,
	  0,
	  { { DISC, 120, 100, 50, { 249, 249, 249 } } } },
	{ "faint edges", GREY, 0, 0, 0, 0, 0, CUTOUT_UNSURE, 0, { { DISC, 120, 100, 50, { 196, 197, 201 } } } },
	{ "pattern behind", GREY, 0, 0, 0, 6, 0, CUTOUT_BACKDROP_NOT_PLAIN, 0, { { DISC, 120, 100, 50, RED } } },
	{ "cut by the rim",
	  GREY,
	  0,
	  0,
	  0,
	  0,
	  0.95,
	  CUTOUT_TOUCHES_BORDER,
	  CUTOUT_BACKDROP_NOT_PLAIN,
	  { { DISC, 225, 100, 40, RED } } },
	{ "a bystander",
	  GREY,
	  0,
	  0,
	  0,
	  0,
	  0,
	  CUTOUT_OTHER_OBJECTS,
	  CUTOUT_BACKDROP_NOT_PLAIN,
	  { { DISC, 120, 110, 45, RED }, { BOX, 30, 30, 14, BLUE } } },
	{ "a crumb", GREY, 0, 0, 0, 0, 0, CUTOUT_TINY, CUTOUT_BACKDROP_NOT_PLAIN, { { DISC, 120, 100, 6, RED } } },
};

static void classical_knows_its_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(photos) / sizeof(photos[0]); i++) {
		const struct photo *p = &photos[i];
		struct raster rgb, mask;
		struct cutout c;
		struct err e = { 0 };

		paint(p, &rgb, &mask);
		if (cutout_classical(&rgb, &c, &e)) {
			/* What cannot be seen may also not be found. */
			CHECK_INT(p->name, e.code, ERR_NO_PRODUCT);
			CHECK_INT(p->name, p->has, CUTOUT_UNSURE);
		} else {
			check_reasons(p->name, c.reasons, p->has, p->hasnt);
			if (likeness(&c, &mask) < p->alike)
				fail_msg("%s: the IoU is %.4f", p->name, likeness(&c, &mask));
			CHECK_INT(p->name, c.confidence > 0.8, c.reasons == 0);
			CHECK_INT(p->name, c.method, CUTOUT_CLASSICAL);
			cutout_release(&c);
		}
		raster_release(&rgb);
		raster_release(&mask);
	}
}

static void classical_finds_nothing_in_nothing(void **state)
{
	struct photo empty = { "empty", GREY, 10, 1, 0, 0, 0, 0, 0, { { END, 0, 0, 0, RED } } };
	struct raster rgb, mask;
	struct cutout c;
	struct err e = { 0 };

	(void)state;
	paint(&empty, &rgb, &mask);
	assert_int_equal(cutout_classical(&rgb, &c, &e), -1);
	assert_int_equal(e.code, ERR_NO_PRODUCT);
	assert_null(c.matte.data);
	raster_release(&rgb);
	raster_release(&mask);
}

/* A photo of a few pixels must be worked on like any other, not read beyond. */
static void sizes_of_a_pixel(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 2, 2 }, { 3, 7 }, { 2100, 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct raster rgb, alpha;
		struct cutout c;
		struct err e = { 0 };
		int pixels = sizes[i][0] * sizes[i][1];

		assert_int_equal(raster_init(&rgb, sizes[i][0], sizes[i][1], 3, &e), 0);
		assert_int_equal(raster_init(&alpha, 64, 64, 1, &e), 0);
		memset(alpha.data, 255, 64 * 64);
		for (int k = 0; k < 3 * pixels; k++)
			rgb.data[k] = (unsigned char)(k * 37);
		if (cutout_classical(&rgb, &c, &e) == 0)
			cutout_release(&c);
		err_clear(&e);
		assert_int_equal(cutout_from_network(&rgb, &alpha, &c, &e), 0);
		cutout_release(&c);
		raster_release(&rgb);
		raster_release(&alpha);
	}
}

/* The network's alpha is painted from shapes; `dim` is its value inside them. */
static const struct {
	const char *name;
	struct shape seen[4];
	int dim, keep; /* how many of the shapes are the product */
	unsigned has, hasnt;
} networks[] = {
	{ "one", { { DISC, 120, 100, 50, RED } }, 255, 1, 0, ANY },
	{ "a ring keeps its hole", { { RING, 120, 100, 60, RED } }, 255, 1, 0, ANY },
	{ "a pair", { { DISC, 70, 100, 35, RED }, { DISC, 170, 100, 32, RED } }, 255, 2, 0, ANY },
	{ "a part close by", { { BOX, 120, 100, 40, RED }, { DISC, 120, 50, 8, BLUE } }, 255, 2, 0, ANY },
	{ "dust", { { DISC, 120, 100, 50, RED }, { DISC, 20, 20, 1.5, BLUE } }, 255, 1, 0, ANY },
	{ "a bystander", { { DISC, 120, 100, 45, RED }, { BOX, 22, 30, 18, BLUE } }, 255, 1, CUTOUT_OTHER_OBJECTS, 0 },
	{ "as large, of another colour",
	  { { DISC, 100, 100, 42, RED }, { DISC, 200, 60, 36, BLUE } },
	  255,
	  1,
	  CUTOUT_OTHER_OBJECTS,
	  0 },
	{ "cut by the rim", { { DISC, 225, 100, 40, RED } }, 255, 1, CUTOUT_TOUCHES_BORDER, CUTOUT_OTHER_OBJECTS },
	{ "neither in nor out", { { DISC, 120, 100, 50, RED } }, 140, 1, CUTOUT_UNSURE, 0 },
	{ "a crumb", { { DISC, 120, 100, 6, RED } }, 255, 1, CUTOUT_TINY, 0 },
};

static void network_chooses_the_product(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		struct photo all = { "", GREY, 0, 0, 0, 0, 0, 0, 0, { { END, 0, 0, 0, RED } } }, product = all;
		struct raster rgb, alpha, other, mask, square;
		struct cutout c;
		struct err e = { 0 };

		memcpy(all.shapes, networks[i].seen, sizeof(all.shapes));
		memcpy(product.shapes, networks[i].seen, (size_t)networks[i].keep * sizeof(struct shape));
		paint(&all, &rgb, &alpha);
		paint(&product, &other, &mask);
		for (int k = 0; k < W * H; k++)
			alpha.data[k] = (unsigned char)(alpha.data[k] * networks[i].dim / 255);
		assert_int_equal(raster_scale(&alpha, (struct box){ 0, 0, W, H }, 256, 256, &square, &e), 0);
		CHECK_INT(networks[i].name, cutout_from_network(&rgb, &square, &c, &e), 0);
		check_reasons(networks[i].name, c.reasons, networks[i].has, networks[i].hasnt);
		CHECK_INT(networks[i].name, c.matte.width, W);
		CHECK_INT(networks[i].name, c.matte.height, H);
		CHECK_INT(networks[i].name, c.confidence > 0.9, c.reasons == 0);
		if (likeness(&c, &mask) < 0.93)
			fail_msg("%s: the IoU is %.4f", networks[i].name, likeness(&c, &mask));
		cutout_release(&c);
		raster_release(&rgb);
		raster_release(&other);
		raster_release(&alpha);
		raster_release(&mask);
		raster_release(&square);
	}
}

static void network_that_saw_nothing(void **state)
{
	struct raster rgb, alpha;
	struct cutout c;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(raster_init(&rgb, W, H, 3, &e), 0);
	assert_int_equal(raster_init(&alpha, 64, 64, 1, &e), 0);
	memset(rgb.data, 9, 3 * W * H);
	memset(alpha.data, 90, 64 * 64);
	assert_int_equal(cutout_from_network(&rgb, &alpha, &c, &e), -1);
	assert_int_equal(e.code, ERR_NO_PRODUCT);
	assert_null(c.matte.data);
	raster_release(&rgb);
	raster_release(&alpha);
}

static void alpha_is_its_own_cutout(void **state)
{
	struct raster alpha;
	struct cutout c;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(raster_init(&alpha, W, H, 1, &e), 0);
	memset(alpha.data, 0, W * H);
	assert_int_equal(cutout_from_alpha(&alpha, &c, &e), -1);
	assert_int_equal(e.code, ERR_NO_PRODUCT);
	err_clear(&e);
	memset(alpha.data + W * 50, 200, W * 50);
	assert_int_equal(cutout_from_alpha(&alpha, &c, &e), 0);
	assert_int_equal(c.method, CUTOUT_ALPHA);
	assert_int_equal(c.reasons, 0);
	assert_memory_equal(c.matte.data, alpha.data, W * H);
	cutout_release(&c);
	memset(alpha.data, 0, W * H);
	memset(alpha.data + 999, 255, 20);
	assert_int_equal(cutout_from_alpha(&alpha, &c, &e), 0);
	assert_int_equal(c.reasons, CUTOUT_TINY);
	cutout_release(&c);
	raster_release(&alpha);
}

/* A red disc in front of green: where the edge was half green it becomes red, and nothing else changes. */
static void edges_lose_the_backdrop(void **state)
{
	struct photo p = { "", { 20, 200, 30 }, 0, 0, 0, 0, 0, 0, 0, { { DISC, 120, 100, 50, RED } } };
	struct raster rgb, mask, was, none;
	struct err e = { 0 };
	int edges = 0;

	(void)state;
	paint(&p, &rgb, &mask);
	paint(&p, &was, &none);
	assert_int_equal(cutout_decontaminate(&rgb, &mask, &e), 0);
	for (int i = 0; i < W * H; i++) {
		double far = hypot(i % W - 120, (double)(i / W) - 100);

		if (mask.data[i] > 0 && mask.data[i] < 200) {
			edges++;
			if (rgb.data[3 * i] < 185 || rgb.data[3 * i + 1] > 50)
				fail_msg("%d,%d is %d,%d", i % W, i / W, rgb.data[3 * i], rgb.data[3 * i + 1]);
		}
		if (far < 48 || far > 60)
			assert_memory_equal(rgb.data + 3 * i, was.data + 3 * i, 3);
	}
	assert_true(edges > 100);
	raster_release(&rgb);
	raster_release(&was);
	raster_release(&mask);
	raster_release(&none);
}

/* What is half transparent far from anything solid is glass: its colour is its own. */
static void glass_keeps_its_colour(void **state)
{
	struct raster rgb, matte;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(raster_init(&rgb, 100, 100, 3, &e), 0);
	assert_int_equal(raster_init(&matte, 100, 100, 1, &e), 0);
	memset(rgb.data, 90, 3 * 100 * 100);
	memset(matte.data, 120, 100 * 100);
	for (int y = 0; y < 100; y++) {
		memset(matte.data + 100 * y, 255, 10);
		memset(rgb.data + 300 * y, 10, 30);
	}
	assert_int_equal(cutout_decontaminate(&rgb, &matte, &e), 0);
	assert_int_equal(rgb.data[3 * (100 * 50 + 11)], 10);
	assert_int_equal(rgb.data[3 * (100 * 50 + 40)], 90);
	raster_release(&rgb);
	raster_release(&matte);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(cutout_method_name(CUTOUT_NEURAL), "neural");
	assert_string_equal(cutout_method_name(CUTOUT_CLASSICAL), "classical");
	assert_string_equal(cutout_method_name(CUTOUT_ALPHA), "alpha");
	assert_string_equal(cutout_reason_name(CUTOUT_BACKDROP_NOT_PLAIN_BIT), "backdrop_not_plain");
	assert_string_equal(cutout_reason_name(CUTOUT_TINY_BIT), "tiny_product");
}

/* A network's slight doubt over pale print inside the product must not let the print be painted over; a hole stays a
 * hole. */
static void test_doubt_inside_is_solid(void **state)
{
	struct raster rgb, alpha;
	struct cutout c;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(raster_init(&rgb, 200, 200, 3, &e), 0);
	assert_int_equal(raster_init(&alpha, 200, 200, 1, &e), 0);
	memset(rgb.data, 90, 3 * 200 * 200);
	memset(alpha.data, 0, 200 * 200);
	for (int y = 30; y < 170; y++)
		for (int x = 30; x < 170; x++)
			alpha.data[y * 200 + x] = x >= 60 && x < 90 && y >= 60 && y < 90 ? 200 : /* doubt */
							  x >= 110 && x < 140 && y >= 110 && y < 140 ? 0
												     : 255; /* a hole */
	CHECK_INT(e.msg, cutout_from_network(&rgb, &alpha, &c, &e), 0);
	CHECK_INT("doubt", c.matte.data[75 * 200 + 75], 255);
	CHECK_INT("hole", c.matte.data[125 * 200 + 125], 0);
	CHECK_INT("outside", c.matte.data[10 * 200 + 10], 0);
	cutout_release(&c);
	raster_release(&rgb);
	raster_release(&alpha);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubt_inside_is_solid),
		cmocka_unit_test(classical_knows_its_limits),
		cmocka_unit_test(classical_finds_nothing_in_nothing),
		cmocka_unit_test(sizes_of_a_pixel),
		cmocka_unit_test(network_chooses_the_product),
		cmocka_unit_test(network_that_saw_nothing),
		cmocka_unit_test(alpha_is_its_own_cutout),
		cmocka_unit_test(edges_lose_the_backdrop),
		cmocka_unit_test(glass_keeps_its_colour),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("cutout", tests, NULL, NULL);
}
