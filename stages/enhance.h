/*
 * enhance.h - the stage that looks at the product's own pixels and works out how its colours may be bettered.
 *
 * In: the source, and STAGE_REMOVE_BACKGROUND's matte. Out: facts only, a grade (grade.h); resize applies it.
 * The backdrop has no say: a grey card behind a lit product says little of the product. The grade is mild, and weakened until
 * the product's mean colour drift (CIEDE2000) is within max_drift: a delivered picture that is no longer the product's colour
 * costs the shop a return.
 * Where remove_background's result is an edited picture ("kind":"edited") there is nothing left to grade: in --edit-mode separate the
 * model is asked for the enhancement and its picture is the result, else the facts say that it is done.
 * Fails the item with what picture_decode() fails with, ERR_PICTURE (matte), ERR_NOMEM.
 */
#ifndef PACKSHOT_STAGES_ENHANCE_H
#define PACKSHOT_STAGES_ENHANCE_H

#include "pipeline/stage.h"
#include "stages/edit.h"
#include "stages/grade.h"
#include "stages/picture.h"

struct enhance_config {
	struct picture_limits limits;
	int max_side;     /* as for source_picture() */
	double max_drift; /* mean CIEDE2000; 3 is visible side by side, hardly from memory */
	bool off;         /* the grade is GRADE_NONE */
	const struct edit_config *edit; /* borrowed; NULL, or the second call of --edit-mode separate */
};

extern const struct stage stage_enhance;

/* The grade for the pixels of rgb (3 bands) that are solid in matte (1 band, any size with the same ratio). ERR_NOMEM. */
int enhance_grade(const struct raster *rgb, const struct raster *matte, double max_drift, struct grade *out,
		  struct err *);

#endif
