#include "jobs/plan.h"

#include "jobs/figures.h"
#include "jobs/forecast.h"
#include "jobs/machine.h"
#include "jobs/printable.h"
#include "pipeline/file.h"
#include "pipeline/preview.h"
#include "pipeline/store_seen.h"
#include "stages/manifest.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Why a picture would be worked on. */
#define REASONS(X)                                      \
	X(UNCHANGED, "unchanged")                       \
	X(NEW, "new")                                   \
	X(SOURCE, "source changed")                     \
	X(MODEL, "model or prompt changed, or expired") \
	X(SETTINGS, "settings changed")                 \
	X(COPY, "copy to be written")                   \
	X(OUTPUT, "delivered file missing or changed")  \
	X(BEFORE, "failed, rejected or skipped before") \
	X(FORCED, "forced")                             \
	X(LINE, "bad line")

enum reason {
#define X(id, text) REASON_##id,
	REASONS(X)
#undef X
		REASON_COUNT
};
static const char *const reason_texts[] = {
#define X(id, text) text,
	REASONS(X)
#undef X
};

struct plan {
	FILE *out;
	const struct settings *set;
	struct machine machine;
	struct store_reader *reader; /* NULL: no workspace yet */
	struct seen *seen;
	char *dir;
	int64_t pictures, products, by_reason[REASON_COUNT], asked;
	int64_t image_calls, text_calls;
	bool listed; /* a picture has been written already */
};

static enum reason reason_of(const struct plan *p, const struct preview *v, const char *status)
{
	unsigned copy = 1u << STAGE_COPY, after = 1u << STAGE_ENHANCE | 1u << STAGE_RESIZE | 1u << STAGE_INSPECT;
	unsigned missing = p->set->no_copy ? v->missing & ~copy : v->missing;

	if (p->set->force || p->set->no_cache)
		return REASON_FORCED;
	if (missing == 0)
		return REASON_UNCHANGED;
	if (!*status)
		return REASON_NEW;
	if (strcmp(status, "succeeded") != 0 && strcmp(status, "review") != 0)
		return REASON_BEFORE;
	if (missing & 1u << STAGE_FETCH)
		return REASON_SOURCE;
	if (missing & 1u << STAGE_REMOVE_BACKGROUND)
		return REASON_MODEL;
	return missing & after ? REASON_SETTINGS : missing & copy ? REASON_COPY : REASON_OUTPUT;
}

/* --- one picture --- */

static void write_json_item(struct plan *p, const char *sku, int position, int64_t line, enum reason reason)
{
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;

	if (o && (sku ? cJSON_AddStringToObject(o, "sku", sku) : cJSON_AddNullToObject(o, "sku")) &&
	    cJSON_AddNumberToObject(o, "position", position) && cJSON_AddNumberToObject(o, "line", (double)line) &&
	    cJSON_AddStringToObject(o, "reason", reason_texts[reason]))
		text = cJSON_PrintUnformatted(o);
	fprintf(p->out, "%s\n%s", p->listed ? "," : "", text ? text : "null");
	p->listed = true;
	cJSON_free(text);
	cJSON_Delete(o);
}

static void tell(struct plan *p, const char *sku, int position, int64_t line, enum reason reason)
{
	char *shown;

	p->by_reason[reason]++;
	p->pictures += reason != REASON_LINE;
	if (p->set->json) {
		write_json_item(p, sku, position, line, reason);
	} else if (p->set->verbose && reason != REASON_UNCHANGED) {
		shown = printable_line(sku ? sku : "a line", 100);
		fprintf(p->out, "%s, picture %d (line %lld): %s\n", shown ? shown : "", position, (long long)line,
			reason_texts[reason]);
		free(shown);
	}
}

static void count_calls(struct plan *p, const struct preview *v)
{
	const struct services *s = &p->machine.services;

	if (s->images[0].service > 0) {
		p->image_calls += (v->missing >> STAGE_REMOVE_BACKGROUND) & 1;
		p->image_calls += p->set->edit_mode == EDIT_SEPARATE ? (v->missing >> STAGE_ENHANCE) & 1 : 0;
	}
	if (s->text.service > 0 && !p->set->no_copy)
		p->text_calls += (v->missing >> STAGE_COPY) & 1;
}

static int plan_picture(struct plan *p, const struct record *rec, int position, struct err *e)
{
	const struct road road = { road_stages, p->machine.cfgs, STAGE_COUNT };
	struct product *product = product_ref(rec->product);
	struct item *it = item_create(1, rec->line, product->sku, position, rec->images[position - 1], product,
				      product_unref);
	char status[16] = "";
	struct preview v;
	int rc;

	if (!it) {
		product_unref(product);
		return err_set(e, ERR_NOMEM, "no memory to plan line %lld", (long long)rec->line);
	}
	rc = preview_item(&road, p->set->force || p->set->no_cache ? NULL : p->reader, it, &v, e);
	if (rc == 0 && p->reader)
		rc = store_last_status(p->reader, it->sku, position, status, e) < 0 ? -1 : 0;
	if (rc == 0) {
		count_calls(p, &v);
		p->asked += v.asks;
		tell(p, it->sku, position, rec->line, reason_of(p, &v, status));
	}
	item_free(it);
	return rc;
}

static int plan_record(struct plan *p, const struct record *rec, struct err *e)
{
	int64_t first;
	int known;

	if (rec->err.code != ERR_OK) {
		tell(p, rec->sku, 0, rec->line, REASON_LINE);
		return 0;
	}
	known = seen_add(p->seen, rec->product->sku, rec->line, &first, e);
	if (known > 0)
		tell(p, rec->product->sku, 0, rec->line, REASON_LINE);
	if (known != 0)
		return known < 0 ? -1 : 0;
	p->products++;
	for (size_t i = 0; i < rec->image_count; i++) {
		if (plan_picture(p, rec, (int)i + 1, e) != 0)
			return -1;
	}
	return 0;
}

/* --- what it comes to --- */

/* All calls together. */
struct bill {
	struct forecast image, text; /* of one call */
	int64_t low_nano, high_nano; /* negative: not known */
	int64_t tokens, took_us;
};

static int add_up(struct plan *p, struct bill *b, struct err *e)
{
	const struct services *s = &p->machine.services;
	int64_t other;

	memset(b, 0, sizeof(*b));
	if (forecast_call(&b->image, p->reader, p->set, &s->images[0], true, e) != 0 ||
	    (!p->set->no_copy && forecast_call(&b->text, p->reader, p->set, &s->text, false, e) != 0))
		return -1;
	b->low_nano = p->image_calls * b->image.low_nano + p->text_calls * b->text.low_nano;
	b->high_nano = p->image_calls * b->image.high_nano + p->text_calls * b->text.high_nano;
	if ((p->image_calls && b->image.low_nano < 0) || (p->text_calls && b->text.low_nano < 0))
		b->low_nano = b->high_nano = -1;
	b->tokens = p->image_calls * b->image.tokens + p->text_calls * b->text.tokens;
	if (p->image_calls)
		b->took_us = forecast_time(&b->image, p->set, &s->v[s->images[0].service - 1], p->image_calls);
	if (p->text_calls) {
		other = forecast_time(&b->text, p->set, &s->v[s->text.service - 1], p->text_calls);
		b->took_us = other > b->took_us ? other : b->took_us;
	}
	return 0;
}

static void print_line(FILE *out, const char *name, const char *value, const char *about)
{
	fprintf(out, "  %-44s%10s%s%s\n", name, value, *about ? "  " : "", about);
}

static void print_calls(struct plan *p, const struct model_use *use, int64_t calls, const struct forecast *f)
{
	char n[FIGURE_MAX];

	if (calls > 0)
		print_line(p->out, use->model->id, figure_count(n, calls),
			   f->seen ? "as its last answers here" : "by its price list");
}

static void print_bill(struct plan *p, const struct bill *b)
{
	char low[FIGURE_MAX], high[FIGURE_MAX], n[FIGURE_MAX], range[2 * FIGURE_MAX + 8];

	if (p->image_calls + p->text_calls == 0) {
		fputs("\nNothing is to be paid for.\n", p->out);
		return;
	}
	fputs("\nCalls that are paid for\n", p->out);
	print_calls(p, &p->machine.services.images[0], p->image_calls, &b->image);
	print_calls(p, &p->machine.services.text, p->text_calls, &b->text);
	snprintf(range, sizeof(range), "%s to %s", figure_money(low, b->low_nano), figure_money(high, b->high_nano));
	print_line(p->out, "cost", b->low_nano < 0 ? "not known" : range, "");
	print_line(p->out, "tokens, about", figure_count(n, b->tokens), "");
	print_line(p->out, "time, at least", figure_duration(n, b->took_us), "");
}

static void print_text(struct plan *p, const struct bill *b)
{
	char n[FIGURE_MAX], products[FIGURE_MAX];

	fprintf(p->out, "%s picture%s of %s product%s\n\n", figure_count(n, p->pictures), p->pictures == 1 ? "" : "s",
		figure_count(products, p->products), p->products == 1 ? "" : "s");
	for (int i = 0; i < REASON_COUNT; i++) {
		if (p->by_reason[i])
			print_line(p->out, reason_texts[i], figure_count(n, p->by_reason[i]), "");
	}
	if (p->asked)
		print_line(p->out, "servers to be asked whether that is so", figure_count(n, p->asked), "");
	print_bill(p, b);
}

static cJSON *money(int64_t nano)
{
	return nano < 0 ? cJSON_CreateNull() : cJSON_CreateNumber((double)nano / 1e9);
}

/* The end of the object whose "items" were written one by one. */
static int print_json(struct plan *p, const struct bill *b)
{
	cJSON *o = cJSON_CreateObject(), *reasons = cJSON_AddObjectToObject(o, "reasons");
	char *whole;

	for (int i = 0; i < REASON_COUNT; i++)
		cJSON_AddNumberToObject(reasons, reason_texts[i], (double)p->by_reason[i]);
	cJSON_AddNumberToObject(o, "pictures", (double)p->pictures);
	cJSON_AddNumberToObject(o, "products", (double)p->products);
	cJSON_AddNumberToObject(o, "image_calls", (double)p->image_calls);
	cJSON_AddNumberToObject(o, "text_calls", (double)p->text_calls);
	cJSON_AddNumberToObject(o, "tokens", (double)b->tokens);
	cJSON_AddItemToObject(o, "low_usd", money(b->low_nano));
	cJSON_AddItemToObject(o, "high_usd", money(b->high_nano));
	cJSON_AddNumberToObject(o, "seconds", (double)b->took_us / 1e6);
	whole = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	if (!whole)
		return -1;
	fprintf(p->out, "\n],%s\n", whole + 1);
	cJSON_free(whole);
	return 0;
}

/* --- all of it --- */

static int open_plan(struct plan *p, struct err *e)
{
	char *db = file_join(p->set->out, "packshot.db");
	int rc = 0;

	p->dir = realpath(p->set->out, NULL);
	if (!db)
		return err_set(e, ERR_NOMEM, "no memory for the plan");
	if (p->dir && access(db, F_OK) == 0)
		rc = store_reader_open(&p->reader, db, e);
	free(db);
	p->machine.publish = (struct publish_config){ p->dir ? p->dir : "", "",
						      picture_format_extension(p->machine.resize.encoding.format) };
	return rc == 0 ? seen_open(&p->seen, e) : -1;
}

static int plan_catalogue(struct plan *p, struct manifest *m, struct err *e)
{
	struct record rec;
	struct bill bill;
	int rc;

	if (p->set->json)
		fputs("{\"items\":[", p->out);
	while ((rc = manifest_next(m, &rec, e)) > 0) {
		rc = plan_record(p, &rec, e);
		record_release(&rec);
		if (rc != 0)
			return -1;
	}
	if (rc < 0 || add_up(p, &bill, e) != 0)
		return -1;
	if (!p->set->json)
		print_text(p, &bill);
	else if (print_json(p, &bill) != 0)
		return err_set(e, ERR_NOMEM, "no memory for the plan");
	return 0;
}

int plan_command(FILE *out, const struct settings *set, struct err *e)
{
	struct plan p = { .out = out, .set = set };
	struct manifest *manifest = NULL;
	int rc = -1;

	if (machine_prepare(&p.machine, set, e) == 0 && manifest_open(&manifest, set->argument, e) == 0 &&
	    open_plan(&p, e) == 0)
		rc = plan_catalogue(&p, manifest, e);
	manifest_close(manifest);
	store_reader_close(p.reader);
	seen_close(p.seen);
	free(p.dir);
	machine_release(&p.machine);
	return rc;
}
