/* explain_json.c - a product's life for programs: one JSON object on one line, written event by event. */
#include "jobs/explain.h"

#include "jobs/printable.h"
#include "jobs/report.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

struct document {
	FILE *out;
	const char *lock;
	int position;          /* of the picture that is being told; negative: none yet */
	bool first;            /* of its events */
	cJSON *event;          /* until its stages and calls are complete; NULL: none */
	cJSON *stages, *calls; /* parts of it; NULL: it has none */
	bool no_memory;        /* something is missing */
};

/* --- values --- */

static void add(struct document *d, cJSON *to, const char *key, cJSON *value)
{
	if (!value || !cJSON_AddItemToObject(to, key, value)) {
		cJSON_Delete(value);
		d->no_memory = true;
	}
}

static void add_count(struct document *d, cJSON *to, const char *key, int64_t value)
{
	add(d, to, key, cJSON_CreateNumber((double)value));
}

/* Digit by digit: a double would be a fraction of a fraction away. */
static void add_usd(struct document *d, cJSON *to, const char *key, int64_t nano)
{
	char money[EXPLAIN_MONEY_SIZE];

	add(d, to, key, cJSON_CreateRaw(explain_money(nano, money)));
}

static void add_ms(struct document *d, cJSON *to, const char *key, int64_t us)
{
	add(d, to, key, cJSON_CreateNumber((double)us / 1e3));
}

static cJSON *text_or_null(struct document *d, const char *text)
{
	char *valid = text ? printable_utf8(text) : NULL;
	cJSON *value = valid ? cJSON_CreateString(valid) : cJSON_CreateNull();

	d->no_memory |= text && !valid;
	free(valid);
	return value;
}

static void add_text(struct document *d, cJSON *to, const char *key, const char *text)
{
	add(d, to, key, text_or_null(d, text));
}

static void add_time(struct document *d, cJSON *to, const char *key, int64_t us)
{
	char when[REPORT_TIME_SIZE];

	report_time(us, when);
	add_text(d, to, key, us ? when : NULL);
}

/* JSON as it was written, on one line; as a text where it is none. */
static void add_json(struct document *d, cJSON *to, const char *key, const char *json)
{
	char *valid = json ? printable_utf8(json) : NULL;
	cJSON *parsed = valid ? cJSON_Parse(valid) : NULL;

	if (parsed) {
		cJSON_Minify(valid);
		add(d, to, key, cJSON_CreateRaw(valid));
	} else {
		add_text(d, to, key, json);
	}
	cJSON_Delete(parsed);
	free(valid);
}

/* "a,b" as ["a","b"]. */
static void add_names(struct document *d, cJSON *to, const char *key, const char *names)
{
	cJSON *list = cJSON_CreateArray();
	char *copy = strdup(names ? names : ""), *rest = NULL;

	for (char *name = copy ? strtok_r(copy, ",", &rest) : NULL; name && list; name = strtok_r(NULL, ",", &rest)) {
		cJSON *one = text_or_null(d, name);

		if (!one || !cJSON_AddItemToArray(list, one)) {
			cJSON_Delete(one);
			d->no_memory = true;
		}
	}
	d->no_memory |= !copy;
	free(copy);
	add(d, to, key, list);
}

/* The new object's, where it could be added. */
static cJSON *add_array(struct document *d, cJSON *to, const char *key)
{
	cJSON *list = cJSON_AddArrayToObject(to, key);

	d->no_memory |= !list;
	return list;
}

static cJSON *add_row(struct document *d, cJSON *to)
{
	cJSON *row = cJSON_CreateObject();

	if (!row || !to || !cJSON_AddItemToArray(to, row)) {
		cJSON_Delete(row);
		d->no_memory = true;
		return NULL;
	}
	return row;
}

/* Writes an object and frees it; the braces stay, or only what is between them. */
static int write_object(struct document *d, cJSON *object, bool braces, struct err *e)
{
	char *text = d->no_memory || !object ? NULL : cJSON_PrintUnformatted(object);
	size_t length = text ? strlen(text) : 0;

	cJSON_Delete(object);
	if (!text)
		return err_set(e, ERR_NOMEM, "no memory to explain a product");
	if (braces)
		fwrite(text, 1, length, d->out);
	else
		fwrite(text + 1, 1, length - 2, d->out);
	cJSON_free(text);
	return 0;
}

/* --- the parts --- */

static int write_product(void *ctx, const struct life_product *p, struct err *e)
{
	struct document *d = ctx;
	cJSON *o = cJSON_CreateObject();

	add_text(d, o, "sku", p->sku);
	add_text(d, o, "title", p->title);
	add_text(d, o, "brand", p->brand);
	add_text(d, o, "category", p->category);
	add(d, o, "read_by_run", p->run ? cJSON_CreateNumber((double)p->run) : cJSON_CreateNull());
	add_json(d, o, "manifest_line", p->json);
	fputc('{', d->out);
	if (write_object(d, o, false, e) != 0)
		return -1;
	fputs(",\"pictures\":[", d->out);
	return 0;
}

static int end_event(struct document *d, struct err *e)
{
	cJSON *event = d->event;

	if (!event)
		return 0;
	d->event = d->stages = d->calls = NULL;
	if (!d->first)
		fputc(',', d->out);
	d->first = false;
	return write_object(d, event, true, e);
}

static void begin_position(struct document *d, int position)
{
	fprintf(d->out, "%s{\"position\":%d,\"life\":[", d->position >= 0 ? "]}," : "", position);
	d->position = position;
	d->first = true;
}

static void add_error(struct document *d, cJSON *to, const struct life_event *v)
{
	enum err_code code = v->error ? err_by_name(v->error) : ERR_CODES;
	cJSON *error = v->error ? cJSON_CreateObject() : cJSON_CreateNull();

	if (v->error && error) {
		add_text(d, error, "code", v->error);
		add_text(d, error, "stage", v->error_stage);
		add_text(d, error, "message", v->error_message);
		add(d, error, "retryable", cJSON_CreateBool(code != ERR_CODES && err_retryable(code)));
		add_text(d, error, "advice", code != ERR_CODES ? err_advice(code) : NULL);
	}
	add(d, to, "error", error);
}

/* What the line of results.jsonl says of this, in its words. */
static void add_from_line(struct document *d, cJSON *to, const char *key, const cJSON *line)
{
	const cJSON *part = cJSON_GetObjectItemCaseSensitive(line, key);

	add(d, to, key, part ? cJSON_Duplicate(part, true) : cJSON_CreateNull());
}

static void add_outcome(struct document *d, cJSON *o, const struct life_event *v)
{
	char *valid = v->json ? printable_utf8(v->json) : NULL;
	cJSON *line = valid ? cJSON_Parse(valid) : NULL;

	add_time(d, o, "recorded", v->recorded_us);
	add_count(d, o, "line", v->line);
	add_text(d, o, "status", v->status);
	add_names(d, o, "reasons", v->reasons);
	add(d, o, "confidence", v->confidence >= 0 ? cJSON_CreateNumber(v->confidence) : cJSON_CreateNull());
	add_text(d, o, "image_model", v->image_model);
	add_text(d, o, "text_model", v->text_model);
	add_count(d, o, "requests", v->requests);
	add_usd(d, o, "cost_usd", v->cost_nano);
	add_ms(d, o, "took_ms", v->took_us);
	add_from_line(d, o, "output", line);
	add_from_line(d, o, "checks", line);
	add_error(d, o, v);
	cJSON_Delete(line);
	free(valid);
}

static void add_worked_on(struct document *d, cJSON *o, const struct life_event *v)
{
	add_text(d, o, "event", v->kind == LIFE_WORKED_ON ? "worked_on" : "unrecorded");
	add_count(d, o, "run", v->run);
	add_text(d, o, "command", v->command);
	add_text(d, o, "run_state", explain_run_state(v, d->lock));
	add_time(d, o, "run_started", v->run_started_us);
	add_text(d, o, "source", v->source);
	if (v->kind == LIFE_WORKED_ON)
		add_outcome(d, o, v);
	d->stages = add_array(d, o, "stages");
	d->calls = add_array(d, o, "calls");
}

static void add_unchanged(struct document *d, cJSON *o, const struct life_event *v)
{
	add_text(d, o, "event", "unchanged");
	add_count(d, o, "first_run", v->run);
	add_count(d, o, "last_run", v->last_run);
	add_count(d, o, "runs", v->runs);
	add_time(d, o, "first", v->first_recorded_us);
	add_time(d, o, "last", v->recorded_us);
	add_count(d, o, "requests", v->requests);
	add_usd(d, o, "saved_usd", v->saved_nano);
	add_count(d, o, "made_by_run", v->made_run);
}

static int write_event(void *ctx, const struct life_event *v, struct err *e)
{
	struct document *d = ctx;

	if (end_event(d, e) != 0)
		return -1;
	if (d->position != v->position)
		begin_position(d, v->position);
	d->event = cJSON_CreateObject();
	if (v->kind == LIFE_UNCHANGED)
		add_unchanged(d, d->event, v);
	else
		add_worked_on(d, d->event, v);
	return 0;
}

static int add_stage(void *ctx, const struct life_stage *s, struct err *e)
{
	struct document *d = ctx;
	bool hit = strcmp(s->origin, "cache") == 0;
	cJSON *o = add_row(d, d->stages);
	char key[DIGEST_HEX] = "";

	(void)e;
	if (s->key)
		digest_hex(s->key, key);
	add_text(d, o, "stage", s->stage);
	add_text(d, o, "origin", s->origin);
	add_time(d, o, "started", s->started_us);
	add_ms(d, o, "took_ms", s->took_us);
	add_usd(d, o, "cost_usd", hit ? 0 : s->cost_nano);
	add_usd(d, o, "saved_usd", hit ? s->cost_nano : 0);
	add_text(d, o, "error", s->error);
	add_text(d, o, "key", *key ? key : NULL);
	add_text(d, o, "cache", explain_cache_name(s->cache));
	add_json(d, o, "facts", s->facts);
	return 0;
}

static void add_tokens(struct document *d, cJSON *to, const struct life_call *c)
{
	cJSON *tokens = c->has_tokens ? cJSON_CreateObject() : cJSON_CreateNull();

	if (c->has_tokens && tokens) {
		add_count(d, tokens, "text_in", c->text_in);
		add_count(d, tokens, "image_in", c->image_in);
		add_count(d, tokens, "text_out", c->text_out);
		add_count(d, tokens, "image_out", c->image_out);
	}
	add(d, to, "tokens", tokens);
}

static int add_call(void *ctx, const struct life_call *c, struct err *e)
{
	struct document *d = ctx;
	cJSON *o = add_row(d, d->calls);

	(void)e;
	add_count(d, o, "id", c->id);
	add_text(d, o, "stage", c->stage);
	add_text(d, o, "kind", c->kind);
	add_text(d, o, "model", c->model);
	add_text(d, o, "endpoint", c->endpoint && *c->endpoint ? c->endpoint : NULL);
	add_text(d, o, "state", c->state);
	add_time(d, o, "started", c->started_us);
	add_time(d, o, "ended", c->ended_us);
	add_count(d, o, "tries", c->tries);
	add_usd(d, o, "reserved_usd", c->reserved_nano);
	if (c->settled_nano >= 0)
		add_usd(d, o, "settled_usd", c->settled_nano);
	else
		add(d, o, "settled_usd", cJSON_CreateNull());
	add_tokens(d, o, c);
	add_text(d, o, "error", c->error);
	add_text(d, o, "answered_by", c->answered_by);
	add_text(d, o, "answer_id", c->answer_id);
	return 0;
}

static void add_money(struct document *d, cJSON *to, const struct life_money *m)
{
	add_count(d, to, "calls", m->calls);
	add_usd(d, to, "settled_usd", m->settled_nano);
	add_usd(d, to, "unknown_usd", m->unknown_nano);
	add_usd(d, to, "open_usd", m->open_nano);
}

static int write_totals(void *ctx, const struct life_totals *t, struct err *e)
{
	struct document *d = ctx;
	cJSON *o = cJSON_CreateObject(), *totals, *nobodys;

	if (end_event(d, e) != 0) {
		cJSON_Delete(o);
		return -1;
	}
	fputs(d->position >= 0 ? "]}]," : "],", d->out);
	totals = cJSON_AddObjectToObject(o, "totals");
	nobodys = cJSON_AddObjectToObject(o, "unattributed");
	add_count(d, totals, "worked_on", t->worked_on);
	add_count(d, totals, "unchanged", t->unchanged);
	add_money(d, totals, &t->paid);
	add_usd(d, totals, "saved_usd", t->saved_nano);
	add_money(d, nobodys, &t->nobodys);
	if (write_object(d, o, false, e) != 0)
		return -1;
	fputs("}\n", d->out);
	return 0;
}

int explain_json(FILE *out, struct store_reader *reader, const char *sku, const char *lock, struct err *e)
{
	struct document d = { .out = out, .lock = lock, .position = -1 };
	const struct life_reader to = { &d, write_product, write_event, add_stage, add_call, write_totals };
	int rc = store_explain(reader, sku, &to, e);

	cJSON_Delete(d.event);
	return rc;
}
