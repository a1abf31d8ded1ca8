/*
 * inspect.h - the stage that opens the finished file again and checks what was really delivered.
 *
 * In: STAGE_RESIZE's bytes and facts, STAGE_REMOVE_BACKGROUND's facts {"method","confidence","reasons"}. Out: facts only:
 * {"verdict","confidence","method","reasons":[...],
 *  "checks":{"background_white","border_white","fill","centred","upscaled","method"}}
 * verdict: "rejected" when the file is not what was asked for, "review" when anything is in doubt (a reason says what), else
 * "succeeded". The reasons of the cutout stand first, then the ones found here (INSPECT_REASONS).
 * White is 255,255,255 exactly; in AVIF, whose blocks are large, from 254 on.
 * Fails the item with ERR_PICTURE where the finished file cannot be read, ERR_NOMEM.
 */
#ifndef PACKSHOT_STAGES_INSPECT_H
#define PACKSHOT_STAGES_INSPECT_H

#include "pipeline/stage.h"
#include "stages/picture.h"

/* Names are promises: they stand in results and reports. The first five reject, the others ask for a person. */
#define INSPECT_REASONS(X)                                                                   \
	X(INSPECT_WRONG_FORMAT, "wrong_format")                                              \
	X(INSPECT_WRONG_SIZE, "wrong_size")                                                  \
	X(INSPECT_NOT_OPAQUE, "not_opaque")             /* an alpha channel */               \
	X(INSPECT_BORDER, "border_not_white")           /* or the product touches the frame */ \
	X(INSPECT_EMPTY, "empty_picture")                                                    \
	X(INSPECT_OFF_WHITE, "off_white")               /* background pixels not 255,255,255 */ \
	X(INSPECT_LOW_FILL, "low_fill")                 /* the product is smaller than asked for */ \
	X(INSPECT_OFF_CENTRE, "off_centre")                                                  \
	X(INSPECT_UPSCALED, "upscaled")                 /* the source has too few pixels */

enum inspect_reason {
#define X(id, name) id,
	INSPECT_REASONS(X)
#undef X
	INSPECT_REASON_COUNT
};

struct inspect_config {
	int width, height;
	double fill;
	enum picture_format format;
	struct picture_limits limits;
};

extern const struct stage stage_inspect;

#endif
