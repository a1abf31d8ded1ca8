/*
 * store_prune.h - what of a database nobody needs any more: rows of old runs, and results that no run kept uses. The ledger of paid calls
 * stays for ever.
 *
 * Threads: the store's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_PRUNE_H
#define PACKSHOT_PIPELINE_STORE_PRUNE_H

#include "pipeline/store.h"

struct pruned {
	int64_t items, results; /* rows */
};

/* Removes items and stage rows of runs that began before since_us, and cache entries that no run left uses. Kept are the last seven
 * catalogues that were worked through and the last one of each of fifty manifests, what pictures of a run kept stand on (last_made), and all
 * of a run whose sums are not kept yet: store_sums_keep() comes first. In one transaction. ERR_STORE. */
int store_prune(struct store *, int64_t since_us, struct pruned *, struct err *);

/* Every blob that the cache points to. ERR_STORE; or what row() returned where that is not 0. */
int store_each_blob(struct store_reader *, int (*row)(void *ctx, const struct digest *), void *ctx, struct err *);

#endif
