/*
 * resize.h - the stage that makes the finished file: one decode, one scale, one encode.
 *
 * In: the source, STAGE_REMOVE_BACKGROUND's matte, STAGE_ENHANCE's grade. Out: the encoded picture, and facts:
 * {"format","width","height","quality","box":[l,t,w,h],"painted":[l,t,w,h],"fill","upscaled","shadow"}
 * box is the product's, painted everything's that is not white (shadow and soft edges too), upscaled how many pixels were made out
 * of one (1 where none were). The item's decoded picture is dropped: nobody behind needs it.
 * Fails the item with what picture_decode() and picture_encode() fail with, ERR_NO_PRODUCT, ERR_PICTURE (matte), ERR_NOMEM.
 */
#ifndef PACKSHOT_STAGES_RESIZE_H
#define PACKSHOT_STAGES_RESIZE_H

#include "pipeline/stage.h"
#include "stages/picture.h"
#include "stages/shadow.h"

struct resize_config {
	int width, height;
	double fill; /* share of the frame that the product's box takes, in the direction where it is larger: 0..1 */
	enum shadow shadow;
	struct encoding encoding;
	struct picture_limits limits;
	int max_side; /* as for source_picture(); a product that would lack pixels is decoded again with more */
};

extern const struct stage stage_resize;

#endif
