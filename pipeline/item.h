/*
 * item.h - one picture of one product on its road through the stages.
 *
 * An item carries, per stage, the stage's result: a blob (bytes, named by their SHA-256), facts (a
 * JSON object in text), or both. The machinery stores and restores results without looking inside.
 *
 * Ownership: an item owns everything it points to, except `config`-like borrowed pointers that say so.
 * Threads: exactly one thread holds an item at a time; queues hand it on. No locks.
 */
#ifndef PACKSHOT_PIPELINE_ITEM_H
#define PACKSHOT_PIPELINE_ITEM_H

#include "pipeline/bytes.h"
#include "pipeline/digest.h"
#include "pipeline/err.h"

#include <stdbool.h>
#include <stdint.h>

#define STAGES_MAX 8

struct last_made; /* last_made.h */

/* All that shapes the pictures of a line but the photos. */
struct fingerprint {
	struct digest shape; /* the program and its settings */
	struct digest text;  /* the line as it is written */
	const char *folder;  /* what its relative pictures are relative to; NULL: it names none. Borrowed */
};

enum item_status { ITEM_SUCCEEDED, ITEM_FAILED, ITEM_REJECTED, ITEM_REVIEW, ITEM_SKIPPED, ITEM_STATUSES };

const char *item_status_name(enum item_status s); /* "succeeded", ... */

/* Where a stage's result came from. */
enum origin {
	ORIGIN_NONE,  /* the stage was not reached */
	ORIGIN_MADE,  /* worked out in this run */
	ORIGIN_CACHE, /* taken from the cache */
	ORIGIN_FAILED
};

struct result {
	enum origin origin;
	bool has_key, has_blob;
	struct digest key;
	struct digest blob;
	int64_t blob_size;
	struct bytes *bytes; /* the blob's content while it is in memory; else NULL */
	char *path;          /* the content lies in this file of the user's, not among our blobs; else NULL */
	char *facts;         /* JSON object, or NULL */
	bool fleeting;       /* made for want of something better that may be had another time: not kept for later runs */
	int64_t started_us;  /* wall clock, microseconds since 1970 */
	int64_t took_us;     /* from the stage's begin to its end, waiting for calls included */
	int64_t cost_nano;   /* what its calls came to in this run, nano-dollars; 0 of what was taken from the cache */
};

struct item {
	int64_t seq;  /* 1, 2, ... in manifest order, over the whole run */
	int64_t line; /* of the manifest; 0: not from a line */
	char *sku;
	int position; /* of the picture in the product, from 1 */
	char *source; /* URL or absolute path */

	/* The product, shared by the product's items. Opaque here; stages/product.h knows it. */
	struct product *product;
	void (*product_free)(struct product *);

	/* Decoded picture shared by neighbouring stages, opaque here; stages/picture.h knows it. */
	struct picture *picture;
	void (*picture_free)(struct picture *);

	/* What a stage that makes several calls remembers between them; opaque here. The machinery frees it when the stage ends. */
	void *work;
	void (*work_free)(void *);

	struct result results[STAGES_MAX];
	int stage;           /* index of the stage it is at */
	struct result stale; /* what an earlier run had, while a stage with fresh() is at work; else ORIGIN_NONE */
	int calls;           /* requests made for it in this run, tries included */
	int64_t cost_nano;   /* what they came to, nano-dollars; answers that were lost count as reserved */

	bool has_fingerprint; /* else no later run may recognise it */
	struct fingerprint fingerprint;
	int pictures;          /* that its line names */
	struct last_made *was; /* how it was made last under the same fingerprint, or NULL */

	enum item_status status; /* meaningful once the road has ended */
	struct err err;          /* why it failed */
	int err_stage;           /* the stage that failed; -1: before the first */

	struct item *next; /* link of whichever queue holds it */
};

/* An item with copies of the strings; product may be NULL, is taken over, and is given to product_free. NULL: no memory
 * (the product then stays the caller's). */
struct item *item_create(int64_t seq, int64_t line, const char *sku, int position, const char *source,
			 struct product *product, void (*product_free)(struct product *));
void item_free(struct item *it); /* NULL is fine */

/* Frees the decoded picture, if any. */
void item_drop_picture(struct item *it);
/* Frees what a stage remembered between its calls, if anything. */
void item_drop_work(struct item *it);

/* Releases what a result holds and zeroes it. */
void result_release(struct result *r);
/* Copies src over dst (released first): strings are copied, bytes are shared. -1: no memory. */
int result_copy(struct result *dst, const struct result *src);

#endif
