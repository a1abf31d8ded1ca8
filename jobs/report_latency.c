/* report_latency.c - how long each stage took: a drawing each, all on one logarithmic axis. */
#include "jobs/report_charts.h"

#include "jobs/chart.h"
#include "jobs/figures.h"
#include "jobs/markup.h"

#include <inttypes.h>
#include <math.h>

#define BINS_PER_DECADE 8
#define HEIGHT          64 /* of the bars, pixels */
#define DECADES_LABELED 4  /* with more, every second one is */

/* From 10^low to 10^high microseconds. */
struct decades {
	int low, high;
};

static struct decades decades_of(const struct report_figures *f)
{
	int64_t least = INT64_MAX, most = 0;
	struct decades d;

	for (size_t i = 0; i < f->stage_count; i++) {
		const struct histogram *h = &f->stages[i].took;

		for (int b = 0; b < HISTOGRAM_BUCKETS; b++) {
			if (h->n[b] == 0)
				continue;
			least = histogram_low(b) < least ? histogram_low(b) : least;
			most = histogram_low(b + 1) > most ? histogram_low(b + 1) : most;
		}
	}
	/* What took less than a hundredth of a millisecond was no work; it counts as that long. */
	d.low = (int)floor(log10(fmax((double)least, 10)));
	d.high = (int)ceil(log10(fmax((double)most, 100)));
	d.high = d.high > d.low ? d.high : d.low + 1;
	return d;
}

static double across(const struct decades *d, double us)
{
	return 100 * chart_place_log(us, pow(10, d->low), pow(10, d->high));
}

static void decade_name(int power, char out[FIGURE_MAX])
{
	double us = pow(10, power);

	if (us < 1e6)
		snprintf(out, FIGURE_MAX, "%g ms", us / 1e3);
	else
		snprintf(out, FIGURE_MAX, "%g s", us / 1e6);
}

static void put_axis(FILE *out, const struct decades *d)
{
	int every = d->high - d->low > DECADES_LABELED ? 2 : 1;

	fprintf(out, "<line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", HEIGHT + 6, HEIGHT + 6);
	for (int p = d->low; p <= d->high; p++) {
		double x = across(d, pow(10, p));
		char name[FIGURE_MAX];

		fprintf(out, "<line class=\"axis\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>", x, x, HEIGHT + 6,
			HEIGHT + 10);
		if ((p - d->low) % every != 0)
			continue;
		decade_name(p, name);
		fprintf(out, "<text class=\"%s\" x=\"%.2f%%\" y=\"%d\">%s</text>",
			p == d->low    ? "under first"
			: p == d->high ? "under last"
				       : "under",
			x, HEIGHT + 24, name);
	}
}

static void put_bins(FILE *out, const struct decades *d, const struct histogram *h)
{
	int bins = (d->high - d->low) * BINS_PER_DECADE;
	int64_t n[20 * BINS_PER_DECADE] = { 0 }, most = 1;

	for (int b = 0; b < HISTOGRAM_BUCKETS; b++) {
		int at = (int)(chart_place_log((double)histogram_low(b) + 0.5, pow(10, d->low), pow(10, d->high)) *
			       bins);

		n[at < bins ? at : bins - 1] += h->n[b];
	}
	for (int i = 0; i < bins; i++)
		most = n[i] > most ? n[i] : most;
	for (int i = 0; i < bins; i++) {
		double height = HEIGHT * (double)n[i] / (double)most;

		if (n[i] > 0) /* one result is seen too */
			fprintf(out,
				"<rect class=\"c-main\" x=\"%.2f%%\" y=\"%.1f\" width=\"%.2f%%\" height=\"%.1f\"/>",
				100.0 * i / bins, HEIGHT + 6 - fmax(height, 1), 100.0 / bins, fmax(height, 1));
	}
}

static void put_mark(FILE *out, const struct decades *d, int64_t us, const char *class)
{
	double x = across(d, (double)us);

	fprintf(out, "<line class=\"mark %s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>", class, x, x,
		HEIGHT + 6);
}

static void put_stage(FILE *out, const struct decades *d, const struct report_stage *s)
{
	char a[FIGURE_MAX], b[FIGURE_MAX], c[FIGURE_MAX], n[FIGURE_MAX];

	figure_latency(a, s->us.p50);
	figure_latency(b, s->us.p95);
	figure_latency(c, s->us.p99);
	fputs("<div class=\"small\"><h4>", out);
	markup_text(out, s->name);
	fprintf(out, "</h4><p>%s %s</p>\n<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"",
		figure_count(n, s->us.count), s->us.count == 1 ? "result" : "results", HEIGHT + 30);
	markup_text(out, s->name);
	fprintf(out, ": half took at most %s, 95 %% %s, 99 %% %s\">\n", a, b, c);
	put_bins(out, d, &s->took);
	put_mark(out, d, s->us.p50, "p50");
	put_mark(out, d, s->us.p95, "p95");
	put_mark(out, d, s->us.p99, "p99");
	put_axis(out, d);
	fprintf(out,
		"</svg>\n<dl><div><dt>p50</dt><dd>%s</dd></div><div><dt>p95</dt><dd>%s</dd></div>"
		"<div><dt>p99</dt><dd>%s</dd></div></dl></div>\n",
		a, b, c);
}

static void put_table(FILE *out, const struct report_figures *f)
{
	char a[FIGURE_MAX], b[FIGURE_MAX], c[FIGURE_MAX];

	chart_table_begin(out, "Time a stage takes", "stage|made|from the cache|failed|p50|p95|p99");
	for (size_t i = 0; i < f->stage_count; i++) {
		const struct report_stage *s = &f->stages[i];

		chart_table_row(out, s->name, "%" PRId64 "|%" PRId64 "|%" PRId64 "|%s|%s|%s", s->made, s->cached,
				s->failed, s->us.count ? figure_latency(a, s->us.p50) : "-",
				s->us.count ? figure_latency(b, s->us.p95) : "-",
				s->us.count ? figure_latency(c, s->us.p99) : "-");
	}
	chart_table_end(out);
}

void report_latency_chart(FILE *out, const struct report_figures *f)
{
	struct decades d = decades_of(f);
	size_t drawn = 0;

	fputs("<div class=\"wide\">", out);
	chart_begin(
		out, "Time a stage takes",
		"Milliseconds or seconds on a logarithmic axis; the height is the share of the results that were made, "
		"waiting for calls included. Upright lines: half of them, 95 % and 99 % took no longer");
	fputs("<div class=\"smalls\">\n", out);
	for (size_t i = 0; i < f->stage_count; i++) {
		if (f->stages[i].us.count > 0) {
			put_stage(out, &d, &f->stages[i]);
			drawn++;
		}
	}
	fputs("</div>\n", out);
	if (drawn == 0)
		chart_nothing(out, "No stage had to do anything: all results came from the cache.");
	if (f->stage_count > 0)
		put_table(out, f);
	chart_end(out);
	fputs("</div>\n", out);
}
