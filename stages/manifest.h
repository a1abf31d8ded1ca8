/*
 * manifest.h - a catalogue, read as a stream: JSON lines, a JSON array, or CSV with a header. The format is told by content: "["
 * first is a JSON array, "{" first JSON lines, anything else CSV. UTF-8, with or without a byte order mark; CSV also GB18030.
 *
 * A bad line, element or row is a bad record, with its line and the reason; reading goes on behind it. An object of JSON lines may
 * span lines when "{" stands alone on its first and "}" begins its last. Repeated SKUs are not looked for here.
 *
 * CSV: the delimiter is what the header has most of, of comma, semicolon and tab. Columns, by any of these names in any case:
 *   sku | product_id | id, title | name, group | item_group_id, priority, locales (several: by comma, semicolon, bar or space),
 *   category | product_category | product_type | google_product_category, brand | vendor, audience, price, currency;
 *   one picture: image_url, image, image_link, Image Src, Product image URL, main_image_url;
 *   several: images, additional_image_link, additional_image_links - parted by "|", line ends and commas; a comma counts where
 *   white space or another URL follows, or where the cell holds no URL at all, as URLs may contain commas themselves.
 * All other columns become attributes. An empty cell is an absent field; rows may be short, but not longer than the header.
 *
 * Memory is bounded by one record (MANIFEST_RECORD_MAX), whatever the size of the file.
 * Threads: one at a time.
 */
#ifndef PACKSHOT_STAGES_MANIFEST_H
#define PACKSHOT_STAGES_MANIFEST_H

#include "pipeline/digest.h"
#include "pipeline/err.h"
#include "stages/product.h"

#include <stdint.h>

#define MANIFEST_RECORD_MAX (1 << 20) /* bytes of one line or record */
#define MANIFEST_IMAGES_MAX PRODUCT_IMAGES_MAX

struct manifest;

/* What one record is: a product with its pictures, or err.code ERR_LINE and as much as could be made out. Pictures are URLs as
 * written, whatever their scheme (two characters or more before a colon), or absolute paths: relative ones are resolved against the
 * manifest's folder. */
struct record {
	int64_t line; /* where the record begins, from 1 */
	struct product *product;
	char **images;
	size_t image_count;
	struct digest text; /* of the line as it is written; where there are no lines, of the product's json */
	bool relative;      /* a picture was resolved against the folder */
	char *sku; /* of a bad record, where it could be made out; else NULL */
	struct err err;
};
void record_release(struct record *);

/* path "-" is standard input (relative pictures are then relative to the working folder). ERR_MANIFEST, ERR_INTERRUPTED. */
int manifest_open(struct manifest **out, const char *path, struct err *);

/* 1: *out is the next record, good or bad, for record_release(); 0: the end; -1: ERR_INTERRUPTED (a signal came while it was waited for more), ERR_MANIFEST (unreadable from here on, an array
 * that is not closed for one), ERR_NOMEM. */
int manifest_next(struct manifest *, struct record *out, struct err *);

/* A line as it is written, unread; lies in the manifest until the next call. */
struct manifest_line {
	int64_t line;
	const char *text; /* without white space around it */
	size_t size;
	struct digest digest;
};
/* What manifest_next() would read. 1: *out, and manifest_skip() goes on behind it; 0: the end, or it can only be read; -1 as manifest_next(). */
int manifest_peek(struct manifest *, struct manifest_line *out, struct err *);
void manifest_skip(struct manifest *);

/* Absolute; borrowed. What relative pictures are relative to. */
const char *manifest_folder(const struct manifest *);
/* The product of such a line, whose manifest lies in that folder. NULL: no memory, or it is no product. Any thread. */
struct product *manifest_product(const char *folder, const char *text, size_t size);

/* A line that was read before and stored (product.h's json), as if it stood in a manifest in that folder. `text` is not filled in: how it was
 * written is not known any more. */
void manifest_again(const char *folder, const char *json, struct record *out);

/* The folder of the manifest at that path; the caller's. NULL: ERR_MANIFEST, ERR_NOMEM. */
char *manifest_folder_of(const char *path, struct err *);

/* Is what has been read used up, so that the next record may have to be waited for (a pipe)? */
bool manifest_is_drained(const struct manifest *);

/* How far the file has been read, 0..1; negative where that is not known (a pipe). */
double manifest_progress(const struct manifest *);
const char *manifest_format(const struct manifest *); /* "jsonl", "json", "csv" */
void manifest_close(struct manifest *); /* NULL is fine */

#endif
