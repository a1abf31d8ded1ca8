/*
 * report_gallery.h - the page's pictures before and after, with the story of each: those that need a look first.
 *
 * Threads: the main thread, between picture_library_open() and _close().
 */
#ifndef PACKSHOT_JOBS_REPORT_GALLERY_H
#define PACKSHOT_JOBS_REPORT_GALLERY_H

#include "pipeline/store_gallery.h"

#include <stdio.h>

#define GALLERY_LISTED         2000      /* pictures on the page */
#define GALLERY_EMBEDDED       200       /* of them, those that are part of it; the others are links */
#define GALLERY_EMBEDDED_BYTES (8 << 20) /* of the page, for them */
#define GALLERY_BYTES          (13 << 20) /* of the page, for all: where texts are long, fewer are listed */

/* Where the pictures are. */
struct gallery_place {
	const char *workspace;
	char *prefix; /* report_place.h */
};

/* The section of the page. A picture that is not to be had is a sentence. -1: ERR_STORE, ERR_NOMEM. */
int report_gallery(FILE *, struct store_reader *, const struct report_figures *, const struct gallery_place *, struct err *);

/* --- its parts --- */

/* What may still be embedded. */
struct gallery_room {
	size_t pictures, bytes;
};

/* The photo and the packshot side by side; takes from the room what it embeds. */
void gallery_pair(FILE *, const struct gallery_place *, const struct gallery_item *, struct gallery_room *);

/* What happened to it: stages, calls, checks, texts. */
void gallery_story(FILE *, const struct gallery_place *, const struct gallery_item *);

#endif
