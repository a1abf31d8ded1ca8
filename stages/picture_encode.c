/* picture_encode.c - pixels to files: the delivered picture, and mattes for ourselves. */
#include "stages/picture_vips.h"

#include <stdlib.h>
#include <string.h>

/*
 * JPEG chroma stays at full resolution: at half of it the colour of a product's edge smears over up to two pixels of
 * the white beside it. Costs a third more bytes on an edge-rich picture, hardly any time. Huffman tables are the
 * standard ones and scans not progressive: bytes saved there cost more CPU than the encoding itself.
 */
static int save_jpeg(VipsImage *in, int quality, void **data, size_t *size)
{
	return vips_jpegsave_buffer(in, data, size, "Q", quality, "subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF, "strip",
				    TRUE, NULL);
}

/* WebP only knows half the chroma; smart_subsample keeps it off the white, for twice the time. */
static int save_webp(VipsImage *in, int quality, void **data, size_t *size)
{
	return vips_webpsave_buffer(in, data, size, "Q", quality, "effort", 2, "smart_subsample", TRUE, "strip", TRUE,
				    NULL);
}

static int save_avif(VipsImage *in, int quality, void **data, size_t *size)
{
	return vips_heifsave_buffer(in, data, size, "Q", quality, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
				    "effort", 2, "subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF, "strip", TRUE, NULL);
}

static int save_png(VipsImage *in, int quality, void **data, size_t *size)
{
	(void)quality;
	return vips_pngsave_buffer(in, data, size, "compression", 6, "strip", TRUE, NULL);
}

/*
 * lowest, highest: the qualities at which plain white comes back as 255,255,255, and nothing else, from Debian 12's
 * libraries. Measured over all of them on one product in an 800 x 800 frame: JPEG loses white at 45 and below (the
 * rounding of its DC coefficient), WebP at 60 and below and again at 100, AVIF at 10. AVIF and WebP keep some distance.
 */
static const struct saver {
	int (*save)(VipsImage *, int quality, void **, size_t *);
	const char *needs;
	int lowest, highest;
} savers[] = {
	[FORMAT_JPEG] = { save_jpeg, "jpegsave_buffer", 46, 100 },
	[FORMAT_PNG] = { save_png, "pngsave_buffer", 100, 100 },
	[FORMAT_WEBP] = { save_webp, "webpsave_buffer", 65, 95 },
	[FORMAT_AVIF] = { save_avif, "heifsave_buffer", 40, 100 },
};

static const struct saver *find_saver(enum picture_format format, struct err *e)
{
	const struct saver *s = (size_t)format < sizeof(savers) / sizeof(savers[0]) ? &savers[format] : NULL;

	if (s && s->save && vips_type_find("VipsOperation", s->needs))
		return s;
	err_set(e, ERR_CONFIG, "this libvips cannot write %s", picture_format_name(format));
	return NULL;
}

static struct bytes *insert(const unsigned char *data, size_t size, size_t at, const void *head, size_t head_size,
			    const void *body, size_t body_size)
{
	struct bytes *b = bytes_create(size + head_size + body_size);

	if (!b)
		return NULL;
	memcpy(b->data, data, at);
	memcpy(b->data + at, head, head_size);
	if (body_size)
		memcpy(b->data + at + head_size, body, body_size);
	memcpy(b->data + at + head_size + body_size, data + at, size - at);
	return b;
}

/* Only the pixels' chunk of a WebP: libvips 8.14 adds an EXIF block even when told not to. NULL: no memory, or no such
 * chunk. */
static struct bytes *bare_webp(const unsigned char *data, size_t size)
{
	for (size_t at = 12; at + 8 <= size;) {
		const unsigned char *p = data + at;
		size_t length = 8 + ((size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24);
		struct bytes *b;

		length += length & 1;
		if (length > size - at)
			break;
		if (memcmp(p, "VP8 ", 4) != 0 && memcmp(p, "VP8L", 4) != 0) {
			at += length;
			continue;
		}
		b = bytes_create(12 + length);
		if (!b)
			break;
		memcpy(b->data, "RIFF\0\0\0\0WEBP", 12);
		for (int i = 0; i < 4; i++)
			b->data[4 + i] = (unsigned char)((4 + length) >> (8 * i));
		memcpy(b->data + 12, p, length);
		return b;
	}
	return NULL;
}

/*
 * Says sRGB where a viewer might take an untagged file for something else: an ICC profile in JPEG, after the JFIF
 * segment; an sRGB chunk in PNG, after IHDR. WebP without a profile is sRGB by its specification, AVIF names its
 * colours itself. libvips could attach the profile, but then also writes an EXIF block that calls the picture
 * uncalibrated.
 */
static struct bytes *tag(enum picture_format format, const unsigned char *data, size_t size)
{
	static const unsigned char chunk[] = { 0, 0, 0, 1, 's', 'R', 'G', 'B', 0, 0xae, 0xce, 0x1c, 0xe9 };
	size_t length = picture_srgb_profile_size + 16, jfif = 2;
	unsigned char app2[18] = { 0xff, 0xe2, (unsigned char)(length >> 8), (unsigned char)length };

	if (format == FORMAT_PNG && size > 33)
		return insert(data, size, 33, chunk, sizeof(chunk), NULL, 0);
	if (format == FORMAT_WEBP)
		return bare_webp(data, size);
	if (format != FORMAT_JPEG || size < 20)
		return bytes_copy(data, size);
	if (data[2] == 0xff && data[3] == 0xe0)
		jfif += 2 + ((size_t)data[4] << 8 | data[5]);
	memcpy(app2 + 4, "ICC_PROFILE\0\1\1", 14);
	return insert(data, size, jfif < size ? jfif : 2, app2, sizeof(app2), picture_srgb_profile,
		      picture_srgb_profile_size);
}

static int save(VipsImage *in, enum picture_format format, int quality, struct bytes **out, struct err *e)
{
	void *data = NULL;
	size_t size = 0;

	if (savers[format].save(in, quality, &data, &size) != 0)
		return picture_blame(e, ERR_NOMEM, "the picture cannot be encoded");
	*out = tag(format, data, size);
	g_free(data);
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for an encoded picture of %zu bytes", size);
}

/* The highest quality that fits, by halving: at most 7 tries between 1 and 100. The best guess is the one asked for. */
static int search(VipsImage *in, const struct encoding *enc, int low, int high, struct bytes **out, int *quality,
		  struct err *e)
{
	struct bytes *best = NULL;
	int least = low;

	for (int q = high; low <= high; q = low + (high - low) / 2) {
		struct bytes *b;

		if (save(in, enc->format, q, &b, e) != 0) {
			bytes_unref(best);
			return -1;
		}
		if ((int64_t)b->size <= enc->max_bytes) {
			bytes_unref(best);
			best = b;
			*quality = q;
			low = q + 1;
		} else {
			bytes_unref(b);
			high = q - 1;
		}
	}
	*out = best;
	return best ? 0
		    : err_set(e, ERR_TOO_LARGE,
			      "%s of %d x %d pixels does not fit into %lld bytes at quality %d, the least that keeps "
			      "white pure",
			      picture_format_name(enc->format), in->Xsize, in->Ysize, (long long)enc->max_bytes, least);
}

int picture_encode(const struct raster *r, const struct encoding *enc, struct bytes **out, int *used_quality,
		   struct err *e)
{
	const struct saver *s = find_saver(enc->format, e);
	VipsImage *image;
	int quality = enc->quality, rc;

	*out = NULL;
	if (!s)
		return -1;
	if (quality < s->lowest)
		quality = s->lowest;
	if (quality > s->highest)
		quality = s->highest;
	image = picture_from_raster(r);
	if (!image)
		return picture_blame(e, ERR_NOMEM, "no memory to encode a picture");
	if (enc->max_bytes > 0)
		rc = search(image, enc, s->lowest, quality, out, &quality, e);
	else
		rc = save(image, enc->format, quality, out, e);
	g_object_unref(image);
	if (rc == 0 && used_quality)
		*used_quality = quality;
	return rc;
}

int matte_encode(const struct raster *matte, struct bytes **out, struct err *e)
{
	VipsImage *image = picture_from_raster(matte);
	void *data = NULL;
	size_t size = 0;
	int rc;

	*out = NULL;
	if (!image)
		return picture_blame(e, ERR_NOMEM, "no memory to encode a matte");
	rc = vips_pngsave_buffer(image, &data, &size, "compression", 1, "filter", VIPS_FOREIGN_PNG_FILTER_NONE, "strip",
				 TRUE, NULL);
	g_object_unref(image);
	if (rc != 0)
		return picture_blame(e, ERR_NOMEM, "a matte cannot be encoded");
	*out = bytes_copy(data, size);
	g_free(data);
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for a matte of %zu bytes", size);
}

int matte_decode(const struct bytes *b, struct raster *out, struct err *e)
{
	VipsImage *image = picture_open(b, FORMAT_PNG, 1, e);
	int rc = -1;

	if (!image)
		return -1;
	if (image->Bands != 1 || image->BandFmt != VIPS_FORMAT_UCHAR)
		err_set(e, ERR_PICTURE, "a matte is a grey PNG of 8 bit");
	else
		rc = picture_to_raster(image, out, e);
	g_object_unref(image);
	return rc;
}
