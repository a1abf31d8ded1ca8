/*
 * reply_scan.h - a large JSON reply read without a tree: a model's answer is a megabyte of base64 in a little JSON.
 *
 * The text is walked once, strictly enough that a truncated or malformed one is noticed; long strings are not copied but handed out as
 * spans of the reply, the rest is small and becomes a cJSON tree: every string value longer than SCAN_SPAN_MIN is taken out of the
 * text, and its place in the tree holds the text "@N", N being the span's index.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_REPLY_SCAN_H
#define PACKSHOT_STAGES_REPLY_SCAN_H

#include "pipeline/bytes.h"
#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define SCAN_SPAN_MIN 4096
#define SCAN_SPANS_MAX 64            /* long strings in one reply; more is not a model's answer */
#define SCAN_TREE_MAX (512 * 1024)   /* bytes of what is not in them */

struct span {
	const char *text; /* within the reply, without its quotes; escapes as they stand */
	size_t size;
};

struct reply_scan {
	cJSON *root;
	struct span spans[SCAN_SPANS_MAX];
	int span_count;
};

/* ERR_ANSWER: not JSON, cut off, or beyond the bounds; ERR_NOMEM. Spans point into text. Release in every case. */
int reply_scan(struct reply_scan *, const char *text, size_t size, struct err *);
void reply_scan_release(struct reply_scan *);

/* A string node's text: the span it stands for, or its own. NULL and size 0 for what is no string. */
struct span scan_text(const struct reply_scan *, const cJSON *node);

/* A string node's text as it is meant, escapes resolved. malloc()ed; NULL where it is no string, or without memory. */
char *scan_copy(const struct reply_scan *, const cJSON *node);

/* Base64 (RFC 4648, standard alphabet; "\/" as JSON may write it, and line ends inside are allowed) to bytes. NULL: ERR_ANSWER where it is
 * not base64, ERR_NOMEM. */
struct bytes *scan_base64(struct span, struct err *);

/* The picture behind a data URI ("data:image/png;base64,...") anywhere in a text; NULL where there is none. */
struct bytes *scan_data_uri(struct span, struct err *);

#endif
