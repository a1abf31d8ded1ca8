/*
 * shadow.h - a soft contact shadow, so that a product stands rather than floats.
 *
 * Threads: pure functions, any thread.
 */
#ifndef PACKSHOT_STAGES_SHADOW_H
#define PACKSHOT_STAGES_SHADOW_H

#include "stages/picture.h"

enum shadow { SHADOW_NONE, SHADOW_CONTACT };
const char *shadow_name(enum shadow); /* "none", "contact" */

/* Darkens the frame (3 bands, white) where the product touches the ground: below the parts of the matte (1 band, at `drawn` in the
 * frame) that come near the bottom of `product`. Neutral grey, soft, and never on the frame's outermost pixels.
 * 1: drawn; 0: there is no room below the product; -1: ERR_NOMEM. */
int shadow_draw(struct raster *frame, const struct raster *matte, struct box drawn, struct box product, struct err *);

#endif
