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
	char *source_facts; /* of one on a server: what fetch knows of it. malloc()ed, like output and reasons; NULL: nothing */
	char *output;       /* path within the workspace */
	struct file_stamp output_stamp;
	int64_t run, seq;        /* of the row that says how it went; read only: a new one is of the run that writes it */
	enum item_status status; /* of that row */
	char *reasons;           /* of a review; NULL: none */
	int stages;              /* results that stand with it */
	int64_t worth_nano, grp; /* what making them had cost; the group it is counted in. Read only too */
};

/* Is the photo's file, as far as stat() tells, the one it was made from? False of a photo that is no file. */
bool last_made_source_holds(const struct last_made *, const char *source);
/* Is the picture where it was left, as it was left? `workspace`: its folder, open. */
bool last_made_output_holds(const struct last_made *, int workspace);
void last_made_free(struct last_made *); /* NULL is fine */

#endif
