/* test_edited.c - what a model sends back: looked at, and brought into the frame. Replies are painted here, with
 * backdrops that are nearly white, and judged after an ordinary decode. */
#include "tests/painting.h"

#include "stages/edited.h"

#include <math.h>

/* An ellipse with a soft edge, perhaps a hole in it and a soft shadow below, on a backdrop. */
struct reply {
	const char *name;
	int width, height;
	double cx, cy, rx, ry; /* shares of the picture */
	unsigned char colour[3];
	int backdrop, gradient, noise, warm; /* lightness of its top, how much darker its bottom is, +-, less blue */
	bool hole, shadow;
};

static void paint(const struct reply *p, struct raster *out)
{
	struct err e = { 0 };
	unsigned seed = 7;

	assert_int_equal(raster_init(out, p->width, p->height, 3, &e), 0);
	for (int y = 0; y < p->height; y++) {
		for (int x = 0; x < p->width; x++) {
			double u = (x + 0.5 - p->cx * p->width) / (p->rx * p->width);
			double v = (y + 0.5 - p->cy * p->height) / (p->ry * p->height), r = sqrt(u * u + v * v);
			double edge = p->rx * p->width / 1.5, in = fmin(fmax((1 - r) * edge + 0.5, 0), 1);
			double w = (v - 1.0) * 4, shade = p->shadow ? 90 * exp(-u * u * 2 - w * w) : 0;
			unsigned char *to = out->data + 3 * ((size_t)y * (size_t)p->width + (size_t)x);

			if (p->hole && r < 0.4)
				in = fmin(fmax((r - 0.4) * edge + 0.5, 0), 1);
			seed = seed * 1103515245u + 12345u;
			for (int c = 0; c < 3; c++) {
				double back = p->backdrop - (double)p->gradient * y / p->height - shade -
					      (c == 2 ? p->warm : 0) +
					      (p->noise ? (int)(seed >> 16) % (2 * p->noise + 1) - p->noise : 0);
				double value = in * p->colour[c] + (1 - in) * fmin(back, 255);

				to[c] = (unsigned char)lrint(fmin(fmax(value, 0), 255));
			}
		}
	}
}

static struct bytes *encoded(const struct raster *r, enum picture_format format)
{
	struct encoding enc = { format, 92, 0 };
	struct bytes *b = NULL;
	struct err e = { 0 };

	if (picture_encode(r, &enc, &b, NULL, &e) != 0)
		fail_msg("%s", e.msg);
	return b;
}

static struct bytes *reply_of(const struct reply *p, enum picture_format format)
{
	struct raster r;
	struct bytes *b;

	paint(p, &r);
	b = encoded(&r, format);
	raster_release(&r);
	return b;
}

static const struct picture_limits limits = { 32 << 20, 100 << 20, 10 };

static struct edited_frame frame_of(int width, int height, enum picture_format format)
{
	return (struct edited_frame){ width, height, 0.85, { format, 88, 0 }, limits };
}

static struct picture *decoded(const struct bytes *b)
{
	struct picture *p;
	struct err e = { 0 };

	if (picture_decode(b, &limits, 0, &p, &e) != 0)
		fail_msg("%s", e.msg);
	return p;
}

static const struct reply replies[] = {
	{ "clean", 1024, 1024, .5, .5, .35, .3, { 200, 40, 40 }, 255, 0, 0, 0, false, false },
	{ "off-white", 1024, 1024, .5, .5, .3, .35, { 40, 90, 180 }, 244, 0, 3, 0, false, false },
	{ "gradient", 1024, 1024, .45, .5, .3, .3, { 20, 20, 20 }, 254, 14, 1, 0, true, false },
	{ "warm", 1000, 1000, .5, .55, .3, .3, { 60, 140, 60 }, 250, 0, 1, 8, false, false },
	{ "white product", 1024, 1024, .5, .5, .3, .3, { 236, 236, 234 }, 255, 0, 0, 0, false, false },
	{ "shadow", 1024, 1024, .5, .45, .3, .3, { 180, 120, 40 }, 254, 0, 0, 0, false, true },
	{ "off centre", 1024, 1024, .3, .35, .22, .25, { 90, 30, 120 }, 252, 0, 2, 0, true, false },
	{ "odd size", 811, 777, .5, .5, .3, .35, { 30, 130, 140 }, 250, 4, 2, 0, false, false },
	{ "small", 512, 512, .5, .5, .35, .3, { 200, 40, 40 }, 252, 0, 1, 0, true, false },
};
#define REPLIES (sizeof(replies) / sizeof(*replies))

static int darkest_outside(const struct raster *r, struct box b, int around)
{
	int darkest = 255;

	for (int y = 0; y < r->height; y++) {
		for (int x = 0; x < r->width; x++) {
			if (x >= b.left - around && x < b.left + b.width + around && y >= b.top - around &&
			    y < b.top + b.height + around)
				continue;
			for (int c = 0; c < 3; c++) {
				int v = r->data[3 * ((size_t)y * (size_t)r->width + (size_t)x) + (size_t)c];

				darkest = v < darkest ? v : darkest;
			}
		}
	}
	return darkest;
}

static void test_finished(void **state)
{
	static const enum picture_format from[] = { FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP };

	(void)state;
	for (size_t i = 0; i < REPLIES * 3; i++) {
		const struct reply *p = &replies[i / 3];
		struct bytes *reply = reply_of(p, from[i % 3]), *made = NULL;
		struct edited_frame f = frame_of(800, 800, FORMAT_JPEG);
		struct edited_facts facts;
		struct picture *seen;
		struct err e = { 0 };

		if (edited_finish(reply, &f, &made, &facts, &e) != 0)
			fail_msg("%s: %s", p->name, e.msg);
		seen = decoded(made);
		CHECK_INT(p->name, seen->info.format, FORMAT_JPEG);
		CHECK_INT(p->name, seen->rgb.width, 800);
		CHECK_INT(p->name, seen->rgb.height, 800);
		CHECK_INT(p->name, darkest_outside(&seen->rgb, facts.painted, 8), 255);
		if (fabs(facts.fill - 0.85) > 0.005)
			fail_msg("%s: fill %g", p->name, facts.fill);
		if (abs(2 * facts.box.left + facts.box.width - 800) > 2 ||
		    abs(2 * facts.box.top + facts.box.height - 800) > 2)
			fail_msg("%s: box %d %d %d %d", p->name, facts.box.left, facts.box.top, facts.box.width,
				 facts.box.height);
		if (!p->shadow &&
		    fabs((double)facts.box.width / facts.box.height - p->rx * p->width / (p->ry * p->height)) > 0.03)
			fail_msg("%s: %d x %d is not the product's shape", p->name, facts.box.width, facts.box.height);
		picture_free(seen);
		bytes_unref(made);
		bytes_unref(reply);
	}
}

/* The colour in the middle of the product stays; so does that of a white one. */
static void test_product_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < REPLIES; i++) {
		const struct reply *p = &replies[i];
		struct bytes *reply = reply_of(p, FORMAT_JPEG), *made = NULL;
		struct edited_frame f = frame_of(800, 800, FORMAT_PNG);
		struct edited_facts facts;
		struct picture *seen;
		struct err e = { 0 };
		const unsigned char *v;
		int x, y;

		assert_int_equal(edited_finish(reply, &f, &made, &facts, &e), 0);
		seen = decoded(made);
		/* Half way from the middle to the left side: never in the hole. */
		x = facts.box.left + facts.box.width / 8;
		y = p->shadow ? facts.box.top + facts.box.height * 2 / 5 : 400;
		v = seen->rgb.data + 3 * ((size_t)y * 800 + (size_t)x);
		for (int c = 0; c < 3; c++) {
			if (abs(v[c] - p->colour[c]) > 3)
				fail_msg("%s: %d %d %d became %d %d %d", p->name, p->colour[0], p->colour[1],
					 p->colour[2], v[0], v[1], v[2]);
		}
		picture_free(seen);
		bytes_unref(made);
		bytes_unref(reply);
	}
}

/* A shadow runs out softly: no step of more than a few levels from pixel to pixel along a line below the product. */
static void test_shadow_is_soft(void **state)
{
	struct bytes *reply = reply_of(&replies[5], FORMAT_PNG), *made = NULL;
	struct edited_frame f = frame_of(800, 800, FORMAT_PNG);
	struct edited_facts facts;
	struct picture *seen;
	struct err e = { 0 };
	int last = -1, darkest = 255;

	(void)state;
	assert_int_equal(edited_finish(reply, &f, &made, &facts, &e), 0);
	seen = decoded(made);
	for (int y = facts.box.top + facts.box.height * 95 / 100; y < 800; y++) {
		int v = seen->rgb.data[3 * ((size_t)y * 800 + 400)];

		if (last >= 0 && abs(v - last) > 6)
			fail_msg("from %d to %d at row %d", last, v, y);
		last = v;
		darkest = v < darkest ? v : darkest;
	}
	assert_int_equal(last, 255);
	assert_in_range(darkest, 150, 245); /* it is there */
	picture_free(seen);
	bytes_unref(made);
	bytes_unref(reply);
}

static void test_formats_and_frames(void **state)
{
	static const struct {
		int width, height;
		struct encoding encoding;
	} cases[] = { { 800, 800, { FORMAT_WEBP, 85, 0 } },     { 800, 800, { FORMAT_AVIF, 60, 0 } },
		      { 1000, 500, { FORMAT_JPEG, 88, 0 } },    { 333, 601, { FORMAT_JPEG, 88, 0 } },
		      { 800, 800, { FORMAT_JPEG, 95, 60000 } }, { 1600, 1600, { FORMAT_JPEG, 88, 0 } } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bytes *reply = reply_of(&replies[1], FORMAT_JPEG), *made = NULL;
		struct edited_frame f = frame_of(cases[i].width, cases[i].height, FORMAT_JPEG);
		struct edited_facts facts;
		struct picture *seen;
		struct err e = { 0 };

		f.encoding = cases[i].encoding;
		if (edited_finish(reply, &f, &made, &facts, &e) != 0)
			fail_msg("%zu: %s", i, e.msg);
		seen = decoded(made);
		CHECK_INT("format", seen->info.format, cases[i].encoding.format);
		CHECK_INT("width", seen->rgb.width, cases[i].width);
		CHECK_INT("height", seen->rgb.height, cases[i].height);
		if (cases[i].encoding.max_bytes)
			assert_true((int64_t)made->size <= cases[i].encoding.max_bytes);
		CHECK_INT("upscaled", facts.upscaled > 1, cases[i].width > 1500);
		picture_free(seen);
		bytes_unref(made);
		bytes_unref(reply);
	}
}

static void test_bad_replies(void **state)
{
	struct bytes *whole = reply_of(&replies[0], FORMAT_JPEG), *half, *made = NULL;
	struct edited_frame f = frame_of(800, 800, FORMAT_JPEG);
	struct edited_facts facts;
	struct edited_look look;
	struct raster white;
	struct err e = { 0 };

	(void)state;
	half = bytes_copy(whole->data, whole->size / 2);
	assert_int_equal(edited_finish(half, &f, &made, &facts, &e), -1);
	CHECK_INT("half", e.code, ERR_ANSWER);
	err_clear(&e);
	assert_int_equal(edited_look(half, &limits, &look, &e), -1);
	CHECK_INT("half", e.code, ERR_ANSWER);
	bytes_unref(half);
	err_clear(&e);
	assert_int_equal(raster_init(&white, 640, 640, 3, &e), 0);
	memset(white.data, 252, (size_t)640 * 640 * 3);
	half = encoded(&white, FORMAT_JPEG);
	assert_int_equal(edited_finish(half, &f, &made, &facts, &e), -1);
	CHECK_INT("empty", e.code, ERR_NO_PRODUCT);
	assert_int_equal(edited_look(half, &limits, &look, &e), 0);
	assert_true(look.empty);
	raster_release(&white);
	bytes_unref(half);
	bytes_unref(whole);
}

static void test_look(void **state)
{
	static const struct {
		struct reply reply;
		bool white, touches;
	} cases[] = {
		{ { "clean", 1024, 1024, .5, .5, .35, .3, { 200, 40, 40 }, 255, 0, 0, 0, false, false }, true, false },
		{ { "off-white", 1024, 1024, .5, .5, .3, .35, { 40, 90, 180 }, 244, 0, 3, 0, false, false },
		  true,
		  false },
		{ { "grey", 1024, 1024, .5, .5, .3, .35, { 40, 90, 180 }, 222, 0, 3, 0, false, false }, false, false },
		{ { "half grey", 1024, 1024, .5, .5, .3, .35, { 40, 90, 180 }, 250, 45, 0, 0, false, false },
		  false,
		  false },
		{ { "coloured", 1024, 1024, .5, .5, .3, .35, { 40, 90, 180 }, 250, 0, 0, 40, false, false },
		  false,
		  false },
		{ { "at the frame", 1024, 1024, .5, .7, .3, .35, { 40, 90, 180 }, 255, 0, 0, 0, false, false },
		  false,
		  true },
		{ { "thin at the frame", 1024, 1024, .5, .5, .008, .6, { 0, 0, 0 }, 255, 0, 0, 0, false, false },
		  true,
		  true },
	};
	static const enum picture_format formats[] = { FORMAT_JPEG, FORMAT_PNG };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		const struct reply *p = &cases[i / 2].reply;
		struct bytes *reply = reply_of(p, formats[i % 2]);
		struct edited_look look;
		struct err e = { 0 };

		if (edited_look(reply, &limits, &look, &e) != 0)
			fail_msg("%s: %s", p->name, e.msg);
		CHECK_INT(p->name, look.width, 1024);
		CHECK_INT(p->name, look.border_white >= 0.98, cases[i / 2].white);
		CHECK_INT(p->name, look.touches_border, cases[i / 2].touches);
		CHECK_INT(p->name, look.empty, false);
		assert_true(look.confidence >= 0 && look.confidence <= 1);
		bytes_unref(reply);
	}
}

static int start(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_edited", &e);
}

/* A pale body below a dark lid, before a clean white: nothing of it is taken for the backdrop. */
static void test_pale_products(void **state)
{
	static const struct {
		const char *name;
		unsigned char body[3], backdrop;
	} cases[] = {
		{ "ivory", { 255, 250, 240 }, 255 },     { "white", { 250, 250, 250 }, 255 },
		{ "grey", { 245, 245, 245 }, 255 },      { "cream", { 250, 245, 230 }, 255 },
		{ "pale blue", { 240, 246, 252 }, 255 }, { "ivory, off white", { 255, 250, 240 }, 250 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		const unsigned char *body = cases[i / 2].body, dark[3] = { 40, 40, 40 }, *seen_at;
		struct edited_frame f = frame_of(800, 800, FORMAT_PNG);
		const char *name = cases[i / 2].name;
		struct edited_facts facts;
		struct bytes *reply, *made;
		struct picture *seen;
		struct raster r;
		struct err e = { 0 };

		assert_int_equal(raster_init(&r, 1024, 1024, 3, &e), 0);
		memset(r.data, cases[i / 2].backdrop, 1024 * 1024 * 3);
		for (int y = 220; y < 850; y++) {
			for (int x = 250; x < 770; x++) {
				if (y >= 300 || (x >= 400 && x < 620))
					memcpy(r.data + 3 * (y * 1024 + x), y < 300 ? dark : body, 3);
			}
		}
		reply = encoded(&r, i % 2 ? FORMAT_JPEG : FORMAT_PNG);
		raster_release(&r);
		assert_int_equal(edited_finish(reply, &f, &made, &facts, &e), 0);
		if (fabs((double)facts.box.width / facts.box.height - 520.0 / 630) > 0.02)
			fail_msg("%s: %d x %d", name, facts.box.width, facts.box.height);
		seen = decoded(made);
		seen_at = seen->rgb.data +
			  3 * ((facts.box.top + facts.box.height / 2) * 800 + facts.box.left + facts.box.width / 4);
		for (int c = 0; c < 3; c++) {
			if (abs(seen_at[c] - body[c]) > 2)
				fail_msg("%s became %d %d %d", name, seen_at[0], seen_at[1], seen_at[2]);
		}
		picture_free(seen);
		bytes_unref(reply);
		bytes_unref(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pale_products),
		cmocka_unit_test(test_finished),
		cmocka_unit_test(test_product_stays),
		cmocka_unit_test(test_shadow_is_soft),
		cmocka_unit_test(test_formats_and_frames),
		cmocka_unit_test(test_bad_replies),
		cmocka_unit_test(test_look),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
