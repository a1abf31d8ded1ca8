/*
 * unchanged.h - pictures of which nothing has changed since they were made: told by a fingerprint and two stat() calls, recorded in one short
 * row, without a step on the road.
 *
 * A picture stands when
 *   its fingerprint is that of the last time (last_made.h: program, settings, the product's line),
 *   its photo is: a file by its stamp, on the spot; one on a server once that was asked whether there is a newer one, and
 *   the delivered picture is where it was left, as it was left.
 * Whatever is not so goes along the road, where the cache has what still holds.
 *
 * Rows gather until the main thread gives them to the recorder: thousands, or those a quarter of a second old when it looks; all when it
 * rests.
 *
 * Threads: unchanged_look(), unchanged_line() and unchanged_rest() on the main thread, the others on any.
 */
#ifndef PACKSHOT_PIPELINE_UNCHANGED_H
#define PACKSHOT_PIPELINE_UNCHANGED_H

#include "pipeline/item.h"
#include "pipeline/recorder.h"

struct unchanged_config {
	const char *store_path, *out_dir; /* borrowed, like the recorder */
	int64_t run;
	struct recorder *recorder;
	/* The row is in the database. Runs on the recorder's thread; must not block. */
	void (*committed)(void *ctx, const struct unchanged_row *);
	void *ctx;
};

struct unchanged;
int unchanged_open(struct unchanged **out, const struct unchanged_config *, struct err *); /* ERR_STORE, ERR_IO, ERR_NOMEM */
void unchanged_close(struct unchanged *); /* once the recorder has written everything; NULL is fine */

/* A picture as this run's catalogue has it. */
struct sighting {
	int64_t seq, line;
	const char *sku, *source; /* borrowed */
	int position;
	const struct fingerprint *fingerprint; /* borrowed; NULL: it cannot be recognised, now or later */
	int pictures;          /* of its line */
	int64_t seen_us;       /* when it was met; monotonic */
	struct last_made *was; /* how it was made last under the same fingerprint, the caller's; NULL: it was not */
	bool to_ask;           /* that stands but for its photo, whose server has to be asked */
};

/* Looks up how it was made last: fills in `was` and `to_ask`. 1: it stands, on the word of this machine; 0: it is to be worked on, and may be
 * found to stand on the way; -1: err. */
int unchanged_look(struct unchanged *, struct sighting *, struct err *);

/* All pictures of a line, where each stands but for the word of its server, and they were made one after the other, next after those looked
 * up last: then nobody need read the line. 1: *out, the caller's, in order; 0: not so, or not known without a look at each; -1: err. */
int unchanged_line(struct unchanged *, const struct fingerprint *, int64_t now_us, struct last_made **out, struct err *);

/* One of them in this run's catalogue, but for its place there. Its texts and its fingerprint are those of `was`. */
struct sighting sighting_of(struct last_made *was);

/* The item of a picture, with what was seen of it, `was` and the product included, which are taken over. NULL: no memory; both are freed. */
struct item *sighting_item(const struct sighting *, struct product *, void (*product_free)(struct product *));

/* After fetch: do the photo and the delivered picture hold that item->was tells of? */
bool unchanged_holds(const struct unchanged *, const struct item *, const struct result *fetched);

/* Records that it stands as `was` says, which took so many requests to find out, and until now. Never blocks. -1: no memory. */
int unchanged_record(struct unchanged *, const struct sighting *, int requests);

/* For when the main thread is about to wait: gives what has gathered to the recorder, and looks at the database no longer. -1: it could not be
 * given, now or earlier: rows are missing. */
int unchanged_rest(struct unchanged *); /* NULL is fine */

#endif
