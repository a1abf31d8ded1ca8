/*
 * store_nearest.h - which product did somebody mean by a SKU that is not known? For "did you mean" in messages.
 *
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_NEAREST_H
#define PACKSHOT_PIPELINE_STORE_NEAREST_H

#include "pipeline/store.h"

/* The SKUs nearest to this one (nearest.h), the nearest first, and then those that begin so, capital or small; at most `max`, malloc()ed,
 * their number in *count also on failure. Looks at a few hundred rows beside it in the index; unless one is a single slip away, at half a million
 * for others with a slip or two, anywhere in the word: that takes a fraction of a second. -1: ERR_STORE, ERR_NOMEM. */
int store_nearest_skus(struct store_reader *, const char *sku, char **out, size_t max, size_t *count, struct err *);

#endif
