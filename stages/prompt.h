/*
 * prompt.h - the instructions that models are given: the text files of schemas/prompts/, embedded. Plain text with {fields}; a
 * line whose field the product has not is left out. A first line "#version N" is for people and not sent. The finished text
 * is part of the cache key, so a changed prompt never serves an old result.
 *
 * Values come from the catalogue and are hostile: they are put on one line, cut at PROMPT_VALUE_MAX characters, and quoted, so
 * that "ignore all that and ..." stays the name of a product.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_PROMPT_H
#define PACKSHOT_STAGES_PROMPT_H

#include "pipeline/err.h"

#include <stdbool.h>

#define PROMPT_VALUE_MAX 200

struct prompt_field {
	const char *name, *value; /* value NULL or "": the product has none */
	bool ours;                /* a sentence of packshot's or of the shop's own settings: put as it stands */
};

/* The prompt called `name` ("edit", "remove", "enhance", "firmer", "copy", ...) with its fields (ended by name NULL) filled in.
 * malloc()ed; NULL with ERR_NOMEM, or ERR_CONFIG when there is no such prompt. */
char *prompt_fill(const char *name, const struct prompt_field *fields, struct err *);

#endif
