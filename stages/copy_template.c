#include "stages/copy_template.h"

#include "stages/plain.h"
#include "pipeline/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_NAME_MAX 32

/* --- the file --- */

static bool is_text_list(const cJSON *list)
{
	const cJSON *line;

	cJSON_ArrayForEach(line, list)
	{
		if (!cJSON_IsString(line))
			return false;
	}
	return cJSON_IsArray(list) && cJSON_GetArraySize(list) > 0;
}

static bool is_text_table(const cJSON *table)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, table)
	{
		if (!cJSON_IsString(entry))
			return false;
	}
	return cJSON_IsObject(table);
}

static bool is_sentence_list(const cJSON *list)
{
	const cJSON *sentence;

	cJSON_ArrayForEach(sentence, list)
	{
		if (!is_text_list(sentence))
			return false;
	}
	return cJSON_IsArray(list) && cJSON_GetArraySize(list) > 0;
}

static bool is_text(const cJSON *node)
{
	return cJSON_IsString(node);
}

static const struct {
	const char *name;
	bool (*is_right)(const cJSON *);
} sections[] = {
	{ "locale", is_text },
	{ "attribute", is_text },
	{ "attribute_join", is_text },
	{ "description_join", is_text },
	{ "price", is_text_list },
	{ "title", is_text_list },
	{ "bullets", is_text_list },
	{ "bullets_when_few", is_text_list },
	{ "alt_text", is_text_list },
	{ "keywords", is_text_list },
	{ "description", is_sentence_list },
	{ "currencies", is_text_table },
	{ "labels", is_text_table },
	{ "values", is_text_table },
	{ "categories", is_text_table },
	{ "audiences", is_text_table },
};

int copy_template_parse(struct copy_template *out, const char *json, struct err *e)
{
	memset(out, 0, sizeof(*out));
	out->root = cJSON_Parse(json);
	if (!out->root)
		return err_set(e, ERR_CONFIG, "copy template: not JSON: %.40s", json);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (!sections[i].is_right(copy_section(out, sections[i].name)))
			return err_set(e, ERR_CONFIG, "copy template: \"%s\" is missing or wrong", sections[i].name);
	if (!cJSON_IsBool(copy_section(out, "spaced")))
		return err_set(e, ERR_CONFIG, "copy template: \"spaced\" is missing or wrong");
	out->spaced = cJSON_IsTrue(copy_section(out, "spaced"));
	out->locale = copy_section(out, "locale")->valuestring;
	digest_of(json, strlen(json), &out->digest);
	return 0;
}

void copy_template_release(struct copy_template *t)
{
	cJSON_Delete(t->root);
	memset(t, 0, sizeof(*t));
}

const cJSON *copy_section(const struct copy_template *t, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(t->root, name);
}

const char *copy_lookup(const struct copy_template *t, const char *table, const char *word)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(copy_section(t, table), word));
}

int copy_label_rank(const struct copy_template *t, const char *name)
{
	const cJSON *label;
	int rank = 0;

	cJSON_ArrayForEach(label, copy_section(t, "labels"))
	{
		if (strcmp(label->string, name) == 0)
			return rank;
		rank++;
	}
	return INT_MAX;
}

/* --- a line --- */

struct writer {
	char *text;
	size_t used, room;
	bool spaced, gap; /* gap: a space of the line waits for what comes next */
	bool no_memory;
};

static void put(struct writer *w, const char *text, size_t size)
{
	if (w->used + size + 1 > w->room) {
		size_t room = (w->used + size + 1) * 2;
		char *more = realloc(w->text, room);

		if (!more) {
			w->no_memory = true;
			return;
		}
		w->text = more;
		w->room = room;
	}
	memcpy(w->text + w->used, text, size);
	w->used += size;
	w->text[w->used] = 0;
}

/* The last character written; 0: none. */
static uint32_t last_character(const struct writer *w)
{
	size_t at = w->used;
	uint32_t c = 0;

	while (at > 0 && ((unsigned char)w->text[--at] & 0xc0) == 0x80)
		;
	if (w->used > 0)
		plain_character(w->text + at, &c);
	return c;
}

static void put_text(struct writer *w, const char *text, size_t size)
{
	uint32_t next, last = last_character(w);

	if (size == 0)
		return;
	plain_character(text, &next);
	if (w->gap && last && (w->spaced || (!plain_is_unspaced(last) && !plain_is_unspaced(next))))
		put(w, " ", 1);
	w->gap = false;
	put(w, text, size);
}

static bool ends_sentence(uint32_t c)
{
	return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xff01 || c == 0xff1f;
}

/* One character of the line itself, which is `size` bytes. */
static void put_literal(struct writer *w, const char *at, size_t size, bool behind_value)
{
	uint32_t c;

	plain_character(at, &c);
	if (c == ' ')
		w->gap = true;
	else if (!(behind_value && (c == '.' || c == 0x3002) && ends_sentence(last_character(w))))
		put_text(w, at, size);
}

/* 1: the field named between at and end was written; 0: there is none. */
static int put_field(struct writer *w, const char *at, size_t size, copy_field *field, void *ctx)
{
	char name[FIELD_NAME_MAX];
	const char *value;
	bool large = *at >= 'A' && *at <= 'Z';

	if (size >= sizeof(name))
		return 0;
	memcpy(name, at, size);
	name[size] = 0;
	if (large)
		name[0] = (char)(name[0] - 'A' + 'a');
	value = field(ctx, name);
	if (!value || !*value)
		return 0;
	size = strlen(value);
	put_text(w, value, size);
	if (large && !w->no_memory && *value >= 'a' && *value <= 'z')
		w->text[w->used - size] = (char)(*value - 'a' + 'A');
	return 1;
}

int copy_line(const struct copy_template *t, const char *line, copy_field *field, void *ctx, char **out)
{
	struct writer w = { .spaced = t->spaced };
	bool behind_value = false;
	uint32_t c;

	*out = NULL;
	for (const char *p = line; *p && !w.no_memory;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		size_t size = end ? (size_t)(end - p) + 1 : plain_character(p, &c);

		if (end && !put_field(&w, p + 1, size - 2, field, ctx)) {
			free(w.text);
			return 0;
		}
		if (!end)
			put_literal(&w, p, size, behind_value);
		behind_value = end != NULL;
		p += size;
	}
	if (w.no_memory || !w.text) {
		free(w.text);
		return w.no_memory ? -1 : 0;
	}
	*out = w.text;
	return 1;
}

int copy_first(const struct copy_template *t, const cJSON *list, size_t max, copy_field *field, void *ctx, char **out)
{
	const cJSON *line;
	char *first = NULL;

	*out = NULL;
	cJSON_ArrayForEach(line, list)
	{
		char *text;
		int rc = copy_line(t, line->valuestring, field, ctx, &text);

		if (rc < 0) {
			free(first);
			return -1;
		}
		if (rc > 0 && utf8_length(text, strlen(text)) <= max) {
			free(first);
			*out = text;
			return 1;
		}
		if (first)
			free(text);
		else
			first = text;
	}
	if (!first)
		return 0;
	plain_cut(first, max);
	*out = first;
	return 1;
}
