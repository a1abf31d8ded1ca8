/*
 * picture_vips.h - what the files behind picture.h share. Only stages/picture*.c include it.
 */
#ifndef PACKSHOT_STAGES_PICTURE_VIPS_H
#define PACKSHOT_STAGES_PICTURE_VIPS_H

#include "stages/picture.h"

#include <vips/vips.h>

/* Sets err from what was being done and the last line of libvips' error text, and clears that text. The text is one
 * buffer for all threads, so it is a hint for people; code decides nothing by it. Returns -1. */
int picture_blame(struct err *, enum err_code, const char *what);

/* Opens a picture of this format, lazily, to be read once from top to bottom; the first frame, nothing guessed. shrink: by how much a
 * JPEG (1, 2, 4, 8) or WebP (any) is reduced while loading; others do not look at it. NULL with ERR_PICTURE or ERR_UNSUPPORTED. */
VipsImage *picture_open(const struct bytes *, enum picture_format, double shrink, struct err *);

/* What picture_probe() found, and the opened picture. On success the caller unrefs *image. */
int picture_probe_open(const struct bytes *, const struct picture_limits *, struct picture_info *, VipsImage **image,
		       struct err *);

/* Is its last channel transparency? */
bool picture_has_alpha(VipsImage *);

/* Any colour space to sRGB, 8 bit, 3 bands, and a fourth where there is an alpha channel. Lazy. in is borrowed; the caller unrefs
 * what is returned. NULL with ERR_UNSUPPORTED, ERR_PICTURE. */
VipsImage *picture_to_srgb(VipsImage *in, struct err *);

/* The ICC profile in it (borrowed), where it has one that changes anything; else NULL. */
const void *picture_foreign_profile(VipsImage *, size_t *size);

/* Does this ICC profile mean plain sRGB? Measured on its colorants and curves, whatever it is called. */
bool picture_profile_is_srgb(const void *profile, size_t size);
/* A small sRGB profile, to tag what is written. */
extern const unsigned char picture_srgb_profile[];
extern const size_t picture_srgb_profile_size;

/* The pixels of a JPEG as `bands` (1: of a grey one only; 3: of one with 1 or 3 components; 4: of a CMYK one, its ink
 * perhaps inverted), reduced by shrink (1, 2, 4, 8).
 * ERR_PICTURE on any damage, ERR_NOMEM. */
int picture_jpeg_pixels(const struct bytes *, int bands, int shrink, struct raster *out, struct err *);

/* Reads a CMYK JPEG to its end, for damage that libvips would let pass. ERR_PICTURE, ERR_NOMEM. */
int picture_jpeg_check(const struct bytes *, struct err *);

/* Runs a pipeline into a raster of ours. image: 8 bit, any number of bands; borrowed. */
int picture_to_raster(VipsImage *image, struct raster *out, struct err *);
/* The raster's pixels as an image; they are not copied and must outlive it. NULL: no memory. */
VipsImage *picture_from_raster(const struct raster *);

#endif
