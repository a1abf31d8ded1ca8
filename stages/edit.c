#include "stages/edit.h"

#include "pipeline/file.h"
#include "pipeline/log.h"
#include "stages/edit_pictures.h"
#include "stages/edited.h"
#include "stages/product.h"
#include "stages/prompt.h"
#include "stages/road.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BORDER_LEAST 0.98 /* share of the border that must be near white: less is no white backdrop */

/* What is remembered between the calls for one picture. */
struct edit_work {
	int use;            /* model at work */
	int answers;        /* of it that had no usable picture */
	int looked;         /* firmer requests made */
	bool firmer;        /* the next one is */
	struct err first;   /* why the first model did not serve */
	struct bytes *best; /* the best picture so far that is not what was asked for */
	struct edited_look look;
	struct sent_picture source;              /* as the model at work gets it */
	struct bytes *others[EDIT_PICTURES_MAX]; /* photos of the product that go along, as they came */
	int other_count;
	size_t next_other;                                 /* of the product's, to be looked at */
	bool fetching;                                     /* the reply under way is one of them */
	int looked_for;                                    /* how many were to go along */
	struct sent_picture references[EDIT_PICTURES_MAX]; /* the same, as the model at work gets them */
	int reference_count;
};

static void work_free(void *p)
{
	struct edit_work *w = p;

	bytes_unref(w->best);
	sent_picture_release(&w->source);
	for (int i = 0; i < w->other_count; i++)
		bytes_unref(w->others[i]);
	for (int i = 0; i < w->reference_count; i++)
		sent_picture_release(&w->references[i]);
	free(w);
}

/* --- the prompt --- */

static char *prompt_of(const struct edit_config *c, const struct item *it, bool references, bool firmer, struct err *e)
{
	static const char *const names[] = {
		[EDIT_WHOLE] = "edit", [EDIT_REMOVE] = "remove", [EDIT_ENHANCE] = "enhance"
	};
	const struct product *p = it->product;
	const struct prompt_field fields[] = {
		{ "category", p ? p->category : NULL, false },
		{ "brand", p ? p->brand : NULL, false },
		{ "audience", p ? p->audience : NULL, false },
		{ "shadow",
		  c->shadow ? "Under the product lies a soft, short, neutral grey contact shadow."
			    : "There is no shadow.",
		  true },
		{ "style", c->style, true },
		{ "references",
		  references ? "The other photos show the same product: its true shape and colours are theirs." : NULL,
		  true },
		{ "style_picture",
		  c->style_picture ? "The last picture only shows the shop's style of light and colour." : NULL, true },
		{ NULL, NULL, false },
	};
	char *text = prompt_fill(names[c->task], fields, e), *more, *both;

	if (!text || !firmer)
		return text;
	more = prompt_fill("firmer", fields, e);
	both = more ? realloc(text, strlen(text) + strlen(more) + 2) : NULL;
	if (both) {
		strcat(strcat(both, "\n"), more);
		text = both;
	}
	free(more);
	if (both)
		return text;
	free(text);
	err_set(e, ERR_NOMEM, "no memory for a prompt");
	return NULL;
}

/* The other photos that may go along: by name, and as the files are now. */
static void put_references(const struct edit_config *c, const struct item *it, struct key *k)
{
	const struct product *p = it->product;
	int room = c->reference_images < EDIT_PICTURES_MAX - 2 ? c->reference_images : EDIT_PICTURES_MAX - 2;

	for (size_t i = 0; p && i < p->image_count && room > 0; i++) {
		struct file_stamp stamp;
		struct err ignored = { 0 };

		if ((int)i + 1 == it->position)
			continue;
		key_text(k, "reference", p->images[i]);
		if (p->images[i][0] == '/' && file_stat(p->images[i], &stamp, &ignored) == 0) {
			key_int(k, "size", stamp.size);
			key_int(k, "mtime", stamp.mtime_ns);
		}
		room--;
	}
}

bool edit_key(const struct edit_config *c, const struct item *it, const struct digest *source, struct key *k)
{
	struct err ignored = { 0 };
	char *prompt = prompt_of(c, it, c->reference_images > 0, true, &ignored);
	const struct model_size *size = model_size_for(c->uses[0].model, c->side);
	struct digest style;

	if (!prompt)
		return false;
	key_digest(k, "source", source);
	key_text(k, "prompt", prompt);
	free(prompt);
	/* The first model alone: whoever adds a fallback does not want to buy again what the first one has made. */
	key_text(k, "model", c->uses[0].model->id);
	key_text(k, "size", size ? size->name : NULL); /* not the frame's: what is asked for often serves several */
	put_references(c, it, k);
	if (c->style_picture) {
		digest_of(c->style_picture->data, c->style_picture->size, &style);
		key_digest(k, "style", &style);
	}
	return true;
}

/* --- asking --- */

static bool has_room(const struct edit_config *c, const struct edit_work *w)
{
	return w->looked_for < c->reference_images && w->looked_for < EDIT_PICTURES_MAX - 2;
}

/* One that cannot be had is left out: the picture itself matters more. */
static void left_out(const struct item *it, const char *name, const struct err *why)
{
	log_about(LOG_WARN, &(struct log_subject){ it->sku, it->position, road_stages[it->stage]->name },
		  "%.100s does not go along as a reference: %s", name, why->msg);
}

static void take_other(const struct edit_config *c, const struct item *it, struct edit_work *w, const char *name,
		       struct bytes *file)
{
	struct picture_info info;
	struct err why = { 0 };

	if (picture_probe(file, &c->limits, &info, &why) == 0)
		w->others[w->other_count++] = bytes_ref(file);
	else
		left_out(it, name, &why);
}

/* Gathers the product's other photos, files at once. 1: the call fetches the next; 0: there are no more; -1: err. */
static int gather(const struct edit_config *c, const struct item *it, struct call *call, struct err *e)
{
	const struct product *p = it->product;
	struct edit_work *w = it->work;

	for (; p && w->next_other < p->image_count && has_room(c, w); w->next_other++) {
		const char *name = p->images[w->next_other];
		struct bytes *file = NULL;
		struct err why = { 0 };

		if ((int)w->next_other + 1 == it->position)
			continue;
		w->looked_for++;
		if (name[0] != '/') {
			w->fetching = true;
			return fetch_call(c->fetch, name, call, e) == 0 ? 1 : -1;
		}
		if (file_read(name, (size_t)c->limits.max_bytes, &file, NULL, &why) == 0)
			take_other(c, it, w, name, file);
		else
			left_out(it, name, &why);
		bytes_unref(file);
	}
	return 0;
}

static void take_fetched(const struct edit_config *c, const struct item *it, const struct reply *reply)
{
	const struct product *p = it->product;
	struct edit_work *w = it->work;
	struct err why = reply->err;

	w->fetching = false;
	if (why.code == ERR_OK && reply->status / 100 != 2)
		err_set(&why, ERR_SOURCE_HTTP, "its server answered %d", reply->status);
	if (why.code == ERR_OK)
		take_other(c, it, w, p->images[w->next_other], reply->body);
	else
		left_out(it, p->images[w->next_other], &why);
	w->next_other++;
}

/* As the model at work takes them. */
static void take_references(const struct edit_config *c, struct edit_work *w)
{
	const struct model *m = c->uses[w->use].model;

	for (int i = 0; i < w->reference_count; i++)
		sent_picture_release(&w->references[i]);
	w->reference_count = 0;
	for (int i = 0; i < w->other_count; i++) {
		struct err ignored = { 0 };

		if (sent_picture_make(w->others[i], m, &c->limits, &w->references[w->reference_count], &ignored) == 0)
			w->reference_count++;
	}
}

static void add_picture(struct edit_request *r, struct bytes *b, enum picture_format f)
{
	r->pictures[r->picture_count] = b;
	r->formats[r->picture_count++] = f;
}

static int fill_request(const struct edit_config *c, struct item *it, struct bytes *source, struct edit_request *r,
			struct err *e)
{
	struct edit_work *w = it->work;
	const struct model_size *size = model_size_for(r->model, c->side);

	if (!w->source.bytes) {
		if (sent_picture_make(source, r->model, &c->limits, &w->source, e) != 0)
			return -1;
		take_references(c, w);
	}
	r->size = size ? size->name : NULL;
	add_picture(r, w->source.bytes, w->source.format);
	for (int i = 0; i < w->reference_count; i++)
		add_picture(r, w->references[i].bytes, w->references[i].format);
	if (c->style_picture && r->model->takes & 1u << c->style_format)
		add_picture(r, c->style_picture, c->style_format);
	return 0;
}

static enum edit_next ask(const struct edit_config *c, struct item *it, struct bytes *source, struct result *out,
			  struct call *call, struct err *e)
{
	struct edit_work *w = it->work;
	const struct model_use *use = &c->uses[w->use];
	struct edit_request r = { .model = use->model };
	char *prompt;
	int rc;

	if (use->service == 0) {
		out->fleeting = err_retryable(w->first.code); /* the model that is called may serve another time */
		return EDIT_LOCAL;
	}
	if (fill_request(c, it, source, &r, e) != 0)
		return EDIT_FAIL;
	prompt = prompt_of(c, it, w->reference_count > 0, w->firmer, e);
	if (!prompt)
		return EDIT_FAIL;
	r.prompt = prompt;
	rc = dialect_functions(use->model->dialect)->ask_edit(&r, call, e);
	call->service = use->service;
	free(prompt);
	return rc == 0 ? EDIT_CALL : EDIT_FAIL;
}

static enum edit_next gather_or_ask(const struct edit_config *c, struct item *it, struct bytes *source,
				    struct result *out, struct call *call, struct err *e)
{
	int rc = gather(c, it, call, e);

	return rc < 0 ? EDIT_FAIL : rc > 0 ? EDIT_CALL : ask(c, it, source, out, call, e);
}

enum edit_next edit_begin(const struct edit_config *c, struct item *it, struct bytes *source, struct result *out,
			  struct call *call, struct err *e)
{
	it->work = calloc(1, sizeof(struct edit_work));
	it->work_free = work_free;
	if (it->work)
		return gather_or_ask(c, it, source, out, call, e);
	err_set(e, ERR_NOMEM, "no memory to edit a picture of %s", it->sku);
	return EDIT_FAIL;
}

/* --- answers --- */

static double rounded(double v)
{
	return floor(v * 100 + 0.5) / 100;
}

static char *facts_of(const struct edit_config *c, const struct edit_work *w, const struct edited_look *look)
{
	cJSON *o = cJSON_CreateObject(), *reasons = NULL;
	bool whole = o && cJSON_AddStringToObject(o, "method", "model") &&
		     cJSON_AddStringToObject(o, "kind", "edited") &&
		     cJSON_AddStringToObject(o, "model", c->uses[w->use].model->id) &&
		     cJSON_AddNumberToObject(o, "confidence", rounded(look->confidence)) &&
		     cJSON_AddBoolToObject(o, "whole", c->task != EDIT_REMOVE) &&
		     (reasons = cJSON_AddArrayToObject(o, "reasons"));
	char *text;

	if (whole && w->use > 0)
		whole = cJSON_AddItemToArray(reasons, cJSON_CreateString("fallback"));
	if (whole && w->reference_count < w->looked_for)
		whole = cJSON_AddItemToArray(reasons, cJSON_CreateString("reference_missing"));
	if (whole && look->border_white < BORDER_LEAST && !look->touches_border)
		whole = cJSON_AddItemToArray(reasons, cJSON_CreateString("border_not_white"));
	if (whole && look->touches_border)
		whole = cJSON_AddItemToArray(reasons, cJSON_CreateString("touches_border"));
	text = whole ? cJSON_PrintUnformatted(o) : NULL;
	cJSON_Delete(o);
	return text;
}

static enum edit_next deliver(const struct edit_config *c, struct item *it, struct bytes *picture,
			      const struct edited_look *look, struct result *out, struct err *e)
{
	out->facts = facts_of(c, it->work, look);
	if (!out->facts) {
		err_set(e, ERR_NOMEM, "no memory for what is known of %s", it->sku);
		return EDIT_FAIL;
	}
	out->bytes = bytes_ref(picture);
	return EDIT_DONE;
}

static enum edit_next deliver_best(const struct edit_config *c, struct item *it, struct result *out, struct err *e)
{
	struct edit_work *w = it->work;

	return deliver(c, it, w->best, &w->look, out, e);
}

/* To the next model, or the end of them: then the first one's reason counts. */
static enum edit_next next_model(const struct edit_config *c, struct item *it, struct bytes *source,
				 const struct err *why, struct result *out, struct call *call, struct err *e)
{
	struct edit_work *w = it->work;

	if (w->first.code == ERR_OK)
		w->first = *why;
	if (w->use + 1 == c->use_count) {
		*e = w->first;
		return EDIT_FAIL;
	}
	w->use++;
	w->answers = w->looked = 0;
	w->firmer = false;
	sent_picture_release(&w->source); /* the next one may take other pictures */
	return ask(c, it, source, out, call, e);
}

/* No usable picture, for a reason that may pass. */
static enum edit_next again(const struct edit_config *c, struct item *it, struct bytes *source, const struct err *why,
			    struct result *out, struct call *call, struct err *e)
{
	struct edit_work *w = it->work;

	if (w->answers++ < c->answer_retries)
		return ask(c, it, source, out, call, e);
	return next_model(c, it, source, why, out, call, e);
}

static enum edit_next judge(const struct edit_config *c, struct item *it, struct bytes *source, struct bytes *picture,
			    const struct edited_look *look, struct result *out, struct call *call,
			    struct receipt *receipt, struct err *e)
{
	struct edit_work *w = it->work;
	bool good = look->border_white >= BORDER_LEAST && !look->touches_border;

	if (w->best && !good && w->look.confidence >= look->confidence)
		return deliver_best(c, it, out, e);
	if (good || w->looked >= c->quality_retries)
		return deliver(c, it, picture, look, out, e);
	receipt->fault = ERR_ANSWER;                            /* paid for, and not what was asked for */
	if (deliver(c, it, picture, look, out, e) != EDIT_DONE) /* should nothing better come */
		return EDIT_FAIL;
	bytes_unref(w->best);
	w->best = bytes_ref(picture);
	w->look = *look;
	w->looked++;
	w->firmer = true;
	return ask(c, it, source, out, call, e);
}

/* A 2xx reply. */
static enum edit_next read_answer(const struct edit_config *c, struct item *it, struct bytes *source,
				  const struct reply *reply, struct result *out, struct call *call,
				  struct receipt *receipt, struct err *e)
{
	const struct model *m = c->uses[((struct edit_work *)it->work)->use].model;
	struct answer answer = { 0 };
	struct edited_look look;
	struct err why = { 0 };
	enum edit_next next;
	char day[11];
	int rc = dialect_functions(m->dialect)->read(m, reply, false, &answer, receipt, &why);

	model_today(day); /* not the day on which the night began */
	receipt_price(receipt, c->models, m, day);
	if (rc == 0)
		rc = edited_look(answer.picture, &c->limits, &look, &why);
	if (rc == 0 && look.empty)
		rc = err_set(&why, ERR_NO_IMAGE, "%s: the picture is empty", m->id);
	receipt->fault = why.code;
	if (rc == 0)
		next = judge(c, it, source, answer.picture, &look, out, call, receipt, e);
	else if (((struct edit_work *)it->work)
			 ->best) /* to a firmer request: what was there before is better than nothing */
		next = deliver_best(c, it, out, e);
	else if (why.code == ERR_REFUSED)
		next = next_model(c, it, source, &why, out, call, e);
	else if (why.code == ERR_NOMEM)
		next = (*e = why, EDIT_FAIL);
	else
		next = again(c, it, source, &why, out, call, e);
	answer_release(&answer);
	return next;
}

/* Not to be had, as opposed to: refused this item, or lost. A further payment for a lost answer is not ours to make. */
static bool another_may_serve(enum err_code code)
{
	return code != ERR_LOST && code != ERR_INTERRUPTED && code != ERR_NOMEM && code != ERR_BUDGET;
}

enum edit_next edit_accept(const struct edit_config *c, struct item *it, struct bytes *source,
			   const struct reply *reply, struct result *out, struct call *call, struct receipt *receipt,
			   struct err *e)
{
	struct edit_work *w = it->work;

	if (w->fetching && reply->err.code != ERR_INTERRUPTED) {
		take_fetched(c, it, reply);
		return gather_or_ask(c, it, source, out, call, e);
	}
	if (reply->err.code == ERR_OK)
		return read_answer(c, it, source, reply, out, call, receipt, e);
	if (w->best)
		return deliver_best(c, it, out, e);
	if (another_may_serve(reply->err.code))
		return next_model(c, it, source, &reply->err, out, call, e);
	*e = reply->err;
	return EDIT_FAIL;
}
