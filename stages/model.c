#include "stages/model.h"

#include "pipeline/nearest.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODELS_MAX 64

/* schemas/models.json; a zero byte follows it. */
extern const char schemas_models_json[];

struct models {
	size_t count;
	struct model v[MODELS_MAX];
};

static const char *const kinds[] = { "image", "text", NULL };
static const char *const dialects[] = { "local", "template", NULL };
static const char *const methods[] = { "auto", "neural", "classical", NULL };
static const char *const modalities[] = { "text_in", "image_in", "text_out", "image_out", NULL };

static int wrong(const struct model *m, const char *field, struct err *e)
{
	return err_set(e, ERR_CONFIG, "models table: \"%s\" of \"%s\" is missing or wrong", field, m->id ? m->id : "?");
}

/* The text of a field, copied; NULL where it is absent or empty. */
static char *text(const cJSON *entry, const char *field)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, field));

	return value && *value ? strdup(value) : NULL;
}

/* Index of the field's value in a list of names, or -1. */
static int one_of(const cJSON *entry, const char *field, const char *const *names)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, field));

	for (int i = 0; value && names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return -1;
}

/* What a reader of the table relies on, used by this version or not. */
static int check_figures(const cJSON *entry, const struct model *m, struct err *e)
{
	static const char *const texts[] = { "status", "source", "as_of" };
	const cJSON *prices = cJSON_GetObjectItemCaseSensitive(entry, "prices");

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(entry, texts[i])))
			return wrong(m, texts[i], e);
	for (size_t i = 0; modalities[i]; i++) {
		const cJSON *price = cJSON_GetObjectItemCaseSensitive(prices, modalities[i]);

		if (!cJSON_IsNumber(price) || price->valuedouble < 0)
			return wrong(m, "prices", e);
	}
	return 0;
}

static int read_model(const cJSON *entry, struct model *m, struct err *e)
{
	int kind = one_of(entry, "kind", kinds), dialect = one_of(entry, "dialect", dialects);

	m->id = text(entry, "id");
	m->about = text(entry, "about");
	m->method = text(entry, "method");
	if (!m->id)
		return wrong(m, "id", e);
	if (!m->about)
		return wrong(m, "about", e);
	if (kind < 0)
		return wrong(m, "kind", e);
	if (dialect < 0)
		return wrong(m, "dialect", e);
	m->kind = (enum model_kind)kind;
	m->dialect = (enum dialect)dialect;
	if ((m->dialect == DIALECT_LOCAL) != (one_of(entry, "method", methods) >= 0))
		return wrong(m, "method", e);
	return check_figures(entry, m, e);
}

static const struct model *find(const struct models *ms, enum model_kind kind, const char *id)
{
	for (size_t i = 0; i < ms->count; i++)
		if (ms->v[i].kind == kind && strcmp(ms->v[i].id, id) == 0)
			return &ms->v[i];
	return NULL;
}

static int read_models(const cJSON *list, struct models *ms, struct err *e)
{
	const cJSON *entry;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) < 1 || cJSON_GetArraySize(list) > MODELS_MAX)
		return err_set(e, ERR_CONFIG, "models table: \"models\" must list 1 to %d models", MODELS_MAX);
	cJSON_ArrayForEach(entry, list)
	{
		struct model *m = &ms->v[ms->count];
		const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "id"));
		int kind = one_of(entry, "kind", kinds);

		if (id && kind >= 0 && find(ms, (enum model_kind)kind, id))
			return err_set(e, ERR_CONFIG, "models table: \"%s\" stands there twice", id);
		ms->count++;
		if (read_model(entry, m, e) != 0)
			return -1;
	}
	return 0;
}

int models_parse(struct models **out, const char *json, struct err *e)
{
	struct models *ms = calloc(1, sizeof(*ms));
	cJSON *table = ms ? cJSON_Parse(json) : NULL;

	*out = NULL;
	if (!ms)
		return err_set(e, ERR_NOMEM, "no memory for the models table");
	if (!table) {
		err_set(e, ERR_CONFIG, "models table: not JSON");
		goto fail;
	}
	if (read_models(cJSON_GetObjectItemCaseSensitive(table, "models"), ms, e) != 0)
		goto fail;
	cJSON_Delete(table);
	*out = ms;
	return 0;
fail:
	cJSON_Delete(table);
	models_close(ms);
	return -1;
}

int models_open(struct models **out, const char *path, struct err *e)
{
	(void)path;
	return models_parse(out, schemas_models_json, e);
}

const struct model *models_find(const struct models *ms, enum model_kind kind, const char *id, struct err *e)
{
	const struct model *found = find(ms, kind, id);
	const char *ids[MODELS_MAX], *close;
	char all[160] = "";
	size_t count = 0, used = 0;

	if (found)
		return found;
	for (size_t i = 0; i < ms->count; i++) {
		if (ms->v[i].kind != kind)
			continue;
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", count ? ", " : "",
						 ms->v[i].id);
		ids[count++] = ms->v[i].id;
	}
	close = nearest(id, ids, count);
	if (close)
		err_set(e, ERR_CONFIG, "no %s model \"%.60s\"; the nearest is \"%s\"", kinds[kind], id, close);
	else
		err_set(e, ERR_CONFIG, "no %s model \"%.60s\"; there are: %s", kinds[kind], id, all);
	return NULL;
}

size_t models_count(const struct models *ms)
{
	return ms->count;
}

const struct model *models_at(const struct models *ms, size_t index)
{
	return &ms->v[index];
}

void models_close(struct models *ms)
{
	for (size_t i = 0; ms && i < ms->count; i++) {
		free(ms->v[i].id);
		free(ms->v[i].method);
		free(ms->v[i].about);
	}
	free(ms);
}
