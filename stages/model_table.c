#include "stages/model_table.h"

#include "pipeline/nearest.h"
#include "stages/picture.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const dialect_names[DIALECTS] = {
	[DIALECT_LOCAL] = "local",
	[DIALECT_TEMPLATE] = "template",
	[DIALECT_GEMINI] = "gemini",
	[DIALECT_OPENAI_IMAGES] = "openai-images",
	[DIALECT_OPENAI_CHAT] = "openai-chat",
	[DIALECT_HTTP] = "http",
};
static const char *const kinds[] = { [MODEL_IMAGE] = "image", [MODEL_TEXT] = "text" };
static const char *const methods[] = { "auto", "neural", "classical" };
static const char *const modalities[MODALITIES] = {
	[TEXT_IN] = "text_in", [IMAGE_IN] = "image_in", [TEXT_OUT] = "text_out", [IMAGE_OUT] = "image_out"
};

enum type { TEXT, DAY, INT, INT64, REAL, OTHER };

/* Every field of an entry. OTHER: read by a function of its own. */
static const struct field {
	const char *name;
	enum type type;
	bool required;
	size_t at;
} fields[] = {
	{ "id", TEXT, true, offsetof(struct model, id) },
	{ "kind", OTHER, true, 0 },
	{ "dialect", OTHER, true, 0 },
	{ "method", TEXT, false, offsetof(struct model, method) },
	{ "about", TEXT, true, offsetof(struct model, about) },
	{ "endpoint", TEXT, false, offsetof(struct model, endpoint) },
	{ "path", TEXT, false, offsetof(struct model, path) },
	{ "key_env", TEXT, false, offsetof(struct model, key_env) },
	{ "status", TEXT, true, offsetof(struct model, status) },
	{ "replaced_by", TEXT, false, offsetof(struct model, replaced_by) },
	{ "retires", DAY, false, offsetof(struct model, retires) },
	{ "thinking", TEXT, false, offsetof(struct model, thinking) },
	{ "source", TEXT, true, offsetof(struct model, source) },
	{ "as_of", TEXT, true, offsetof(struct model, as_of) },
	{ "prices", OTHER, true, 0 },
	{ "batch", REAL, false, offsetof(struct model, batch) },
	{ "sizes", OTHER, false, 0 },
	{ "mime", OTHER, false, 0 },
	{ "max_picture_bytes", INT64, false, offsetof(struct model, max_picture_bytes) },
	{ "max_side", INT, false, offsetof(struct model, max_side) },
	{ "image_in_tokens", INT64, false, offsetof(struct model, image_in_tokens) },
	{ "thinking_tokens", INT64, false, offsetof(struct model, thinking_tokens) },
	{ "rpm", REAL, false, offsetof(struct model, rpm) },
	{ "tpm", REAL, false, offsetof(struct model, tpm) },
	{ "usd_per_10min", REAL, false, offsetof(struct model, usd_per_10min) },
	{ "timeout_s", INT, false, offsetof(struct model, timeout_s) },
};
#define FIELDS (sizeof(fields) / sizeof(*fields))

static int wrong(const struct model *m, const char *field, struct err *e)
{
	return err_set(e, ERR_CONFIG, "models table: \"%s\" of \"%.60s\" is missing or wrong", field,
		       m->id ? m->id : "?");
}

/* Index in a list of names, or -1. */
static int one_of(const char *value, const char *const *names, size_t count)
{
	for (size_t i = 0; value && i < count; i++) {
		if (strcmp(value, names[i]) == 0)
			return (int)i;
	}
	return -1;
}

static const char *text_at(const cJSON *entry, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, name));
}

static int check_names(const cJSON *entry, const struct model *m, struct err *e)
{
	const char *names[FIELDS], *close;
	const cJSON *field;

	for (size_t i = 0; i < FIELDS; i++)
		names[i] = fields[i].name;
	cJSON_ArrayForEach(field, entry)
	{
		if (one_of(field->string, names, FIELDS) >= 0)
			continue;
		close = nearest(field->string, names, FIELDS);
		return err_set(e, ERR_CONFIG, "models table: \"%.60s\" has no field \"%.40s\"%s%s%s",
			       m->id ? m->id : "?", field->string, close ? "; the nearest is \"" : "",
			       close ? close : "", close ? "\"" : "");
	}
	return 0;
}

/* "2026-11-24" */
static bool is_day(const char *text)
{
	static const char shape[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; shape[i]; i++) {
		if (shape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	}
	return text[i] == '\0';
}

static int read_field(const struct field *f, const cJSON *value, struct model *m, struct err *e)
{
	void *at = (char *)m + f->at;
	bool is_text = f->type == TEXT || f->type == DAY;

	if (is_text ? !cJSON_IsString(value) || !*value->valuestring
		    : !cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 1e15)
		return wrong(m, f->name, e);
	if (f->type == TEXT) {
		*(char **)at = strdup(value->valuestring);
		return *(char **)at ? 0 : err_set(e, ERR_NOMEM, "no memory for the models table");
	}
	if (f->type == DAY && !is_day(value->valuestring))
		return wrong(m, f->name, e);
	if (f->type == DAY)
		snprintf(at, sizeof(m->retires), "%s", value->valuestring);
	else if (f->type == INT)
		*(int *)at = value->valuedouble > 1e9 ? 1000000000 : (int)value->valuedouble;
	else if (f->type == INT64)
		*(int64_t *)at = (int64_t)value->valuedouble;
	else
		*(double *)at = value->valuedouble;
	return 0;
}

static bool is_absent(const cJSON *value)
{
	return !value || cJSON_IsNull(value);
}

/* Nano-dollars of a price in dollars, to the nearest. */
static int64_t nano(double dollars, double per)
{
	return (int64_t)(dollars * 1e9 / per + 0.5);
}

/* Dollars for a million tokens by modality, and for a call; with "from" where they hold from a day on. */
static bool read_price(const cJSON *entry, struct model_prices *p)
{
	const cJSON *value;
	bool good = cJSON_IsObject(entry);

	cJSON_ArrayForEach(value, entry)
	{
		int modality = one_of(value->string, modalities, MODALITIES);

		if (strcmp(value->string, "from") == 0) {
			good = good && cJSON_IsString(value) && is_day(value->valuestring);
			if (good)
				snprintf(p->from, sizeof(p->from), "%s", value->valuestring);
			continue;
		}
		good = good && cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= 1e6;
		if (good && modality >= 0)
			p->per_token[modality] = nano(value->valuedouble, 1e6);
		else if (good && strcmp(value->string, "call") == 0)
			p->per_call = nano(value->valuedouble, 1);
		else
			good = false;
	}
	return good;
}

/* An object, a list of them by day, or null: not known. */
static bool read_prices(const cJSON *value, struct model *m)
{
	const cJSON *entry;
	bool good = cJSON_IsArray(value) && value->child;

	if (cJSON_IsNull(value))
		return true;
	if (cJSON_IsObject(value)) {
		m->price_count = 1;
		return read_price(value, &m->prices[0]);
	}
	cJSON_ArrayForEach(entry, value)
	{
		good = good && m->price_count < MODEL_PRICES_MAX && read_price(entry, &m->prices[m->price_count]);
		if (good && m->price_count > 0)
			good = strcmp(m->prices[m->price_count - 1].from, m->prices[m->price_count].from) < 0;
		m->price_count += good;
	}
	return good;
}

static bool read_sizes(const cJSON *list, struct model *m)
{
	const cJSON *entry;

	if (is_absent(list))
		return true;
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > MODEL_SIZES_MAX)
		return false;
	cJSON_ArrayForEach(entry, list)
	{
		struct model_size *s = &m->sizes[m->size_count];
		const char *name = text_at(entry, "name");
		const cJSON *side = cJSON_GetObjectItemCaseSensitive(entry, "side");
		const cJSON *tokens = cJSON_GetObjectItemCaseSensitive(entry, "tokens");

		if (!name || !*name || strlen(name) >= sizeof(s->name) || !cJSON_IsNumber(side) || side->valueint < 1 ||
		    !cJSON_IsNumber(tokens) || tokens->valuedouble < 0 || tokens->valuedouble > 1e9 ||
		    (m->size_count > 0 && side->valueint <= s[-1].side))
			return false;
		snprintf(s->name, sizeof(s->name), "%s", name);
		s->side = side->valueint;
		s->tokens = (int64_t)tokens->valuedouble;
		m->size_count++;
	}
	return true;
}

static bool read_mime(const cJSON *list, struct model *m)
{
	const cJSON *entry;

	if (is_absent(list))
		return true;
	cJSON_ArrayForEach(entry, list)
	{
		const char *mime = cJSON_GetStringValue(entry);
		enum picture_format f = mime && strncmp(mime, "image/", 6) == 0 ? picture_format_by_name(mime + 6)
										: FORMAT_UNKNOWN;

		if (f == FORMAT_UNKNOWN)
			return false;
		m->takes |= 1u << f;
	}
	return cJSON_IsArray(list);
}

static int read_others(const cJSON *entry, struct model *m, struct err *e)
{
	int kind = one_of(text_at(entry, "kind"), kinds, 2);
	int dialect = one_of(text_at(entry, "dialect"), dialect_names, DIALECTS);

	if (kind < 0)
		return wrong(m, "kind", e);
	if (dialect < 0)
		return wrong(m, "dialect", e);
	m->kind = (enum model_kind)kind;
	m->dialect = (enum dialect)dialect;
	if ((m->dialect == DIALECT_LOCAL) != (one_of(m->method, methods, 3) >= 0))
		return wrong(m, "method", e);
	if (!read_prices(cJSON_GetObjectItemCaseSensitive(entry, "prices"), m))
		return wrong(m, "prices", e);
	if (!read_sizes(cJSON_GetObjectItemCaseSensitive(entry, "sizes"), m))
		return wrong(m, "sizes", e);
	if (!read_mime(cJSON_GetObjectItemCaseSensitive(entry, "mime"), m))
		return wrong(m, "mime", e);
	return 0;
}

int model_read(const cJSON *entry, struct model *m, struct err *e)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(entry, fields[i].name);

		if (is_absent(value) && fields[i].required && !(value && strcmp(fields[i].name, "prices") == 0))
			return wrong(m, fields[i].name, e);
		if (!is_absent(value) && fields[i].type != OTHER && read_field(&fields[i], value, m, e) != 0)
			return -1;
	}
	if (check_names(entry, m, e) != 0)
		return -1;
	return read_others(entry, m, e);
}

void model_release(struct model *m)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i].type == TEXT)
			free(*(char **)(void *)((char *)m + fields[i].at));
	}
	memset(m, 0, sizeof(*m));
}
