#include "stages/copy.h"

#include "pipeline/log.h"

#include "stages/copy_view.h"
#include "stages/copy_writer.h"
#include "stages/edit_pictures.h"
#include "stages/product.h"
#include "stages/road.h"
#include "stages/wording.h"

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

static bool is_called(const struct copy_config *cfg)
{
	return cfg->use.service > 0;
}

static struct copy_order order_of(const struct copy_config *cfg, const struct item *it,
				  const struct copy_fields *fields, const struct copy_template *const *templates,
				  size_t count)
{
	struct copy_order o = { .cfg = cfg, .fields = fields, .languages = templates, .language_count = count };

	if (cfg->picture) {
		o.picture = it->results[STAGE_RESIZE].bytes;
		o.picture_format = o.picture ? picture_sniff(o.picture->data, o.picture->size) : FORMAT_UNKNOWN;
	}
	return o;
}

/* What a model that is called is told beside the fields. */
static bool put_writer(struct key *k, const struct copy_config *cfg, const struct item *it,
		       const struct copy_fields *fields, const struct copy_template *const *templates, size_t count)
{
	struct copy_order o = order_of(cfg, it, fields, templates, count);
	const struct result *finished = &it->results[STAGE_RESIZE];
	struct err ignored = { 0 };
	char *prompt = copy_writer_prompt(&o, &ignored);

	if (!prompt)
		return false;
	key_text(k, "prompt", prompt);
	free(prompt);
	key_text(k, "thinking", cfg->use.model->thinking);
	key_digest(k, "wording", &cfg->wording->digest);
	for (int i = 0; i < cfg->market_count; i++)
		key_text(k, "market", cfg->markets[i]);
	if (cfg->picture && finished->has_blob)
		key_digest(k, "picture", &finished->blob);
	return !cfg->picture || finished->has_blob;
}

static bool copy_key(const void *config, const struct item *it, struct key *k)
{
	const struct copy_config *cfg = config;
	const struct copy_template *templates[PRODUCT_LOCALES_MAX];
	struct copy_fields fields;
	struct err ignored = { 0 };
	bool whole;
	size_t count;

	if (cfg->off)
		return false;
	whole = copy_fields_read(&fields, it->product, &ignored) == 0;
	if (whole) {
		put_fields(k, &fields);
		count = choose(cfg, it->product, templates);
		for (size_t i = 0; i < count; i++)
			key_digest(k, templates[i]->locale, &templates[i]->digest);
		key_text(k, "model", cfg->model);
		whole = !is_called(cfg) || put_writer(k, cfg, it, &fields, templates, count);
	}
	copy_fields_release(&fields);
	return whole;
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

/* Takes the texts over. NULL: no memory. */
static char *facts_of(cJSON *texts, const char *model, const char *reason)
{
	cJSON *facts = cJSON_CreateObject(), *reasons = NULL;
	bool whole = facts && add_list(facts, "texts", texts) && cJSON_AddStringToObject(facts, "model", model) &&
		     (reasons = cJSON_AddArrayToObject(facts, "reasons"));
	char *text = NULL;

	if (whole && reason)
		whole = cJSON_AddItemToArray(reasons, cJSON_CreateString(reason));
	if (whole)
		text = cJSON_PrintUnformatted(facts);
	cJSON_Delete(facts);
	return text;
}

static enum stage_next write_by_template(const struct copy_config *cfg, struct item *it, const char *reason,
					 struct result *out, struct err *e)
{
	const struct copy_template *templates[PRODUCT_LOCALES_MAX];
	struct copy_fields fields;
	cJSON *all = cJSON_CreateObject();
	bool whole = copy_fields_read(&fields, it->product, e) == 0 && all;
	size_t count = choose(cfg, it->product, templates);

	for (size_t i = 0; whole && i < count; i++)
		whole = add_list(all, templates[i]->locale, write_copy(templates[i], &fields));
	copy_fields_release(&fields);
	if (whole)
		out->facts = facts_of(all, reason ? "template" : cfg->model, reason);
	else
		cJSON_Delete(all);
	if (out->facts)
		return STAGE_DONE;
	err_set(e, ERR_NOMEM, "no memory for the copy of %s", it->sku);
	return STAGE_FAIL;
}

/* --- a model that is called --- */

#define CORRECTIONS_MAX 1

static const struct picture_limits finished_limits = { 100 << 20, 100 << 20, 1 }; /* of a picture of our own */

static enum stage_next ask(const struct copy_config *cfg, struct item *it, const char *faults, struct call *call,
			   struct err *e)
{
	const struct copy_template *templates[PRODUCT_LOCALES_MAX];
	size_t count = choose(cfg, it->product, templates);
	struct copy_fields fields;
	struct copy_order order = order_of(cfg, it, &fields, templates, count);
	struct sent_picture sent = { 0 };
	int rc = copy_fields_read(&fields, it->product, e);

	if (rc == 0 && order.picture) { /* in a format that the model takes */
		rc = sent_picture_make(order.picture, cfg->use.model, &finished_limits, &sent, e);
		order.picture = sent.bytes;
		order.picture_format = sent.format;
	}
	if (rc == 0)
		rc = copy_writer_ask(&order, faults, call, e);
	sent_picture_release(&sent);
	copy_fields_release(&fields);
	return rc == 0 ? STAGE_CALL : STAGE_FAIL;
}

static enum stage_next copy_begin(const void *config, struct item *it, struct result *out, struct call *call,
				  struct err *e)
{
	const struct copy_config *cfg = config;

	if (cfg->off)
		return STAGE_DONE;
	return is_called(cfg) ? ask(cfg, it, NULL, call, e) : write_by_template(cfg, it, NULL, out, e);
}

/* The texts, or NULL with faults; or NULL with err. */
static cJSON *read_texts(const struct copy_config *cfg, const struct item *it, const char *text, struct faults *faults,
			 struct err *e)
{
	const struct copy_template *templates[PRODUCT_LOCALES_MAX];
	size_t count = choose(cfg, it->product, templates);
	struct copy_fields fields;
	struct copy_order order = order_of(cfg, it, &fields, templates, count);
	cJSON *texts = NULL;

	if (copy_fields_read(&fields, it->product, e) == 0)
		texts = copy_writer_read(&order, text, faults, e);
	copy_fields_release(&fields);
	if (texts && faults->count > 0) {
		cJSON_Delete(texts);
		texts = NULL;
	}
	return texts;
}

/* What was asked again once is not asked a third time: the templates cannot say what is not so. */
static enum stage_next correct(const struct copy_config *cfg, struct item *it, const struct faults *faults,
			       struct result *out, struct call *call, struct err *e)
{
	int *corrections = it->work ? it->work : calloc(1, sizeof(*corrections));

	if (!corrections) {
		err_set(e, ERR_NOMEM, "no memory for the copy of %s", it->sku);
		return STAGE_FAIL;
	}
	it->work = corrections;
	it->work_free = free;
	log_about(LOG_INFO, &(struct log_subject){ it->sku, it->position, stage_copy.name },
		  "the copy that %s wrote is not used: %.400s", cfg->use.model->id, faults->text);
	if (*corrections >= CORRECTIONS_MAX)
		return write_by_template(cfg, it, "copy_by_template", out, e);
	++*corrections;
	return ask(cfg, it, faults->text, call, e);
}

static enum stage_next copy_accept(const void *config, struct item *it, const struct reply *reply, struct result *out,
				   struct call *call, struct receipt *receipt, struct err *e)
{
	const struct copy_config *cfg = config;
	const struct dialect_functions *speak = dialect_functions(cfg->use.model->dialect);
	struct faults faults = { 0 };
	struct answer answer = { 0 };
	struct err why = { 0 };
	cJSON *texts = NULL;
	char day[11];

	/* Said no for good: the picture is there, and must not wait for words. */
	if (reply->err.code == ERR_REFUSED || reply->err.code == ERR_REQUEST) {
		log_about(LOG_WARN, &(struct log_subject){ it->sku, it->position, stage_copy.name }, "%s",
			  reply->err.msg);
		return write_by_template(cfg, it, "copy_by_template", out, e);
	}
	if (reply->err.code != ERR_OK) {
		*e = reply->err;
		return STAGE_FAIL;
	}
	if (speak->read(cfg->use.model, reply, true, &answer, receipt, &why) == 0 && answer.text)
		texts = read_texts(cfg, it, answer.text, &faults, e);
	else if (why.code == ERR_CUT_OFF || why.code == ERR_ANSWER || why.code == ERR_OK)
		faults_add(&faults, "%s", why.code == ERR_OK ? "there was no text" : why.msg);
	model_today(day);
	receipt->fault = why.code != ERR_OK ? why.code : texts ? ERR_OK : ERR_ANSWER;
	receipt_price(receipt, cfg->models, cfg->use.model, day);
	answer_release(&answer);
	if (e->code != ERR_OK)
		return STAGE_FAIL;
	if (why.code == ERR_REFUSED || why.code == ERR_NO_IMAGE)
		return write_by_template(cfg, it, "copy_by_template", out, e);
	if (why.code == ERR_NOMEM) {
		*e = why;
		return STAGE_FAIL;
	}
	if (!texts)
		return correct(cfg, it, &faults, out, call, e);
	out->facts = facts_of(texts, cfg->use.model->id, NULL);
	if (out->facts)
		return STAGE_DONE;
	err_set(e, ERR_NOMEM, "no memory for the copy of %s", it->sku);
	return STAGE_FAIL;
}

const struct stage stage_copy = { .name = "copy",
				  .version = 2,
				  .needs = 1u << STAGE_RESIZE, /* publish reads them next in any case */
				  .key = copy_key,
				  .begin = copy_begin,
				  .accept = copy_accept };
