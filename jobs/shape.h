/*
 * shape.h - a digest over all that shapes pictures and copy beside the catalogue itself: this program, and what it was asked.
 *
 * Wider than it need be: the linker's build id stands for code, prompts, templates and prices, and every setting under "the picture",
 * "copy" and "models" counts. Where it differs, pictures go along the road, and find in the cache what still holds.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_SHAPE_H
#define PACKSHOT_JOBS_SHAPE_H

#include "jobs/machine.h"

/* False: there is none, and no picture may be recognised by it: the program was linked without a build id; other photos go along with
 * a picture (--reference-images), which this does not look at; no memory. */
bool shape_of(const struct machine *, const struct settings *, struct digest *out);

#endif
