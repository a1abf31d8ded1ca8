/*
 * copy_view.h - a product's fields as one language says them, and the parts of its copy.
 *
 * Threads: one view, one thread.
 */
#ifndef PACKSHOT_STAGES_COPY_VIEW_H
#define PACKSHOT_STAGES_COPY_VIEW_H

#include "stages/copy_fields.h"
#include "stages/copy_template.h"

struct copy_view {
	const struct copy_template *t;
	const struct copy_fields *f;
	char *price, *attributes; /* NULL where there is none */
	char *heading;		  /* the title */
	bool has_maker;
	size_t order[COPY_ATTRIBUTES_MAX]; /* of the attributes, as this language says them */
	size_t next, next_word;		   /* the attribute that {label} and {value} mean, and {word} */
	bool named, named_word;		   /* the line at work has used them */
};

/* Borrows t and f. -1: no memory (nothing to close). */
int copy_view_open(struct copy_view *, const struct copy_template *t, const struct copy_fields *f);
void copy_view_close(struct copy_view *);

/* The parts; lengths in characters. The caller's; NULL: no memory. */
char *copy_description(struct copy_view *, size_t max);
char *copy_alt_text(struct copy_view *, size_t max);
cJSON *copy_bullets(struct copy_view *);
cJSON *copy_keywords(struct copy_view *);

#endif
