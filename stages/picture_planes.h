/*
 * picture_planes.h - a picture as its Y, Cb and Cr planes, the way JPEG keeps it: full range, chroma perhaps at half the size. What comes
 * as JPEG and goes as JPEG need not become RGB on the way.
 *
 * Threads: any, after picture_library_open(); every object belongs to its caller.
 */
#ifndef PACKSHOT_STAGES_PICTURE_PLANES_H
#define PACKSHOT_STAGES_PICTURE_PLANES_H

#include "stages/picture.h"

#define PLANE_ALIGN 64 /* bytes: of every row's start, and of the distance between rows */
#define PLANE_PAD   16 /* pixels: rows and columns are there up to a multiple of it, as JPEG's blocks want */

struct plane {
	int width, height;
	size_t stride;
	unsigned char *data;
};

struct planes {
	struct plane p[3]; /* Y; Cb and Cr, whose size is Y's, or half of it (rounded up) across, down, or both */
	void *block;       /* holds all of them */
};

/* Uninitialised planes; chroma is halved across and down where asked. ERR_NOMEM. */
int planes_init(struct planes *, int width, int height, bool half_across, bool half_down, struct err *);
void planes_release(struct planes *); /* frees and zeroes */

/* The planes of an ordinary JPEG: 8 bit, YCbCr or grey, upright, sRGB. 1: done; 0: it is another kind, picture_decode() it; -1: ERR_PICTURE on
 * any damage, ERR_TOO_LARGE, ERR_NOMEM. */
int planes_from_jpeg(const struct bytes *, const struct picture_limits *, struct planes *out, struct err *);

/* Full planes of an sRGB raster, and back. ERR_NOMEM. */
int planes_from_raster(const struct raster *rgb, struct planes *out, struct err *);
int planes_to_raster(const struct planes *full, struct raster *out, struct err *);

/* Full planes to a JPEG of that quality, tagged as sRGB; as picture_encode() would have it. ERR_NOMEM. */
int planes_to_jpeg(const struct planes *full, int quality, struct bytes **out, struct err *);

/* The window (in this plane's pixels) scaled (by splines of six points) to out's size; `count` planes of one size at once, since making the filter
 * costs as much as using it. ERR_NOMEM. */
int plane_scale(const struct plane *in, struct window, struct plane *out, int count, struct err *);

#endif
