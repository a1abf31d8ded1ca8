/*
 * blobs.h - content-addressed files: DIR/ab/cdef... named by the SHA-256 of what is in them.
 *
 * A blob is written once, never changed, and checked against its name when it is read: a damaged
 * one is removed and reported as absent, so the work that made it is simply done again.
 *
 * Threads: all functions from any thread; two writers of the same blob are harmless.
 */
#ifndef PACKSHOT_PIPELINE_BLOBS_H
#define PACKSHOT_PIPELINE_BLOBS_H

#include "pipeline/bytes.h"
#include "pipeline/digest.h"
#include "pipeline/err.h"

struct blobs;

/* dir and tmp_dir (same file system) are made where missing. */
int blobs_open(struct blobs **out, const char *dir, const char *tmp_dir, struct err *);
void blobs_close(struct blobs *); /* NULL is fine */

/* Stores content whose digest the caller has worked out; on disk and synced when it returns 0. Present already: no write. */
int blobs_put(struct blobs *, const struct digest *, const struct bytes *, struct err *);

/* 1: *out holds the content (a reference of the caller's); 0: absent or damaged; -1: ERR_IO, ERR_NOMEM. */
int blobs_get(struct blobs *, const struct digest *, int64_t size, struct bytes **out, struct err *);

/* Is it there with this size? Looks at the directory entry only. */
bool blobs_has(struct blobs *, const struct digest *, int64_t size);

/* Removes every blob that is_used() does not want. Nobody may write meanwhile. ERR_IO, ERR_NOMEM; what was removed stands in *count and
 * *bytes in every case. */
int blobs_sweep(struct blobs *, bool (*is_used)(void *ctx, const struct digest *), void *ctx, int64_t *count, int64_t *bytes,
		struct err *);

#endif
