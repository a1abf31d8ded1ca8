/* picture_decode.c - bytes to upright sRGB pixels and alpha. */
#include "stages/picture_vips.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A raster turned upright, for EXIF orientations 2..8 (JEITA CP-3451, 4.6.4): 5 to 8 swap the sides. */
static int turn(struct raster *r, int orientation, struct err *e)
{
	static const struct {
		bool swap, flip_x, flip_y; /* where the upright pixel (x, y) is found */
	} ways[9] = { [2] = { false, true, false }, [3] = { false, true, true }, [4] = { false, false, true },
		      [5] = { true, false, false }, [6] = { true, false, true }, [7] = { true, true, true },
		      [8] = { true, true, false } };
	bool swap, flip_x, flip_y;
	struct raster up;

	if (!r->data || orientation < 2 || orientation > 8)
		return 0;
	swap = ways[orientation].swap;
	flip_x = ways[orientation].flip_x;
	flip_y = ways[orientation].flip_y;
	if (raster_init(&up, swap ? r->height : r->width, swap ? r->width : r->height, r->bands, e) != 0)
		return -1;
	for (int y = 0; y < up.height; y++) {
		unsigned char *to = up.data + (size_t)y * (size_t)up.width * (size_t)up.bands;

		for (int x = 0; x < up.width; x++, to += up.bands) {
			int sx = swap ? y : x, sy = swap ? x : y;

			sx = flip_x ? r->width - 1 - sx : sx;
			sy = flip_y ? r->height - 1 - sy : sy;
			memcpy(to, r->data + ((size_t)sy * (size_t)r->width + (size_t)sx) * (size_t)r->bands,
			       (size_t)r->bands);
		}
	}
	raster_release(r);
	*r = up;
	return 0;
}

static int longer(int a, int b)
{
	return a > b ? a : b;
}

/* RGBA to RGB and alpha; an alpha that is opaque everywhere is none. */
static int split(struct raster *rgba, struct picture *p, struct err *e)
{
	size_t count = (size_t)rgba->width * (size_t)rgba->height;
	unsigned char opaque = 255;

	if (rgba->bands == 3) {
		p->rgb = *rgba;
		memset(rgba, 0, sizeof(*rgba));
		return 0;
	}
	if (raster_init(&p->rgb, rgba->width, rgba->height, 3, e) != 0 ||
	    raster_init(&p->alpha, rgba->width, rgba->height, 1, e) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		memcpy(p->rgb.data + 3 * i, rgba->data + 4 * i, 3);
		p->alpha.data[i] = rgba->data[4 * i + 3];
		opaque &= p->alpha.data[i];
	}
	if (opaque == 255)
		raster_release(&p->alpha);
	return 0;
}

/* An 8-bit JPEG that is grey or RGB; a profile that matters is applied to its pixels. */
static int decode_jpeg(const struct bytes *b, VipsImage *header, int shrink, struct raster *out, struct err *e)
{
	size_t size;
	const void *profile = picture_foreign_profile(header, &size);
	struct raster raw;
	VipsImage *image, *srgb = NULL;
	int rc = -1;

	if (picture_jpeg_pixels(b, profile ? header->Bands : 3, shrink, &raw, e) != 0)
		return -1;
	if (!profile) {
		*out = raw;
		return 0;
	}
	image = picture_from_raster(&raw);
	if (image) {
		vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, size);
		srgb = picture_to_srgb(image, e);
		if (srgb)
			rc = picture_to_raster(srgb, out, e);
	}
	VIPS_UNREF(srgb);
	VIPS_UNREF(image);
	raster_release(&raw);
	return rc;
}

/* Everything else, through libvips: colours, reduction, and only then memory for what is left. */
static int decode_any(VipsImage *image, int max_side, struct raster *out, struct err *e)
{
	VipsImage *srgb = picture_to_srgb(image, e), *small = NULL;
	int rc = -1, side = longer(image->Xsize, image->Ysize);

	if (!srgb)
		return -1;
	if (max_side > 0 && side > max_side) {
		if (vips_resize(srgb, &small, (double)max_side / side, "kernel", VIPS_KERNEL_CUBIC, NULL) != 0)
			picture_blame(e, ERR_PICTURE, "the picture cannot be reduced");
	} else {
		small = g_object_ref(srgb);
	}
	if (small)
		rc = picture_to_raster(small, out, e);
	VIPS_UNREF(small);
	g_object_unref(srgb);
	return rc;
}

/* By how much a loader may reduce: to no less than max_side. */
static double shrink_while_loading(const struct picture_info *info, int max_side)
{
	int side = longer(info->width, info->height), shrink = 1;

	if (max_side <= 0 || side <= max_side)
		return 1;
	if (info->format == FORMAT_WEBP)
		return (double)side / max_side;
	while (info->format == FORMAT_JPEG && shrink < 8 && side / (shrink * 2) >= max_side)
		shrink *= 2;
	return shrink;
}

/* What a shrinking loader left above max_side. */
static int reduce(struct raster *r, int max_side, struct err *e)
{
	double k = (double)max_side / longer(r->width, r->height);
	struct box all = { 0, 0, r->width, r->height };
	struct raster small;

	if (max_side <= 0 || k >= 1)
		return 0;
	if (raster_scale(r, all, longer(1, (int)lrint(r->width * k)), longer(1, (int)lrint(r->height * k)), &small,
			 e) != 0)
		return -1;
	raster_release(r);
	*r = small;
	return 0;
}

static int decode(const struct bytes *b, VipsImage *header, int max_side, struct picture *p, struct err *e)
{
	double shrink = shrink_while_loading(&p->info, max_side);
	bool jpeg = p->info.format == FORMAT_JPEG;
	bool plain = header->Type == VIPS_INTERPRETATION_sRGB || header->Type == VIPS_INTERPRETATION_B_W;
	struct raster pixels = { 0 };
	VipsImage *image = NULL;
	int rc = -1;

	if (jpeg && plain) {
		rc = decode_jpeg(b, header, (int)shrink, &pixels, e);
	} else if (!jpeg || header->Type != VIPS_INTERPRETATION_CMYK || picture_jpeg_check(b, e) == 0) {
		image = shrink > 1 ? picture_open(b, p->info.format, shrink, e) : g_object_ref(header);
		rc = image ? decode_any(image, max_side, &pixels, e) : -1;
	}
	if (rc == 0)
		rc = split(&pixels, p, e);
	if (rc == 0 && jpeg)
		rc = reduce(&p->rgb, max_side, e);
	VIPS_UNREF(image);
	raster_release(&pixels);
	return rc;
}

int picture_decode(const struct bytes *b, const struct picture_limits *limits, int max_side, struct picture **out,
		   struct err *e)
{
	struct picture *p = calloc(1, sizeof(*p));
	VipsImage *header = NULL;

	*out = NULL;
	if (!p)
		return err_set(e, ERR_NOMEM, "no memory to decode a picture");
	if (picture_probe_open(b, limits, &p->info, &header, e) != 0 || decode(b, header, max_side, p, e) != 0 ||
	    turn(&p->rgb, p->info.orientation, e) != 0 || turn(&p->alpha, p->info.orientation, e) != 0) {
		VIPS_UNREF(header);
		picture_free(p);
		return -1;
	}
	p->scale = (double)p->rgb.width / p->info.width;
	g_object_unref(header);
	*out = p;
	return 0;
}
