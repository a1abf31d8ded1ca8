/*
 * edit_pictures.h - the pictures that go to a model with a request: the photo, other photos of the product, a reference for style.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_EDIT_PICTURES_H
#define PACKSHOT_STAGES_EDIT_PICTURES_H

#include "stages/picture.h"
#include "stages/model.h"

struct sent_picture {
	struct bytes *bytes;
	enum picture_format format;
};
void sent_picture_release(struct sent_picture *); /* also of a zeroed one */

/* A picture as the model is to get it: as it came where the model takes its format, bytes and size (bytes are shared then), else
 * scaled, on white, as a JPEG. ERR_PICTURE and what else picture_probe() and picture_decode() say, ERR_NOMEM. */
int sent_picture_make(struct bytes *file, const struct model *, const struct picture_limits *, struct sent_picture *out,
		      struct err *);

#endif
