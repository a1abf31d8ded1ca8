/*
 * model_table.h - one entry of the models table, from JSON. Internal to model.c.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_MODEL_TABLE_H
#define PACKSHOT_STAGES_MODEL_TABLE_H

#include "stages/model.h"

#include <cjson/cJSON.h>

#define MODELS_MAX 96

extern const char *const dialect_names[DIALECTS];

/* Fills the zeroed *m. ERR_CONFIG names the entry and the field that is missing, wrong, or not known (with the nearest one that is);
 * ERR_NOMEM. Release it in every case. */
int model_read(const cJSON *entry, struct model *m, struct err *e);
void model_release(struct model *m); /* frees its strings and zeroes it */

#endif
