/*
 * remove_background.h - the photo to the matte of the product in it, on this machine.
 *
 * In: STAGE_FETCH's bytes. Out: the matte as PNG (matte_encode(); the photo's ratio, its size or smaller), and facts
 *   {"method":"neural","confidence":0.97,"reasons":["touches_border"],"width":1024,"height":768}
 * with the matte's size; reasons (cutout.h) are empty where the cutout is fit to be delivered unseen.
 * With `edit`, a model is called instead (edit.h): out is its picture, and facts have "kind":"edited". Where only the local model is left,
 * the matte as above, with the reason "fallback".
 * A source with transparency is its own cutout, whatever the model. Fails the item as source_picture() does, with ERR_NO_PRODUCT,
 * ERR_MODEL or ERR_NOMEM. The decoded photo stays on the item for the stages after it.
 */
#ifndef PACKSHOT_STAGES_REMOVE_BACKGROUND_H
#define PACKSHOT_STAGES_REMOVE_BACKGROUND_H

#include "pipeline/stage.h"
#include "stages/edit.h"
#include "stages/neural.h"

struct remove_background_config {
	const struct edit_config *edit; /* borrowed; NULL: the work is done on this machine */
	struct neural *neural; /* borrowed; NULL: the classical cutout. Beside edit: serves where the models that are called do not */
	struct picture_limits limits;
	int max_side; /* a larger photo is reduced while loading, to no less */
};

extern const struct stage stage_remove_background;

#endif
