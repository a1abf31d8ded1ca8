/*
 * remove_background.h - the photo to the matte of the product in it, on this machine.
 *
 * In: STAGE_FETCH's bytes. Out: the matte as PNG (matte_encode(); the photo's ratio, its size or smaller), and facts
 *   {"method":"neural","confidence":0.97,"reasons":["touches_border"],"width":1024,"height":768}
 * with the matte's size; reasons (cutout.h) are empty where the cutout is fit to be delivered unseen.
 * A source with transparency is its own cutout, whatever the model. Fails the item as source_picture() does, with ERR_NO_PRODUCT,
 * ERR_MODEL or ERR_NOMEM. The decoded photo stays on the item for the stages after it.
 */
#ifndef PACKSHOT_STAGES_REMOVE_BACKGROUND_H
#define PACKSHOT_STAGES_REMOVE_BACKGROUND_H

#include "pipeline/stage.h"
#include "stages/neural.h"

struct remove_background_config {
	struct neural *neural; /* borrowed; NULL: the classical cutout */
	struct picture_limits limits;
	int max_side; /* a larger photo is reduced while loading, to no less */
};

extern const struct stage stage_remove_background;

#endif
