/*
 * What the columns of a CSV file mean. Names are compared without regard to case, and space, "-" and "_" are the same.
 * Of several columns for one field the name that stands first in the table below is taken; the others, and all unknown
 * columns, become attributes under their own names. Columns of pictures are all taken, in the order of the file.
 */
#include "stages/manifest_csv.h"
#include "stages/product.h"
#include "pipeline/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a cell goes: the object itself, its product_info, or what is more than a text. */
enum role { TOP, INFO, PRIORITY, LOCALES, PICTURE, PICTURES, ATTRIBUTE };

static const struct known {
	const char *name;  /* in the header */
	const char *field; /* in the object */
	enum role role;
} known[] = {
	{ "sku", "sku", TOP },
	{ "product_id", "sku", TOP },
	{ "id", "sku", TOP },
	{ "title", "title", TOP },
	{ "name", "title", TOP },
	{ "group", "group", TOP },
	{ "item_group_id", "group", TOP },
	{ "priority", "priority", PRIORITY },
	{ "locales", "locales", LOCALES },
	{ "category", "category", INFO },
	{ "product_category", "category", INFO },
	{ "product_type", "category", INFO },
	{ "google_product_category", "category", INFO },
	{ "brand", "brand", INFO },
	{ "vendor", "brand", INFO },
	{ "audience", "audience", INFO },
	{ "price", "price", INFO },
	{ "currency", "currency", INFO },
	{ "image_url", "images", PICTURE },
	{ "image", "images", PICTURE },
	{ "image_link", "images", PICTURE },
	{ "image_src", "images", PICTURE },
	{ "product_image_url", "images", PICTURE },
	{ "main_image_url", "images", PICTURE },
	{ "images", "images", PICTURES },
	{ "additional_image_link", "images", PICTURES },
	{ "additional_image_links", "images", PICTURES },
};
#define KNOWN (sizeof(known) / sizeof(*known))

struct column {
	char *name; /* as in the header; never empty */
	enum role role;
	const char *field; /* NULL for ATTRIBUTE */
};

struct columns {
	struct column *all;
	size_t count;
};

static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == ' ' || c == '-' ? '_' : c;
}

static bool same_name(const char *a, const char *b)
{
	for (; *a && folded(*a) == folded(*b); a++)
		b++;
	return *a == 0 && *b == 0;
}

void columns_free(struct columns *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->all && i < c->count; i++)
		free(c->all[i].name);
	free(c->all);
	free(c);
}

/* Does an earlier row of the table, for the same field, name a column of this file? Or an earlier column the same? */
static bool is_taken(const struct columns *c, size_t column, const struct known *k)
{
	for (const struct known *better = known; better < k; better++)
		for (size_t i = 0; strcmp(better->field, k->field) == 0 && i < c->count; i++)
			if (same_name(c->all[i].name, better->name))
				return true;
	for (size_t i = 0; i < column; i++)
		if (same_name(c->all[i].name, k->name))
			return true;
	return false;
}

static void find_role(struct columns *c, size_t column)
{
	struct column *self = &c->all[column];

	self->role = ATTRIBUTE;
	for (const struct known *k = known; k < known + KNOWN; k++) {
		if (!same_name(self->name, k->name))
			continue;
		if (k->role == PICTURE || k->role == PICTURES || !is_taken(c, column, k)) {
			self->role = k->role;
			self->field = k->field;
		}
		return;
	}
}

static bool is_repeated(const struct columns *c, size_t column, const char *name)
{
	for (size_t i = 0; i < column; i++)
		if (strcmp(c->all[i].name, name) == 0)
			return true;
	return false;
}

/* An attribute needs a name of its own: a nameless or repeated column gets its number, again if that is a name too. */
static int name_column(struct columns *c, size_t column, const char *cell)
{
	char number[40], *name, *longer;

	snprintf(number, sizeof(number), "column %zu", column + 1);
	name = strdup(*cell ? cell : number);
	while (name && is_repeated(c, column, name)) {
		longer = malloc(strlen(name) + sizeof(number) + 4);
		if (longer)
			sprintf(longer, "%s (%s)", name, number);
		free(name);
		name = longer;
	}
	c->all[column].name = name;
	return name ? 0 : -1;
}

static int no_pictures(const struct columns *c, const char *path, struct err *e)
{
	char names[80] = "";
	size_t used = 0;

	for (size_t i = 0; i < c->count && used < sizeof(names) - 1; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", c->all[i].name);
	if (used > sizeof(names) - 1) {
		used = sizeof(names) - 4;
		while (used && (names[used] & 0xc0) == 0x80) /* not through a character */
			used--;
		strcpy(names + used, "...");
	}
	return err_set(e, ERR_MANIFEST,
		       "%.*s: neither JSON nor a CSV header with a column of pictures (image_url, image, image_link, "
		       "Image Src, "
		       "Product image URL, main_image_url, images); it has: %s",
		       utf8_clip(path, 40), path, names);
}

#define COLUMNS_MAX 2000 /* a marketplace's widest template has some 500; bounds the time to compare names */

struct columns *columns_create(const char *const *cells, size_t count, const char *path, struct err *e)
{
	struct columns *c = calloc(1, sizeof(*c));
	bool pictures = false;

	if (count > COLUMNS_MAX) {
		err_set(e, ERR_MANIFEST, "%s: %zu columns, %d are the most", path, count, COLUMNS_MAX);
		goto fail;
	}
	if (!c || !(c->all = calloc(count + 1, sizeof(*c->all))))
		goto no_memory;
	for (size_t i = 0; i < count; i++) {
		c->count = i + 1;
		if (name_column(c, i, cells[i]) != 0)
			goto no_memory;
	}
	for (size_t i = 0; i < count; i++) {
		find_role(c, i);
		pictures = pictures || c->all[i].role == PICTURE || c->all[i].role == PICTURES;
	}
	if (pictures)
		return c;
	no_pictures(c, path, e);
	goto fail;
no_memory:
	err_set(e, ERR_NOMEM, "no memory for the header of %s", path);
fail:
	columns_free(c);
	return NULL;
}

/* ---- rows ---- */

/* The objects that one row is poured into. */
struct row {
	cJSON *object, *images, *info, *attributes, *locales;
};

static bool add_piece(cJSON *list, const char *begin, const char *end)
{
	char *text;
	cJSON *node;

	while (begin < end && strchr(" \t\r", *begin))
		begin++;
	while (end > begin && strchr(" \t\r", end[-1]))
		end--;
	if (begin == end)
		return true;
	text = strndup(begin, (size_t)(end - begin));
	node = text ? cJSON_CreateString(text) : NULL;
	free(text);
	return node && cJSON_AddItemToArray(list, node);
}

/* A comma may be part of a URL. It parts two pictures where the cell has no URL at all, before white space (which no
 * URL holds), and where another URL begins behind it. */
static bool comma_parts(const char *after, bool has_url)
{
	size_t scheme = strspn(after, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return !has_url || *after == 0 || strchr(" \t\r\n", *after) || strncmp(after + scheme, "://", 3) == 0;
}

/* Several pictures in one cell: parted by "|", line ends, and commas. */
static bool add_pictures(cJSON *list, const char *cell)
{
	const bool has_url = strstr(cell, "://") != NULL;
	const char *begin = cell, *p;

	for (p = cell; *p; p++) {
		if (*p != '|' && *p != '\n' && (*p != ',' || !comma_parts(p + 1, has_url)))
			continue;
		if (!add_piece(list, begin, p))
			return false;
		begin = p + 1;
	}
	return add_piece(list, begin, p);
}

static bool add_locales(cJSON *list, const char *cell)
{
	for (const char *p = cell; *p;) {
		size_t length = strcspn(p, ",;| \n");

		if (!add_piece(list, p, p + length))
			return false;
		p += length + (p[length] != 0);
	}
	return true;
}

/* A whole number becomes one; anything else stays text, and product_create() says what is wrong with it. */
static bool add_priority(cJSON *object, const char *cell)
{
	char *end;
	long value = strtol(cell, &end, 10);

	return *end ? cJSON_AddStringToObject(object, "priority", cell) != NULL
		    : cJSON_AddNumberToObject(object, "priority", (double)value) != NULL;
}

static bool pour(const struct column *column, struct row *r, const char *cell)
{
	switch (column->role) {
	case TOP:
		return cJSON_AddStringToObject(r->object, column->field, cell) != NULL;
	case INFO:
		return cJSON_AddStringToObject(r->info, column->field, cell) != NULL;
	case PRIORITY:
		return add_priority(r->object, cell);
	case LOCALES:
		if (!r->locales)
			r->locales = cJSON_AddArrayToObject(r->object, "locales");
		return r->locales && add_locales(r->locales, cell);
	case PICTURE:
		return add_piece(r->images, cell, cell + strlen(cell));
	case PICTURES:
		return add_pictures(r->images, cell);
	case ATTRIBUTE:
		if (!r->attributes)
			r->attributes = cJSON_AddObjectToObject(r->info, "attributes");
		return r->attributes && cJSON_AddStringToObject(r->attributes, column->name, cell) != NULL;
	}
	return false;
}

static cJSON *object_of(const struct columns *c, const char *const *cells, size_t count, struct err *e)
{
	struct row r = { .object = cJSON_CreateObject() };
	bool made;

	r.images = cJSON_AddArrayToObject(r.object, "images");
	r.info = cJSON_AddObjectToObject(r.object, "product_info");
	made = r.images && r.info;
	for (size_t i = 0; made && i < count; i++)
		made = !*cells[i] || pour(&c->all[i], &r, cells[i]);
	if (made)
		return r.object;
	err_set(e, ERR_NOMEM, "no memory for a row of %zu cells", count);
	cJSON_Delete(r.object);
	return NULL;
}

cJSON *columns_object(const struct columns *c, const char *const *cells, size_t count, char **sku, struct err *e)
{
	cJSON *object;

	while (count > c->count && !*cells[count - 1])
		count--;
	object = object_of(c, cells, count < c->count ? count : c->count, e);
	if (!object || count <= c->count)
		return object;
	*sku = product_sku(object);
	cJSON_Delete(object);
	err_set(e, ERR_LINE, "%zu cells, but the header has %zu columns; the last is: %.*s", count, c->count,
		utf8_clip(cells[count - 1], 60), cells[count - 1]);
	return NULL;
}
