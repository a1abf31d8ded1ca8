/*
 * cutout.h - the alpha matte of the product in a photo, made on this machine, and how sure it is.
 *
 * Three methods: the source's own alpha channel; a neural network (neural.h); a classical flood from the border for
 * plain backdrops, which measures whether the backdrop is plain and says so where it is not.
 *
 * Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_CUTOUT_H
#define PACKSHOT_STAGES_CUTOUT_H

#include "stages/picture.h"

enum cutout_method { CUTOUT_ALPHA, CUTOUT_NEURAL, CUTOUT_CLASSICAL };
const char *cutout_method_name(enum cutout_method); /* "alpha", "neural", "classical" */

/* Why a person should look; bits. Names are promises: they stand in results and reports. */
#define CUTOUT_REASONS(X)                                                            \
	X(CUTOUT_BACKDROP_NOT_PLAIN, "backdrop_not_plain")  /* classical only */     \
	X(CUTOUT_LOW_CONTRAST, "low_contrast")      /* product close to the backdrop */ \
	X(CUTOUT_UNSURE, "unsure_cutout")           /* much of the matte is neither in nor out */ \
	X(CUTOUT_TOUCHES_BORDER, "touches_border")  /* the product is cut by the photo's edge */ \
	X(CUTOUT_OTHER_OBJECTS, "other_objects")    /* something else was left out, or is in doubt */ \
	X(CUTOUT_TINY, "tiny_product")              /* covers very little of the photo */

enum cutout_reason_bit {
#define X(id, name) id##_BIT,
	CUTOUT_REASONS(X)
#undef X
	CUTOUT_REASON_COUNT
};
enum cutout_reason {
#define X(id, name) id = 1 << id##_BIT,
	CUTOUT_REASONS(X)
#undef X
};
const char *cutout_reason_name(int bit); /* by index of the bit */

struct cutout {
	enum cutout_method method;
	struct raster matte; /* 1 band, 0 = background, 255 = product; the photo's ratio, its size or smaller */
	double confidence;   /* 0..1 */
	unsigned reasons;    /* enum cutout_reason bits; none: fit to be delivered unseen */
};
void cutout_release(struct cutout *);

/* From the source's alpha. ERR_NO_PRODUCT when it is empty. */
int cutout_from_alpha(const struct raster *alpha, struct cutout *out, struct err *);

/* Classical, for plain backdrops. ERR_NO_PRODUCT when nothing stands out. */
int cutout_classical(const struct raster *rgb, struct cutout *out, struct err *);

/* From a network's raw alpha at any size: cleans up specks, decides which objects belong to the product, judges. */
int cutout_from_network(const struct raster *rgb, const struct raster *alpha, struct cutout *out, struct err *);

/* Removes the backdrop's colour from partly transparent edge pixels: each is given the colour of the nearest solid
 * product. rgb and matte have the same size; rgb is changed in place, where 0 < matte < 255 and a little around. */
int cutout_decontaminate(struct raster *rgb, const struct raster *matte, struct err *);

#endif
