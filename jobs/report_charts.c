#include "jobs/report_charts.h"

#include "jobs/chart.h"
#include "jobs/figures.h"
#include "jobs/report.h"
#include "jobs/report_nights.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BARS_MAX     12  /* of a chart; the table lists more */
#define COURSE_MAX   180 /* columns of a course of time */
#define COURSE_LEAST 30  /* places for them */
#define LABELS       5   /* below it */
#define DAYS_AT_ONCE 2   /* of a course; of more than that only the last run is shown */

static const struct chart_colour money[] = { { "c-main", "settled" }, { "c-lost", "answers lost, possibly billed" } };
static const struct chart_colour plain[] = { { "c-main", "" } }, failed[] = { { "s-failed", "" } };

static double dollars(int64_t nano)
{
	return (double)nano / 1e9;
}

static size_t at_most(size_t count)
{
	return count < BARS_MAX ? count : BARS_MAX;
}

/* --- what it cost --- */

/* A bar of money: settled, and what may have been billed. */
static struct chart_bar money_bar(const char *label, int64_t settled, int64_t unknown, const char *note)
{
	struct chart_bar b = { .label = label, .part = { dollars(settled), dollars(unknown) } };
	char cost[FIGURE_MAX];

	snprintf(b.value, sizeof(b.value), "%s%s%.31s", figure_money(cost, settled + unknown), *note ? " for " : "",
		 note);
	return b;
}

static void models_chart(FILE *out, const struct report_figures *f)
{
	struct chart_bar bars[BARS_MAX];
	char a[FIGURE_MAX], b[FIGURE_MAX], c[FIGURE_MAX], d[FIGURE_MAX], note[FIGURE_MAX];
	size_t count = at_most(f->model_count);
	int64_t paid = 0;

	chart_begin(out, "Cost by model", "US dollars, and for how many pictures");
	for (size_t i = 0; i < f->model_count; i++)
		paid += f->models[i].cost_nano + f->models[i].unknown_nano;
	for (size_t i = 0; i < count; i++) {
		const struct report_model *m = &f->models[i];

		figure_count(note, m->items);
		bars[i] = money_bar(m->name, m->cost_nano, m->unknown_nano, note);
	}
	if (paid == 0) {
		chart_nothing(out, "No model was paid for.");
	} else {
		chart_bars(out, "Cost by model, the dearest first", bars, count, money, 2);
		chart_key(out, money, 2);
	}
	if (f->model_count > 0) {
		chart_table_begin(out, "Cost by model",
				  "model|pictures|calls|cost|of it possibly billed|median of a call|95 %");
		for (size_t i = 0; i < f->model_count; i++) {
			const struct report_model *m = &f->models[i];

			chart_table_row(out, m->name, "%" PRId64 "|%" PRId64 "|%s|%s|%s|%s", m->items, m->calls,
					figure_money(a, m->cost_nano + m->unknown_nano),
					figure_money(b, m->unknown_nano),
					m->us.count ? figure_latency(c, m->us.p50) : "-",
					m->us.count ? figure_latency(d, m->us.p95) : "-");
		}
		chart_table_end(out);
	}
	chart_end(out);
}

static void stages_chart(FILE *out, const struct report_figures *f)
{
	struct chart_bar bars[STAGES_MAX];
	char a[FIGURE_MAX], b[FIGURE_MAX];
	size_t count = 0;

	chart_begin(out, "Cost by stage", "US dollars");
	for (size_t i = 0; i < f->stage_count && count < STAGES_MAX; i++) {
		const struct report_stage *s = &f->stages[i];

		if (s->cost_nano + s->unknown_nano > 0)
			bars[count++] = money_bar(s->name, s->cost_nano, s->unknown_nano, "");
	}
	if (count > 0) {
		chart_bars(out, "Cost by stage, in the order of the road", bars, count, money, 2);
		chart_key(out, money, 2);
		chart_table_begin(out, "Cost by stage", "stage|cost|of it possibly billed");
		for (size_t i = 0; i < f->stage_count; i++)
			chart_table_row(out, f->stages[i].name, "%s|%s",
					figure_money(a, f->stages[i].cost_nano + f->stages[i].unknown_nano),
					figure_money(b, f->stages[i].unknown_nano));
		chart_table_end(out);
	} else {
		chart_nothing(out, "No stage paid for a call.");
	}
	chart_end(out);
}

static const char *category_name(const struct report_category *c)
{
	return c->name ? c->name : "(no category)";
}

static void categories_table(FILE *out, const struct report_figures *f)
{
	char cost[FIGURE_MAX], rate[FIGURE_MAX];

	chart_table_begin(out, "By category", "category|pictures|succeeded|success|cost");
	for (size_t i = 0; i < f->category_rows; i++) {
		const struct report_category *c = &f->categories[i];

		chart_table_row(out, category_name(c), "%" PRId64 "|%" PRId64 "|%s|%s", c->items, c->succeeded,
				figure_share(rate, (double)c->succeeded, (double)c->items),
				figure_money(cost, c->cost_nano));
	}
	if (f->category_count > (int64_t)f->category_rows)
		chart_table_row(out, "further ones, not listed", "%" PRId64 "|||",
				f->category_count - (int64_t)f->category_rows);
	chart_table_end(out);
}

/* By cost; where nothing was paid for, by number, so that the chart is of use then too. */
static void categories_chart(FILE *out, const struct report_figures *f)
{
	struct chart_bar bars[BARS_MAX];
	size_t count = at_most(f->category_rows);
	bool paid = count > 0 && f->categories[0].cost_nano > 0;
	char unit[CHART_TEXT * 2], number[FIGURE_MAX];

	snprintf(unit, sizeof(unit), "%s%s",
		 paid ? "US dollars, and for how many pictures" : "Pictures; nothing was paid for",
		 f->category_count > (int64_t)count ? "; the largest twelve" : "");
	chart_begin(out, paid ? "Cost by category" : "Pictures by category", unit);
	for (size_t i = 0; i < count; i++) {
		const struct report_category *c = &f->categories[i];

		figure_count(number, c->items);
		if (paid) {
			bars[i] = money_bar(category_name(c), c->cost_nano, 0, number);
		} else {
			bars[i] = (struct chart_bar){ .label = category_name(c), .part = { (double)c->items } };
			snprintf(bars[i].value, sizeof(bars[i].value), "%s", number);
		}
	}
	if (count == 0) {
		chart_nothing(out, "No picture was worked on.");
	} else {
		chart_bars(out, "The largest categories, the first one on top", bars, count, plain, 1);
		categories_table(out, f);
	}
	chart_end(out);
}

/* --- what failed --- */

static void failures_chart(FILE *out, const struct report_figures *f)
{
	struct chart_bar bars[BARS_MAX];
	char labels[BARS_MAX][CHART_TEXT];
	size_t count = at_most(f->failure_count);

	chart_begin(out, "Failures by class", "Pictures that failed, were refused or were skipped");
	for (size_t i = 0; i < count; i++) {
		const struct report_failure *x = &f->failures[i];

		snprintf(labels[i], CHART_TEXT, "%.30s%s%.30s", x->code, x->stage ? ", " : "",
			 x->stage ? x->stage : "");
		bars[i] = (struct chart_bar){ .label = labels[i], .part = { (double)x->count } };
		figure_count(bars[i].value, x->count);
	}
	if (count == 0) {
		chart_nothing(out, "Nothing failed.");
	} else {
		chart_bars(out, "Failures by class, the most frequent first", bars, count, failed, 1);
		chart_table_begin(out, "Failures by class", "class|stage|pictures");
		for (size_t i = 0; i < f->failure_count; i++)
			chart_table_row(out, f->failures[i].code, "%s|%" PRId64,
					f->failures[i].stage ? f->failures[i].stage : "-", f->failures[i].count);
		chart_table_end(out);
	}
	chart_end(out);
}

/* --- items a minute --- */

/* Minutes of one or several runs, put into columns of `width` minutes each. */
struct course {
	int64_t first, minutes, width;
	size_t count;
	double *items; /* a minute, in the mean of the column */
};

static int64_t end_of(const struct report_run *r)
{
	return r->first_minute + (int64_t)r->minute_count;
}

/* From which run on: all, where they are of a night or two. */
static size_t first_of_course(const struct report_figures *f, struct course *c)
{
	size_t from = f->run_count;
	int64_t end = 0;

	while (from > 0) {
		const struct report_run *r = &f->runs[from - 1];

		if (r->minute_count > 0 && end > 0 && end - r->first_minute > DAYS_AT_ONCE * 1440)
			break;
		if (r->minute_count > 0) {
			end = end_of(r) > end ? end_of(r) : end;
			c->first = r->first_minute;
			c->minutes = end - c->first;
		}
		from--;
	}
	return from;
}

static bool read_course(const struct report_figures *f, struct course *c)
{
	size_t from;

	memset(c, 0, sizeof(*c));
	from = first_of_course(f, c);
	if (c->minutes <= 0)
		return true;
	c->width = (c->minutes + COURSE_MAX - 1) / COURSE_MAX;
	c->count = (size_t)((c->minutes + c->width - 1) / c->width);
	c->items = calloc(c->count, sizeof(*c->items));
	for (size_t i = from; c->items && i < f->run_count; i++) {
		for (size_t m = 0; m < f->runs[i].minute_count; m++) {
			int64_t at = (f->runs[i].first_minute + (int64_t)m - c->first) / c->width;

			if (at >= 0 && (size_t)at < c->count)
				c->items[at] += (double)f->runs[i].minutes[m] / (double)c->width;
		}
	}
	return c->items != NULL;
}

static void count_tick(double value, char out[CHART_TEXT])
{
	if (value >= 1e6)
		snprintf(out, CHART_TEXT, "%g M", value / 1e6);
	else if (value >= 1e4)
		snprintf(out, CHART_TEXT, "%g k", value / 1e3);
	else
		figure_count(out, (int64_t)value);
}

/* "02:15" */
static void clock_of(int64_t minute, char out[REPORT_TIME_SIZE])
{
	char when[REPORT_TIME_SIZE];

	report_time(minute * 60000000, when);
	snprintf(out, REPORT_TIME_SIZE, "%.5s", strlen(when) > 16 ? when + 11 : when);
}

static void course_table(FILE *out, const struct course *c)
{
	chart_table_begin(out, "Throughput", "from (UTC)|pictures a minute");
	for (size_t i = 0; i < c->count; i++) {
		char when[REPORT_TIME_SIZE];

		clock_of(c->first + (int64_t)i * c->width, when);
		chart_table_row(out, when, "%.1f", c->items[i]);
	}
	chart_table_end(out);
}

static int draw_course(FILE *out, const struct course *c, struct err *e)
{
	struct chart_bar *bars = calloc(c->count, sizeof(*bars));
	char(*labels)[REPORT_TIME_SIZE] = calloc(c->count, sizeof(*labels));
	size_t slots = c->count < COURSE_LEAST ? COURSE_LEAST : c->count, every = (slots + LABELS - 1) / LABELS;
	double most = 0;

	for (size_t i = 0; bars && labels && i < c->count; i++) {
		char when[REPORT_TIME_SIZE];

		clock_of(c->first + (int64_t)i * c->width, when);
		if (i % every == 0 && i + every / 3 < slots)
			memcpy(labels[i], when, sizeof(when));
		bars[i] = (struct chart_bar){ .label = labels[i], .part = { c->items[i] } };
		snprintf(bars[i].tip, sizeof(bars[i].tip), "%s: %.1f a minute", when, c->items[i]);
		most = c->items[i] > most ? c->items[i] : most;
	}
	if (bars && labels) {
		struct chart_columns columns = { bars,       c->count, plain, 1, chart_scale_for(most, true),
						 count_tick, slots,    true };
		char says[CHART_TEXT * 2];

		snprintf(says, sizeof(says), "Pictures a minute over %" PRId64 " minutes, at most %.0f", c->minutes,
			 most);
		chart_columns(out, says, &columns);
		course_table(out, c);
	} else {
		err_set(e, ERR_NOMEM, "no memory for the report");
	}
	free(bars);
	free(labels);
	return e->code == ERR_OK ? 0 : -1;
}

static int throughput_chart(FILE *out, const struct report_figures *f, struct err *e)
{
	struct course c;
	char unit[CHART_TEXT * 2];
	int rc = 0;

	if (!read_course(f, &c))
		return err_set(e, ERR_NOMEM, "no memory for the report");
	snprintf(unit, sizeof(unit), "Pictures a minute, by the time of day (UTC)%s",
		 c.width > 1 ? "; the mean of each column" : "");
	fputs("<div class=\"wide\">", out);
	chart_begin(out, "Throughput", unit);
	if (c.count == 0)
		chart_nothing(out, "No picture was recorded.");
	else
		rc = draw_course(out, &c, e);
	chart_end(out);
	fputs("</div>\n", out);
	free(c.items);
	return rc;
}

/* --- all of them --- */

int report_charts(FILE *out, const struct report_figures *f, const struct report_figures *trend, struct err *e)
{
	size_t count;
	struct night *nights = nights_of(trend, &count);
	int rc;

	fputs("<div class=\"charts\">\n", out);
	nights_charts(out, nights, count);
	free(nights);
	models_chart(out, f);
	stages_chart(out, f);
	categories_chart(out, f);
	failures_chart(out, f);
	rc = throughput_chart(out, f, e);
	report_latency_chart(out, f);
	fputs("</div>\n", out);
	return rc;
}
