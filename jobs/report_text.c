/* report_text.c - the figures for people at a terminal. */
#include "jobs/report.h"

#include "jobs/paint.h"
#include "jobs/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CATEGORIES_SHOWN 10
#define EXAMPLE_LENGTH   160 /* characters */

struct page {
	FILE *out;
	bool colour;
};

/* --- values --- */

void report_time(int64_t wall_us, char out[REPORT_TIME_SIZE])
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;
	size_t n;

	if (!gmtime_r(&seconds, &tm)) { /* only a damaged row has a year beyond int */
		snprintf(out, REPORT_TIME_SIZE, "-");
		return;
	}
	n = strftime(out, REPORT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, REPORT_TIME_SIZE - n, ".%03dZ", (int)(llabs((long long)wall_us) % 1000000 / 1000));
}

static const char *duration(int64_t us, char out[24])
{
	if (us < 1000)
		snprintf(out, 24, "%.2f ms", (double)us / 1e3);
	else if (us < 1000000)
		snprintf(out, 24, "%.1f ms", (double)us / 1e3);
	else if (us < 120000000)
		snprintf(out, 24, "%.2f s", (double)us / 1e6);
	else
		snprintf(out, 24, "%" PRId64 " m %02" PRId64 " s", us / 60000000, us / 1000000 % 60);
	return out;
}

static double share(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static void put(const struct page *p, const char *text, size_t max)
{
	char *line = printable_line(text, max);

	fputs(line ? line : "?", p->out);
	free(line);
}

/* --- the parts of the page --- */

const struct report_run *report_last_run(const struct report_figures *f)
{
	return &f->runs[f->run_count - 1];
}

double report_per_accepted(const struct report_figures *f)
{
	int64_t accepted = f->status[ITEM_SUCCEEDED];

	return accepted > 0 ? (double)(f->cost_nano + f->unknown_nano) / 1e9 / (double)accepted : -1;
}

/* "Run 7 finished", "Runs 5 to 7, the last one finished" */
static void print_runs(const struct page *p, const struct report_figures *f)
{
	const struct report_run *last = report_last_run(f);
	const char *state = strcmp(last->state, "running") == 0 ? "is running" : last->state;

	if (f->run_count == 1)
		fprintf(p->out, "Run %" PRId64 " %s", last->id, state);
	else
		fprintf(p->out, "Runs %" PRId64 " to %" PRId64 ", the last one %s", f->runs[0].id, last->id, state);
}

static void print_head(const struct page *p, const struct report_figures *f)
{
	const struct report_run *last = report_last_run(f);
	int64_t delivered = f->status[ITEM_SUCCEEDED] + f->status[ITEM_REVIEW];
	char when[REPORT_TIME_SIZE], took[24];

	report_time(f->started_us, when);
	fputs(BOLD(p), p->out);
	print_runs(p, f);
	fprintf(p->out, ": %" PRId64 " of %" PRId64 " pictures delivered in %s", delivered, f->total,
		duration(f->elapsed_us, took));
	if (f->elapsed_us > 0)
		fprintf(p->out, " (%.2f a second)", (double)f->total * 1e6 / (double)f->elapsed_us);
	fprintf(p->out, "%s\n%s  ", PLAIN(p), FAINT(p));
	if (last->manifest) {
		put(p, last->manifest, EXAMPLE_LENGTH);
		fputs(", ", p->out);
	}
	fprintf(p->out, "started %s, packshot %s%s\n", when, last->version, PLAIN(p));
	if (strcmp(last->state, "interrupted") == 0)
		fprintf(p->out, "  %sIt did not reach its end; the same command goes on where it stopped.%s\n",
			AMBER(p), PLAIN(p));
}

static void print_statuses(const struct page *p, const struct report_figures *f)
{
	static const char *const notes[ITEM_STATUSES] = {
		[ITEM_REVIEW] = "   delivered, but a person should look",
		[ITEM_SKIPPED] = "   not worked on",
	};
	static const enum item_status order[] = { ITEM_SUCCEEDED, ITEM_REVIEW, ITEM_REJECTED, ITEM_FAILED,
						  ITEM_SKIPPED };

	fputc('\n', p->out);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		int64_t n = f->status[order[i]];
		const char *tint = order[i] == ITEM_SUCCEEDED ? GREEN(p) : order[i] == ITEM_REVIEW ? AMBER(p) : RED(p);

		if (n > 0 || order[i] == ITEM_SUCCEEDED)
			fprintf(p->out, "  %s%-12s%s %8" PRId64 "  %5.1f %%%s\n", tint, item_status_name(order[i]),
				PLAIN(p), n, share(n, f->total), notes[order[i]] ? notes[order[i]] : "");
	}
	fprintf(p->out, "  %-12s %8" PRId64, "total", f->total);
	if (f->unchanged > 0)
		fprintf(p->out, "           %" PRId64 " of them unchanged since they were made", f->unchanged);
	fputc('\n', p->out);
}

static void print_percentiles(const struct page *p, const struct percentiles *us)
{
	char a[24], b[24], c[24];

	if (us->count > 0)
		fprintf(p->out, " %10s %10s %10s", duration(us->p50, a), duration(us->p95, b), duration(us->p99, c));
	fputc('\n', p->out);
}

static void print_stages(const struct page *p, const struct report_figures *f)
{
	if (f->stage_count == 0)
		return;
	fprintf(p->out, "\n  %s%-18s %8s %8s %8s %10s %10s %10s%s\n", BOLD(p), "stage", "made", "cached", "failed",
		"p50", "p95", "p99", PLAIN(p));
	for (size_t i = 0; i < f->stage_count; i++) {
		const struct report_stage *s = &f->stages[i];

		fprintf(p->out, "  %-18s %8" PRId64 " %8" PRId64 " %8" PRId64, s->name, s->made, s->cached, s->failed);
		print_percentiles(p, &s->us);
	}
	if (f->item_us.count == 0)
		return;
	fprintf(p->out, "  %-18s %8" PRId64 " %8s %8s", "whole item", f->item_us.count, "", "");
	print_percentiles(p, &f->item_us);
	fprintf(p->out, "  %sPercentiles are to within 1 %%.%s\n", FAINT(p), PLAIN(p));
}

/* With as many digits as money of this size is read with. */
static const char *dollars(int64_t nano, char out[24])
{
	snprintf(out, 24, nano < 100000000000 ? "$%.4f" : "$%.2f", (double)nano / 1e9);
	return out;
}

static void print_costs(const struct page *p, const struct report_figures *f)
{
	double each = report_per_accepted(f);
	char a[24], b[24], c[24];

	fprintf(p->out, "\n  cache   %" PRId64 " hits, %" PRId64 " misses (%.1f %%), %s saved\n", f->hits, f->misses,
		share(f->hits, f->hits + f->misses), dollars(f->saved_nano, a));
	fprintf(p->out, "  cost    %s: pictures %s, texts %s; %" PRId64 " paid calls",
		dollars(f->cost_nano + f->unknown_nano, a), dollars(f->image_nano, b), dollars(f->text_nano, c),
		f->calls_sent);
	if (each > 0)
		fprintf(p->out, "; $%.4f for each that succeeded", each);
	fputc('\n', p->out);
	if (f->unknown_nano > 0)
		fprintf(p->out, "  %sunknown %s of it: answers were lost, these calls may have been billed%s\n", RED(p),
			dollars(f->unknown_nano, a), PLAIN(p));
	for (size_t i = 0; i < f->model_count; i++) {
		const struct report_model *m = &f->models[i];

		fputs(i == 0 ? "  models  " : "          ", p->out);
		put(p, m->name, EXAMPLE_LENGTH);
		fprintf(p->out, ": %" PRId64 " pictures, %s", m->items, dollars(m->cost_nano + m->unknown_nano, a));
		if (m->us.count > 0)
			fprintf(p->out, ", a call %s (95 %%: %s)", duration(m->us.p50, b), duration(m->us.p95, c));
		fputc('\n', p->out);
	}
}

static void print_categories(const struct page *p, const struct report_figures *f)
{
	size_t shown = f->category_rows < CATEGORIES_SHOWN ? f->category_rows : CATEGORIES_SHOWN;

	if (f->category_count == 0 || (f->category_count == 1 && !f->categories[0].name))
		return;
	fprintf(p->out, "\n  %s%8s %10s %10s  %s%s\n", BOLD(p), "pictures", "succeeded", "cost", "category", PLAIN(p));
	for (size_t i = 0; i < shown; i++) {
		const struct report_category *c = &f->categories[i];

		fprintf(p->out, "  %8" PRId64 " %10" PRId64 " %10.4f  ", c->items, c->succeeded,
			(double)c->cost_nano / 1e9);
		put(p, c->name ? c->name : "(none)", EXAMPLE_LENGTH);
		fputc('\n', p->out);
	}
	if (f->category_count > (int64_t)shown)
		fprintf(p->out, "  and %" PRId64 " more\n", f->category_count - (int64_t)shown);
}

static void print_example(const struct page *p, const struct report_example *x)
{
	if (x->sku)
		put(p, x->sku, EXAMPLE_LENGTH);
	if (x->position > 1)
		fprintf(p->out, "/%d", x->position);
	if (x->line > 0)
		fprintf(p->out, "%sline %" PRId64, x->sku ? " " : "", x->line);
	fputs(x->sku || x->line > 0 ? ": " : "", p->out);
	put(p, x->message ? x->message : "", EXAMPLE_LENGTH);
}

static void print_failures(const struct page *p, const struct report_figures *f)
{
	if (f->failure_count == 0)
		return;
	fprintf(p->out, "\n  %s%-20s %-18s %7s  %s%s\n", BOLD(p), "what went wrong", "stage", "count", "the first one",
		PLAIN(p));
	for (size_t i = 0; i < f->failure_count; i++) {
		const struct report_failure *x = &f->failures[i];
		enum err_code code = err_by_name(x->code);

		fprintf(p->out, "  %s%-20s%s %-18s %7" PRId64 "  ", RED(p), x->code, PLAIN(p),
			x->stage ? x->stage : "-", x->count);
		if (x->example_count > 0)
			print_example(p, &x->examples[0]);
		fputc('\n', p->out);
		if (code != ERR_CODES)
			fprintf(p->out, "  %-47s  %s-> %s%s\n", "", FAINT(p), err_advice(code), PLAIN(p));
	}
}

static void print_reasons(const struct page *p, const struct report_figures *f)
{
	if (f->reason_count == 0)
		return;
	fprintf(p->out, "\n  %s%-28s %8s %8s%s\n", BOLD(p), "why a person should look", "review", "rejected", PLAIN(p));
	for (size_t i = 0; i < f->reason_count; i++)
		fprintf(p->out, "  %-28s %8" PRId64 " %8" PRId64 "\n", f->reasons[i].name, f->reasons[i].review,
			f->reasons[i].rejected);
}

/* What is paid, and what a few other models would come to. Nothing where no picture is bought or worked on. */
static void print_projection(const struct page *pg, const struct projection *p)
{
	char a[24], b[24];

	if (p->calls == 0 || p->month_nano == 0)
		return;
	fprintf(pg->out, "\n  %sa month (%d such nights, %" PRId64 " calls for pictures)%s %s\n", BOLD(pg),
		PROJECTION_NIGHTS, p->calls, PLAIN(pg), dollars(p->month_nano, a));
	for (int i = 0; i < p->count; i++) {
		const struct projection_row *r = &p->rows[i];

		fputs("    ", pg->out);
		put(pg, r->model, EXAMPLE_LENGTH);
		fprintf(pg->out, ": %s%s", r->used ? "" : "about ", dollars(r->month_nano, a));
		if (r->batch_nano >= 0)
			fprintf(pg->out, ", by the provider's batch jobs %s", dollars(r->batch_nano, b));
		fputc('\n', pg->out);
	}
}

int report_text(FILE *out, const struct report_figures *f, const struct projection *projection, bool colour,
		struct err *e)
{
	struct page p = { out, colour };

	print_head(&p, f);
	print_statuses(&p, f);
	print_stages(&p, f);
	print_costs(&p, f);
	print_categories(&p, f);
	print_failures(&p, f);
	print_reasons(&p, f);
	print_projection(&p, projection);
	return fflush(out) == 0 && !ferror(out) ? 0 : err_errno(e, ERR_IO, "the report cannot be written");
}
