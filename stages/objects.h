/*
 * objects.h - which of the things in a mask are the product: a pair stays a pair, bystanders are left out.
 *
 * Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_OBJECTS_H
#define PACKSHOT_STAGES_OBJECTS_H

#include "stages/matte.h"

enum verdict { VERDICT_BYSTANDER, VERDICT_PRODUCT, VERDICT_DUST };

struct objects {
	struct regions regions; /* of the pixels with at least 128 */
	enum verdict *verdict;  /* of each region */
	int product;            /* pixels of the product */
	int bystanders;         /* pixels of what is left out, dust not counted */
};

/* The product is the largest region, those in the middle of the photo preferred, with those that are like it in size and colour, and what is close by. rgb and mask have the same
 * size. ERR_NO_PRODUCT when the mask is empty; ERR_NOMEM. */
int objects_judge(const struct raster *rgb, const struct raster *mask, struct objects *out, struct err *);
/* Makes everything transparent but the product and `around` pixels of soft edge around it. ERR_NOMEM. */
int objects_keep_product(const struct objects *, struct raster *matte, int around, struct err *);
void objects_release(struct objects *);

#endif
