/*
 * model.h - the models table: schemas/models.json, embedded. A model is data; a dialect is code that speaks to it.
 *
 * Every entry has id, kind, dialect, about, status, prices by modality (for a million tokens), and the source and date of its
 * figures. The order of the file is kept: the first of a kind is its default.
 *
 * Threads: constant after models_open().
 */
#ifndef PACKSHOT_STAGES_MODEL_H
#define PACKSHOT_STAGES_MODEL_H

#include "pipeline/err.h"

#include <stddef.h>

enum model_kind { MODEL_IMAGE, MODEL_TEXT };
enum dialect { DIALECT_LOCAL, DIALECT_TEMPLATE };

struct model {
	char *id;
	enum model_kind kind;
	enum dialect dialect;
	char *method; /* DIALECT_LOCAL: "auto" (neural where it is installed, else classical), "neural", "classical"; else NULL */
	char *about;  /* one line for people */
};

struct models;
/* The embedded table. ERR_CONFIG, ERR_NOMEM. */
int models_open(struct models **out, struct err *);
/* A table in text: what models_open() does with the embedded one. ERR_CONFIG names the entry that is wrong, and its field. */
int models_parse(struct models **out, const char *json, struct err *);
/* NULL and ERR_CONFIG, naming the nearest id (or all, where none is near), where there is none of that kind. */
const struct model *models_find(const struct models *, enum model_kind, const char *id, struct err *);
size_t models_count(const struct models *);
const struct model *models_at(const struct models *, size_t index);
void models_close(struct models *); /* NULL is fine */

#endif
