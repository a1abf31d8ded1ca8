/* picture_header.c - what is accepted: by content, by the header, before a pixel is decoded. */
#include "stages/picture_vips.h"

#include <string.h>

/* Only the named format's own loader is ever asked: libvips would otherwise try whatever it has. */
VipsImage *picture_open(const struct bytes *b, enum picture_format format, double shrink, struct err *e)
{
	VipsImage *image = NULL;
	int rc = -1;

#define STRICT "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR
	if (!vips_type_find("VipsOperation", "heifload_buffer") && (format == FORMAT_AVIF || format == FORMAT_HEIF)) {
		err_set(e, ERR_UNSUPPORTED, "this libvips cannot read %s", picture_format_name(format));
		return NULL;
	}
	switch (format) {
	case FORMAT_JPEG:
		rc = vips_jpegload_buffer(b->data, b->size, &image, STRICT, "shrink", (int)shrink, NULL);
		break;
	case FORMAT_PNG:
		rc = vips_pngload_buffer(b->data, b->size, &image, STRICT, NULL);
		break;
	case FORMAT_WEBP:
		rc = vips_webpload_buffer(b->data, b->size, &image, STRICT, "scale", 1 / shrink, NULL);
		break;
	case FORMAT_AVIF:
	case FORMAT_HEIF:
		rc = vips_heifload_buffer(b->data, b->size, &image, STRICT, NULL);
		break;
	case FORMAT_GIF:
		rc = vips_gifload_buffer(b->data, b->size, &image, STRICT, NULL);
		break;
	case FORMAT_TIFF:
		rc = vips_tiffload_buffer(b->data, b->size, &image, STRICT, NULL);
		break;
	case FORMAT_UNKNOWN:
		err_set(e, ERR_NOT_PICTURE, "the file is not a picture");
		return NULL;
	case FORMAT_SVG:
	case FORMAT_PDF:
	case FORMAT_BMP:
		err_set(e, ERR_UNSUPPORTED, "%s is not accepted", picture_format_name(format));
		return NULL;
	}
#undef STRICT
	if (rc != 0) {
		char what[80];

		snprintf(what, sizeof(what), "a damaged or cut %s file", picture_format_name(format));
		picture_blame(e, ERR_PICTURE, what);
		return NULL;
	}
	return image;
}

/* An animated WebP's loader takes memory for the canvas on opening, so the canvas is looked at before. */
static int check_canvas(const struct bytes *b, const struct picture_limits *limits, struct err *e)
{
	const unsigned char *p = b->data + 24;
	int64_t width, height;

	if (b->size < 30 || memcmp(b->data + 12, "VP8X", 4) != 0)
		return 0;
	width = 1 + (p[0] | p[1] << 8 | p[2] << 16);
	height = 1 + (p[3] | p[4] << 8 | p[5] << 16);
	if (limits->max_pixels <= 0 || width * height <= limits->max_pixels)
		return 0;
	return err_set(e, ERR_TOO_LARGE, "webp of %lld x %lld pixels is more than %lld", (long long)width,
		       (long long)height, (long long)limits->max_pixels);
}

static int check_limits(const struct picture_info *info, const struct picture_limits *limits, struct err *e)
{
	const char *name = picture_format_name(info->format);
	int64_t pixels = (int64_t)info->width * info->height;

	if (limits->max_pixels > 0 && pixels > limits->max_pixels)
		return err_set(e, ERR_TOO_LARGE, "%s of %d x %d pixels is more than %lld", name, info->width,
			       info->height, (long long)limits->max_pixels);
	if (limits->max_frames > 0 && info->frames > limits->max_frames)
		return err_set(e, ERR_TOO_LARGE, "%s of %d frames is more than %d", name, info->frames,
			       limits->max_frames);
	return 0;
}

int picture_probe_open(const struct bytes *b, const struct picture_limits *limits, struct picture_info *info,
		       VipsImage **out, struct err *e)
{
	VipsImage *image;

	memset(info, 0, sizeof(*info));
	*out = NULL;
	if (limits->max_bytes > 0 && b->size > (size_t)limits->max_bytes)
		return err_set(e, ERR_TOO_LARGE, "a file of %zu bytes is more than %lld", b->size,
			       (long long)limits->max_bytes);
	info->format = picture_sniff(b->data, b->size);
	if (info->format == FORMAT_WEBP && check_canvas(b, limits, e) != 0)
		return -1;
	image = picture_open(b, info->format, 1, e);
	if (!image)
		return -1;
	info->frames = vips_image_get_n_pages(image);
	info->orientation = vips_image_get_orientation(image);
	info->width = info->orientation >= 5 ? image->Ysize : image->Xsize;
	info->height = info->orientation >= 5 ? image->Xsize : image->Ysize;
	info->has_alpha = picture_has_alpha(image);
	info->has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
	if (check_limits(info, limits, e) != 0) {
		g_object_unref(image);
		return -1;
	}
	*out = image;
	return 0;
}

int picture_probe(const struct bytes *b, const struct picture_limits *limits, struct picture_info *info, struct err *e)
{
	VipsImage *image;

	if (picture_probe_open(b, limits, info, &image, e) != 0)
		return -1;
	g_object_unref(image);
	return 0;
}
