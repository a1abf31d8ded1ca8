/*
 * manifest.h - a catalogue, read as a stream: JSON lines, a JSON array, or CSV with a header. The format is told by content.
 *
 * Memory is bounded by one record (MANIFEST_RECORD_MAX), whatever the size of the file.
 * Threads: one at a time.
 */
#ifndef PACKSHOT_STAGES_MANIFEST_H
#define PACKSHOT_STAGES_MANIFEST_H

#include "pipeline/err.h"
#include "stages/product.h"

#include <stdint.h>

#define MANIFEST_RECORD_MAX (1 << 20) /* bytes of one line or record */
#define MANIFEST_IMAGES_MAX 100       /* pictures of one product */

struct manifest;

/* What one record is: a product with its pictures (URLs as written, or absolute paths: relative ones are resolved
 * against the manifest's folder), or err.code ERR_LINE and as much as could be made out. */
struct record {
	int64_t line; /* where the record begins, from 1 */
	struct product *product;
	char **images;
	size_t image_count;
	char *sku; /* of a bad record, where it could be made out; else NULL */
	struct err err;
};
void record_release(struct record *);

/* path "-" is standard input (relative pictures are then relative to the working folder). ERR_MANIFEST. */
int manifest_open(struct manifest **out, const char *path, struct err *);

/* 1: *out is the next record, good or bad; 0: the end; -1: ERR_MANIFEST (unreadable from here on), ERR_NOMEM. */
int manifest_next(struct manifest *, struct record *out, struct err *);

/* How far the file has been read, 0..1; negative where that is not known (a pipe). */
double manifest_progress(const struct manifest *);
const char *manifest_format(const struct manifest *); /* "jsonl", "json", "csv" */
void manifest_close(struct manifest *); /* NULL is fine */

#endif
