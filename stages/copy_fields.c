#include "stages/copy_fields.h"

#include "stages/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_MAX  300
#define DIGITS_MAX 40
#define AMOUNT_MAX 1e12 /* beyond it, a price written with an exponent is no price */

/* -1: no memory. *out is NULL where nothing is left. */
static int take(const char *raw, size_t max, char **out)
{
	char *text = raw ? plain_text(raw, max) : NULL;

	*out = NULL;
	if (raw && !text)
		return -1;
	if (text && *text)
		*out = text;
	else
		free(text);
	return 0;
}

static int take_category(const char *raw, char **out)
{
	char *path, *leaf;

	if (take(raw, COPY_VALUE_MAX * 4, &path) != 0)
		return -1;
	leaf = path ? strrchr(path, '>') : NULL;
	if (take(leaf && leaf[strspn(leaf, "> ")] ? leaf + 1 : path, COPY_VALUE_MAX, out) != 0) {
		free(path);
		return -1;
	}
	free(path);
	return 0;
}

/* --- the price --- */

/* Digits with the marks that stand between them, in whatever country. */
static bool is_amount(const char *s)
{
	return *s >= '0' && *s <= '9' && s[strspn(s, "0123456789.,' ")] == 0 && strlen(s) < DIGITS_MAX;
}

/* A number of JSON's that people do not write: 2.5e3. Rewritten without its exponent. */
static char *without_exponent(const char *s)
{
	char text[DIGITS_MAX], *end, *zeros;
	double value = strtod(s, &end);

	if (*end || s[strspn(s, "0123456789.eE+-")] || !strpbrk(s, "eE") || !(value >= 0 && value < AMOUNT_MAX))
		return NULL;
	snprintf(text, sizeof(text), "%.2f", value);
	zeros = strstr(text, ".00");
	if (zeros)
		*zeros = 0;
	return strdup(text);
}

static int take_price(const struct product *p, struct copy_fields *f)
{
	char *amount;

	if (take(p->price, COPY_VALUE_MAX, &f->price) != 0 || take(p->currency, COPY_LABEL_MAX, &f->currency) != 0)
		return -1;
	if (!f->price)
		return 0;
	if (is_amount(f->price)) {
		f->amount = f->price;
		f->price = NULL;
		return 0;
	}
	amount = without_exponent(f->price);
	if (amount) {
		free(f->price);
		f->price = NULL;
		f->amount = amount;
	}
	return 0;
}

/* --- attributes --- */

static char *key_of(const char *name)
{
	char *key = strdup(name);

	for (char *p = key; p && *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (*p == ' ' || *p == '-')
			*p = '_';
	}
	return key;
}

/* An attribute that says again what a field says. */
static bool is_said(const struct copy_fields *f, const char *key)
{
	return (f->title && strcmp(key, "title") == 0) || (f->brand && strcmp(key, "brand") == 0) ||
	       (f->category && strcmp(key, "category") == 0) || (f->audience && strcmp(key, "audience") == 0) ||
	       ((f->price || f->amount) && strcmp(key, "price") == 0) ||
	       (f->currency && strcmp(key, "currency") == 0) || strcmp(key, "sku") == 0;
}

static void release_attribute(struct copy_attribute *a)
{
	free(a->name);
	free(a->key);
	free(a->value);
	memset(a, 0, sizeof(*a));
}

static int read_attribute(const cJSON *node, struct copy_attribute *a)
{
	char *digits = cJSON_IsString(node) ? NULL : cJSON_PrintUnformatted(node);
	int rc = take(digits ? digits : node->valuestring, COPY_VALUE_MAX, &a->value);

	cJSON_free(digits);
	if (rc != 0 || take(node->string, COPY_LABEL_MAX, &a->name) != 0)
		return -1;
	for (char *p = a->name; p && *p; p++)
		if (*p == '_')
			*p = ' ';
	a->key = a->name ? key_of(a->name) : NULL;
	return a->name && !a->key ? -1 : 0;
}

static int compare(const void *left, const void *right)
{
	const struct copy_attribute *a = left, *b = right;
	int by_key = strcmp(a->key, b->key);

	return by_key ? by_key : strcmp(a->value, b->value);
}

static int take_attributes(const struct product *p, struct copy_fields *f)
{
	const cJSON *node;

	f->attributes = calloc(COPY_ATTRIBUTES_MAX, sizeof(*f->attributes));
	if (!f->attributes)
		return -1;
	cJSON_ArrayForEach(node, p->attributes)
	{
		struct copy_attribute *a = &f->attributes[f->attribute_count];

		if (f->attribute_count == COPY_ATTRIBUTES_MAX)
			break;
		f->attribute_count++;
		if (read_attribute(node, a) != 0)
			return -1;
		if (!a->key || !a->value || is_said(f, a->key)) {
			release_attribute(a);
			f->attribute_count--;
		}
	}
	qsort(f->attributes, f->attribute_count, sizeof(*f->attributes), compare);
	return 0;
}

/* Does the manifest line itself name the SKU? */
static bool has_own_sku(const struct product *p)
{
	cJSON *line = p->json ? cJSON_Parse(p->json) : NULL;
	const cJSON *sku = cJSON_GetObjectItemCaseSensitive(line, "sku");
	bool own = sku && !cJSON_IsNull(sku);

	cJSON_Delete(line);
	return own;
}

int copy_fields_read(struct copy_fields *f, const struct product *p, struct err *e)
{
	memset(f, 0, sizeof(*f));
	if (take(p->title, TITLE_MAX, &f->title) == 0 && take(p->brand, COPY_VALUE_MAX, &f->brand) == 0 &&
	    take(p->audience, COPY_VALUE_MAX, &f->audience) == 0 && take_category(p->category, &f->category) == 0 &&
	    take(p->sku, COPY_VALUE_MAX, &f->sku) == 0 && take_price(p, f) == 0 && take_attributes(p, f) == 0) {
		f->has_own_sku = f->sku && has_own_sku(p);
		if (!f->sku) /* nothing but invisible characters */
			f->sku = strdup("–");
		if (f->sku)
			return 0;
	}
	return err_set(e, ERR_NOMEM, "no memory for the words about %s", p->sku);
}

void copy_fields_release(struct copy_fields *f)
{
	for (size_t i = 0; f->attributes && i < f->attribute_count; i++)
		release_attribute(&f->attributes[i]);
	free(f->attributes);
	free(f->title);
	free(f->brand);
	free(f->audience);
	free(f->category);
	free(f->price);
	free(f->amount);
	free(f->currency);
	free(f->sku);
	memset(f, 0, sizeof(*f));
}
