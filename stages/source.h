/*
 * source.h - the fetched photo, decoded once and shared by the stages that look at its pixels.
 *
 * It stays on the item (item->picture) until item_drop_picture(); the last stage that needs it drops it early.
 * Threads: whoever holds the item.
 */
#ifndef PACKSHOT_STAGES_SOURCE_H
#define PACKSHOT_STAGES_SOURCE_H

#include "stages/picture.h"

/* *out is the source of STAGE_FETCH's bytes, reduced to no less than max_side where it is larger (0: never reduced). Borrowed from
 * the item, until the next call or item_drop_picture(). What an earlier stage decoded is used again when it has the
 * pixels asked for. Fails as picture_decode() does. */
int source_picture(struct item *, const struct picture_limits *, int max_side, const struct picture **out,
		   struct err *);

#endif
