/*
 * build_id.h - which program this is: the linker's build id, a digest over its code and the data embedded in it.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_BUILD_ID_H
#define PACKSHOT_PIPELINE_BUILD_ID_H

#include "pipeline/digest.h"

/* False: it was linked without one. */
bool build_id(struct digest *out);

#endif
