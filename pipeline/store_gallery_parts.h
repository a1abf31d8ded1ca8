/*
 * store_gallery_parts.h - what the files of the gallery share. Inside the store only.
 *
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_GALLERY_PARTS_H
#define PACKSHOT_PIPELINE_STORE_GALLERY_PARTS_H

#include "pipeline/store_db.h"
#include "pipeline/store_gallery.h"

/* An item to show, found but not read yet: a row of made_items. */
struct gallery_key {
	int64_t run, seq;
	double confidence; /* -1: none */
	bool unchanged;
};

struct gallery_keys {
	struct gallery_key *list;
	size_t count;
};

/* The first `most` items of this status, in order, each once. The caller frees keys->list in every case. -1: err. */
int gallery_find(sqlite3 *, const struct report_figures *, enum item_status, size_t most, struct gallery_keys *,
		 struct err *);

#endif
