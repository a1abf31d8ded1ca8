/*
 * placement.h - where in the frame the product goes, and from which part of the photo it is drawn.
 *
 * Threads: pure functions, any thread.
 */
#ifndef PACKSHOT_STAGES_PLACEMENT_H
#define PACKSHOT_STAGES_PLACEMENT_H

#include "stages/picture.h"

struct frame {
	int width, height; /* pixels of the finished picture */
	double fill;       /* share of the frame that the product's box takes, in the direction where it is larger: 0..1 */
};

struct placement {
	struct box product;         /* in the frame: centred, its size by `fill` */
	struct box drawn;           /* in the frame: the product and a few pixels around it, for soft edges */
	struct window photo, matte; /* what is drawn there, in the photo's and in the matte's pixels */
	double scale;               /* frame pixels per photo pixel; above 1 the photo has too few */
};

/* The box of the product in its matte: everything that is clearly there, but for specks (far smaller than the largest piece).
 * width 0: nothing is there. ERR_NOMEM. */
int placement_find_product(const struct raster *matte, struct box *out, struct err *);

/* product: in the pixels of a matte of matte_width x matte_height, which shows the same as a photo of photo_width x photo_height. */
struct placement placement_of(struct box product, int matte_width, int matte_height, int photo_width, int photo_height,
			      const struct frame *);

#endif
