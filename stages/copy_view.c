#include "stages/copy_view.h"

#include "stages/copy.h"
#include "stages/plain.h"
#include "pipeline/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- what a field is called, and says, in this language --- */

static const char *or_itself(const struct copy_view *v, const char *table, const char *word)
{
	const char *said = word ? copy_lookup(v->t, table, word) : NULL;

	return said ? said : word;
}

static const struct copy_attribute *attribute(const struct copy_view *v, size_t index)
{
	return index < v->f->attribute_count ? &v->f->attributes[v->order[index]] : NULL;
}

static const char *label(struct copy_view *v)
{
	const struct copy_attribute *a = attribute(v, v->next);
	const char *said = a ? copy_lookup(v->t, "labels", a->key) : NULL;

	v->named = true;
	return said ? said : a ? a->name : NULL;
}

static const char *value(struct copy_view *v)
{
	const struct copy_attribute *a = attribute(v, v->next);

	v->named = true;
	return a ? or_itself(v, "values", a->value) : NULL;
}

/* Would somebody search for it? Not for bare numbers, nor for yes. */
static bool is_word(const struct copy_view *v, const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80 || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			return !copy_lookup(v->t, "values", text);
	return false;
}

static const char *word(struct copy_view *v)
{
	const struct copy_attribute *a = attribute(v, v->next_word);

	while (a && !is_word(v, a->value))
		a = attribute(v, ++v->next_word);
	v->named_word = true;
	return a ? a->value : NULL;
}

static const char *field(void *ctx, const char *name)
{
	struct copy_view *v = ctx;
	const struct copy_fields *f = v->f;

	if (strcmp(name, "label") == 0)
		return label(v);
	if (strcmp(name, "value") == 0)
		return value(v);
	if (strcmp(name, "word") == 0)
		return word(v);
	if (strcmp(name, "title") == 0)
		return f->title;
	if (strcmp(name, "brand") == 0)
		return f->brand;
	if (strcmp(name, "maker") == 0)
		return v->has_maker ? f->brand : NULL;
	if (strcmp(name, "category") == 0)
		return or_itself(v, "categories", f->category);
	if (strcmp(name, "audience") == 0)
		return or_itself(v, "audiences", f->audience);
	if (strcmp(name, "sku") == 0)
		return f->sku;
	if (strcmp(name, "item_number") == 0)
		return f->has_own_sku ? f->sku : NULL;
	if (strcmp(name, "amount") == 0)
		return f->amount;
	if (strcmp(name, "currency") == 0)
		return f->currency;
	if (strcmp(name, "price") == 0)
		return v->price;
	if (strcmp(name, "heading") == 0)
		return v->heading;
	return strcmp(name, "attributes") == 0 ? v->attributes : NULL;
}

/* A line for this product; as copy_line(). An attribute that it named is behind us then. */
static int say(struct copy_view *v, const char *line, char **out)
{
	int rc;

	v->named = v->named_word = false;
	rc = copy_line(v->t, line, field, v, out);
	if (rc > 0 && v->named)
		v->next++;
	if (rc > 0 && v->named_word)
		v->next_word++;
	return rc;
}

static int say_first(struct copy_view *v, const char *section, size_t max, char **out)
{
	return copy_first(v->t, copy_section(v->t, section), max, field, v, out);
}

/* --- text that grows --- */

/* text with join and more behind it; both are taken over. NULL: no memory. */
static char *append(char *text, const char *join, char *more)
{
	size_t room = strlen(text) + strlen(join) + strlen(more) + 1;
	char *both = malloc(room);

	if (both)
		snprintf(both, room, "%s%s%s", text, join, more);
	free(text);
	free(more);
	return both;
}

static int append_to(char **text, const char *join, char *more)
{
	*text = *text ? append(*text, join, more) : more;
	return *text ? 0 : -1;
}

/* --- the view --- */

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Is brand in title, as a word of its own where it is written in Latin letters? */
static bool names(const char *title, const char *brand)
{
	size_t length = strlen(brand);

	for (const char *p = title; *p; p++) {
		if (strncasecmp(p, brand, length) != 0)
			continue;
		if (p > title && is_letter_or_digit(p[-1]) && is_letter_or_digit(p[0]))
			continue;
		if (is_letter_or_digit(p[length - 1]) && is_letter_or_digit(p[length]))
			continue;
		return true;
	}
	return false;
}

/* Those that the template knows by its order, then the others; the fields are sorted by name already. */
static void order_attributes(struct copy_view *v)
{
	int ranks[COPY_ATTRIBUTES_MAX];

	for (size_t i = 0; i < v->f->attribute_count; i++) {
		int rank = copy_label_rank(v->t, v->f->attributes[i].key);
		size_t at = i;

		for (; at > 0 && ranks[at - 1] > rank; at--) {
			ranks[at] = ranks[at - 1];
			v->order[at] = v->order[at - 1];
		}
		ranks[at] = rank;
		v->order[at] = i;
	}
}

static int say_price(struct copy_view *v)
{
	const struct copy_fields *f = v->f;
	const char *line = f->currency ? copy_lookup(v->t, "currencies", f->currency) : NULL;

	if (!f->amount) {
		v->price = f->price ? strdup(f->price) : NULL;
		return f->price && !v->price ? -1 : 0;
	}
	if (line && copy_line(v->t, line, field, v, &v->price) < 0)
		return -1;
	return v->price ? 0 : say_first(v, "price", COPY_VALUE_MAX, &v->price);
}

static int say_attributes(struct copy_view *v)
{
	const char *line = copy_section(v->t, "attribute")->valuestring;
	const char *join = copy_section(v->t, "attribute_join")->valuestring;
	char *one;
	int rc;

	while ((rc = say(v, line, &one)) > 0)
		if (append_to(&v->attributes, join, one) != 0)
			return -1;
	v->next = 0;
	return rc;
}

int copy_view_open(struct copy_view *v, const struct copy_template *t, const struct copy_fields *f)
{
	memset(v, 0, sizeof(*v));
	v->t = t;
	v->f = f;
	v->has_maker = f->brand && !(f->title && names(f->title, f->brand));
	order_attributes(v);
	if (say_price(v) >= 0 && say_attributes(v) >= 0 && say_first(v, "title", COPY_TITLE_MAX, &v->heading) > 0)
		return 0;
	copy_view_close(v);
	return -1;
}

void copy_view_close(struct copy_view *v)
{
	free(v->price);
	free(v->attributes);
	free(v->heading);
}

/* --- the parts --- */

char *copy_description(struct copy_view *v, size_t max)
{
	const char *join = copy_section(v->t, "description_join")->valuestring;
	const cJSON *sentence;
	char *text = NULL, *one;

	cJSON_ArrayForEach(sentence, copy_section(v->t, "description"))
	{
		int rc = copy_first(v->t, sentence, max, field, v, &one);

		if (rc < 0 || (rc > 0 && append_to(&text, join, one) != 0)) {
			free(text);
			return NULL;
		}
	}
	if (text)
		plain_cut(text, max);
	return text;
}

char *copy_alt_text(struct copy_view *v, size_t max)
{
	char *text;

	return say_first(v, "alt_text", max, &text) > 0 ? text : NULL;
}

/* Takes text over. */
static int add(cJSON *list, char *text)
{
	cJSON *node = cJSON_CreateString(text);

	free(text);
	return node && cJSON_AddItemToArray(list, node) ? 0 : -1;
}

static int add_bullets(struct copy_view *v, cJSON *list, const char *section, int until)
{
	const cJSON *line;
	char *text;

	cJSON_ArrayForEach(line, copy_section(v->t, section))
	{
		int rc = cJSON_GetArraySize(list) < until ? say(v, line->valuestring, &text) : 0;

		if (rc > 0) {
			plain_cut(text, COPY_BULLET_MAX);
			rc = add(list, text);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

cJSON *copy_bullets(struct copy_view *v)
{
	cJSON *list = cJSON_CreateArray();

	v->next = 0;
	if (list && add_bullets(v, list, "bullets", COPY_BULLETS_MAX) == 0 &&
	    add_bullets(v, list, "bullets_when_few", COPY_BULLETS_MIN) == 0)
		return list;
	cJSON_Delete(list);
	return NULL;
}

static bool is_wanted(const cJSON *list, const char *keyword)
{
	const cJSON *other;

	cJSON_ArrayForEach(other, list)
	{
		if (strcasecmp(other->valuestring, keyword) == 0)
			return false;
	}
	return cJSON_GetArraySize(list) < COPY_KEYWORDS_MAX &&
	       utf8_length(keyword, strlen(keyword)) <= COPY_KEYWORD_MAX;
}

/* A line that names a word is said once for each. */
static int add_keywords(struct copy_view *v, cJSON *list, const char *line)
{
	char *text;
	int rc;

	do {
		rc = say(v, line, &text);
		if (rc <= 0)
			return rc;
		if (!is_wanted(list, text))
			free(text);
		else if (add(list, text) != 0)
			return -1;
	} while (v->named_word);
	return 0;
}

cJSON *copy_keywords(struct copy_view *v)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *line;
	char *only;

	v->next_word = 0;
	cJSON_ArrayForEach(line, copy_section(v->t, "keywords"))
	{
		if (add_keywords(v, list, line->valuestring) != 0)
			goto fail;
	}
	if (list && cJSON_GetArraySize(list) > 0)
		return list;
	only = strdup(v->heading);
	if (only)
		plain_cut(only, COPY_KEYWORD_MAX);
	if (only && list && add(list, only) == 0)
		return list;
fail:
	cJSON_Delete(list);
	return NULL;
}
