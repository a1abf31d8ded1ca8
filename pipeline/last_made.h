/*
 * last_made.h - how a picture was made last, and what it was made from: by this a later run recognises that nothing has changed.
 *
 * Threads: no state; whoever holds the struct.
 */
#ifndef PACKSHOT_PIPELINE_LAST_MADE_H
#define PACKSHOT_PIPELINE_LAST_MADE_H

#include "pipeline/digest.h"
#include "pipeline/file.h"
#include "pipeline/item.h"

struct last_made {
	int64_t run, seq; /* of the row that says how it went */
	const char *sku;
	int position, pictures; /* which of how many of its product's */
	struct fingerprint fingerprint;
	const char *place;    /* of the photo: URL or absolute path */
	struct digest source; /* SHA-256 of the photo */
	bool source_is_file;  /* else its server has to be asked */
	struct file_stamp source_stamp;
	struct digest source_key;         /* of one on a server, like the next: under which it is in the cache */
	const char *etag, *last_modified; /* as it said them; NULL: it did not */
	const char *output;               /* path within the workspace */
	struct file_stamp output_stamp;
	enum item_status status; /* of that row */
	const char *reasons;     /* of a review; NULL: none */
	int stages;              /* results that stand with it */
	int64_t worth_nano, grp; /* what making them had cost; the group it is counted in */
	int64_t json_line;       /* where its line of results.jsonl is; 0: not known */
	struct last_made *next;  /* of the same line; not copied */
};

/* A copy of it and its texts, of which any may be NULL. NULL: no memory. last_made_free() frees all at once. */
struct last_made *last_made_copy(const struct last_made *);
void last_made_free(struct last_made *);     /* NULL is fine */
void last_made_free_all(struct last_made *); /* with those behind it */

/* Was it made under that fingerprint? The folder of one that is not read may be named though its line names no relative picture. */
bool last_made_matches(const struct last_made *, const struct fingerprint *);

/* Is the photo's file, as far as stat() tells, the one it was made from? False of a photo that is no file. */
bool last_made_source_holds(const struct last_made *);
/* Is the picture where it was left, as it was left? `workspace`: its folder, open. */
bool last_made_output_holds(const struct last_made *, int workspace);

#endif
