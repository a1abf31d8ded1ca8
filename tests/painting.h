/* painting.h - pictures for the tests, made with libvips: four fields of colour, in any format and kind of sample. */
#ifndef PACKSHOT_TESTS_PAINTING_H
#define PACKSHOT_TESTS_PAINTING_H

#include "tests/check.h"

#include "stages/picture.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

/* libx265, which writes the HEIF pictures of the tests, never frees its parameters. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libx265";
}

/* The picture of all tests: four fields, wide enough apart to survive every format. */
enum { WIDTH = 96, HEIGHT = 64 };
static const unsigned char field[4][3] = { { 200, 40, 40 }, { 40, 160, 60 }, { 40, 60, 190 }, { 220, 200, 60 } };
static const unsigned char grey_field[4] = { 30, 90, 160, 230 };

static inline VipsImage *fields(int width, int height, bool grey)
{
	int bands = grey ? 1 : 3;
	unsigned char *p = malloc((size_t)width * (size_t)height * (size_t)bands);
	VipsImage *memory, *out;

	assert_non_null(p);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			int f = (y >= height / 2) * 2 + (x >= width / 2);

			memcpy(p + (y * width + x) * bands, grey ? &grey_field[f] : field[f], (size_t)bands);
		}
	memory = vips_image_new_from_memory_copy(p, (size_t)width * (size_t)height * (size_t)bands, width, height,
						 bands, VIPS_FORMAT_UCHAR);
	assert_int_equal(vips_copy(memory, &out, "interpretation",
				   grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL),
			 0);
	g_object_unref(memory);
	free(p);
	return out;
}

/* Each step takes the picture over. */
static inline VipsImage *step(int rc, VipsImage *in, VipsImage *out)
{
	if (rc != 0)
		fail_msg("%s", vips_error_buffer());
	g_object_unref(in);
	return out;
}

static inline VipsImage *to_space(VipsImage *in, VipsInterpretation space)
{
	VipsImage *out;
	int rc = vips_colourspace(in, &out, space, NULL);

	return step(rc, in, out);
}

static inline VipsImage *to_profile(VipsImage *in, const char *profile, int depth)
{
	VipsImage *out;
	int rc = vips_icc_transform(in, &out, profile, "input_profile", "srgb", "depth", depth, NULL);

	return step(rc, in, out);
}

/* With an orientation in its EXIF. */
static inline VipsImage *turned(VipsImage *in, int orientation)
{
	VipsImage *out;
	int rc = vips_copy(in, &out, NULL);

	out = step(rc, in, out);
	vips_image_set_int(out, VIPS_META_ORIENTATION, orientation);
	return out;
}

/* The left half transparent, the right half opaque. */
static inline VipsImage *with_alpha(VipsImage *in, double opaque)
{
	VipsImage *none, *full, *alpha, *fit, *out;
	int rc;

	assert_int_equal(vips_black(&none, in->Xsize / 2, in->Ysize, NULL), 0);
	assert_int_equal(vips_linear1(none, &full, 0, opaque, NULL), 0);
	assert_int_equal(vips_join(none, full, &alpha, VIPS_DIRECTION_HORIZONTAL, NULL), 0);
	assert_int_equal(vips_cast(alpha, &fit, in->BandFmt, NULL), 0);
	rc = vips_bandjoin2(in, fit, &out, NULL);
	g_object_unref(none);
	g_object_unref(full);
	g_object_unref(alpha);
	g_object_unref(fit);
	return step(rc, in, out);
}

/* A file of so many frames. They differ, or an encoder would join them. */
static inline VipsImage *with_frames(VipsImage *in, int frames)
{
	VipsImage **pages = calloc((size_t)frames, sizeof(VipsImage *)), *out;
	int height = in->Ysize;

	assert_non_null(pages);
	for (int f = 0; f < frames; f++)
		assert_int_equal(vips_linear1(in, &pages[f], 1, f ? -(f % 37) - 1 : 0, "uchar", TRUE, NULL), 0);
	assert_int_equal(vips_arrayjoin(pages, &out, frames, "across", 1, NULL), 0);
	for (int f = 0; f < frames; f++)
		g_object_unref(pages[f]);
	free(pages);
	vips_image_set_int(out, "page-height", height);
	return step(0, in, out);
}

static inline struct bytes *saved(VipsImage *in, const char *suffix)
{
	void *data;
	size_t size;
	struct bytes *b;

	if (vips_image_write_to_buffer(in, suffix, &data, &size, NULL) != 0)
		fail_msg("%s: %s", suffix, vips_error_buffer());
	g_object_unref(in);
	b = bytes_copy(data, size);
	g_free(data);
	return b;
}

static inline const unsigned char *pixel(const struct raster *r, int x, int y)
{
	return r->data + ((size_t)y * (size_t)r->width + (size_t)x) * (size_t)r->bands;
}

static inline void check_colour(const char *name, const unsigned char *got, const unsigned char *want, int tolerance)
{
	for (int c = 0; c < 3; c++)
		if (abs(got[c] - want[c]) > tolerance)
			fail_msg("%s: %d,%d,%d is not %d,%d,%d", name, got[0], got[1], got[2], want[0], want[1],
				 want[2]);
}

/* order: which field stands top left, top right, bottom left, bottom right */
static inline void check_fields(const char *name, const struct raster *rgb, bool grey, const int order[4],
				int tolerance)
{
	for (int f = 0; f < 4; f++) {
		const unsigned char *got = pixel(rgb, rgb->width * (f % 2 ? 3 : 1) / 4,
						 rgb->height * (f / 2 ? 3 : 1) / 4);
		unsigned char g = grey_field[order[f]], greys[3] = { g, g, g };

		check_colour(name, got, grey ? greys : field[order[f]], tolerance);
	}
}

static const int upright[4] = { 0, 1, 2, 3 };

#endif
