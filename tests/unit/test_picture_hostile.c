/* What comes from outside and is not a picture, is damaged, or is a bomb: refused, early, and by its own name. */
#include "tests/painting.h"

#include <stdio.h>
#include <sys/resource.h>

static const struct picture_limits limits = { 1 << 20, 50 * 1000 * 1000, 100 };

static void test_refused(void **state)
{
	static const struct {
		const char *name, *data;
		size_t size;
		enum err_code want;
	} cases[] = {
		{ "empty", "", 0, ERR_NOT_PICTURE },
		{ "text", "hello, this is no picture at all", 32, ERR_NOT_PICTURE },
		{ "html", "<!DOCTYPE html><html><body>404</body></html>", 44, ERR_NOT_PICTURE },
		{ "zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, ERR_NOT_PICTURE },
		{ "jpeg xl", "\xff\x0a\x00\x10\xb0\x13\x08\x08", 8, ERR_NOT_PICTURE },
		{ "mp4",
		  "\0\0\0\x18"
		  "ftypisom\0\0\2\0isomiso2",
		  24, ERR_NOT_PICTURE },
		{ "svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>", 62, ERR_UNSUPPORTED },
		{ "svg, xml", "\xef\xbb\xbf <?xml version=\"1.0\"?><!-- a --><svg width=\"9\"/>", 51, ERR_UNSUPPORTED },
		{ "pdf", "%PDF-1.7\n1 0 obj", 16, ERR_UNSUPPORTED },
		{ "bmp", "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0", 22, ERR_UNSUPPORTED },
		{ "only jpeg's first bytes", "\xff\xd8\xff", 3, ERR_PICTURE },
		{ "only png's first bytes", "\x89PNG\r\n\x1a\n", 8, ERR_PICTURE },
		{ "only gif's first bytes", "GIF89a", 6, ERR_PICTURE },
		{ "only tiff's first bytes", "II*\0", 4, ERR_PICTURE },
		{ "riff, not webp", "RIFF\x10\0\0\0WAVEfmt ", 16, ERR_NOT_PICTURE },
		{ "only webp's first bytes", "RIFF\x10\0\0\0WEBPVP8 ", 16, ERR_PICTURE },
		{ "only avif's first bytes",
		  "\0\0\0\x14"
		  "ftypavif\0\0\0\0avif",
		  20, ERR_PICTURE },
		{ "only heif's first bytes",
		  "\0\0\0\x14"
		  "ftypmif1\0\0\0\0heic",
		  20, ERR_PICTURE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes *b = bytes_copy(cases[i].data, cases[i].size);
		struct picture_info info;
		struct picture *p;
		struct err e = { 0 }, f = { 0 };

		CHECK_INT(cases[i].name, picture_probe(b, &limits, &info, &e), -1);
		CHECK_INT(cases[i].name, e.code, cases[i].want);
		CHECK_INT(cases[i].name, picture_decode(b, &limits, 0, &p, &f), -1);
		CHECK_INT(cases[i].name, f.code, cases[i].want);
		assert_null(p);
		bytes_unref(b);
	}
}

/* Noise, so that every part of a file matters. */
static VipsImage *noise(int width, int height)
{
	unsigned char *p = malloc((size_t)width * (size_t)height * 3);
	unsigned seed = 7;
	VipsImage *out, *copy;
	int rc;

	assert_non_null(p);
	for (int i = 0; i < width * height * 3; i++) {
		seed = seed * 1103515245u + 12345u;
		p[i] = (unsigned char)(128 + (int)(seed >> 16 & 127) - 64);
	}
	out = vips_image_new_from_memory_copy(p, (size_t)width * (size_t)height * 3, width, height, 3,
					      VIPS_FORMAT_UCHAR);
	free(p);
	rc = vips_copy(out, &copy, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
	return step(rc, out, copy);
}

static const char *const all_suffixes[] = { ".jpg[Q=90]",
					    ".jpg[Q=90,interlace]",
					    ".png",
					    ".png[interlace]",
					    ".webp[Q=90]",
					    ".webp[lossless]",
					    ".gif",
					    ".tif",
					    ".tif[compression=deflate,tile]",
					    ".avif[Q=90]",
					    ".heic[Q=90]" };

/* A file cut anywhere is refused, or (cut behind its last pixel) is the whole picture; half a one never passes. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof(all_suffixes) / sizeof(all_suffixes[0]); s++) {
		struct bytes *whole = saved(noise(160, 120), all_suffixes[s]);
		struct picture *want, *got;
		int refused = 0, passed = 0;
		struct err e = { 0 };

		if (picture_decode(whole, &limits, 0, &want, &e) != 0)
			fail_msg("%s: %s", all_suffixes[s], e.msg);
		for (size_t size = 13; size < whole->size; size += whole->size / 41 + 1) {
			struct bytes *cut = bytes_copy(whole->data, size);

			e = (struct err){ 0 };
			if (picture_decode(cut, &limits, 0, &got, &e) != 0) {
				CHECK_INT(all_suffixes[s], e.code == ERR_PICTURE || e.code == ERR_NOT_PICTURE, 1);
				refused++;
			} else {
				passed++;
				if (memcmp(got->rgb.data, want->rgb.data, 160 * 120 * 3) != 0)
					fail_msg("%s: half a picture passes, cut to %zu of %zu bytes", all_suffixes[s],
						 size, whole->size);
			}
			picture_free(got);
			bytes_unref(cut);
		}
		CHECK_INT(all_suffixes[s], passed <= 2 && refused >= 35, 1);
		picture_free(want);
		bytes_unref(whole);
	}
}

static unsigned char *find(struct bytes *b, const char *what, size_t size)
{
	for (size_t i = 0; i + size <= b->size; i++)
		if (memcmp(b->data + i, what, size) == 0)
			return b->data + i;
	fail_msg("no %s in the file", what);
	return NULL;
}

/* A stretch overwritten in the middle of a JPEG: the rest decodes to a wrong picture, which libjpeg only warns of. */
static void test_damaged_jpeg(void **state)
{
	int seen = 0, tried = 0;

	(void)state;
	for (int at = 20; at < 95; at += 5) {
		for (int cmyk = 0; cmyk < 2; cmyk++) {
			VipsImage *in = noise(160, 120);
			struct bytes *b = saved(cmyk ? to_space(in, VIPS_INTERPRETATION_CMYK) : in, ".jpg[Q=90,strip]");
			struct picture *p;
			unsigned char *scan = find(b, "\xff\xda", 2);
			struct err e = { 0 };

			memset(scan + (b->data + b->size - scan) * at / 100, 0, 40);
			tried++;
			if (picture_decode(b, &limits, 0, &p, &e) != 0) {
				CHECK_INT("damaged", e.code, ERR_PICTURE);
				seen++;
			}
			picture_free(p);
			bytes_unref(b);
		}
	}
	CHECK_INT("damage seen", seen, tried);
}

/* What cameras and servers leave behind the end, or a few stray bytes before it, is no damage. */
static void test_harmless_jpeg(void **state)
{
	struct bytes *b = saved(noise(64, 48), ".jpg[Q=90]"), *more = bytes_create(b->size + 100);
	struct bytes *stray = bytes_create(b->size + 3);
	struct picture *p;
	struct err e = { 0 };

	(void)state;
	memcpy(more->data, b->data, b->size);
	memset(more->data + b->size, 0x33, 100);
	memcpy(stray->data, b->data, b->size - 2);
	memcpy(stray->data + b->size - 2, "\0\0\0\xff\xd9", 5);
	assert_int_equal(picture_decode(more, &limits, 0, &p, &e), 0);
	picture_free(p);
	assert_int_equal(picture_decode(stray, &limits, 0, &p, &e), 0);
	picture_free(p);
	bytes_unref(b);
	bytes_unref(more);
	bytes_unref(stray);
}

/* --- bombs: small files whose headers speak of thousands of megapixels --- */

static void put_big(unsigned char *p, unsigned v, int size)
{
	for (int i = 0; i < size; i++)
		p[i] = (unsigned char)(v >> 8 * (size - 1 - i));
}

static void put_little(unsigned char *p, unsigned v, int size)
{
	for (int i = 0; i < size; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static unsigned crc32_of(const unsigned char *p, size_t size)
{
	unsigned crc = ~0u;

	while (size--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void swell_png(struct bytes *b)
{
	put_big(b->data + 16, 60000, 4);
	put_big(b->data + 20, 60000, 4);
	put_big(b->data + 29, crc32_of(b->data + 12, 17), 4);
}

static void swell_jpeg(struct bytes *b)
{
	unsigned char *sof = find(b, "\xff\xc0\0\x11\x08", 5);

	put_big(sof + 5, 60000, 2);
	put_big(sof + 7, 60000, 2);
}

/* The canvas of an animation, which its frames need not fill. */
static void swell_webp(struct bytes *b)
{
	unsigned char *canvas = find(b, "VP8X", 4) + 12;

	put_little(canvas, 15999, 3);
	put_little(canvas + 3, 15999, 3);
}

static void swell_gif(struct bytes *b)
{
	unsigned char *image;

	put_little(b->data + 6, 65535, 2);
	put_little(b->data + 8, 65535, 2);
	image = find(b, "\x2c\0\0\0\0", 5);
	put_little(image + 5, 65535, 2);
	put_little(image + 7, 65535, 2);
}

/* Little endian, width and height as they were written: tag, type, count, value. */
static void swell_tiff(struct bytes *b)
{
	unsigned char *width = find(b, "\x00\x01\x03\x00\x01\x00\x00\x00\x60", 9);
	unsigned char *height = find(b, "\x01\x01\x03\x00\x01\x00\x00\x00\x40", 9);

	put_little(width + 8, 60000, 2);
	put_little(height + 8, 60000, 2);
}

static void swell_avif(struct bytes *b)
{
	unsigned char *ispe = find(b, "ispe", 4);

	put_big(ispe + 8, 12000, 4);
	put_big(ispe + 12, 12000, 4);
}

static void test_bombs(void **state)
{
	static const struct {
		const char *suffix;
		void (*swell)(struct bytes *);
		int frames;
	} cases[] = { { ".png", swell_png, 1 },  { ".jpg", swell_jpeg, 1 },        { ".webp[lossless]", swell_webp, 2 },
		      { ".gif", swell_gif, 1 },  { ".tif[strip]", swell_tiff, 1 }, { ".avif", swell_avif, 1 },
		      { ".heic", swell_avif, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes *b = saved(with_frames(fields(WIDTH, HEIGHT, false), cases[i].frames), cases[i].suffix);
		struct rusage before, after;
		struct picture *p;
		struct err e = { 0 };

		cases[i].swell(b);
		getrusage(RUSAGE_SELF, &before);
		CHECK_INT(cases[i].suffix, picture_decode(b, &limits, 1000, &p, &e), -1);
		getrusage(RUSAGE_SELF, &after);
		if (e.code != ERR_TOO_LARGE)
			fail_msg("%s: %s, %s", cases[i].suffix, err_name(e.code), e.msg);
		CHECK_INT(cases[i].suffix, after.ru_maxrss - before.ru_maxrss < 32 * 1024, 1);
		bytes_unref(b);
	}
}

static void test_limits(void **state)
{
	static const struct {
		const char *name;
		struct picture_limits limits;
		enum err_code want;
	} cases[] = {
		{ "fits", { 1 << 20, 96 * 64, 1 }, ERR_OK },
		{ "none", { 0, 0, 0 }, ERR_OK },
		{ "bytes", { 100, 96 * 64, 1 }, ERR_TOO_LARGE },
		{ "pixels", { 1 << 20, 96 * 64 - 1, 1 }, ERR_TOO_LARGE },
	};
	struct bytes *b = saved(fields(WIDTH, HEIGHT, false), ".png");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct picture_info info;
		struct err e = { 0 };

		CHECK_INT(cases[i].name, picture_probe(b, &cases[i].limits, &info, &e), cases[i].want ? -1 : 0);
		CHECK_INT(cases[i].name, e.code, cases[i].want);
	}
	bytes_unref(b);
}

/* Numbers without a range, channels without a meaning. */
static void test_odd_samples(void **state)
{
	VipsImage *floats, *many, *in = fields(WIDTH, HEIGHT, false), *bands[2] = { in, in };
	struct bytes *b[2];

	(void)state;
	assert_int_equal(vips_cast_float(in, &floats, NULL), 0);
	assert_int_equal(vips_bandjoin(bands, &many, 2, NULL), 0);
	g_object_unref(in);
	b[0] = saved(floats, ".tif");
	b[1] = saved(many, ".tif");
	for (int i = 0; i < 2; i++) {
		struct picture *p;
		struct err e = { 0 };

		CHECK_INT(i ? "six bands" : "floats", picture_decode(b[i], &limits, 0, &p, &e), -1);
		CHECK_INT(i ? "six bands" : "floats", e.code, ERR_UNSUPPORTED);
		bytes_unref(b[i]);
	}
}

static int open_library(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_picture_hostile", &e);
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
		cmocka_unit_test(test_refused),       cmocka_unit_test(test_cut),   cmocka_unit_test(test_damaged_jpeg),
		cmocka_unit_test(test_harmless_jpeg), cmocka_unit_test(test_bombs), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_odd_samples),
	};

	return cmocka_run_group_tests_name("picture_hostile", tests, open_library, close_library);
}
