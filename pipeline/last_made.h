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
	struct digest signature; /* of all that shapes it but the photo: see item.h */
	struct digest source;    /* SHA-256 of the photo */
	bool source_is_file;     /* else its server has to be asked */
	struct file_stamp source_stamp;
	const char *etag, *last_modified; /* of one on a server, as it said them; NULL: it did not */
	const char *output;               /* path within the workspace */
	struct file_stamp output_stamp;
	int64_t run, seq;        /* of the row that says how it went; read only: a new one is of the run that writes it */
	enum item_status status; /* of that row */
	const char *reasons;     /* of a review; NULL: none */
	int stages;              /* results that stand with it */
	int64_t worth_nano, grp; /* what making them had cost; the group it is counted in. Read only too */
};

/* All zero but copies of the texts, of which any may be NULL. NULL: no memory. last_made_free() frees all at once. */
struct last_made *last_made_create(const char *output, const char *reasons, const char *etag, const char *last_modified);
void last_made_free(struct last_made *); /* NULL is fine */

/* Is the photo's file, as far as stat() tells, the one it was made from? False of a photo that is no file. */
bool last_made_source_holds(const struct last_made *, const char *source);
/* Is the picture where it was left, as it was left? `workspace`: its folder, open. */
bool last_made_output_holds(const struct last_made *, int workspace);

#endif
