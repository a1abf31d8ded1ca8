/*
 * copy_writer.h - copy by a text model: what it is asked for, and whether what it wrote may be said.
 *
 * The model is given the product's fields as JSON and a schema for its answer. What it answers is checked by rules, not
 * by trust: lengths, plain text, the script of each language; every number, material, known brand and name must be
 * found in the fields; words that a market forbids are refused (wording.h).
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_COPY_WRITER_H
#define PACKSHOT_STAGES_COPY_WRITER_H

#include "stages/copy.h"
#include "stages/copy_fields.h"
#include "stages/faults.h"

/* One product's copy: what is said of it, and in which languages. Borrowed. */
struct copy_order {
	const struct copy_config *cfg;
	const struct copy_fields *fields;
	const struct copy_template *const *languages;
	size_t language_count;
	struct bytes *picture; /* NULL: none goes along */
	enum picture_format picture_format;
};

/* What the product's fields say, as JSON text; malloc()ed, NULL: no memory. */
char *copy_writer_facts(const struct copy_fields *);

/* The instruction without the fields: part of cache keys. malloc()ed; NULL with err. */
char *copy_writer_prompt(const struct copy_order *, struct err *);

/* Fills in the call. `faults` (may be NULL): what was wrong with the last answer. ERR_NOMEM, ERR_UNSUPPORTED. */
int copy_writer_ask(const struct copy_order *, const char *faults, struct call *, struct err *);

/* The model's text: the copy by language (the caller's), as the facts of stage copy have it; faults are counted, not
 * repaired. NULL where it is not JSON of that shape (a fault too), or without memory (err). */
cJSON *copy_writer_read(const struct copy_order *, const char *text, struct faults *, struct err *);

#endif
