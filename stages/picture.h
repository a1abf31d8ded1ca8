/*
 * picture.h - the one door to libvips: bytes of any accepted format to plain sRGB pixels, and back.
 *
 * A raster is a plain block of 8-bit pixels, so that the steps which look at pixels are ordinary loops.
 * What is accepted is decided by content, never by name, and by the header before a pixel is decoded.
 *
 * Threads: any, after picture_library_open(); every object belongs to its caller.
 */
#ifndef PACKSHOT_STAGES_PICTURE_H
#define PACKSHOT_STAGES_PICTURE_H

#include "pipeline/bytes.h"
#include "pipeline/err.h"
#include "pipeline/item.h"

#include <stdbool.h>
#include <stdint.h>

struct raster {
	int width, height;
	int bands;           /* 1 grey or matte, 3 RGB; interleaved, rows without padding */
	unsigned char *data; /* width * height * bands; malloc()ed */
};

/* Allocates; -1 with ERR_NOMEM. */
int raster_init(struct raster *, int width, int height, int bands, struct err *);
void raster_release(struct raster *); /* frees and zeroes */

struct box {
	int left, top, width, height; /* in pixels; width 0: nothing */
};

enum picture_format {
	FORMAT_UNKNOWN,
	FORMAT_JPEG,
	FORMAT_PNG,
	FORMAT_WEBP,
	FORMAT_AVIF,
	FORMAT_HEIF,
	FORMAT_GIF,
	FORMAT_TIFF,
	FORMAT_SVG, /* recognised in order to be refused by name */
	FORMAT_PDF,
	FORMAT_BMP
};
const char *picture_format_name(enum picture_format);      /* "jpeg" */
const char *picture_format_extension(enum picture_format); /* "jpg" */
enum picture_format picture_format_by_name(const char *);  /* "jpeg", "jpg", ...; FORMAT_UNKNOWN */
enum picture_format picture_sniff(const void *data, size_t size);

/* Limits on what comes from outside. */
struct picture_limits {
	int64_t max_bytes;  /* of the file */
	int64_t max_pixels; /* width x height of a frame */
	int max_frames;     /* of an animation or a multi-page file; only the first is used */
};

/* What a header says. */
struct picture_info {
	enum picture_format format;
	int width, height; /* upright: EXIF orientation applied */
	int frames;
	int orientation;   /* EXIF, 1..8 */
	bool has_alpha, has_profile;
};

/* Once, before threads start: initialises libvips for many different pictures (one thread each, no operation cache)
 * and blocks its untrusted loaders. ERR_CONFIG when libvips lacks what packshot needs. */
int picture_library_open(const char *program, struct err *);
void picture_library_close(void);

/* Reads the header only. ERR_NOT_PICTURE, ERR_UNSUPPORTED, ERR_TOO_LARGE, ERR_PICTURE. The message names format and figures. */
int picture_probe(const struct bytes *, const struct picture_limits *, struct picture_info *, struct err *);

/* A decoded source: upright, sRGB, 8 bit. */
struct picture {
	struct picture_info info;
	struct raster rgb;   /* 3 bands; where alpha is 0 the colour may be anything */
	struct raster alpha; /* 1 band, same size; data NULL: the source is opaque */
	double scale;        /* rgb.width / info.width: below 1 where a huge source was reduced while loading */
};

/* Decodes the first frame after picture_probe()'s checks: orientation, ICC profile, CMYK, grey, palette, 16 bit are brought to
 * sRGB 8 bit. A source with a side above max_side is reduced while loading, to no less than max_side. Damage anywhere
 * in the data is ERR_PICTURE: half a picture is never used. */
int picture_decode(const struct bytes *, const struct picture_limits *, int max_side, struct picture **out, struct err *);
void picture_free(struct picture *); /* NULL is fine */

/* Cuts `from` out of src (within its bounds) and scales it to width x height, with a filter fit for both directions
 * (Catmull-Rom). src has 1 or 3 bands. ERR_NOMEM. */
int raster_scale(const struct raster *src, struct box from, int width, int height, struct raster *out, struct err *);

/* The same from a window that need not lie on whole pixels; where it leaves src, src's rim goes on. */
struct window {
	double left, top, width, height;
};
int raster_scale_window(const struct raster *src, struct window from, int width, int height, struct raster *out,
			struct err *);

struct encoding {
	enum picture_format format; /* JPEG, PNG, WEBP, AVIF */
	int quality;                /* 1..100; brought into what keeps white white (JPEG 46..100, WebP 65..95, AVIF 40..100); PNG: ignored */
	int64_t max_bytes;          /* 0: none; else the highest quality <= `quality` that fits is searched for */
};
/* sRGB raster to file bytes, tagged as sRGB, no other metadata. *used_quality (may be NULL) says which quality it took (PNG: 100).
 * ERR_TOO_LARGE when even the lowest useful quality exceeds max_bytes; ERR_CONFIG when libvips cannot write the format. */
int picture_encode(const struct raster *, const struct encoding *, struct bytes **out, int *used_quality, struct err *);

/* A JPEG of the picture for a page that shows many: upright, no side above `side`, laid on white where it is transparent. A smaller one keeps its
 * size. Errors as picture_decode() and picture_encode(). */
int picture_thumbnail(const struct bytes *, const struct picture_limits *, int side, struct bytes **out, struct err *);

/* An 8-bit matte as a small PNG and back. */
int matte_encode(const struct raster *matte, struct bytes **out, struct err *);
int matte_decode(const struct bytes *, struct raster *out, struct err *);

#endif
