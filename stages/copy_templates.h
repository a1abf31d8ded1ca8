/*
 * copy_templates.h - the languages that copy can be written in: every file of schemas/copy/, embedded.
 *
 * A further language is a file there and a line in copy_templates.c.
 * Threads: constant once open.
 */
#ifndef PACKSHOT_STAGES_COPY_TEMPLATES_H
#define PACKSHOT_STAGES_COPY_TEMPLATES_H

#include "stages/copy_template.h"

struct copy_templates;
int copy_templates_open(struct copy_templates **out, struct err *); /* ERR_CONFIG, ERR_NOMEM */
void copy_templates_close(struct copy_templates *);		    /* NULL is fine */

/* By language tag, ASCII case aside. NULL: none; with e (may be NULL) ERR_CONFIG, naming those that there are. */
const struct copy_template *copy_templates_find(const struct copy_templates *, const char *locale, struct err *e);

#endif
