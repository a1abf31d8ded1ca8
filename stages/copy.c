#include "stages/copy.h"

#include "stages/copy_view.h"
#include "stages/product.h"

#include <stdlib.h>
#include <string.h>

/* The templates for this product's copy, each once. How many. */
static size_t choose(const struct copy_config *cfg, const struct product *p,
		     const struct copy_template *out[PRODUCT_LOCALES_MAX])
{
	size_t count = 0;

	for (int pass = 0; pass < 2 && count == 0; pass++) {
		const char *const *locales = pass == 0 ? (const char *const *)p->locales : cfg->locales;
		size_t locale_count = pass == 0 ? p->locale_count : cfg->locale_count;

		for (size_t i = 0; i < locale_count && count < PRODUCT_LOCALES_MAX; i++) {
			const struct copy_template *t = copy_templates_find(cfg->templates, locales[i], NULL);
			bool known = !t;

			for (size_t j = 0; j < count; j++)
				known = known || out[j] == t;
			if (!known)
				out[count++] = t;
		}
	}
	return count;
}

/* --- the key: what is really used --- */

static void put_fields(struct key *k, const struct copy_fields *f)
{
	key_text(k, "title", f->title);
	key_text(k, "brand", f->brand);
	key_text(k, "category", f->category);
	key_text(k, "audience", f->audience);
	key_text(k, "price", f->price);
	key_text(k, "amount", f->amount);
	key_text(k, "currency", f->currency);
	key_text(k, f->has_own_sku ? "sku" : "made-up sku", f->sku);
	key_int(k, "attributes", (int64_t)f->attribute_count);
	for (size_t i = 0; i < f->attribute_count; i++)
		key_text(k, f->attributes[i].name, f->attributes[i].value);
}

static bool copy_key(const void *config, const struct item *it, struct key *k)
{
	const struct copy_config *cfg = config;
	const struct copy_template *templates[PRODUCT_LOCALES_MAX];
	struct copy_fields fields;
	struct err ignored = { 0 };
	size_t count;

	if (cfg->off)
		return false;
	if (copy_fields_read(&fields, it->product, &ignored) != 0) {
		copy_fields_release(&fields);
		return false;
	}
	put_fields(k, &fields);
	copy_fields_release(&fields);
	count = choose(cfg, it->product, templates);
	for (size_t i = 0; i < count; i++)
		key_digest(k, templates[i]->locale, &templates[i]->digest);
	key_text(k, "model", cfg->model);
	return true;
}

/* --- the texts --- */

static bool add_text(cJSON *to, const char *name, char *text)
{
	bool added = text && cJSON_AddStringToObject(to, name, text);

	free(text);
	return added;
}

/* Takes the list over. */
static bool add_list(cJSON *to, const char *name, cJSON *list)
{
	if (list && cJSON_AddItemToObject(to, name, list))
		return true;
	cJSON_Delete(list);
	return false;
}

static cJSON *write_copy(const struct copy_template *t, const struct copy_fields *f)
{
	struct copy_view v;
	cJSON *copy = cJSON_CreateObject();
	bool whole = copy && copy_view_open(&v, t, f) == 0;

	if (whole) {
		whole = cJSON_AddStringToObject(copy, "title", v.heading) &&
			add_text(copy, "description", copy_description(&v, COPY_DESCRIPTION_MAX)) &&
			add_list(copy, "bullets", copy_bullets(&v)) &&
			add_text(copy, "alt_text", copy_alt_text(&v, COPY_ALT_TEXT_MAX)) &&
			add_list(copy, "keywords", copy_keywords(&v));
		copy_view_close(&v);
	}
	if (!whole) {
		cJSON_Delete(copy);
		return NULL;
	}
	return copy;
}

static enum stage_next copy_begin(const void *config, struct item *it, struct result *out, struct call *call,
				  struct err *e)
{
	const struct copy_config *cfg = config;
	const struct copy_template *templates[PRODUCT_LOCALES_MAX];
	struct copy_fields fields;
	cJSON *all = NULL;
	size_t count;
	bool whole;

	(void)call;
	if (cfg->off)
		return STAGE_DONE;
	whole = copy_fields_read(&fields, it->product, e) == 0;
	all = cJSON_CreateObject();
	count = choose(cfg, it->product, templates);
	for (size_t i = 0; whole && i < count; i++)
		whole = add_list(all, templates[i]->locale, write_copy(templates[i], &fields));
	out->facts = whole ? cJSON_PrintUnformatted(all) : NULL;
	cJSON_Delete(all);
	copy_fields_release(&fields);
	if (out->facts)
		return STAGE_DONE;
	err_set(e, ERR_NOMEM, "no memory for the copy of %s", it->sku);
	return STAGE_FAIL;
}

const struct stage stage_copy = { .name = "copy", .version = 1, .key = copy_key, .begin = copy_begin };
