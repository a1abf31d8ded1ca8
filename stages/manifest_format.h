/*
 * manifest_format.h - between manifest.c and its formats: one file a format, one window onto the file for all of them.
 *
 * A new format is one file manifest_NAME.c with a `const struct manifest_format`, and its rule in manifest.c's tell_format().
 *
 * Threads: none of its own.
 */
#ifndef PACKSHOT_STAGES_MANIFEST_FORMAT_H
#define PACKSHOT_STAGES_MANIFEST_FORMAT_H

#include "pipeline/err.h"
#include "stages/manifest.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A window onto the file: data[start..end) has been read and not yet been consumed. It grows with the greatest record so far, to
 * twice MANIFEST_RECORD_MAX at most. Whoever opened the file frees data. */
struct manifest_input {
	int fd;
	const char *path; /* for messages; borrowed */
	char *data;
	size_t start, end, capacity;
	bool ended;       /* the file has no more */
	int64_t read;     /* bytes of the file so far */
};

/* Reads on: 1 there is more, 0 the end, -1 ERR_MANIFEST, ERR_NOMEM, ERR_INTERRUPTED (by a signal). What is unread may move inside data. */
int manifest_input_more(struct manifest_input *, struct err *);

/* Length of the line that begins `from` bytes after start, its end (one character of `ends`) included; the last line may lack one.
 * 0 at the end of the file. More than MANIFEST_RECORD_MAX - from: the record does not fit; the line may go on. -1: as manifest_input_more(). */
ptrdiff_t manifest_input_line(struct manifest_input *, size_t from, const char *ends, struct err *);

/* Consumes up to and including the next '\n', however far that is. 0, or -1 as manifest_input_more(). */
int manifest_input_skip_line(struct manifest_input *, struct err *);

/* What a format makes of one record. */
struct manifest_entry {
	int64_t line;    /* where it begins, from 1 */
	cJSON *object;   /* NULL: it is bad, and why stands in err */
	char *sku;       /* of a bad one, where the text shows it; else NULL */
	bool has_text;
	struct digest text; /* of the line, where the format has lines */
	struct err err;
};

struct manifest_format {
	const char *name;
	/* The state. The input stands on the first character that is not white space, for CSV on the beginning of its line; `line`
	 * is that line's number. NULL: ERR_MANIFEST, ERR_NOMEM. */
	void *(*open)(struct manifest_input *, int64_t line, struct err *);
	/* As manifest_next(): 1, 0, -1. *out is zeroed before. */
	int (*next)(void *state, struct manifest_entry *out, struct err *);
	/* As manifest_peek() and manifest_skip(); NULL: records can only be read. */
	int (*peek)(void *state, struct manifest_line *out, struct err *);
	void (*skip)(void *state);
	void (*close)(void *state); /* NULL is fine */
};

extern const struct manifest_format manifest_jsonl, manifest_json, manifest_csv;

/* entry->object, or entry->err and ->sku, from the JSON text of one record that begins at (line, column). Returns 1, as next()
 * does, or -1 with ERR_NOMEM. */
int manifest_entry_parse(struct manifest_entry *, const char *text, size_t size, int64_t column, struct err *);

#endif
