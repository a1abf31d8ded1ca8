/* Every accepted format and kind of sample comes out as the same four fields, upright, in sRGB. */
#include "tests/painting.h"

#include <math.h>
#include <stdio.h>

static const struct picture_limits limits = { 16 << 20, 100 * 1000 * 1000, 100 };

/* --- every format and kind of sample --- */

enum kind { RGB, GREY, RGB16, GREY16, RGBA, GREYA, RGBA16, OPAQUE, CMYK, LAB, P3, SRGB, ADOBE16 };

static VipsImage *of_kind(enum kind kind)
{
	VipsImage *in = fields(WIDTH, HEIGHT, kind == GREY || kind == GREY16 || kind == GREYA), *out;
	int rc;

	switch (kind) {
	case RGB16:
	case RGBA16:
		in = to_space(in, VIPS_INTERPRETATION_RGB16);
		return kind == RGBA16 ? with_alpha(in, 65535) : in;
	case GREY16:
		return to_space(in, VIPS_INTERPRETATION_GREY16);
	case RGBA:
	case GREYA:
		return with_alpha(in, 255);
	case OPAQUE:
		rc = vips_bandjoin_const1(in, &out, 255, NULL);
		return step(rc, in, out);
	case CMYK:
		return to_profile(in, "cmyk", 8);
	case LAB:
		return to_space(in, VIPS_INTERPRETATION_LABQ);
	case P3:
		return to_profile(in, "p3", 8);
	case ADOBE16:
		return to_profile(in, "p3", 16);
	case SRGB:
		return to_profile(in, "srgb", 8);
	default:
		return in;
	}
}

static const struct {
	const char *name;
	enum kind kind;
	const char *suffix;
	enum picture_format format;
	bool alpha;
	int tolerance;
} formats[] = {
	{ "jpeg", RGB, ".jpg[Q=95]", FORMAT_JPEG, false, 4 },
	{ "jpeg 4:4:4", RGB, ".jpg[Q=95,subsample_mode=off]", FORMAT_JPEG, false, 4 },
	{ "jpeg progressive", RGB, ".jpg[Q=95,interlace]", FORMAT_JPEG, false, 4 },
	{ "jpeg grey", GREY, ".jpg[Q=95]", FORMAT_JPEG, false, 4 },
	{ "jpeg cmyk, profile", CMYK, ".jpg[Q=95]", FORMAT_JPEG, false, 55 },
	{ "jpeg cmyk, none", CMYK, ".jpg[Q=95,strip]", FORMAT_JPEG, false, 55 },
	{ "jpeg display p3", P3, ".jpg[Q=98]", FORMAT_JPEG, false, 5 },
	{ "jpeg srgb", SRGB, ".jpg[Q=95]", FORMAT_JPEG, false, 4 },
	{ "png", RGB, ".png", FORMAT_PNG, false, 0 },
	{ "png interlaced", RGB, ".png[interlace]", FORMAT_PNG, false, 0 },
	{ "png palette", RGB, ".png[palette]", FORMAT_PNG, false, 2 },
	{ "png grey", GREY, ".png", FORMAT_PNG, false, 0 },
	{ "png grey 16", GREY16, ".png", FORMAT_PNG, false, 1 },
	{ "png 16", RGB16, ".png", FORMAT_PNG, false, 1 },
	{ "png 16 p3", ADOBE16, ".png", FORMAT_PNG, false, 2 },
	{ "png alpha", RGBA, ".png", FORMAT_PNG, true, 0 },
	{ "png alpha 16", RGBA16, ".png", FORMAT_PNG, true, 1 },
	{ "png grey alpha", GREYA, ".png", FORMAT_PNG, true, 0 },
	{ "png tRNS", RGBA, ".png[palette]", FORMAT_PNG, true, 2 },
	{ "png opaque alpha", OPAQUE, ".png", FORMAT_PNG, false, 0 },
	{ "webp", RGB, ".webp[Q=95]", FORMAT_WEBP, false, 8 },
	{ "webp lossless", RGB, ".webp[lossless]", FORMAT_WEBP, false, 0 },
	{ "webp alpha", RGBA, ".webp[Q=95]", FORMAT_WEBP, true, 8 },
	{ "gif", RGB, ".gif", FORMAT_GIF, false, 8 },
	{ "gif transparent", RGBA, ".gif", FORMAT_GIF, true, 8 },
	{ "tiff", RGB, ".tif", FORMAT_TIFF, false, 0 },
	{ "tiff 16 deflate", RGB16, ".tif[compression=deflate]", FORMAT_TIFF, false, 1 },
	{ "tiff grey", GREY, ".tif[compression=lzw]", FORMAT_TIFF, false, 0 },
	{ "tiff cmyk", CMYK, ".tif", FORMAT_TIFF, false, 55 },
	{ "tiff lab", LAB, ".tif", FORMAT_TIFF, false, 6 },
	{ "tiff alpha", RGBA, ".tif", FORMAT_TIFF, true, 0 },
	{ "tiff jpeg tiles", RGB, ".tif[compression=jpeg,Q=95,tile]", FORMAT_TIFF, false, 6 },
	{ "avif", RGB, ".avif[Q=90]", FORMAT_AVIF, false, 6 },
	{ "avif alpha", RGBA, ".avif[Q=90]", FORMAT_AVIF, true, 6 },
	{ "heif", RGB, ".heic[Q=90]", FORMAT_HEIF, false, 8 },
};

static void test_formats(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *name = formats[i].name;
		enum kind kind = formats[i].kind;
		struct bytes *b = saved(of_kind(kind), formats[i].suffix);
		bool grey = kind == GREY || kind == GREY16 || kind == GREYA;
		struct picture *p;
		struct err e = { 0 };

		if (picture_decode(b, &limits, 0, &p, &e) != 0)
			fail_msg("%s: %s", name, e.msg);
		CHECK_INT(name, p->info.format, formats[i].format);
		CHECK_INT(name, p->info.width, WIDTH);
		CHECK_INT(name, p->info.height, HEIGHT);
		CHECK_INT(name, p->info.frames, 1);
		CHECK_INT(name, p->rgb.width, WIDTH);
		CHECK_INT(name, p->rgb.height, HEIGHT);
		CHECK_INT(name, p->rgb.bands, 3);
		CHECK_INT(name, p->scale == 1.0, 1);
		CHECK_INT(name, p->alpha.data != NULL, formats[i].alpha);
		if (formats[i].alpha) { /* what is transparent may have any colour */
			CHECK_INT(name, *pixel(&p->alpha, WIDTH / 4, HEIGHT / 4), 0);
			CHECK_INT(name, *pixel(&p->alpha, WIDTH * 3 / 4, HEIGHT / 4), 255);
			for (int f = 1; f < 4; f += 2) {
				unsigned char g = grey_field[f], greys[3] = { g, g, g };

				check_colour(name, pixel(&p->rgb, WIDTH * 3 / 4, HEIGHT * f / 4),
					     grey ? greys : field[f], formats[i].tolerance);
			}
		} else {
			check_fields(name, &p->rgb, grey, upright, formats[i].tolerance);
		}
		picture_free(p);
		bytes_unref(b);
	}
}

static void test_orientation(void **state)
{
	static const struct {
		int order[4];
		bool swapped;
	} ways[9] = { { { 0 } },
		      { { 0, 1, 2, 3 }, false },
		      { { 1, 0, 3, 2 }, false },
		      { { 3, 2, 1, 0 }, false },
		      { { 2, 3, 0, 1 }, false },
		      { { 0, 2, 1, 3 }, true },
		      { { 2, 0, 3, 1 }, true },
		      { { 3, 1, 2, 0 }, true },
		      { { 1, 3, 0, 2 }, true } };
	static const char *const suffixes[] = { ".jpg[Q=95]", ".tif", ".webp[lossless]" };

	(void)state;
	for (size_t s = 0; s < sizeof(suffixes) / sizeof(suffixes[0]); s++) {
		for (int o = 1; o <= 8; o++) {
			struct bytes *b = saved(turned(of_kind(RGB), o), suffixes[s]);
			struct picture *p;
			struct err e = { 0 };
			char name[60];

			snprintf(name, sizeof(name), "%s orientation %d", suffixes[s], o);
			if (picture_decode(b, &limits, 0, &p, &e) != 0)
				fail_msg("%s: %s", name, e.msg);
			CHECK_INT(name, p->info.orientation, o);
			CHECK_INT(name, p->info.width, ways[o].swapped ? HEIGHT : WIDTH);
			CHECK_INT(name, p->rgb.width, p->info.width);
			CHECK_INT(name, p->rgb.height, p->info.height);
			check_fields(name, &p->rgb, false, ways[o].order, 4);
			picture_free(p);
			bytes_unref(b);
		}
	}
}

static void test_alpha_turns_too(void **state)
{
	/* The left, transparent, comes to the top. */
	struct bytes *b = saved(turned(of_kind(RGBA), 6), ".tif");
	struct picture *p;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(picture_decode(b, &limits, 0, &p, &e), 0);
	CHECK_INT("top", *pixel(&p->alpha, HEIGHT * 3 / 4, WIDTH / 4), 0);
	CHECK_INT("bottom", *pixel(&p->alpha, HEIGHT / 4, WIDTH * 3 / 4), 255);
	picture_free(p);
	bytes_unref(b);
}

static void test_frames(void **state)
{
	static const struct {
		const char *name, *suffix;
		int frames;
		enum err_code want;
	} cases[] = {
		{ "gif of 3", ".gif", 3, ERR_OK },
		{ "webp of 3", ".webp[lossless]", 3, ERR_OK },
		{ "tiff of 3", ".tif", 3, ERR_OK },
		{ "gif of 101", ".gif", 101, ERR_TOO_LARGE },
		{ "webp of 101", ".webp[lossless]", 101, ERR_TOO_LARGE },
		{ "tiff of 101", ".tif", 101, ERR_TOO_LARGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes *b = saved(with_frames(fields(WIDTH, HEIGHT, false), cases[i].frames), cases[i].suffix);
		struct picture *p;
		struct err e = { 0 };

		CHECK_INT(cases[i].name, picture_decode(b, &limits, 0, &p, &e), cases[i].want ? -1 : 0);
		CHECK_INT(cases[i].name, e.code, cases[i].want);
		if (p) {
			CHECK_INT(cases[i].name, p->info.frames, cases[i].frames);
			CHECK_INT(cases[i].name, p->info.height, HEIGHT);
			CHECK_INT(cases[i].name, p->rgb.height, HEIGHT);
			check_fields(cases[i].name, &p->rgb, false, upright, 8);
		}
		picture_free(p);
		bytes_unref(b);
	}
}

/* Reduced while loading: to max_side exactly, upright, nothing shifted. */
static void test_max_side(void **state)
{
	static const char *const suffixes[] = { ".jpg[Q=90]", ".png", ".webp[Q=90]", ".tif" };
	static const int sides[] = { 1900, 999, 400, 130 };

	(void)state;
	for (size_t s = 0; s < sizeof(suffixes) / sizeof(suffixes[0]); s++) {
		for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
			struct bytes *b = saved(turned(fields(2000, 1000, false), 6), suffixes[s]);
			struct picture *p;
			struct err e = { 0 };

			if (picture_decode(b, &limits, sides[i], &p, &e) != 0)
				fail_msg("%s: %s", suffixes[s], e.msg);
			CHECK_INT(suffixes[s], p->info.height, p->info.orientation == 6 ? 2000 : 1000);
			CHECK_INT(suffixes[s], p->rgb.width > p->rgb.height ? p->rgb.width : p->rgb.height, sides[i]);
			CHECK_INT(suffixes[s], fabs(p->scale - sides[i] / 2000.0) < 0.005, 1);
			if (p->info.orientation == 6)
				check_fields(suffixes[s], &p->rgb, false, (int[4]){ 2, 0, 3, 1 }, 8);
			picture_free(p);
			bytes_unref(b);
		}
	}
}

/* Upright, reduced, opaque; a small one as it is; a damaged one is refused. */
static void test_thumbnail(void **state)
{
	struct bytes *b = saved(of_kind(RGBA), ".png"), *small = NULL;
	struct picture_info info;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(picture_thumbnail(b, &limits, 40, &small, &e), 0);
	assert_int_equal(picture_probe(small, &limits, &info, &e), 0);
	assert_int_equal(info.format, FORMAT_JPEG);
	assert_int_equal(info.width > info.height ? info.width : info.height, 40);
	assert_false(info.has_alpha);
	bytes_unref(small);
	assert_int_equal(picture_thumbnail(b, &limits, 4000, &small, &e), 0);
	assert_int_equal(picture_probe(small, &limits, &info, &e), 0);
	assert_int_equal(info.width, WIDTH);
	bytes_unref(small);
	b->size /= 2;
	assert_int_equal(picture_thumbnail(b, &limits, 40, &small, &e), -1);
	assert_int_equal(e.code, ERR_PICTURE);
	assert_null(small);
	bytes_unref(b);
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum picture_format format;
	} cases[] = {
		{ "jpeg", FORMAT_JPEG }, { "JPG", FORMAT_JPEG },        { "webp", FORMAT_WEBP },
		{ "tif", FORMAT_TIFF },  { "heic", FORMAT_HEIF },       { "psd", FORMAT_UNKNOWN },
		{ "", FORMAT_UNKNOWN },  { "unknown", FORMAT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(cases[i].name, picture_format_by_name(cases[i].name), cases[i].format);
	CHECK_TEXT("extension", picture_format_extension(FORMAT_JPEG), "jpg");
	CHECK_TEXT("name", picture_format_name(FORMAT_JPEG), "jpeg");
}

static int open_library(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_picture", &e);
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
		cmocka_unit_test(test_formats),         cmocka_unit_test(test_orientation),
		cmocka_unit_test(test_alpha_turns_too), cmocka_unit_test(test_frames),
		cmocka_unit_test(test_max_side),        cmocka_unit_test(test_names),
		cmocka_unit_test(test_thumbnail),
	};

	return cmocka_run_group_tests_name("picture", tests, open_library, close_library);
}
