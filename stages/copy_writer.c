#include "stages/copy_writer.h"

#include "stages/json_text.h"
#include "stages/plain.h"
#include "stages/prompt.h"
#include "pipeline/utf8.h"
#include "stages/wording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_BASE       1024 /* of an answer: thinking, and JSON around the texts */
#define TOKENS_LANGUAGE   1200 /* of one language's texts; Chinese takes about a token a character */
#define COPY_KEYWORDS_MIN 1
#define HAN_LEAST         0.3 /* share of Chinese or Japanese text that is in its own script: brands and sizes are not */
#define HAN_MOST          0.25 /* of text in other languages: a name */

/* --- the request --- */

char *copy_writer_facts(const struct copy_fields *f)
{
	const struct {
		const char *name, *value;
	} texts[] = { { "title", f->title },       { "brand", f->brand },
		      { "category", f->category }, { "audience", f->audience },
		      { "price", f->price },       { "amount", f->amount },
		      { "currency", f->currency }, { "item_number", f->has_own_sku ? f->sku : NULL } };
	cJSON *o = cJSON_CreateObject(), *attributes = NULL;
	bool whole = o != NULL;
	char *text = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts) && whole; i++)
		whole = !texts[i].value || cJSON_AddStringToObject(o, texts[i].name, texts[i].value);
	if (whole && f->attribute_count > 0)
		whole = (attributes = cJSON_AddObjectToObject(o, "attributes")) != NULL;
	for (size_t i = 0; i < f->attribute_count && whole; i++)
		whole = cJSON_AddStringToObject(attributes, f->attributes[i].name, f->attributes[i].value) != NULL;
	if (whole)
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

/* Two texts, one behind the other; NULL where one is, or without memory. Frees both. */
static char *joined(char *a, char *b)
{
	size_t la = a ? strlen(a) : 0, lb = b ? strlen(b) : 0;
	char *text = a && b ? malloc(la + lb + 2) : NULL;

	if (text) {
		memcpy(text, a, la);
		text[la] = '\n';
		memcpy(text + la + 1, b, lb + 1);
	}
	free(a);
	free(b);
	return text;
}

char *copy_writer_prompt(const struct copy_order *o, struct err *e)
{
	char languages[PRODUCT_LOCALES_MAX * 16] = "", *text;
	const struct prompt_field fields[] = { { "languages", languages, true }, { NULL, NULL, false } };

	for (size_t i = 0; i < o->language_count; i++) {
		if (i > 0)
			strncat(languages, ", ", sizeof(languages) - strlen(languages) - 1);
		strncat(languages, o->languages[i]->locale, sizeof(languages) - strlen(languages) - 1);
	}
	text = prompt_fill("copy", fields, e);
	if (text && o->cfg->picture) {
		text = joined(text, prompt_fill("copy-picture", fields, e));
		if (!text)
			err_set(e, ERR_NOMEM, "no memory for the request for copy");
	}
	return text;
}

static bool add_text_schema(cJSON *properties, const char *name)
{
	cJSON *p = cJSON_AddObjectToObject(properties, name);

	return p && cJSON_AddStringToObject(p, "type", "string");
}

static bool add_list_schema(cJSON *properties, const char *name, int min, int max)
{
	cJSON *p = cJSON_AddObjectToObject(properties, name), *items = NULL;

	return p && cJSON_AddStringToObject(p, "type", "array") && (items = cJSON_AddObjectToObject(p, "items")) &&
	       cJSON_AddStringToObject(items, "type", "string") && cJSON_AddNumberToObject(p, "minItems", min) &&
	       cJSON_AddNumberToObject(p, "maxItems", max);
}

static bool add_required(cJSON *schema, const char *const *names, size_t count)
{
	cJSON *list = cJSON_CreateStringArray(names, (int)count);

	if (list && cJSON_AddItemToObject(schema, "required", list))
		return true;
	cJSON_Delete(list);
	return false;
}

static bool add_language_schema(cJSON *properties, const char *locale)
{
	static const char *const names[] = { "title", "description", "bullets", "alt_text", "keywords" };
	cJSON *schema = cJSON_AddObjectToObject(properties, locale), *own = NULL;

	return schema && cJSON_AddStringToObject(schema, "type", "object") &&
	       (own = cJSON_AddObjectToObject(schema, "properties")) && add_text_schema(own, "title") &&
	       add_text_schema(own, "description") &&
	       add_list_schema(own, "bullets", COPY_BULLETS_MIN, COPY_BULLETS_MAX) &&
	       add_text_schema(own, "alt_text") &&
	       add_list_schema(own, "keywords", COPY_KEYWORDS_MIN, COPY_KEYWORDS_MAX) &&
	       add_required(schema, names, sizeof(names) / sizeof(*names));
}

/* JSON schema of the answer; malloc()ed, NULL: no memory. */
static char *schema_of(const struct copy_order *o)
{
	const char *locales[PRODUCT_LOCALES_MAX];
	cJSON *schema = cJSON_CreateObject(), *properties = NULL;
	bool whole = schema && cJSON_AddStringToObject(schema, "type", "object") &&
		     (properties = cJSON_AddObjectToObject(schema, "properties"));
	char *text = NULL;

	for (size_t i = 0; i < o->language_count && whole; i++) {
		locales[i] = o->languages[i]->locale;
		whole = add_language_schema(properties, locales[i]);
	}
	if (whole && add_required(schema, locales, o->language_count))
		text = cJSON_PrintUnformatted(schema);
	cJSON_Delete(schema);
	return text;
}

static char *copied(const char *text)
{
	return text ? strdup(text) : NULL;
}

int copy_writer_ask(const struct copy_order *o, const char *faults, struct call *call, struct err *e)
{
	const struct dialect_functions *speak = dialect_functions(o->cfg->use.model->dialect);
	char *schema = schema_of(o), *system = copy_writer_prompt(o, e), *prompt = copy_writer_facts(o->fields);
	struct text_request request = { .model = o->cfg->use.model,
					.picture = o->picture,
					.format = o->picture_format,
					.max_tokens = TOKENS_BASE + TOKENS_LANGUAGE * (int)o->language_count };
	int rc = -1;

	if (prompt && faults)
		prompt = joined(prompt, joined(prompt_fill("copy-again", (struct prompt_field[]){ { NULL, NULL } }, e),
					       copied(faults)));
	request.schema = schema;
	request.system = system;
	request.prompt = prompt;
	if (schema && system && prompt)
		rc = speak->ask_text(&request, call, e);
	else
		err_set(e, ERR_NOMEM, "no memory for the request for copy");
	call->service = o->cfg->use.service;
	free(schema);
	free(system);
	free(prompt);
	return rc;
}

/* --- the answer --- */

/* What one language's texts are held against. */
struct reading {
	const struct copy_config *cfg;
	const char *locale, *fields, *brand;
	struct faults *faults;
};

/* Is the word in Latin letters at s one that the fields have? They may be said in any language. */
static bool is_of_fields(const struct reading *r, const char *s, size_t length)
{
	char word[64];

	if (length >= sizeof(word))
		return false;
	memcpy(word, s, length);
	word[length] = 0;
	return wording_has(r->fields, word);
}

/* Han characters against words in other scripts: a word counts as one, and names from the fields not at all. */
static void check_script(const struct reading *r, const char *where, const char *text)
{
	bool wants_han = strncmp(r->locale, "zh", 2) == 0 || strncmp(r->locale, "ja", 2) == 0;
	size_t han = 0, words = 0, bytes;
	uint32_t c;

	for (const char *s = text; *s; s += bytes) {
		size_t latin = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

		bytes = plain_character(s, &c);
		if (latin > 0) {
			bytes = latin;
			words += !is_of_fields(r, s, latin);
		} else if (plain_is_unspaced(c) && c >= 0x3400) {
			han++;
		} else {
			words += c >= 0xc0;
		}
	}
	if (han + words == 0)
		return;
	if (wants_han ? (double)han < HAN_LEAST * (double)(han + words)
		      : (double)han > HAN_MOST * (double)(han + words))
		faults_add(r->faults, "%s: not written in %s", where, r->locale);
}

static void check_text(const struct reading *r, const char *name, const char *text, size_t max, bool script)
{
	size_t length = utf8_length(text, strlen(text));
	char where[64], *plain = plain_text(text, length + 4);

	snprintf(where, sizeof(where), "%s %s", r->locale, name);
	if (length == 0)
		faults_add(r->faults, "%s: empty", where);
	if (length > max)
		faults_add(r->faults, "%s: %zu characters, more than %zu", where, length, max);
	if (plain && strcmp(plain, text) != 0)
		faults_add(r->faults, "%s: not plain text on one line", where);
	if (strstr(text, "://") || wording_has(text, "www."))
		faults_add(r->faults, "%s: a link", where);
	free(plain);
	if (script)
		check_script(r, where, text);
	wording_check_numbers(r->cfg->wording, r->fields, where, text, r->faults);
	wording_check_truth(r->cfg->wording, r->locale, r->fields, where, text, r->faults);
	wording_check(r->cfg->wording, r->locale, r->cfg->markets, r->cfg->market_count, r->brand, r->fields, where,
		      text, r->faults);
}

static void check_member(const struct reading *r, const cJSON *texts, const char *name, size_t max)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(texts, name));

	if (text)
		check_text(r, name, text, max, true);
	else
		faults_add(r->faults, "%s %s: missing", r->locale, name);
}

static void check_list(const struct reading *r, const cJSON *texts, const char *name, int min, int most, size_t max,
		       bool script)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(texts, name), *one;
	int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;

	if (count < min || count > most)
		faults_add(r->faults, "%s %s: %d of them, not %d to %d", r->locale, name, count, min, most);
	cJSON_ArrayForEach(one, list)
	{
		if (cJSON_IsString(one))
			check_text(r, name, one->valuestring, max, script);
		else
			faults_add(r->faults, "%s %s: not a text", r->locale, name);
	}
}

/* Only what was asked for is kept: a model may add what it likes. */
static cJSON *kept(const cJSON *texts)
{
	static const char *const names[] = { "title", "description", "bullets", "alt_text", "keywords" };
	cJSON *copy = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && copy; i++) {
		const cJSON *from = cJSON_GetObjectItemCaseSensitive(texts, names[i]);
		cJSON *to = from ? cJSON_Duplicate(from, true) : cJSON_CreateNull();

		if (!to || !cJSON_AddItemToObject(copy, names[i], to)) {
			cJSON_Delete(copy);
			return NULL;
		}
	}
	return copy;
}

static int read_language(struct reading *r, const cJSON *root, cJSON *copy, struct err *e)
{
	const cJSON *texts = cJSON_GetObjectItemCaseSensitive(root, r->locale);
	cJSON *own;

	if (!cJSON_IsObject(texts)) {
		faults_add(r->faults, "%s: missing", r->locale);
		return 0;
	}
	check_member(r, texts, "title", COPY_TITLE_MAX);
	check_member(r, texts, "description", COPY_DESCRIPTION_MAX);
	check_list(r, texts, "bullets", COPY_BULLETS_MIN, COPY_BULLETS_MAX, COPY_BULLET_MAX, true);
	check_member(r, texts, "alt_text", COPY_ALT_TEXT_MAX);
	check_list(r, texts, "keywords", COPY_KEYWORDS_MIN, COPY_KEYWORDS_MAX, COPY_KEYWORD_MAX, false);
	own = kept(texts);
	if (!own || !cJSON_AddItemToObject(copy, r->locale, own)) {
		cJSON_Delete(own);
		return err_set(e, ERR_NOMEM, "no memory for the copy");
	}
	return 0;
}

cJSON *copy_writer_read(const struct copy_order *o, const char *text, struct faults *faults, struct err *e)
{
	struct err why = { 0 };
	char *fields = copy_writer_facts(o->fields);
	cJSON *root = json_parse(text, strlen(text), (struct json_place){ 1, 1 }, &why);
	cJSON *copy = fields ? cJSON_CreateObject() : NULL;
	struct reading r = { .cfg = o->cfg, .fields = fields, .brand = o->fields->brand, .faults = faults };
	int rc = 0;

	if (!copy)
		rc = err_set(e, ERR_NOMEM, "no memory for the copy");
	else if (!cJSON_IsObject(root))
		faults_add(faults, "the answer is not the JSON object that was asked for");
	for (size_t i = 0; i < o->language_count && rc == 0 && cJSON_IsObject(root); i++) {
		r.locale = o->languages[i]->locale;
		rc = read_language(&r, root, copy, e);
	}
	if (rc != 0 || !cJSON_IsObject(root)) {
		cJSON_Delete(copy);
		copy = NULL;
	}
	cJSON_Delete(root);
	free(fields);
	return copy;
}
