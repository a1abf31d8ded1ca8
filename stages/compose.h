/*
 * compose.h - the finished picture before it is encoded: the product, scaled, freed of its backdrop, graded, on white.
 *
 * Threads: pure functions, any thread.
 */
#ifndef PACKSHOT_STAGES_COMPOSE_H
#define PACKSHOT_STAGES_COMPOSE_H

#include "stages/grade.h"
#include "stages/placement.h"
#include "stages/shadow.h"

/* Draws the photo (3 bands) where the placement says. Every pixel that neither product nor shadow touches is exactly 255,255,255.
 * *shadow: what is wanted; SHADOW_NONE on return where there was no room for it. ERR_NOMEM. */
int compose(const struct raster *photo, const struct raster *matte, const struct placement *, const struct frame *,
	    const struct grade *, enum shadow *shadow, struct raster *out, struct err *);

/* The box of everything darker than `white` in some channel; width 0: nothing is. */
struct box compose_painted(const struct raster *rgb, int white);

#endif
