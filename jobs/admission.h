/*
 * admission.h - a catalogue's records become items on the road: one item a picture; bad lines and repeated SKUs become failures, and
 * pictures of which nothing has changed are recorded at once.
 *
 * Threads: the main thread.
 */
#ifndef PACKSHOT_JOBS_ADMISSION_H
#define PACKSHOT_JOBS_ADMISSION_H

#include "pipeline/engine.h"
#include "pipeline/store_seen.h"
#include "pipeline/store_standing.h"
#include "stages/manifest.h"

struct admission {
	struct engine *engine;     /* borrowed, like the next three */
	struct recorder *recorder;
	struct unchanged *unchanged; /* NULL: every item goes on the road */
	const struct digest *shape;  /* shape.h; NULL: no item is recognised by a later run */
	const char *folder;          /* of the manifest */
	int64_t run;
	struct seen *seen;
	int64_t admitted; /* items so far, bad lines included */

	/* Waits for room on the road, as long as need be; false: the run is ending, the rest is only recorded as skipped,
	 * and why says what ends it: ERR_STOPPED or ERR_INTERRUPTED. */
	bool (*wait)(void *ctx, struct err *why);
	void *ctx;
};

/* What is borrowed, run, wait and ctx are set by the caller. ERR_STORE, ERR_NOMEM. */
int admission_open(struct admission *, struct err *);
void admission_close(struct admission *); /* also of a zeroed one */

/* A line of the manifest, unread. 1: it is as it was when its pictures were made, and they stand, or their servers are asked: it need not be
 * read. 0: it is to be read and taken; -1 as below. Only with `unchanged`. */
int admission_recognise(struct admission *, const struct manifest_line *, struct err *);

/* One record of the manifest, borrowed. -1: the run must end, see engine_failed(); or err. */
int admission_take(struct admission *, const struct record *, struct err *);

/* One picture of an earlier run's, in its old place; the record is its product's, as read last, from a line of that digest (NULL: not
 * known). -1 as above. */
int admission_again(struct admission *, const struct standing_row *, const struct record *, const struct digest *text, struct err *);

#endif
