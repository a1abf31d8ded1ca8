#include "stages/product.h"
#include "pipeline/digest.h"
#include "stages/json_text.h"
#include "pipeline/utf8.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counted {
	struct product product; /* first: a struct product * is a struct counted * */
	atomic_int refs;
};

/* The fields that are one text each. */
static const struct {
	const char *name;
	size_t offset;
	bool info; /* belongs into product_info, and is taken from the top as well */
} texts[] = {
	{ "title", offsetof(struct product, title), false },      { "group", offsetof(struct product, group), false },
	{ "category", offsetof(struct product, category), true }, { "brand", offsetof(struct product, brand), true },
	{ "audience", offsetof(struct product, audience), true }, { "price", offsetof(struct product, price), true },
	{ "currency", offsetof(struct product, currency), true },
};

/* The field, or NULL where it is absent or null, or where this is no object. A line is asked for twenty names, most of
 * which it lacks: the first character answers nearly always, which is a third of what
 * cJSON_GetObjectItemCaseSensitive() takes. */
static const cJSON *field(const cJSON *object, const char *name)
{
	const cJSON *node = object ? object->child : NULL;

	while (node && !(node->string && *node->string == *name && strcmp(node->string, name) == 0))
		node = node->next;
	return cJSON_IsNull(node) ? NULL : node;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for a product");
}

/* The text of a string or of a number, as json_number_text() gives it. */
static const char *text_of(const cJSON *node, char *digits)
{
	return cJSON_IsString(node) ? node->valuestring : json_number_text(node, digits);
}

/* *out is the node's text or the digits of its number; NULL for "". */
static int take_text(const cJSON *node, const char *name, char **out, struct err *e)
{
	char digits[JSON_NUMBER_MAX + 1];
	const char *text;

	*out = NULL;
	if (!cJSON_IsString(node) && !json_is_number(node))
		return err_set(e, ERR_LINE, "\"%s\" must be text or a number, not %s", name, json_kind(node));
	text = text_of(node, digits);
	if (!*text)
		return 0;
	*out = strdup(text);
	return *out ? 0 : no_memory(e);
}

static int whole_number(const cJSON *node, const char *name, struct err *e)
{
	const double value = json_is_number(node) ? node->valuedouble : 0.5;

	if (!json_is_number(node))
		return err_set(e, ERR_LINE, "\"%s\" must be a whole number, not %s", name, json_kind(node));
	if (value < -1e308 || value > 1e308 || (value > -1e15 && value < 1e15 && value != (double)(long long)value))
		return err_set(e, ERR_LINE, "\"%s\" must be a whole number", name);
	return 0;
}

static int check_sku(const char *sku, struct err *e)
{
	const size_t length = strlen(sku);
	const char *control;

	if (strspn(sku, " ") == length)
		return err_set(e, ERR_LINE, "\"sku\" is empty");
	if (length > PRODUCT_SKU_MAX)
		return err_set(e, ERR_LINE, "\"sku\" has %zu bytes, %d are the most: %.*s...", length, PRODUCT_SKU_MAX,
			       utf8_clip(sku, 40), sku);
	control = utf8_control(sku);
	if (control)
		return err_set(e, ERR_LINE, "\"sku\" holds a control character, after: %.*s", (int)(control - sku),
			       sku);
	return 0;
}

/* *out stays NULL where the line has none. */
static int take_sku(const cJSON *line, char **out, struct err *e)
{
	const cJSON *node = field(line, "sku");
	char digits[JSON_NUMBER_MAX + 1];
	const char *text;

	*out = NULL;
	if (!node)
		return 0;
	if (!cJSON_IsString(node) && whole_number(node, "sku", e) != 0)
		return -1;
	text = text_of(node, digits);
	if (check_sku(text, e) != 0)
		return -1;
	*out = strdup(text);
	return *out ? 0 : no_memory(e);
}

char *product_sku(const cJSON *line)
{
	struct err ignored = { ERR_OK, "" };
	char *sku = NULL;

	return take_sku(line, &sku, &ignored) == 0 ? sku : NULL;
}

/* The URL's file name without its extension, in characters that need no quoting anywhere: "/a/Red%20mug.jpg?w=9" ->
 * "Red-mug". */
static void readable_stem(const char *url, char *out, size_t room)
{
	const char *end = url + strcspn(url, "?#"), *begin = end, *dot = NULL;
	size_t used = 0;

	while (begin > url && begin[-1] != '/' && begin[-1] != '\\')
		begin--;
	for (const char *p = begin; p < end; p++)
		if (*p == '.' && p > begin)
			dot = p;
	if (dot)
		end = dot;
	for (const char *p = begin; p < end && used + 1 < room; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     *p == '_';

		if (plain)
			out[used++] = *p;
		else if (used && out[used - 1] != '-')
			out[used++] = '-';
		if (*p == '%')
			p += end - p > 2 ? 2 : 0;
	}
	while (used && out[used - 1] == '-')
		used--;
	out[used] = 0;
}

/* 64 bits of digest: among ten million pictures two alike are a matter of one in 300,000 catalogues. */
static char *derived_sku(const char *url)
{
	char stem[41], hex[DIGEST_HEX], sku[64];
	struct digest digest;

	readable_stem(url, stem, sizeof(stem));
	digest_of(url, strlen(url), &digest);
	digest_hex(&digest, hex);
	snprintf(sku, sizeof(sku), "%s-%.16s", *stem ? stem : "picture", hex);
	return strdup(sku);
}

void product_images_free(char **images, size_t count)
{
	for (size_t i = 0; images && i < count; i++)
		free(images[i]);
	free(images);
}

#define IMAGE_NAME_MAX 48

/* What a picture is called in messages: its position in "images" from 1, or 0 for "image_url". */
static const char *image_name(size_t position, char *buf)
{
	if (position == 0)
		return "\"image_url\"";
	snprintf(buf, IMAGE_NAME_MAX, "picture %zu of \"images\"", position);
	return buf;
}

static int add_image(const cJSON *node, size_t position, char **images, size_t *count, struct err *e)
{
	const char *text = node->valuestring, *control;
	char name[IMAGE_NAME_MAX];

	if (!cJSON_IsString(node))
		return err_set(e, ERR_LINE, "%s must be text, not %s", image_name(position, name), json_kind(node));
	if (text[strspn(text, " ")] == 0)
		return err_set(e, ERR_LINE, "%s is empty", image_name(position, name));
	if (utf8_length(text, strlen(text)) > PRODUCT_SOURCE_MAX)
		return err_set(e, ERR_LINE, "%s has more than %d characters: %.*s...", image_name(position, name),
			       PRODUCT_SOURCE_MAX, utf8_clip(text, 40), text);
	control = utf8_control(text);
	if (control)
		return err_set(e, ERR_LINE, "%s holds a control character, after: %.*s", image_name(position, name),
			       utf8_clip(text, control - text < 80 ? (int)(control - text) : 80), text);
	for (size_t i = 0; i < *count; i++)
		if (strcmp(images[i], text) == 0)
			return 0;
	images[*count] = strdup(text);
	if (!images[*count])
		return no_memory(e);
	++*count;
	return 0;
}

int product_images(const cJSON *line, char ***out, size_t *count, struct err *e)
{
	const cJSON *one = field(line, "image_url"), *many = field(line, "images"), *node;
	size_t named = one != NULL, made = 0, position = 0;
	char **images;

	if (many && !cJSON_IsArray(many))
		return err_set(e, ERR_LINE, "\"images\" must be a list of text, not %s", json_kind(many));
	named += (size_t)cJSON_GetArraySize(many);
	if (named == 0)
		return err_set(e, ERR_LINE, "no picture: \"image_url\" or \"images\" must name at least one");
	if (named > PRODUCT_IMAGES_MAX)
		return err_set(e, ERR_LINE, "%zu pictures, %d are the most for one product", named, PRODUCT_IMAGES_MAX);
	images = calloc(named, sizeof(*images));
	if (!images)
		return no_memory(e);
	if (one && add_image(one, 0, images, &made, e) != 0)
		goto fail;
	cJSON_ArrayForEach(node, many)
	{
		if (add_image(node, ++position, images, &made, e) != 0)
			goto fail;
	}
	*out = images;
	*count = made;
	return 0;
fail:
	product_images_free(images, made);
	return -1;
}

/* Fields of the texts table from one object. A text that is there already is replaced: product_info comes last and
 * wins. */
static int take_texts(const cJSON *object, bool inside_info, struct product *p, struct err *e)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const cJSON *node = inside_info && !texts[i].info ? NULL : field(object, texts[i].name);
		char **slot = (char **)((char *)p + texts[i].offset), *text;

		if (!node)
			continue;
		if (take_text(node, texts[i].name, &text, e) != 0)
			return -1;
		if (texts[i].offset == offsetof(struct product, price) && json_is_number(node) &&
		    node->valuedouble < 0) {
			err_set(e, ERR_LINE, "\"price\" is negative: %s", text);
			free(text);
			return -1;
		}
		if (text) {
			free(*slot);
			*slot = text;
		}
	}
	return 0;
}

static int add_attribute(cJSON *to, const cJSON *node, struct err *e)
{
	char digits[JSON_NUMBER_MAX + 1];
	const char *text;

	if (cJSON_IsObject(node) || cJSON_IsArray(node))
		return err_set(e, ERR_LINE, "attribute \"%.*s\" must be text, a number, true or false, not %s",
			       utf8_clip(node->string, 60), node->string, json_kind(node));
	if (cJSON_IsBool(node))
		text = cJSON_IsTrue(node) ? "true" : "false";
	else
		text = text_of(node, digits);
	return cJSON_AddStringToObject(to, node->string, text) ? 0 : no_memory(e);
}

static int take_attributes(const cJSON *object, struct product *p, struct err *e)
{
	const cJSON *from = field(object, "attributes"), *node;

	if (!from)
		return 0;
	if (!cJSON_IsObject(from))
		return err_set(e, ERR_LINE, "\"attributes\" must be an object, not %s", json_kind(from));
	cJSON_Delete(p->attributes);
	p->attributes = cJSON_CreateObject();
	if (!p->attributes)
		return no_memory(e);
	cJSON_ArrayForEach(node, from)
	{
		if (!cJSON_IsNull(node) && add_attribute(p->attributes, node, e) != 0)
			return -1;
	}
	return 0;
}

static bool letters(const char **p, size_t least, size_t most, bool digits_too)
{
	size_t n = 0;

	for (; (**p >= 'a' && **p <= 'z') || (**p >= 'A' && **p <= 'Z') || (digits_too && **p >= '0' && **p <= '9');
	     ++*p)
		n++;
	return n >= least && n <= most;
}

/* The shape of BCP 47: a language of two or three letters, then subtags of one to eight letters or digits. */
static bool is_language_tag(const char *tag)
{
	if (!letters(&tag, 2, 3, false))
		return false;
	while (*tag == '-') {
		tag++;
		if (!letters(&tag, 1, 8, true))
			return false;
	}
	return *tag == 0;
}

static int take_locales(const cJSON *line, struct product *p, struct err *e)
{
	const cJSON *list = field(line, "locales"), *node;
	int size = cJSON_GetArraySize(list);

	if (!list)
		return 0;
	if (!cJSON_IsArray(list))
		return err_set(e, ERR_LINE, "\"locales\" must be a list of text, not %s", json_kind(list));
	if (size > PRODUCT_LOCALES_MAX)
		return err_set(e, ERR_LINE, "%d locales, %d are the most for one product", size, PRODUCT_LOCALES_MAX);
	p->locales = calloc((size_t)size + 1, sizeof(*p->locales));
	if (!p->locales)
		return no_memory(e);
	cJSON_ArrayForEach(node, list)
	{
		bool known = false;

		if (!cJSON_IsString(node))
			return err_set(e, ERR_LINE, "\"locales\" must hold text, not %s", json_kind(node));
		if (!is_language_tag(node->valuestring))
			return err_set(e, ERR_LINE, "\"locales\": \"%.*s\" is not a language tag like en or zh-CN",
				       utf8_clip(node->valuestring, 40), node->valuestring);
		for (size_t i = 0; i < p->locale_count; i++)
			known = known || strcmp(p->locales[i], node->valuestring) == 0;
		if (known)
			continue;
		p->locales[p->locale_count] = strdup(node->valuestring);
		if (!p->locales[p->locale_count])
			return no_memory(e);
		p->locale_count++;
	}
	return 0;
}

static int take_priority(const cJSON *line, struct product *p, struct err *e)
{
	const cJSON *node = field(line, "priority");

	if (!node)
		return 0;
	if (whole_number(node, "priority", e) != 0)
		return -1;
	if (node->valuedouble < -PRODUCT_PRIORITY_MAX || node->valuedouble > PRODUCT_PRIORITY_MAX)
		return err_set(e, ERR_LINE, "\"priority\" must be from -%d to %d", PRODUCT_PRIORITY_MAX,
			       PRODUCT_PRIORITY_MAX);
	p->priority = (int)node->valuedouble;
	return 0;
}

static int take_fields(const cJSON *line, struct product *p, struct err *e)
{
	const cJSON *info = field(line, "product_info");

	if (info && !cJSON_IsObject(info))
		return err_set(e, ERR_LINE, "\"product_info\" must be an object, not %s", json_kind(info));
	if (take_texts(line, false, p, e) != 0 || take_texts(info, true, p, e) != 0)
		return -1;
	if (take_attributes(line, p, e) != 0 || take_attributes(info, p, e) != 0)
		return -1;
	return take_priority(line, p, e) != 0 ? -1 : take_locales(line, p, e);
}

static int derive_sku(const cJSON *line, struct product *p, struct err *e)
{
	char **images;
	size_t count;

	if (product_images(line, &images, &count, e) != 0)
		return -1;
	p->sku = derived_sku(images[0]);
	product_images_free(images, count);
	return p->sku ? 0 : no_memory(e);
}

struct product *product_create(const cJSON *line, struct err *e)
{
	struct counted *c;
	struct product *p;

	if (!cJSON_IsObject(line)) {
		err_set(e, ERR_LINE, "a product must be an object, not %s", json_kind(line));
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		no_memory(e);
		return NULL;
	}
	p = &c->product;
	atomic_init(&c->refs, 1);
	if (take_sku(line, &p->sku, e) != 0 || take_fields(line, p, e) != 0)
		goto fail;
	if (!p->sku && derive_sku(line, p, e) != 0)
		goto fail;
	p->json = cJSON_PrintUnformatted(line);
	if (p->json)
		return p;
	no_memory(e);
fail:
	product_unref(p);
	return NULL;
}

struct product *product_ref(struct product *p)
{
	atomic_fetch_add(&((struct counted *)p)->refs, 1);
	return p;
}

void product_unref(struct product *p)
{
	struct counted *c = (struct counted *)p;

	if (!p || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		free(*(char **)((char *)p + texts[i].offset));
	for (size_t i = 0; i < p->locale_count; i++)
		free(p->locales[i]);
	free(p->locales);
	product_images_free(p->images, p->image_count);
	cJSON_Delete(p->attributes);
	cJSON_free(p->json);
	free(p->sku);
	free(c);
}

int product_tell_images(struct product *p, char *const *images, size_t count, struct err *e)
{
	if (count < 2)
		return 0;
	p->images = calloc(count, sizeof(*p->images));
	for (size_t i = 0; p->images && i < count; i++) {
		p->images[i] = strdup(images[i]);
		if (!p->images[i])
			return err_set(e, ERR_NOMEM, "no memory for a product's pictures");
		p->image_count++;
	}
	return p->images ? 0 : err_set(e, ERR_NOMEM, "no memory for a product's pictures");
}
