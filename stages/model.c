#include "stages/model.h"

#include "pipeline/file.h"
#include "pipeline/nearest.h"
#include "stages/model_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_FILE_MAX (1u << 20) /* bytes of a file of models of one's own */

/* schemas/models.json; a zero byte follows it. */
extern const char schemas_models_json[];

struct models {
	size_t count;
	struct model v[MODELS_MAX];
};

static const char *const kinds[] = { [MODEL_IMAGE] = "image", [MODEL_TEXT] = "text" };

const char *dialect_name(enum dialect d)
{
	return d < DIALECTS ? dialect_names[d] : "?";
}

bool model_is_local(const struct model *m)
{
	return m->dialect == DIALECT_LOCAL || m->dialect == DIALECT_TEMPLATE;
}

static struct model *find(struct models *ms, enum model_kind kind, const char *id)
{
	for (size_t i = 0; i < ms->count; i++) {
		if (ms->v[i].kind == kind && strcmp(ms->v[i].id, id) == 0)
			return &ms->v[i];
	}
	return NULL;
}

/* An entry joins the table; of a user's file it takes the place of its namesake. The entry is taken over. */
static int join(struct models *ms, struct model *m, bool replaces, struct err *e)
{
	struct model *namesake = find(ms, m->kind, m->id);

	if (namesake && !replaces)
		return err_set(e, ERR_CONFIG, "models table: \"%.60s\" stands there twice", m->id);
	if (!namesake && ms->count == MODELS_MAX)
		return err_set(e, ERR_CONFIG, "models table: more than %d models", MODELS_MAX);
	if (namesake)
		model_release(namesake);
	else
		namesake = &ms->v[ms->count++];
	*namesake = *m;
	memset(m, 0, sizeof(*m));
	return 0;
}

static int add_table(struct models *ms, const char *json, bool replaces, struct err *e)
{
	cJSON *table = cJSON_Parse(json);
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(table, "models"), *entry;
	size_t before = ms->count;
	int rc = 0;

	if (!table)
		rc = err_set(e, ERR_CONFIG, "models table: not JSON");
	else if (!cJSON_IsArray(list) || !list->child)
		rc = err_set(e, ERR_CONFIG, "models table: \"models\" must list 1 to %d models", MODELS_MAX);
	for (entry = rc == 0 ? list->child : NULL; entry && rc == 0; entry = entry->next) {
		struct model m = { 0 };

		rc = model_read(entry, &m, e);
		if (rc == 0 && replaces && ms->count > before && find(ms, m.kind, m.id) >= &ms->v[before])
			rc = err_set(e, ERR_CONFIG, "models table: \"%.60s\" stands there twice", m.id);
		if (rc == 0)
			rc = join(ms, &m, replaces, e);
		model_release(&m);
	}
	cJSON_Delete(table);
	return rc;
}

static int open_tables(struct models **out, const char *json, const char *more, const char *path, struct err *e)
{
	struct models *ms = calloc(1, sizeof(*ms));
	struct err why = { 0 };

	*out = NULL;
	if (!ms)
		return err_set(e, ERR_NOMEM, "no memory for the models table");
	if (add_table(ms, json, false, e) == 0 && (!more || add_table(ms, more, true, &why) == 0)) {
		*out = ms;
		return 0;
	}
	models_close(ms);
	return path && why.code != ERR_OK ? err_set(e, why.code, "%.100s: %s", file_shown(path), why.msg) : -1;
}

int models_parse(struct models **out, const char *json, struct err *e)
{
	return open_tables(out, json, NULL, NULL, e);
}

int models_open(struct models **out, const char *path, struct err *e)
{
	struct bytes *file = NULL;
	struct err why = { 0 };
	char *text;
	int rc;

	*out = NULL;
	if (!path)
		return open_tables(out, schemas_models_json, NULL, NULL, e);
	if (file_read(path, USER_FILE_MAX, &file, NULL, &why) != 0)
		return err_set(e, ERR_CONFIG, "--models %.100s: %.100s", file_shown(path), why.msg);
	text = strndup((const char *)file->data, file->size);
	bytes_unref(file);
	if (!text)
		return err_set(e, ERR_NOMEM, "no memory for the models table");
	rc = open_tables(out, schemas_models_json, text, path, e);
	free(text);
	return rc;
}

const struct model *models_find(const struct models *ms, enum model_kind kind, const char *id, struct err *e)
{
	const struct model *found = find((struct models *)ms, kind, id);
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
	for (size_t i = 0; ms && i < ms->count; i++)
		model_release(&ms->v[i]);
	free(ms);
}

const struct model_size *model_size_for(const struct model *m, int side)
{
	for (int i = 0; i < m->size_count; i++) {
		if (m->sizes[i].side >= side)
			return &m->sizes[i];
	}
	return m->size_count ? &m->sizes[m->size_count - 1] : NULL;
}
