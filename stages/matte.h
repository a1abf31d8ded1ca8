/*
 * matte.h - what is done with masks: find connected regions and the box, grow, shrink, compare.
 *
 * A mask is a raster of 1 band. Pixels beyond its rim do not exist: they neither grow into it nor eat of it.
 * Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_MATTE_H
#define PACKSHOT_STAGES_MATTE_H

#include "stages/picture.h"

/* A connected set of pixels. */
struct region {
	int area; /* pixels */
	int rim;  /* of them, how many lie on the raster's rim */
	struct box box;
};

struct regions {
	int count;
	struct region *at; /* count of them, in the order of their first pixels */
	int *label;        /* a pixel: index of its region + 1, or 0 */
};
void regions_release(struct regions *);

/* The regions of the pixels with low <= value <= high. corners: do pixels that touch at a corner belong together?
 * (Say yes for products, no for the holes in them, or the other way round; never the same for both.) ERR_NOMEM. */
int matte_regions(const struct raster *mask, int low, int high, bool corners, struct regions *out, struct err *);
/* Index of the largest region; -1: there is none. */
int regions_largest(const struct regions *);

/* The smallest box around the pixels with at least `low`; width 0: there are none. */
struct box matte_box(const struct raster *mask, int low);
/* How many pixels have at least `low`. */
int matte_area(const struct raster *mask, int low);

/* Each pixel becomes the largest (smallest) of the square that reaches `radius` pixels around it. ERR_NOMEM. */
int matte_grow(struct raster *mask, int radius, struct err *);
int matte_shrink(struct raster *mask, int radius, struct err *);

/* How alike two masks are: pixels (>= 128) in both over pixels in either; 1 where both are empty. Same size. */
double matte_iou(const struct raster *a, const struct raster *b);

#endif
