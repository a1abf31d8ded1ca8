/*
 * store_night.h - what the ledger says of several runs that belong together, such as a night's.
 *
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_NIGHT_H
#define PACKSHOT_PIPELINE_STORE_NIGHT_H

#include "pipeline/store.h"

/* Each picture (by its number in the manifest, in that order, once) for which runs `first` to `last` have made a call that cost something or
 * may have: has_bought says that a good answer was paid for, and not only a useless or a lost one. row() returns 0 to go on; anything else ends it and is
 * returned. -1: ERR_STORE. */
int store_each_paid(struct store_reader *, int64_t first, int64_t last, int (*row)(void *ctx, int64_t seq, bool has_bought), void *ctx,
		    struct err *);

#endif
