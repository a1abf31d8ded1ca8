/*
 * preview.h - what the road would do with an item, as far as can be told without doing it: which results are there already.
 *
 * Reads the cache, and asks stages whether files are as they were. Calls nothing, writes nothing.
 * Threads: one at a time with its reader.
 */
#ifndef PACKSHOT_PIPELINE_PREVIEW_H
#define PACKSHOT_PIPELINE_PREVIEW_H

#include "pipeline/engine.h"

struct preview {
	unsigned missing; /* stages (1u << i) that would be worked on; what follows one may turn out to be there */
	bool asks;        /* an origin would be asked whether what is stored still holds; it is taken that it does */
};

/* reader NULL: there is no workspace yet. The item's results are filled in on the way. ERR_STORE, ERR_NOMEM. */
int preview_item(const struct road *, struct store_reader *, struct item *, struct preview *out, struct err *);

#endif
