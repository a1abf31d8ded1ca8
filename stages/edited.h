/*
 * edited.h - a picture that an image model has made: is it what was asked for, and its way into the frame.
 *
 * What comes back has any size and format, and a backdrop that is nearly white. The usual reply, an 8-bit JPEG without a profile
 * of its own, is worked on in its Y, Cb and Cr planes (libjpeg-turbo, zimg), without ever becoming RGB; everything else goes through
 * picture_decode() and the raster functions. Both ways follow the same rules and tests hold them against each other.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_EDITED_H
#define PACKSHOT_STAGES_EDITED_H

#include "stages/picture.h"
#include "stages/shadow.h"

/* What can be seen of it without much work. */
struct edited_look {
	int width, height;
	double border_white;  /* share of the border's pixels that are near white, 0..1 */
	bool touches_border;  /* the product reaches the frame */
	bool empty;           /* nothing but white */
	double confidence;    /* 0..1, for results and sorting: how clean the backdrop and the border are */
};
/* ERR_ANSWER: not a whole picture; ERR_TOO_LARGE; ERR_NOMEM. */
int edited_look(const struct bytes *, const struct picture_limits *, struct edited_look *, struct err *);

struct edited_frame {
	int width, height;
	double fill;         /* as resize.h */
	enum shadow shadow;  /* CONTACT: what the model painted below the product is kept as far as it is soft and grey */
	struct encoding encoding;
	struct picture_limits limits;
};
/* What was done; the names are those of resize.h's facts. */
struct edited_facts {
	int quality;
	struct box box, painted;
	double fill, upscaled;
	double whitened; /* share of the frame that was nearly white and was made white */
};
/* To the finished file: near white that is connected with the border becomes 255,255,255, the product's box is found, scaled and
 * centred, and encoded. ERR_ANSWER, ERR_NO_PRODUCT (nothing but white), ERR_TOO_LARGE, ERR_NOMEM, and what picture_encode() fails with. */
int edited_finish(const struct bytes *, const struct edited_frame *, struct bytes **out, struct edited_facts *, struct err *);

#endif
