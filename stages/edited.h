/*
 * edited.h - a picture that an image model has made: is it what was asked for, and its way into the frame.
 *
 * What comes back has any size and format, and a backdrop that is nearly white. It is worked on as Y, Cb and Cr planes: the usual reply, an
 * ordinary JPEG, never becomes RGB on its way to a JPEG.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_EDITED_H
#define PACKSHOT_STAGES_EDITED_H

#include "stages/picture.h"

/* What can be seen of it without much work. */
struct edited_look {
	int width, height;
	double border_white; /* share of the border that is near white, 0..1 */
	bool touches_border; /* the product reaches the frame */
	bool empty;          /* nothing but white */
	double confidence;   /* 0..1, for results and sorting: how clean the border is */
};
/* ERR_ANSWER: not a whole picture; ERR_TOO_LARGE; ERR_NOMEM. */
int edited_look(const struct bytes *, const struct picture_limits *, struct edited_look *, struct err *);

struct edited_frame {
	int width, height;
	double fill; /* as resize.h */
	struct encoding encoding;
	struct picture_limits limits;
};
/* What was done; the names are those of resize.h's facts. */
struct edited_facts {
	int quality;
	struct box box, painted;
	double fill, upscaled;
};
/* To the finished file: near white that is connected with the border becomes 255,255,255, the product's box is found (with what shadow the
 * model painted), scaled and centred, and encoded. ERR_ANSWER, ERR_NO_PRODUCT (nothing but white), ERR_TOO_LARGE, ERR_NOMEM,
 * and what picture_encode() fails with. */
int edited_finish(const struct bytes *, const struct edited_frame *, struct bytes **out, struct edited_facts *, struct err *);

#endif
