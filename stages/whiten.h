/*
 * whiten.h - a nearly white backdrop to pure white, on a picture's planes.
 *
 * What is light and neutral and connected with the border is backdrop. How light follows the border itself: where it is clean the curve
 * hardly touches anything, so a white product on white keeps its shading. Lightness is stretched between two limits, not
 * cut at one, so that soft edges and shadows have no rim.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_WHITEN_H
#define PACKSHOT_STAGES_WHITEN_H

#include "stages/picture_planes.h"

#define WHITEN_NEAR 228 /* darker than this is no white backdrop */

/* Whitens the planes in place, and finds the box of everything that is not backdrop then, but for specks; width 0: there is
 * nothing. ERR_NOMEM. */
int whiten(struct planes *, struct box *product, struct err *);

#endif
