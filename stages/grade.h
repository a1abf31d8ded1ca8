/*
 * grade.h - a mild correction of a picture's colours, in a few numbers: worked out by enhance, applied by resize.
 *
 * Threads: pure functions, any thread.
 */
#ifndef PACKSHOT_STAGES_GRADE_H
#define PACKSHOT_STAGES_GRADE_H

#include "stages/picture.h"

/* In this order: each channel times its gain; black..white stretched to 0..255; contrast, an S curve through both ends and
 * the middle. */
struct grade {
	double gain[3];
	double black, white; /* 0..255 */
	double contrast;     /* 0..1 */
	double drift;        /* mean CIEDE2000 between the product before and after; says what happened, does nothing */
};

#define GRADE_NONE ((struct grade){ { 1, 1, 1 }, 0, 255, 0, 0 })

/* The same grade with only so much (0..1) of its effect. */
struct grade grade_weaken(const struct grade *, double strength);

/* Both are exact to four decimals, so what is applied is what is written. */
char *grade_to_json(const struct grade *); /* malloc()ed; NULL: no memory */
/* From enhance's facts. NULL or something else than a grade: GRADE_NONE and false. Values are brought into their bounds. */
bool grade_from_json(const char *facts, struct grade *out);

/* One table of 256 values a channel. */
struct grade_tables {
	unsigned char value[3][256];
};
void grade_tables(const struct grade *, struct grade_tables *out);
void grade_apply(const struct grade *, struct raster *rgb); /* 3 bands, in place */

#endif
