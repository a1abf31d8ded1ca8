/*
 * store_seen.h - which SKUs a manifest has had already. Lives in a private temporary database on disk, so
 * that ten million of them cost a few MiB of memory.
 *
 * Threads: one at a time.
 */
#ifndef PACKSHOT_PIPELINE_STORE_SEEN_H
#define PACKSHOT_PIPELINE_STORE_SEEN_H

#include "pipeline/err.h"

#include <stdint.h>

struct seen;
int seen_open(struct seen **out, struct err *);
/* 0: new, and remembered with its line; 1: known, *first is the line it came from; -1: ERR_STORE, ERR_NOMEM. */
int seen_add(struct seen *, const char *sku, int64_t line, int64_t *first, struct err *);
void seen_close(struct seen *); /* NULL is fine */

#endif
