#include "jobs/report_nights.h"

#include "jobs/chart.h"
#include "jobs/figures.h"
#include "jobs/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_LEAST 10 /* one night alone is a slim column, not a wall */
#define DATES       5  /* below the axis, where it is full */

/* --- which run belongs to which night --- */

static bool same_manifest(const struct report_run *a, const struct report_run *b)
{
	return a->manifest && b->manifest ? strcmp(a->manifest, b->manifest) == 0 : a->manifest == b->manifest;
}

/* The run that this one's night began with, or went on with: of a re-run its base, of a catalogue the broken-off one
 * before. */
static const struct report_run *before(const struct report_figures *f, size_t i)
{
	const struct report_run *r = &f->runs[i];

	while (i-- > 0) {
		const struct report_run *b = &f->runs[i];

		if (r->base ? b->id == r->base : !b->base && same_manifest(b, r))
			return r->base || b->gone_on_with ? b : NULL;
	}
	return NULL;
}

static struct night *night_with(struct night *list, size_t *count, const size_t *night_of_run,
				const struct report_figures *f, size_t i)
{
	const struct report_run *b = before(f, i);

	if (b)
		return &list[night_of_run[b - f->runs]];
	list[*count] = (struct night){ .first_run = f->runs[i].id, .started_us = f->runs[i].started_us };
	return &list[(*count)++];
}

struct night *nights_of(const struct report_figures *f, size_t *count)
{
	struct night *list = calloc(f->run_count + 1, sizeof(*list));
	size_t *night_of_run = calloc(f->run_count + 1, sizeof(*night_of_run));

	*count = 0;
	for (size_t i = 0; list && night_of_run && i < f->run_count; i++) {
		const struct report_run *r = &f->runs[i];
		struct night *n = night_with(list, count, night_of_run, f, i);

		night_of_run[i] = (size_t)(n - list);
		n->last_run = r->id;
		for (int s = 0; s < ITEM_STATUSES; s++)
			n->status[s] += r->status[s];
		n->total += r->total;
		n->cost_nano += r->cost_nano;
		n->unknown_nano += r->unknown_nano;
	}
	free(night_of_run);
	if (*count > 0)
		return list;
	free(list);
	return NULL;
}

/* --- how they are drawn --- */

/* From the axis up: what succeeded, then what did not, the worst on top. */
static const enum item_status order[] = { ITEM_SUCCEEDED, ITEM_REVIEW, ITEM_SKIPPED, ITEM_REJECTED, ITEM_FAILED };
static const struct chart_colour outcomes[] = {
	{ "s-succeeded", "succeeded" }, { "s-review", "review" }, { "s-skipped", "skipped" },
	{ "s-rejected", "rejected" },   { "s-failed", "failed" },
};
static const struct chart_colour money[] = { { "c-main", "settled" }, { "c-lost", "answers lost, possibly billed" } };

static void percent_tick(double value, char out[CHART_TEXT])
{
	snprintf(out, CHART_TEXT, "%.0f %%", value);
}

static void money_tick(double value, char out[CHART_TEXT])
{
	snprintf(out, CHART_TEXT, value >= 0.1 && value < 10 && value - (double)(int)value > 1e-9 ? "$%.2f" : "$%.6g",
		 value);
}

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* "11-25", in UTC as all times of the report; only some have room. */
static void date_of(const struct night *n, char out[REPORT_TIME_SIZE], size_t from, size_t length)
{
	char when[REPORT_TIME_SIZE];

	report_time(n->started_us, when);
	snprintf(out, REPORT_TIME_SIZE, "%.*s", (int)length, strlen(when) > from ? when + from : when);
}

static void runs_of(const struct night *n, char out[CHART_TEXT])
{
	if (n->first_run == n->last_run)
		snprintf(out, CHART_TEXT, "run %" PRId64, n->first_run);
	else
		snprintf(out, CHART_TEXT, "runs %" PRId64 " to %" PRId64, n->first_run, n->last_run);
}

struct drawing {
	struct chart_bar *columns;
	char (*dates)[REPORT_TIME_SIZE];
};

static bool begin_drawing(struct drawing *d, const struct night *list, size_t count)
{
	size_t slots = count < SLOTS_LEAST ? SLOTS_LEAST : count, every = (slots + DATES - 1) / DATES;

	d->columns = calloc(count, sizeof(*d->columns));
	d->dates = calloc(count, sizeof(*d->dates));
	for (size_t i = 0; d->columns && d->dates && i < count; i++) {
		if ((count - 1 - i) % every == 0) /* the last one always */
			date_of(&list[i], d->dates[i], 5, 5);
		d->columns[i].label = d->dates[i];
	}
	return d->columns && d->dates;
}

static void end_drawing(struct drawing *d)
{
	free(d->columns);
	free(d->dates);
}

static void success_table(FILE *out, const struct night *list, size_t count)
{
	chart_table_begin(out, "Outcome by night",
			  "night|runs|pictures|succeeded|review|skipped|rejected|failed|success");
	for (size_t i = 0; i < count; i++) {
		const struct night *n = &list[i];
		char date[REPORT_TIME_SIZE], runs[CHART_TEXT];

		date_of(n, date, 0, 10);
		runs_of(n, runs);
		chart_table_row(
			out, date, "%s|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%.1f %%",
			runs, n->total, n->status[ITEM_SUCCEEDED], n->status[ITEM_REVIEW], n->status[ITEM_SKIPPED],
			n->status[ITEM_REJECTED], n->status[ITEM_FAILED], percent(n->status[ITEM_SUCCEEDED], n->total));
	}
	chart_table_end(out);
}

static void success_chart(FILE *out, const struct night *list, size_t count, struct drawing *d)
{
	struct chart_columns c = {
		d->columns, count, outcomes, 5, { 25, 4 }, percent_tick, count < SLOTS_LEAST ? SLOTS_LEAST : count,
		false
	};
	const struct night *last = &list[count - 1];
	char says[128], runs[CHART_TEXT];

	for (size_t i = 0; i < count; i++) {
		for (int p = 0; p < 5; p++)
			d->columns[i].part[p] = percent(list[i].status[order[p]], list[i].total);
		runs_of(&list[i], runs);
		snprintf(d->columns[i].tip, sizeof(d->columns[i].tip), "%.40s: %.1f %% of %" PRId64 " succeeded", runs,
			 d->columns[i].part[0], list[i].total);
	}
	snprintf(says, sizeof(says), "Outcome of %zu nights; of the last one %.1f %% succeeded", count,
		 percent(last->status[ITEM_SUCCEEDED], last->total));
	chart_begin(out, "Outcome by night", "Percent of the pictures, by the day (UTC) on which the night began");
	chart_columns(out, says, &c);
	chart_key(out, outcomes, 5);
	success_table(out, list, count);
	chart_end(out);
}

static void cost_table(FILE *out, const struct night *list, size_t count)
{
	chart_table_begin(out, "Cost by night", "night|runs|cost|of it possibly billed");
	for (size_t i = 0; i < count; i++) {
		char date[REPORT_TIME_SIZE], runs[CHART_TEXT], cost[FIGURE_MAX], lost[FIGURE_MAX];

		date_of(&list[i], date, 0, 10);
		runs_of(&list[i], runs);
		chart_table_row(out, date, "%s|%s|%s", runs,
				figure_money(cost, list[i].cost_nano + list[i].unknown_nano),
				figure_money(lost, list[i].unknown_nano));
	}
	chart_table_end(out);
}

static void cost_chart(FILE *out, const struct night *list, size_t count, struct drawing *d)
{
	struct chart_columns c = {
		d->columns, count, money, 2, { 1, 1 }, money_tick, count < SLOTS_LEAST ? SLOTS_LEAST : count, false
	};
	char says[128], runs[CHART_TEXT], cost[FIGURE_MAX] = "$0.00";
	double most = 0;

	for (size_t i = 0; i < count; i++) {
		struct chart_bar *b = &d->columns[i];

		b->part[0] = (double)list[i].cost_nano / 1e9;
		b->part[1] = (double)list[i].unknown_nano / 1e9;
		most = b->part[0] + b->part[1] > most ? b->part[0] + b->part[1] : most;
		runs_of(&list[i], runs);
		figure_money(cost, list[i].cost_nano + list[i].unknown_nano);
		snprintf(b->tip, sizeof(b->tip), "%.40s: %s", runs, cost);
	}
	c.scale = chart_scale_for(most, false);
	snprintf(says, sizeof(says), "Cost of %zu nights; the last one %s", count, cost);
	chart_begin(out, "Cost by night", "US dollars, by the day (UTC) on which the night began");
	if (most > 0) {
		chart_columns(out, says, &c);
		chart_key(out, money, 2);
		cost_table(out, list, count);
	} else {
		chart_nothing(out, "Nothing was paid for in these nights.");
	}
	chart_end(out);
}

void nights_charts(FILE *out, const struct night *list, size_t count)
{
	struct drawing d;

	if (count == 0)
		return;
	if (begin_drawing(&d, list, count)) {
		success_chart(out, list, count, &d);
		for (size_t i = 0; i < count; i++)
			memset(d.columns[i].part, 0, sizeof(d.columns[i].part));
		cost_chart(out, list, count, &d);
	}
	end_drawing(&d);
}
