/* explain_text.c - a product's life for people. Nothing is wrapped; what comes from outside is made printable and cut
 * where it is endless. */
#include "jobs/explain.h"

#include "jobs/figures.h"
#include "jobs/paint.h"
#include "jobs/printable.h"
#include "jobs/report.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SHOWN   200 /* characters of one value */
#define FIELDS_SHOWN 64  /* of a manifest line */
#define FIELD_WIDTH  24
#define ADVICE_AT    16 /* column */

struct page {
	FILE *out;
	const char *lock;
	bool colour;
	int position;       /* of the picture that is being told; negative: none yet */
	bool stages, calls; /* of this event, have begun */
};

/* --- values --- */

static void put(const struct page *p, const char *text)
{
	char *line = printable_line(text, TEXT_SHOWN);

	fputs(line ? line : "?", p->out);
	free(line);
}

/* "text", 1.5, true, a,b; anything deeper as JSON. */
static void put_value(const struct page *p, const cJSON *value)
{
	char *json = cJSON_IsString(value) ? NULL : cJSON_PrintUnformatted(value);
	const cJSON *one;

	if (cJSON_IsString(value)) {
		put(p, value->valuestring);
	} else if (cJSON_IsArray(value) && cJSON_IsString(value->child) && cJSON_GetArraySize(value) < FIELDS_SHOWN) {
		cJSON_ArrayForEach(one, value)
		{
			fputs(one == value->child ? "" : ", ", p->out);
			put_value(p, one);
		}
	} else {
		put(p, json ? json : "?");
	}
	cJSON_free(json);
}

static void put_time(const struct page *p, int64_t us)
{
	char when[REPORT_TIME_SIZE];

	report_time(us, when);
	fputs(us ? when : "-", p->out);
}

static const char *duration(char out[FIGURE_MAX], int64_t us)
{
	if (us >= 10000000)
		return figure_duration(out, us);
	snprintf(out, FIGURE_MAX, "%.1f ms", (double)us / 1e3);
	return out;
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* --- the product --- */

static void put_field(const struct page *p, const char *of, const cJSON *field)
{
	size_t width = of ? strlen(of) + 1 : 0;
	char *name = printable_line(field->string ? field->string : "", FIELD_WIDTH);

	fprintf(p->out, "  %s%s%s%-*s%s  ", FAINT(p), of ? of : "", of ? "." : "",
		width < FIELD_WIDTH ? (int)(FIELD_WIDTH - width) : 0, name ? name : "?", PLAIN(p));
	put_value(p, field);
	fputc('\n', p->out);
	free(name);
}

/* The fields of a manifest line; those of an object in it each by its own. */
static void put_fields(const struct page *p, const char *of, const cJSON *object, int *left)
{
	const cJSON *field;

	cJSON_ArrayForEach(field, object)
	{
		if (!of && cJSON_IsObject(field) && field->child && field->string && strlen(field->string) < 16) {
			char *name = printable_line(field->string, FIELD_WIDTH);

			put_fields(p, name ? name : "?", field, left);
			free(name);
		} else if ((*left)-- > 0) {
			put_field(p, of, field);
		}
	}
}

static int print_product(void *ctx, const struct life_product *product, struct err *e)
{
	const struct page *p = ctx;
	cJSON *line = product->json ? cJSON_Parse(product->json) : NULL;
	int left = FIELDS_SHOWN;

	(void)e;
	fputs(BOLD(p), p->out);
	put(p, product->sku);
	if (product->title) {
		fputs("  ", p->out);
		put(p, product->title);
	}
	fprintf(p->out, "%s\n", PLAIN(p));
	if (cJSON_IsObject(line))
		put_fields(p, NULL, line, &left);
	else if (product->json)
		put(p, product->json);
	if (left < 0)
		fprintf(p->out, "  and %d more fields\n", -left);
	if (product->run)
		fprintf(p->out, "  %sas run %" PRId64 " read it%s\n", FAINT(p), product->run, PLAIN(p));
	else
		fprintf(p->out, "  %sno usable line of it was ever read%s\n", FAINT(p), PLAIN(p));
	cJSON_Delete(line);
	return 0;
}

/* --- what a run did --- */

static const char *status_style(const struct page *p, const char *status)
{
	if (strcmp(status, "succeeded") == 0)
		return GREEN(p);
	return strcmp(status, "failed") == 0 || strcmp(status, "rejected") == 0 ? RED(p) : AMBER(p);
}

static void label(const struct page *p, const char *name)
{
	fprintf(p->out, "    %s%-10s%s  ", FAINT(p), name, PLAIN(p));
}

static void print_error(const struct page *p, const struct life_event *v)
{
	enum err_code code = err_by_name(v->error);

	label(p, "error");
	fputs(RED(p), p->out);
	put(p, v->error);
	fprintf(p->out, "%s at ", PLAIN(p));
	put(p, v->error_stage ? v->error_stage : "the beginning");
	fputs(": ", p->out);
	put(p, v->error_message ? v->error_message : "");
	fputc('\n', p->out);
	if (code != ERR_CODES)
		fprintf(p->out, "%*s%s-> %s%s%s\n", ADVICE_AT, "", FAINT(p), err_advice(code),
			err_retryable(code) ? " (it may pass)" : "", PLAIN(p));
}

/* "images/A/1.jpg, 800x800, 36.6 KiB, sha256 46c627d3..." */
static void print_output(const struct page *p, const struct life_event *v, const cJSON *line)
{
	const cJSON *output = cJSON_GetObjectItemCaseSensitive(line, "output");
	const cJSON *width = cJSON_GetObjectItemCaseSensitive(output, "width");
	const cJSON *height = cJSON_GetObjectItemCaseSensitive(output, "height");
	const cJSON *sha256 = cJSON_GetObjectItemCaseSensitive(output, "sha256");
	char size[FIGURE_MAX];

	label(p, "picture");
	put(p, v->output);
	if (cJSON_IsNumber(width) && cJSON_IsNumber(height))
		fprintf(p->out, ", %dx%d", width->valueint, height->valueint);
	fprintf(p->out, ", %s", figure_bytes(size, v->output_bytes));
	if (cJSON_IsString(sha256)) {
		fputs(", sha256 ", p->out);
		put(p, sha256->valuestring);
	}
	fputc('\n', p->out);
}

/* "fill 0.85, centred true"; nothing where all are empty. */
static void put_pairs(const struct page *p, const cJSON *object)
{
	const char *between = "";
	const cJSON *pair;

	cJSON_ArrayForEach(pair, object)
	{
		if (cJSON_IsNull(pair) || (cJSON_IsArray(pair) && !pair->child))
			continue;
		fputs(between, p->out);
		put(p, pair->string ? pair->string : "");
		fputc(' ', p->out);
		put_value(p, pair);
		between = ", ";
	}
}

static void print_outcome(const struct page *p, const struct life_event *v)
{
	cJSON *line = v->json ? cJSON_Parse(v->json) : NULL;
	const cJSON *checks = cJSON_GetObjectItemCaseSensitive(line, "checks");
	char money[EXPLAIN_MONEY_SIZE], took[FIGURE_MAX];

	if (v->reasons) {
		label(p, "reasons");
		put(p, v->reasons);
		fputc('\n', p->out);
	}
	if (v->error)
		print_error(p, v);
	if (v->output)
		print_output(p, v, line);
	if (checks && checks->child) {
		label(p, "checks");
		put_pairs(p, checks);
		fputc('\n', p->out);
	}
	label(p, "models");
	put(p, v->image_model ? v->image_model : "-");
	fputs(", copy by ", p->out);
	put(p, v->text_model ? v->text_model : "nobody");
	fputc('\n', p->out);
	label(p, "effort");
	fprintf(p->out, "%" PRId64 " request%s, %s, $%s", v->requests, plural(v->requests), duration(took, v->took_us),
		explain_money(v->cost_nano, money));
	if (v->confidence >= 0)
		fprintf(p->out, ", confidence %.2f", v->confidence);
	fputc('\n', p->out);
	cJSON_Delete(line);
}

static void print_worked_on(const struct page *p, const struct life_event *v)
{
	fprintf(p->out, "  %srun %" PRId64 "%s  ", BOLD(p), v->run, PLAIN(p));
	put_time(p, v->recorded_us ? v->recorded_us : v->run_started_us);
	fputs("  ", p->out);
	put(p, v->command ? v->command : "-");
	fprintf(p->out, " %s: ", explain_run_state(v, p->lock));
	if (v->status)
		fprintf(p->out, "%s%s%s\n", status_style(p, v->status), v->status, PLAIN(p));
	else
		fprintf(p->out, "%sno outcome was recorded%s\n", AMBER(p), PLAIN(p));
	label(p, "source");
	put(p, v->source ? v->source : "-");
	if (v->line > 0)
		fprintf(p->out, " %s(line %" PRId64 ")%s", FAINT(p), v->line, PLAIN(p));
	fputc('\n', p->out);
	if (v->status)
		print_outcome(p, v);
}

static void print_unchanged(const struct page *p, const struct life_event *v)
{
	char money[EXPLAIN_MONEY_SIZE];

	if (v->runs == 1)
		fprintf(p->out, "  %srun %" PRId64 "%s  unchanged, on ", BOLD(p), v->run, PLAIN(p));
	else
		fprintf(p->out, "  %sruns %" PRId64 "-%" PRId64 "%s  unchanged in %" PRId64 " runs, last on ", BOLD(p),
			v->run, v->last_run, PLAIN(p), v->runs);
	put_time(p, v->recorded_us);
	if (v->requests > 0)
		fprintf(p->out, ", its server was asked %" PRId64 " time%s", v->requests, plural(v->requests));
	if (v->saved_nano > 0)
		fprintf(p->out, ", saved $%s", explain_money(v->saved_nano, money));
	fputc('\n', p->out);
}

static int print_event(void *ctx, const struct life_event *v, struct err *e)
{
	struct page *p = ctx;

	(void)e;
	if (p->position != v->position && v->position == 0) /* what never came to be a picture */
		fprintf(p->out, "\n%sThe line itself%s\n", BOLD(p), PLAIN(p));
	else if (p->position != v->position)
		fprintf(p->out, "\n%sPicture %d%s\n", BOLD(p), v->position, PLAIN(p));
	p->position = v->position;
	p->stages = p->calls = false;
	if (v->kind == LIFE_UNCHANGED)
		print_unchanged(p, v);
	else
		print_worked_on(p, v);
	return 0;
}

/* --- stages --- */

/* Facts that tell a person something, by stage; checks and the delivered file stand with the outcome. */
static const struct {
	const char *stage, *keys[8];
} told[] = {
	{ "fetch", { "type", "bytes", "etag", "last_modified" } },
	{ "remove_background", { "method", "model", "confidence", "reasons" } },
	{ "enhance", { "kind", "gain", "reasons" } },
	{ "resize", { "format", "width", "height", "quality", "fill", "upscaled", "shadow" } },
	{ "inspect", { "verdict", "method" } },
	{ "copy", { "model", "reasons" } },
};

/* The caller's; empty where there are none. NULL: no memory. */
static cJSON *facts_told(const struct life_stage *s)
{
	cJSON *facts = s->facts ? cJSON_Parse(s->facts) : NULL, *chosen = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]) && facts; i++) {
		if (strcmp(told[i].stage, s->stage) != 0)
			continue;
		for (const char *const *key = told[i].keys; *key; key++) {
			cJSON *fact = cJSON_DetachItemFromObjectCaseSensitive(facts, *key);

			if (fact && !cJSON_AddItemToObject(chosen, *key, fact))
				cJSON_Delete(fact);
		}
	}
	cJSON_Delete(facts);
	return chosen;
}

static const char *cache_words(enum life_cache state)
{
	static const char *const words[] = { [LIFE_CACHE_NONE] = "-",
					     [LIFE_CACHE_HELD] = "held",
					     [LIFE_CACHE_OTHER] = "another",
					     [LIFE_CACHE_EXPIRED] = "expired",
					     [LIFE_CACHE_ABSENT] = "absent" };

	return words[state];
}

static int print_stage(void *ctx, const struct life_stage *s, struct err *e)
{
	struct page *p = ctx;
	char took[FIGURE_MAX], money[EXPLAIN_MONEY_SIZE], cost[64] = "-";
	bool hit = strcmp(s->origin, "cache") == 0, failed = strcmp(s->origin, "failed") == 0;
	cJSON *facts = facts_told(s);

	(void)e;
	if (!p->stages)
		fprintf(p->out, "    %s%-18s %-7s %10s  %-18s %-8s %s%s\n", FAINT(p), "stage", "origin", "took", "cost",
			"in cache", "facts", PLAIN(p));
	p->stages = true;
	if (s->cost_nano != 0)
		snprintf(cost, sizeof(cost), "%s$%s", hit ? "saved " : "", explain_money(s->cost_nano, money));
	fprintf(p->out, "    %-18s %s%-7s%s %10s  %-18s ", s->stage, failed ? RED(p) : "", s->origin,
		failed ? PLAIN(p) : "", duration(took, s->took_us), cost);
	fprintf(p->out, s->error || (facts && facts->child) ? "%-8s " : "%s", cache_words(s->cache));
	if (s->error)
		fprintf(p->out, "%s%s%s", RED(p), s->error, PLAIN(p));
	put_pairs(p, facts);
	fputc('\n', p->out);
	cJSON_Delete(facts);
	return 0;
}

/* --- paid calls --- */

static void print_receipt(const struct page *p, const struct life_call *c)
{
	fprintf(p->out, "    %9s", "");
	put(p, c->model);
	fputs(" at ", p->out);
	put(p, *c->endpoint ? c->endpoint : "no endpoint");
	if (c->has_tokens)
		fprintf(p->out,
			", tokens in %" PRId64 " text + %" PRId64 " image, out %" PRId64 " text + %" PRId64 " image",
			c->text_in, c->image_in, c->text_out, c->image_out);
	if (c->answer_id) {
		fputs(", answer ", p->out);
		put(p, c->answer_id);
	}
	if (c->answered_by && strcmp(c->answered_by, c->model) != 0) {
		fputs(" by ", p->out);
		put(p, c->answered_by);
	}
	fputc('\n', p->out);
}

static int print_call(void *ctx, const struct life_call *c, struct err *e)
{
	struct page *p = ctx;
	bool settled = strcmp(c->state, "settled") == 0;
	char money[EXPLAIN_MONEY_SIZE], dollars[64], took[FIGURE_MAX] = "-", tries[24];

	(void)e;
	if (!p->calls)
		fprintf(p->out, "    %s%-8s %-24s  %-18s %-5s  %-8s  %-22s %10s  %s%s\n", FAINT(p), "call", "sent",
			"stage", "for", "state", "cost", "took", "tries", PLAIN(p));
	p->calls = true;
	/* "at most": it may have been billed so much. */
	snprintf(dollars, sizeof(dollars), "%s$%s", settled ? "" : "at most ",
		 explain_money(settled ? c->settled_nano : c->reserved_nano, money));
	if (c->started_us && c->ended_us)
		duration(took, c->ended_us - c->started_us);
	snprintf(tries, sizeof(tries), "%" PRId64, c->tries);
	fprintf(p->out, "    #%-7" PRId64 " ", c->id);
	put_time(p, c->started_us);
	fprintf(p->out, "%*s  %-18s %-5s  %s%-8s%s  %-22s %10s  %s", c->started_us ? 0 : 23, "", c->stage, c->kind,
		settled ? "" : AMBER(p), c->state, settled ? "" : PLAIN(p), dollars, took, tries);
	if (c->error) {
		fprintf(p->out, "  %s", RED(p));
		put(p, c->error);
		fputs(PLAIN(p), p->out);
	}
	fputc('\n', p->out);
	print_receipt(p, c);
	return 0;
}

/* --- the end --- */

static void print_money(const struct page *p, const struct life_money *m)
{
	char money[EXPLAIN_MONEY_SIZE];

	fprintf(p->out, "%" PRId64 " paid call%s, $%s settled", m->calls, plural(m->calls),
		explain_money(m->settled_nano, money));
	fprintf(p->out, ", %s$%s possibly billed%s", m->unknown_nano ? AMBER(p) : "",
		explain_money(m->unknown_nano, money), m->unknown_nano ? PLAIN(p) : "");
	if (m->open_nano)
		fprintf(p->out, ", %s$%s under way%s", AMBER(p), explain_money(m->open_nano, money), PLAIN(p));
}

static int print_totals(void *ctx, const struct life_totals *t, struct err *e)
{
	const struct page *p = ctx;
	char money[EXPLAIN_MONEY_SIZE];

	(void)e;
	fprintf(p->out, "\n%sIn all%s  worked on %" PRId64 " time%s, found unchanged %" PRId64 " time%s\n        ",
		BOLD(p), PLAIN(p), t->worked_on, plural(t->worked_on), t->unchanged, plural(t->unchanged));
	print_money(p, &t->paid);
	fprintf(p->out, "; the cache saved $%s\n", explain_money(t->saved_nano, money));
	if (t->nobodys.calls > 0) {
		fprintf(p->out, "%sThe ledger also has ", FAINT(p));
		print_money(p, &t->nobodys);
		fprintf(p->out, ", to pictures without a row (removed, or none yet):%s\n", PLAIN(p));
		fprintf(p->out, "%sto which products these belong cannot be told.%s\n", FAINT(p), PLAIN(p));
	}
	return 0;
}

int explain_text(FILE *out, struct store_reader *reader, const char *sku, const char *lock, bool colour, struct err *e)
{
	struct page p = { .out = out, .lock = lock, .colour = colour, .position = -1 };
	const struct life_reader to = { &p, print_product, print_event, print_stage, print_call, print_totals };

	return store_explain(reader, sku, &to, e);
}
