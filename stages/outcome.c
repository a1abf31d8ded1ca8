#include "stages/outcome.h"

#include "pipeline/stage.h"
#include "stages/json_text.h"
#include "stages/outcome_unchanged.h"
#include "stages/product.h"
#include "stages/road.h"
#include "pipeline/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the stages said, parsed once. NULL where a stage said nothing. */
struct facts {
	cJSON *fetch, *remove_background, *resize, *inspect, *copy, *publish;
};

static cJSON *facts_of(const struct item *it, enum road_stage stage)
{
	const struct result *r = &it->results[stage];
	bool stands = r->origin == ORIGIN_MADE || r->origin == ORIGIN_CACHE;
	cJSON *facts = stands && r->facts ? cJSON_Parse(r->facts) : NULL;

	if (cJSON_IsObject(facts))
		return facts;
	cJSON_Delete(facts);
	return NULL;
}

static void read_facts(struct facts *f, const struct item *it)
{
	f->fetch = facts_of(it, STAGE_FETCH);
	f->remove_background = facts_of(it, STAGE_REMOVE_BACKGROUND);
	f->resize = facts_of(it, STAGE_RESIZE);
	f->inspect = facts_of(it, STAGE_INSPECT);
	f->copy = facts_of(it, STAGE_COPY);
	f->publish = facts_of(it, STAGE_PUBLISH);
}

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* What the copy says, by language. */
static const cJSON *texts_of(const struct facts *f)
{
	return get(f->copy, "texts");
}

/* Why a person should look: at the picture, and at the copy. The caller's; NULL: no memory. */
static cJSON *reasons_of(const struct facts *f)
{
	const cJSON *lists[] = { get(f->inspect, "reasons"), get(f->copy, "reasons") }, *reason;
	cJSON *all = cJSON_CreateArray();

	for (int i = 0; i < 2 && all; i++) {
		cJSON_ArrayForEach(reason, lists[i])
		{
			if (!cJSON_IsString(reason) ||
			    cJSON_AddItemToArray(all, cJSON_CreateString(reason->valuestring)))
				continue;
			cJSON_Delete(all);
			return NULL;
		}
	}
	return all;
}

static void release_facts(struct facts *f)
{
	cJSON_Delete(f->fetch);
	cJSON_Delete(f->remove_background);
	cJSON_Delete(f->resize);
	cJSON_Delete(f->inspect);
	cJSON_Delete(f->copy);
	cJSON_Delete(f->publish);
}

/* --- a tree in the making: whatever does not fit is noticed once, at the end --- */

struct line {
	cJSON *root;
	bool no_memory;
};

/* Takes value over; NULL: there was no memory for it. */
static cJSON *add(struct line *l, cJSON *to, const char *name, cJSON *value)
{
	bool added = value && (name ? cJSON_AddItemToObject(to, name, value) : cJSON_AddItemToArray(to, value));

	if (added)
		return value;
	cJSON_Delete(value);
	l->no_memory = true;
	return NULL;
}

/* NULL text is null. A byte that is no UTF-8 (paths may have them) becomes '?'. */
static void add_text(struct line *l, cJSON *to, const char *name, const char *text)
{
	char *valid = text ? strdup(text) : NULL;
	size_t length = text ? strlen(text) : 0;

	for (size_t at = 0; valid && (at += utf8_prefix(valid + at, length - at)) < length;)
		valid[at] = '?';
	l->no_memory |= text && !valid;
	add(l, to, name, valid ? cJSON_CreateString(valid) : cJSON_CreateNull());
	free(valid);
}

static void add_number(struct line *l, cJSON *to, const char *name, double value)
{
	add(l, to, name, cJSON_CreateNumber(value));
}

/* A copy of a fact, or null. */
static void add_fact(struct line *l, cJSON *to, const char *name, const cJSON *fact)
{
	add(l, to, name, fact ? cJSON_Duplicate(fact, true) : cJSON_CreateNull());
}

/* --- parts of the line --- */

static void add_output(struct line *l, const struct item_row *row, const struct facts *f)
{
	cJSON *output = add(l, l->root, "output", row->output ? cJSON_CreateObject() : cJSON_CreateNull());

	if (!row->output || !output)
		return;
	add_text(l, output, "path", row->output);
	add_fact(l, output, "width", get(f->resize, "width"));
	add_fact(l, output, "height", get(f->resize, "height"));
	add_fact(l, output, "bytes", get(f->publish, "bytes"));
	add_fact(l, output, "sha256", get(f->publish, "sha256"));
	add_fact(l, output, "format", get(f->resize, "format"));
}

static void add_stages(struct line *l, const struct item *it)
{
	cJSON *cached = add(l, l->root, "cached", cJSON_CreateArray());
	cJSON *ms = add(l, l->root, "stages_ms", cJSON_CreateObject());

	for (int i = 0; i < STAGE_COUNT && cached && ms; i++) {
		const struct result *r = &it->results[i];

		if (r->origin == ORIGIN_CACHE)
			add_text(l, cached, NULL, road_stages[i]->name);
		if (r->origin != ORIGIN_NONE)
			add_number(l, ms, road_stages[i]->name, (double)((r->took_us + 500) / 1000));
	}
}

/* The languages that the product's line asks for and that its copy lacks. */
static void add_copy_without(struct line *l, cJSON *checks, const struct product *p, const cJSON *copy)
{
	cJSON *without = NULL;

	for (size_t i = 0; copy && p && i < p->locale_count; i++) {
		if (cJSON_GetObjectItem(copy, p->locales[i])) /* ASCII case aside, like the templates */
			continue;
		if (!without)
			without = add(l, checks, "copy_without", cJSON_CreateArray());
		if (without)
			add_text(l, without, NULL, p->locales[i]);
	}
}

static void add_checks(struct line *l, const struct item *it, const struct facts *f)
{
	const cJSON *checks = get(f->inspect, "checks");
	cJSON *to;

	if (!f->inspect) {
		add(l, l->root, "checks", cJSON_CreateNull());
		return;
	}
	to = add(l, l->root, "checks", cJSON_IsObject(checks) ? cJSON_Duplicate(checks, true) : cJSON_CreateObject());
	if (!to)
		return;
	add(l, to, "reasons", reasons_of(f));
	add_copy_without(l, to, it->product, texts_of(f));
}

static void add_error(struct line *l, const struct item_row *row)
{
	bool failed = row->err && row->err->code != ERR_OK;
	cJSON *error = add(l, l->root, "error", failed ? cJSON_CreateObject() : cJSON_CreateNull());

	if (!failed || !error)
		return;
	add_text(l, error, "code", err_name(row->err->code));
	add_text(l, error, "message", row->err->msg);
	add_text(l, error, "stage", row->err_stage);
	add(l, error, "retryable", cJSON_CreateBool(err_retryable(row->err->code)));
}

/* --- the manifest line's own fields --- */

static const char *const known[] = { "sku",      "title",    "images",   "image_url",  "product_info",
				     "group",    "priority", "locales",  "category",   "brand",
				     "audience", "price",    "currency", "attributes", NULL };
static const char *const known_info[] = { "category", "brand", "audience", "price", "currency", "attributes", NULL };

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static void drop(cJSON *object, const char *const *names)
{
	cJSON *next;

	for (cJSON *field = object ? object->child : NULL; field; field = next) {
		next = field->next;
		if (is_one_of(field->string, names))
			cJSON_Delete(cJSON_DetachItemViaPointer(object, field));
	}
}

/* Nothing where the line holds nothing that is not known. */
static void add_product(struct line *l, const struct product *p)
{
	struct err ignored = { 0 };
	cJSON *fields = p && p->json ? json_parse(p->json, strlen(p->json), (struct json_place){ 1, 1 }, &ignored)
				     : NULL;
	cJSON *info = cJSON_IsObject(get(fields, "product_info"))
			      ? cJSON_DetachItemFromObjectCaseSensitive(fields, "product_info")
			      : NULL;

	drop(fields, known);
	drop(info, known_info);
	if (info && info->child)
		add(l, fields, "product_info", info);
	else
		cJSON_Delete(info);
	if (fields && fields->child)
		add(l, l->root, "product", fields);
	else
		cJSON_Delete(fields);
}

/* --- the whole --- */

static void add_confidence(struct line *l, double confidence)
{
	add(l, l->root, "confidence", confidence < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(confidence));
}

static char *print_line(const struct item *it, const struct item_row *row, const struct facts *f)
{
	struct line l = { cJSON_CreateObject(), false };
	char *json = NULL;

	if (!l.root)
		return NULL;
	add_text(&l, l.root, "sku", row->sku);
	add_number(&l, l.root, "position", row->position);
	add_number(&l, l.root, "line", (double)row->line);
	add_text(&l, l.root, "source", row->source);
	add_text(&l, l.root, "status", item_status_name(row->status));
	add_output(&l, row, f);
	add(&l, l.root, "derivatives", cJSON_CreateArray());
	add_text(&l, l.root, "image_model", row->image_model);
	add_text(&l, l.root, "text_model", row->text_model);
	add_number(&l, l.root, "attempts", row->calls);
	add_number(&l, l.root, "cost_usd", (double)row->cost_nano / 1e9);
	add_stages(&l, it);
	add_confidence(&l, row->confidence);
	add_checks(&l, it, f);
	add_fact(&l, l.root, "copy", texts_of(f));
	add_product(&l, it->product);
	add_error(&l, row);
	if (!l.no_memory)
		json = cJSON_PrintUnformatted(l.root);
	cJSON_Delete(l.root);
	return json;
}

static enum item_status judge(const struct item *it, const struct facts *f)
{
	const char *verdict = cJSON_GetStringValue(get(f->inspect, "verdict"));

	if (err_rejects(it->err.code))
		return ITEM_REJECTED;
	if (it->err.code != ERR_OK)
		return it->status;
	/* A good picture whose copy a person should read. */
	if ((!verdict || strcmp(verdict, "succeeded") == 0) && cJSON_GetArraySize(get(f->copy, "reasons")) > 0)
		return ITEM_REVIEW;
	for (int i = 0; verdict && i < ITEM_STATUSES; i++)
		if (strcmp(verdict, item_status_name((enum item_status)i)) == 0)
			return (enum item_status)i;
	return ITEM_SUCCEEDED;
}

/* In 0..1; negative: not known. */
static double confidence_of(const struct facts *f)
{
	const cJSON *said = get(f->inspect, "confidence");

	if (!cJSON_IsNumber(said))
		said = get(f->remove_background, "confidence");
	if (!cJSON_IsNumber(said) || isnan(said->valuedouble))
		return -1;
	return said->valuedouble < 0 ? 0 : said->valuedouble > 1 ? 1 : said->valuedouble;
}

/* "a,b"; NULL: none, or no memory, which *no_memory tells apart. */
static char *join_reasons(const cJSON *list, bool *no_memory)
{
	const cJSON *reason;
	size_t room = 1;
	char *text;

	cJSON_ArrayForEach(reason, list)
	{
		if (cJSON_IsString(reason))
			room += strlen(reason->valuestring) + 1;
	}
	if (room == 1)
		return NULL;
	text = calloc(1, room);
	*no_memory |= !text;
	cJSON_ArrayForEach(reason, list)
	{
		if (!text || !cJSON_IsString(reason))
			continue;
		if (*text)
			strcat(text, ",");
		strcat(text, reason->valuestring);
	}
	return text;
}

/* The model that did it, where the stage says; else the one that was asked for. Copied; NULL: no memory. */
static char *model_of(const cJSON *facts, const char *asked)
{
	const char *said = cJSON_GetStringValue(get(facts, "model"));

	return strdup(said ? said : asked);
}

static int fill_row(const struct outcome_config *cfg, struct item *it, const struct facts *f, struct item_row *row)
{
	const char *path = it->err.code == ERR_OK ? cJSON_GetStringValue(get(f->publish, "path")) : NULL;
	const cJSON *bytes = get(f->publish, "bytes");
	cJSON *reasons = f->inspect ? reasons_of(f) : NULL;
	bool no_memory = f->inspect && !reasons;

	row->seq = it->seq;
	row->line = it->line;
	row->sku = it->sku;
	row->position = it->position;
	row->source = it->source;
	row->status = it->status;
	row->err = &it->err;
	row->err_stage = it->err.code != ERR_OK && it->err_stage >= 0 ? road_stages[it->err_stage]->name : NULL;
	row->confidence = confidence_of(f);
	row->output = path ? strdup(path) : NULL;
	row->output_bytes = path && cJSON_IsNumber(bytes) ? (int64_t)bytes->valuedouble : 0;
	row->calls = it->calls;
	row->cost_nano = it->cost_nano;
	row->image_model = model_of(f->remove_background, cfg->image_model);
	row->text_model = cfg->text_model ? model_of(f->copy, cfg->text_model) : NULL;
	no_memory |= !row->image_model || (cfg->text_model && !row->text_model);
	row->reasons = join_reasons(reasons, &no_memory);
	cJSON_Delete(reasons);
	row->json = no_memory || (path && !row->output) ? NULL : print_line(it, row, f);
	return row->json ? 0 : -1;
}

int outcome_conclude(const struct outcome_config *cfg, struct item *it, int64_t took_us, struct item_row *row)
{
	struct facts f;
	int rc;

	read_facts(&f, it);
	it->status = judge(it, &f);
	row->took_us = took_us;
	rc = fill_row(cfg, it, &f, row);
	row->category = it->product ? it->product->category : NULL;
	row->stands = it->was != NULL;
	row->made = rc == 0 ? outcome_last_made(it, row, f.fetch, f.publish) : NULL;
	row->stages = row->made ? outcome_found_again(it) : NULL;
	release_facts(&f);
	return rc;
}

void outcome_free_row(struct item_row *row)
{
	free((char *)row->output);
	free((char *)row->reasons);
	free((char *)row->image_model);
	free((char *)row->text_model);
	cJSON_free((char *)row->json);
	last_made_free(row->made);
	free((char *)row->stages);
	row->made = NULL;
	row->stages = NULL;
	row->output = row->reasons = row->json = row->image_model = row->text_model = NULL;
}
