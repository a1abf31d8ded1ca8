#include "jobs/projection.h"

#include "stages/road.h"

#include "pipeline/stage.h"

#include <stdlib.h>
#include <string.h>

#define PROMPT_TOKENS 300 /* of a picture's prompt, see forecast.c */

static int64_t month_of(int64_t n, int64_t nights)
{
	return (int64_t)((double)n * PROJECTION_NIGHTS / (double)nights + 0.5);
}

/* Times a catalogue was worked through. */
static int64_t nights_of(const struct report_figures *f)
{
	int64_t nights = 0;

	for (size_t i = 0; i < f->run_count; i++)
		nights += f->runs[i].base == 0 && !f->runs[i].gone_on_with;
	return nights > 0 ? nights : 1;
}

static int64_t calls_of(const struct report_figures *f)
{
	const char *stage = road_stages[STAGE_REMOVE_BACKGROUND]->name;

	for (size_t i = 0; i < f->stage_count && f->image_calls == 0; i++) {
		if (strcmp(f->stages[i].name, stage) == 0)
			return f->stages[i].made;
	}
	return f->image_calls;
}

static const struct report_model *used(const struct report_figures *f, const char *id)
{
	for (size_t i = 0; i < f->model_count; i++) {
		if (f->models[i].calls > 0 && strcmp(f->models[i].name, id) == 0)
			return &f->models[i];
	}
	return NULL;
}

/* Nano-dollars of one call; negative: not known, or the model is not to be had. */
static double price_of(const struct report_figures *f, const struct model *m, int side, const char *day)
{
	const struct report_model *seen = used(f, m->id);
	struct purchase p = { 0 };
	struct err ignored = { 0 };

	if (seen)
		return (double)(seen->cost_nano + seen->unknown_nano) / (double)seen->calls;
	if (m->kind != MODEL_IMAGE || model_is_local(m) || model_alive(m, day, &ignored) != 0 ||
	    !model_prices_on(m, day))
		return -1;
	model_reserve(m, day, PROMPT_TOKENS, 1, model_size_for(m, side), 0, &p);
	return (double)p.reserve_nano;
}

static int by_month(const void *a, const void *b)
{
	const struct projection_row *x = a, *y = b;

	return (x->month_nano > y->month_nano) - (x->month_nano < y->month_nano);
}

void projection_make(struct projection *p, const struct report_figures *f, const struct models *ms, int side,
		     const char *day)
{
	int64_t texts;

	memset(p, 0, sizeof(*p));
	p->nights = nights_of(f);
	p->calls = month_of(calls_of(f), p->nights);
	p->month_nano = month_of(f->cost_nano + f->unknown_nano, p->nights);
	texts = month_of(f->text_nano + f->unknown_text_nano, p->nights);
	for (size_t i = 0; i < models_count(ms) && p->count < PROJECTION_MODELS_MAX; i++) {
		const struct model *m = models_at(ms, i);
		double price = m->kind == MODEL_IMAGE ? price_of(f, m, side, day) : -1;
		struct projection_row *row = &p->rows[p->count];

		if (price < 0)
			continue;
		row->model = m->id;
		row->used = used(f, m->id) != NULL;
		row->month_nano = (int64_t)(price * (double)p->calls) + texts;
		row->batch_nano = m->batch > 0 ? (int64_t)(price * m->batch * (double)p->calls) + texts : -1;
		p->count++;
	}
	qsort(p->rows, (size_t)p->count, sizeof(*p->rows), by_month);
}
