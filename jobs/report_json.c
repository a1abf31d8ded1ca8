/* report_json.c - the figures of a run for programs: one JSON object on one line. Keys are promises: add, never rename.
 */
#include "jobs/report.h"

#include "jobs/printable.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* An object in the making; NULL inside: memory ran out, and everything added to it is lost with it. */
struct json {
	cJSON *root;
	bool no_memory;
};

static void add(struct json *j, cJSON *to, const char *key, cJSON *value)
{
	if (!value || !cJSON_AddItemToObject(to, key, value)) {
		cJSON_Delete(value);
		j->no_memory = true;
	}
}

static void add_number(struct json *j, cJSON *to, const char *key, double value)
{
	add(j, to, key, cJSON_CreateNumber(value));
}

static void add_count(struct json *j, cJSON *to, const char *key, int64_t value)
{
	add_number(j, to, key, (double)value);
}

static void add_usd(struct json *j, cJSON *to, const char *key, int64_t nano)
{
	add_number(j, to, key, (double)nano / 1e9);
}

/* part / whole; null where there is no whole. */
static void add_ratio(struct json *j, cJSON *to, const char *key, double part, double whole)
{
	add(j, to, key, whole > 0 ? cJSON_CreateNumber(part / whole) : cJSON_CreateNull());
}

static void add_text(struct json *j, cJSON *to, const char *key, const char *text)
{
	char *valid = text ? printable_utf8(text) : NULL;

	if (text && !valid)
		j->no_memory = true;
	add(j, to, key, valid ? cJSON_CreateString(valid) : cJSON_CreateNull());
	free(valid);
}

static void add_time(struct json *j, cJSON *to, const char *key, int64_t us)
{
	char when[REPORT_TIME_SIZE];

	report_time(us, when);
	add_text(j, to, key, us ? when : NULL);
}

static cJSON *add_object(struct json *j, cJSON *to, const char *key)
{
	cJSON *o = cJSON_AddObjectToObject(to, key);

	j->no_memory |= !o;
	return o;
}

static cJSON *add_array(struct json *j, cJSON *to, const char *key)
{
	cJSON *a = cJSON_AddArrayToObject(to, key);

	j->no_memory |= !a;
	return a;
}

/* A new object at the end of an array. */
static cJSON *add_row(struct json *j, cJSON *to)
{
	cJSON *o = cJSON_CreateObject();

	if (!o || !cJSON_AddItemToArray(to, o)) {
		cJSON_Delete(o);
		j->no_memory = true;
		return NULL;
	}
	return o;
}

/* --- the parts --- */

static void add_status(struct json *j, cJSON *to, const int64_t status[ITEM_STATUSES], int64_t total)
{
	add_count(j, to, "total", total);
	for (int i = 0; i < ITEM_STATUSES; i++)
		add_count(j, to, item_status_name((enum item_status)i), status[i]);
}

/* A run's number, or all of them where the figures are of several. */
static void add_run(struct json *j, const struct report_figures *f)
{
	const struct report_run *last = report_last_run(f);

	add_count(j, j->root, "run", last->id);
	add_time(j, j->root, "started", f->started_us);
	add_time(j, j->root, "finished", f->finished_us);
	add_text(j, j->root, "state", last->state);
	add_text(j, j->root, "command", last->command);
	add_text(j, j->root, "manifest", last->manifest);
	add_text(j, j->root, "version", last->version);
	add_number(j, j->root, "elapsed_s", (double)f->elapsed_us / 1e6);
}

static void add_runs(struct json *j, const struct report_figures *f)
{
	cJSON *list = add_array(j, j->root, "runs");

	for (size_t i = 0; i < f->run_count; i++) {
		const struct report_run *r = &f->runs[i];
		cJSON *row = add_row(j, list);

		add_count(j, row, "run", r->id);
		add(j, row, "base", r->base ? cJSON_CreateNumber((double)r->base) : cJSON_CreateNull());
		add_text(j, row, "command", r->command);
		add_text(j, row, "state", r->state);
		add_time(j, row, "started", r->started_us);
		add_time(j, row, "finished", r->finished_us);
		add(j, row, "gone_on_with", cJSON_CreateBool(r->gone_on_with));
		add_status(j, add_object(j, row, "items"), r->status, r->total);
		add_usd(j, row, "cost_usd", r->cost_nano + r->unknown_nano);
		add_usd(j, row, "unknown_usd", r->unknown_nano);
		add_usd(j, row, "saved_by_cache_usd", r->saved_nano);
	}
}

static void add_items(struct json *j, const struct report_figures *f)
{
	cJSON *items = add_object(j, j->root, "items");

	add_status(j, items, f->status, f->total);
	add_count(j, items, "unchanged", f->unchanged);
	add_ratio(j, j->root, "success_rate", (double)f->status[ITEM_SUCCEEDED], (double)f->total);
	add_ratio(j, j->root, "throughput_per_s", (double)f->total * 1e6, (double)f->elapsed_us);
}

static void add_percentiles(struct json *j, cJSON *to, const struct percentiles *us)
{
	static const char *const names[] = { "p50", "p95", "p99" };
	const int64_t values[] = { us->p50, us->p95, us->p99 };

	add_count(j, to, "count", us->count);
	for (int i = 0; i < 3; i++)
		add(j, to, names[i], us->count > 0 ? cJSON_CreateNumber((double)values[i] / 1e3) : cJSON_CreateNull());
}

static void add_costs(struct json *j, const struct report_figures *f)
{
	cJSON *cost = add_object(j, j->root, "cost"), *list, *row;

	add_usd(j, cost, "total_usd", f->cost_nano + f->unknown_nano);
	add_usd(j, cost, "image_usd", f->image_nano);
	add_usd(j, cost, "text_usd", f->text_nano);
	add_usd(j, cost, "unknown_usd", f->unknown_nano);
	add_usd(j, cost, "saved_by_cache_usd", f->saved_nano);
	add(j, cost, "per_accepted_usd",
	    report_per_accepted(f) < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(report_per_accepted(f)));
	list = add_array(j, cost, "by_model");
	for (size_t i = 0; i < f->model_count; i++) {
		row = add_row(j, list);
		add_text(j, row, "model", f->models[i].name);
		add_count(j, row, "items", f->models[i].items);
		add_count(j, row, "calls", f->models[i].calls);
		add_usd(j, row, "cost_usd", f->models[i].cost_nano + f->models[i].unknown_nano);
		add_usd(j, row, "unknown_usd", f->models[i].unknown_nano);
		add_count(j, row, "tokens_in", f->models[i].tokens_in);
		add_count(j, row, "tokens_out", f->models[i].tokens_out);
		add_percentiles(j, add_object(j, row, "latency_ms"), &f->models[i].us);
	}
	list = add_array(j, cost, "by_category");
	for (size_t i = 0; i < f->category_rows; i++) {
		row = add_row(j, list);
		add_text(j, row, "category", f->categories[i].name);
		add_count(j, row, "items", f->categories[i].items);
		add_count(j, row, "succeeded", f->categories[i].succeeded);
		add_usd(j, row, "cost_usd", f->categories[i].cost_nano);
	}
	add_count(j, cost, "category_count",
		  f->category_count); /* by_category lists the largest REPORT_CATEGORIES_MAX */
}

static void add_cache_and_calls(struct json *j, const struct report_figures *f)
{
	cJSON *cache = add_object(j, j->root, "cache"), *calls = add_object(j, j->root, "calls");

	add_count(j, cache, "hits", f->hits);
	add_count(j, cache, "misses", f->misses);
	add_ratio(j, cache, "hit_rate", (double)f->hits, (double)(f->hits + f->misses));
	add_count(j, calls, "sent", f->calls_sent);
	add_count(j, calls, "retried", f->calls_retried);
	add_count(j, calls, "failed", f->calls_failed);
	add_count(j, calls, "requests", f->requests);
}

static void add_stages(struct json *j, const struct report_figures *f)
{
	cJSON *latency = add_object(j, j->root, "latency_ms"), *stages = add_array(j, j->root, "stages");

	for (size_t i = 0; i < f->stage_count; i++) {
		const struct report_stage *s = &f->stages[i];
		cJSON *row = add_row(j, stages);

		add_percentiles(j, add_object(j, latency, s->name), &s->us);
		add_text(j, row, "stage", s->name);
		add_count(j, row, "made", s->made);
		add_count(j, row, "cached", s->cached);
		add_count(j, row, "failed", s->failed);
		add_usd(j, row, "cost_usd", s->cost_nano + s->unknown_nano);
	}
	add_percentiles(j, add_object(j, j->root, "item_ms"), &f->item_us);
	add_number(j, j->root, "percentiles_within", 0.008); /* of the value: they are read from histograms */
}

static void add_failures(struct json *j, const struct report_figures *f)
{
	cJSON *failures = add_array(j, j->root, "failures"), *reasons = add_array(j, j->root, "review_reasons");

	for (size_t i = 0; i < f->failure_count; i++) {
		const struct report_failure *x = &f->failures[i];
		enum err_code code = err_by_name(x->code);
		const struct report_example none = { 0 }, *first = x->example_count > 0 ? &x->examples[0] : &none;
		cJSON *row = add_row(j, failures), *example;

		add_text(j, row, "code", x->code);
		add_text(j, row, "stage", x->stage);
		add_count(j, row, "count", x->count);
		example = add_object(j, row, "example");
		add_text(j, example, "sku", first->sku);
		add_count(j, example, "position", first->position);
		add_count(j, example, "line", first->line);
		add_text(j, example, "source", first->source);
		add_text(j, example, "message", first->message);
		add(j, row, "retryable", cJSON_CreateBool(code != ERR_CODES && err_retryable(code)));
		add_text(j, row, "advice", code != ERR_CODES ? err_advice(code) : NULL);
	}
	for (size_t i = 0; i < f->reason_count; i++) {
		cJSON *row = add_row(j, reasons);

		add_text(j, row, "reason", f->reasons[i].name);
		add_count(j, row, "review", f->reasons[i].review);
		add_count(j, row, "rejected", f->reasons[i].rejected);
	}
}

static void add_projection(struct json *j, const struct projection *p)
{
	cJSON *to = add_object(j, j->root, "projection"), *list;

	add_count(j, to, "of_nights", p->nights);
	add_count(j, to, "nights", PROJECTION_NIGHTS);
	add_count(j, to, "image_calls", p->calls);
	add_usd(j, to, "month_usd", p->month_nano);
	list = add_array(j, to, "by_model");
	for (int i = 0; i < p->count; i++) {
		const struct projection_row *r = &p->rows[i];
		cJSON *row = add_row(j, list);

		add_text(j, row, "model", r->model);
		add(j, row, "estimated", cJSON_CreateBool(!r->used));
		add_usd(j, row, "month_usd", r->month_nano);
		add(j, row, "batch_month_usd",
		    r->batch_nano < 0 ? cJSON_CreateNull() : cJSON_CreateNumber((double)r->batch_nano / 1e9));
	}
}

int report_json(FILE *out, const struct report_figures *f, const struct projection *p, struct err *e)
{
	struct json j = { cJSON_CreateObject(), false };
	char *text = NULL;
	int rc = -1;

	add_run(&j, f);
	add_runs(&j, f);
	add_items(&j, f);
	add_costs(&j, f);
	add_cache_and_calls(&j, f);
	add_stages(&j, f);
	add_failures(&j, f);
	add_projection(&j, p);
	if (!j.no_memory)
		text = cJSON_PrintUnformatted(j.root);
	if (!text)
		err_set(e, ERR_NOMEM, "no memory for the report");
	else if (fprintf(out, "%s\n", text) < 0 || fflush(out) != 0)
		err_errno(e, ERR_IO, "the report cannot be written");
	else
		rc = 0;
	cJSON_free(text);
	cJSON_Delete(j.root);
	return rc;
}
