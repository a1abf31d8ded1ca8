/* Files that are written: white stays white, sRGB is said, nothing else leaks; rasters that are scaled. */
#include "tests/painting.h"

#include <math.h>
#include <stdio.h>

static const struct picture_limits limits = { 16 << 20, 100 * 1000 * 1000, 100 };

enum { SIDE = 160, LEFT = 48, RIGHT = 112 };

/* A noisy red square in the middle of white. */
static void paint(struct raster *r)
{
	unsigned seed = 3;
	struct err e = { 0 };

	assert_int_equal(raster_init(r, SIDE, SIDE, 3, &e), 0);
	memset(r->data, 255, SIDE * SIDE * 3);
	for (int y = LEFT; y < RIGHT; y++)
		for (int x = LEFT; x < RIGHT; x++) {
			unsigned char *p = r->data + (y * SIDE + x) * 3;

			seed = seed * 1103515245u + 12345u;
			p[0] = (unsigned char)(190 + (seed >> 16) % 40);
			p[1] = (unsigned char)(20 + (seed >> 20) % 40);
			p[2] = 30;
		}
}

static bool contains(const struct bytes *b, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i + length <= b->size; i++)
		if (memcmp(b->data + i, text, length) == 0)
			return true;
	return false;
}

static struct picture *decoded(const char *name, const struct bytes *b)
{
	struct picture *p;
	struct err e = { 0 };

	if (picture_decode(b, &limits, 0, &p, &e) != 0)
		fail_msg("%s: %s", name, e.msg);
	return p;
}

static const struct {
	enum picture_format format;
	int lowest, highest, step;
	const char *tag; /* how it says sRGB; NULL: by its specification */
} formats[] = { { FORMAT_JPEG, 46, 100, 1, "ICC_PROFILE" },
		{ FORMAT_PNG, 100, 100, 1, "sRGB" },
		{ FORMAT_WEBP, 65, 95, 5, NULL },
		{ FORMAT_AVIF, 40, 100, 20, "nclx" } };

static void test_white_stays_white(void **state)
{
	struct raster r;

	(void)state;
	paint(&r);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *name = picture_format_name(formats[i].format);

		for (int q = formats[i].lowest; q <= formats[i].highest; q += formats[i].step) {
			struct encoding enc = { formats[i].format, q, 0 };
			struct bytes *b;
			struct picture *p;
			struct err e = { 0 };
			int used;

			CHECK_INT(name, picture_encode(&r, &enc, &b, &used, &e), 0);
			CHECK_INT(name, used, q);
			p = decoded(name, b);
			CHECK_INT(name, p->info.format, formats[i].format);
			CHECK_INT(name, p->rgb.width, SIDE);
			CHECK_INT(name, p->rgb.height, SIDE);
			CHECK_INT(name, p->info.has_alpha, 0);
			CHECK_INT(name, p->info.frames, 1);
			for (int y = 0; y < SIDE; y++)
				for (int x = 0; x < SIDE; x++) {
					const unsigned char *v = pixel(&p->rgb, x, y);

					if ((x < 16 || x >= SIDE - 16 || y < 16 || y >= SIDE - 16) &&
					    (v[0] & v[1] & v[2]) != 255)
						fail_msg("%s at %d: white is %d,%d,%d", name, q, v[0], v[1], v[2]);
				}
			check_colour(name, pixel(&p->rgb, SIDE / 2, SIDE / 2), (unsigned char[3]){ 210, 40, 30 }, 50);
			picture_free(p);
			bytes_unref(b);
		}
	}
	raster_release(&r);
}

/* 4:2:0 would colour the white next to the red square. */
static void test_colour_does_not_bleed(void **state)
{
	struct encoding enc = { FORMAT_JPEG, 88, 0 };
	struct raster r;
	struct bytes *b;
	struct picture *p;
	struct err e = { 0 };

	(void)state;
	paint(&r);
	assert_int_equal(picture_encode(&r, &enc, &b, NULL, &e), 0);
	p = decoded("jpeg", b);
	for (int y = LEFT; y < RIGHT; y++) { /* the square's edge is a block's edge */
		const unsigned char *v = pixel(&p->rgb, LEFT - 1, y);

		CHECK_INT("beside the product", v[0] & v[1] & v[2], 255);
	}
	picture_free(p);
	bytes_unref(b);
	raster_release(&r);
}

static void test_tagged_and_bare(void **state)
{
	struct raster r;

	(void)state;
	paint(&r);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct encoding enc = { formats[i].format, 88, 0 };
		const char *name = picture_format_name(formats[i].format);
		struct bytes *b;
		struct err e = { 0 };

		assert_int_equal(picture_encode(&r, &enc, &b, NULL, &e), 0);
		if (formats[i].tag && !contains(b, formats[i].tag))
			fail_msg("%s does not say %s", name, formats[i].tag);
		CHECK_INT(name, contains(b, "Exif") || contains(b, "EXIF") || contains(b, "eXIf"), 0);
		CHECK_INT(name, contains(b, "xmp") || contains(b, "XMP"), 0);
		bytes_unref(b);
	}
	raster_release(&r);
}

/* Read by somebody else: the profile that JPEGs carry is whole, and is sRGB to Little CMS too. */
static void test_profile(void **state)
{
	struct encoding enc = { FORMAT_JPEG, 100, 0 };
	VipsImage *image, *converted;
	struct raster r;
	struct bytes *b;
	struct err e = { 0 };
	double worst;

	(void)state;
	paint(&r);
	assert_int_equal(picture_encode(&r, &enc, &b, NULL, &e), 0);
	assert_int_equal(vips_jpegload_buffer(b->data, b->size, &image, NULL), 0);
	assert_int_equal(vips_icc_transform(image, &converted, "srgb", "embedded", TRUE, NULL), 0);
	{
		VipsImage *difference, *size;

		assert_int_equal(vips_subtract(image, converted, &difference, NULL), 0);
		assert_int_equal(vips_abs(difference, &size, NULL), 0);
		assert_int_equal(vips_max(size, &worst, NULL), 0);
		g_object_unref(difference);
		g_object_unref(size);
	}
	CHECK_INT("largest step to sRGB", worst <= 2, 1);
	g_object_unref(image);
	g_object_unref(converted);
	bytes_unref(b);
	raster_release(&r);
}

static void test_max_bytes(void **state)
{
	static const enum picture_format searched[] = { FORMAT_JPEG, FORMAT_WEBP };
	struct raster r;

	(void)state;
	paint(&r);
	for (size_t i = 0; i < 2; i++) {
		const char *name = picture_format_name(searched[i]);
		struct encoding enc = { searched[i], 95, 0 };
		struct bytes *best, *worst, *b, *next;
		struct err e = { 0 };
		int used;

		assert_int_equal(picture_encode(&r, &enc, &best, NULL, &e), 0);
		enc.quality = 1;
		assert_int_equal(picture_encode(&r, &enc, &worst, NULL, &e), 0);
		enc.quality = 95;
		enc.max_bytes = (int64_t)(best->size + worst->size) / 2;
		CHECK_INT(name, picture_encode(&r, &enc, &b, &used, &e), 0);
		CHECK_INT(name, (int64_t)b->size <= enc.max_bytes, 1);
		CHECK_INT(name, used < 95, 1);
		/* One more would not have fitted. */
		assert_int_equal(picture_encode(&r, &(struct encoding){ searched[i], used + 1, 0 }, &next, NULL, &e),
				 0);
		CHECK_INT(name, (int64_t)next->size > enc.max_bytes, 1);
		bytes_unref(next);
		bytes_unref(b);
		enc.max_bytes = (int64_t)best->size;
		CHECK_INT(name, picture_encode(&r, &enc, &b, &used, &e), 0);
		CHECK_INT(name, used, 95);
		bytes_unref(b);
		enc.max_bytes = (int64_t)worst->size - 1;
		CHECK_INT(name, picture_encode(&r, &enc, &b, &used, &e), -1);
		CHECK_INT(name, e.code, ERR_TOO_LARGE);
		bytes_unref(best);
		bytes_unref(worst);
	}
	raster_release(&r);
}

static void test_unwritable(void **state)
{
	static const enum picture_format never[] = { FORMAT_GIF, FORMAT_TIFF, FORMAT_UNKNOWN, FORMAT_BMP };
	struct raster r;

	(void)state;
	paint(&r);
	for (size_t i = 0; i < 4; i++) {
		struct bytes *b;
		struct err e = { 0 };

		CHECK_INT("unwritable", picture_encode(&r, &(struct encoding){ never[i], 88, 0 }, &b, NULL, &e), -1);
		CHECK_INT("unwritable", e.code, ERR_CONFIG);
	}
	raster_release(&r);
}

static void test_matte(void **state)
{
	struct raster m, back;
	struct bytes *b;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(raster_init(&m, 300, 200, 1, &e), 0);
	for (int i = 0; i < 300 * 200; i++)
		m.data[i] = (unsigned char)(i % 300 < 100 ? 0 : i % 300 > 200 ? 255 : i);
	assert_int_equal(matte_encode(&m, &b, &e), 0);
	assert_int_equal(matte_decode(b, &back, &e), 0);
	CHECK_INT("width", back.width, 300);
	CHECK_INT("height", back.height, 200);
	CHECK_INT("bands", back.bands, 1);
	assert_memory_equal(m.data, back.data, 300 * 200);
	CHECK_INT("small", b->size < 300 * 200 / 2, 1);
	raster_release(&back);
	b->data[b->size / 2] ^= 0xff;
	CHECK_INT("damaged", matte_decode(b, &back, &e), -1);
	CHECK_INT("damaged", e.code, ERR_PICTURE);
	assert_null(back.data);
	bytes_unref(b);
	raster_release(&m);
}

/* --- scaling --- */

static void ramp(struct raster *r, int width, int height, int bands, double slope)
{
	struct err e = { 0 };

	assert_int_equal(raster_init(r, width, height, bands, &e), 0);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			memset(r->data + (y * width + x) * bands, (int)lrint(20 + slope * x), (size_t)bands);
}

static void test_scale(void **state)
{
	/* A ramp stays the same ramp, wherever its window begins and whatever the factor. */
	static const struct {
		const char *name;
		int bands;
		struct window from;
		int width;
	} cases[] = {
		{ "as it is", 3, { 0, 0, 200, 50 }, 200 },
		{ "half", 3, { 0, 0, 200, 50 }, 100 },
		{ "a third, matte", 1, { 0, 0, 200, 50 }, 67 },
		{ "cut", 3, { 40, 10, 100, 30 }, 60 },
		{ "between pixels", 3, { 40.5, 10.5, 100, 30 }, 100 },
		{ "larger", 1, { 50, 10, 50, 20 }, 170 },
		{ "a quarter of a pixel", 1, { 40.25, 3, 80, 30 }, 80 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raster in, out;
		struct err e = { 0 };

		ramp(&in, 200, 50, cases[i].bands, 1.1);
		assert_int_equal(raster_scale_window(&in, cases[i].from, cases[i].width, 20, &out, &e), 0);
		CHECK_INT(cases[i].name, out.width, cases[i].width);
		CHECK_INT(cases[i].name, out.bands, cases[i].bands);
		for (int x = 3; x < out.width - 3; x++) {
			double at = cases[i].from.left + (x + 0.5) * cases[i].from.width / cases[i].width - 0.5;
			int want = (int)lrint(20 + 1.1 * at), got = *pixel(&out, x, 10);

			if (abs(got - want) > 1 && at > 2 && at < 197)
				fail_msg("%s: at %d is %d, not %d", cases[i].name, x, got, want);
		}
		raster_release(&in);
		raster_release(&out);
	}
}

static void test_scale_extremes(void **state)
{
	static const struct {
		int from, to;
	} cases[] = { { 1, 50 }, { 50, 1 }, { 2, 3 }, { 3, 2 }, { 3000, 7 }, { 5, 900 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raster in, out;
		struct err e = { 0 };

		ramp(&in, cases[i].from, cases[i].from > 100 ? 4 : cases[i].from, 3, 0);
		assert_int_equal(raster_scale(&in, (struct box){ 0, 0, in.width, in.height }, cases[i].to, 5, &out, &e),
				 0);
		for (int k = 0; k < cases[i].to * 5 * 3; k++)
			CHECK_INT("even stays even", out.data[k], 20);
		raster_release(&in);
		raster_release(&out);
	}
}

static void test_too_large_to_hold(void **state)
{
	struct raster r;
	struct err e = { 0 };

	(void)state;
	CHECK_INT("negative", raster_init(&r, -1, 5, 3, &e), -1);
	CHECK_INT("negative", e.code, ERR_NOMEM);
	raster_release(&r);
}

static int open_library(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_picture_encode", &e);
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
		cmocka_unit_test(test_white_stays_white),
		cmocka_unit_test(test_colour_does_not_bleed),
		cmocka_unit_test(test_tagged_and_bare),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_max_bytes),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_matte),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_scale_extremes),
		cmocka_unit_test(test_too_large_to_hold),
	};

	return cmocka_run_group_tests_name("picture_encode", tests, open_library, close_library);
}
