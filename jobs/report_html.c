/* report_html.c - the page: its head, its headline figures, what went wrong; the rest is report_charts.c's and
 * report_gallery.c's. */
#include "jobs/report_html.h"

#include "jobs/figures.h"
#include "jobs/markup.h"
#include "jobs/reason.h"
#include "jobs/report.h"
#include "jobs/report_charts.h"
#include "jobs/report_gallery.h"
#include "jobs/report_place.h"
#include "pipeline/base64.h"
#include "pipeline/digest.h"
#include "stages/picture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TREND_NIGHTS 30
#define CAUSES_OPEN  3 /* the others' examples are folded away */

extern const char schemas_report_report_css[], schemas_report_report_css_end[];
extern const char schemas_report_report_js[], schemas_report_report_js_end[];

/* --- the head --- */

/* By its hash the browser knows our style or script, and runs no other. */
static void put_hash(FILE *out, const char *from, const char *end)
{
	struct digest d;
	char text[48];

	digest_of(from, (size_t)(end - from), &d);
	base64_encode(d.b, DIGEST_SIZE, text);
	fprintf(out, "'sha256-%.*s'", (int)base64_size(DIGEST_SIZE), text);
}

static void put_policy(FILE *out)
{
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data: 'self' file:; "
	      "style-src ",
	      out);
	put_hash(out, schemas_report_report_css, schemas_report_report_css_end);
	fputs("; script-src ", out);
	put_hash(out, schemas_report_report_js, schemas_report_report_js_end);
	fputs("; base-uri 'none'; form-action 'none'\">\n", out);
}

static void put_between(FILE *out, const char *tag, const char *from, const char *end)
{
	fprintf(out, "<%s>", tag);
	fwrite(from, 1, (size_t)(end - from), out);
	fprintf(out, "</%s>\n", tag);
}

/* "Run 7", "Runs 5 to 7" */
static void put_runs(FILE *out, const struct report_figures *f)
{
	if (f->run_count == 1)
		fprintf(out, "Run %" PRId64, f->runs[0].id);
	else
		fprintf(out, "Runs %" PRId64 " to %" PRId64, f->runs[0].id, report_last_run(f)->id);
}

static void put_head(FILE *out, const struct report_figures *f, const char *verdict)
{
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
	put_policy(out);
	fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<meta name=\"robots\" content=\"noindex\">\n<title>packshot: ",
	      out);
	put_runs(out, f);
	fputs(". ", out);
	markup_text(out, verdict);
	fputs("</title>\n", out);
	put_between(out, "style", schemas_report_report_css, schemas_report_report_css_end);
	fputs("</head>\n<body>\n", out);
}

/* "2026-11-23 20:24" */
static void put_time(FILE *out, int64_t us)
{
	char when[REPORT_TIME_SIZE];

	report_time(us, when);
	if (strlen(when) < 16) {
		fputs(when, out);
		return;
	}
	fprintf(out, "<time datetime=\"%s\">%.10s %.5s UTC</time>", when, when, when + 11);
}

/* ending: what the verdict says of how it ended; NULL: nothing. */
static void put_masthead(FILE *out, const struct report_figures *f, const char *verdict, const char *ending)
{
	const struct report_run *last = report_last_run(f);

	fputs("<header class=\"masthead\">\n<p class=\"kicker\">packshot report <span>", out);
	put_runs(out, f);
	fputs("</span></p>\n<h1>", out);
	markup_text(out, verdict);
	fputs("</h1>\n", out);
	if (ending) {
		fputs("<p class=\"ending\">", out);
		markup_text(out, ending);
		fputs("</p>\n", out);
	}
	fputs("<dl class=\"facts\">\n<div><dt>Manifest</dt><dd>", out);
	markup_text(out, last->manifest ? last->manifest : "none");
	fputs("</dd></div>\n<div><dt>Began</dt><dd>", out);
	put_time(out, f->started_us);
	fputs("</dd></div>\n<div><dt>Ended</dt><dd>", out);
	if (f->finished_us)
		put_time(out, f->finished_us);
	else
		fputs("not yet", out);
	fputs("</dd></div>\n<div><dt>State</dt><dd>", out);
	markup_text(out, last->state);
	fputs("</dd></div>\n<div><dt>Made by</dt><dd>packshot ", out);
	markup_text(out, last->version);
	fputs("</dd></div>\n</dl>\n</header>\n", out);
}

/* --- headline figures --- */

/* value: as `report --format json` has it, for programs that read the page. */
static void tile(FILE *out, const char *name, double value, const char *shown, const char *note, const char *class)
{
	fprintf(out, "<div%s%s%s><dt>%s</dt><dd><data value=\"%.12g\">", class ? " class=\"" : "", class ? class : "",
		class ? "\"" : "", name, value);
	markup_text(out, shown);
	fputs("</data></dd>", out);
	if (note) {
		fputs("<dd class=\"note\">", out);
		markup_text(out, note);
		fputs("</dd>", out);
	}
	fputs("</div>\n", out);
}

static void status_tile(FILE *out, const struct report_figures *f, enum item_status s, const char *name,
			const char *note)
{
	char n[FIGURE_MAX];

	tile(out, name, (double)f->status[s], figure_count(n, f->status[s]), note,
	     f->status[s] > 0 ? item_status_name(s) : NULL);
}

static void count_tiles(FILE *out, const struct report_figures *f)
{
	char rate[FIGURE_MAX], total[FIGURE_MAX], note[2 * FIGURE_MAX];
	int64_t accepted = f->status[ITEM_SUCCEEDED];

	snprintf(note, sizeof(note), "of %s pictures", figure_count(total, f->total));
	tile(out, "Success rate", f->total > 0 ? (double)accepted / (double)f->total : 0,
	     f->total > 0 ? figure_share(rate, (double)accepted, (double)f->total) : "-", note, NULL);
	snprintf(note, sizeof(note), "%s unchanged", figure_count(total, f->unchanged));
	tile(out, "Accepted", (double)accepted, figure_count(total, accepted), f->unchanged ? note : NULL, NULL);
	status_tile(out, f, ITEM_FAILED, "Failed", NULL);
	status_tile(out, f, ITEM_REVIEW, "Review", "delivered; look at them");
	if (f->status[ITEM_REJECTED] != 0)
		status_tile(out, f, ITEM_REJECTED, "Rejected", NULL);
	if (f->status[ITEM_SKIPPED] != 0)
		status_tile(out, f, ITEM_SKIPPED, "Skipped", "not worked on");
}

static void money_tiles(FILE *out, const struct report_figures *f)
{
	int64_t cost = f->cost_nano + f->unknown_nano;
	double each = report_per_accepted(f);
	char money[FIGURE_MAX], note[2 * FIGURE_MAX], lost[FIGURE_MAX];

	snprintf(note, sizeof(note), "%s of it possibly billed", figure_money(lost, f->unknown_nano));
	tile(out, "Total cost", (double)cost / 1e9, figure_money(money, cost), f->unknown_nano ? note : NULL, NULL);
	tile(out, "Cost per accepted", each > 0 ? each : 0,
	     each >= 0 ? figure_money(money, (int64_t)(each * 1e9)) : "-", NULL, NULL);
	tile(out, "Saved by the cache", (double)f->saved_nano / 1e9, figure_money(money, f->saved_nano), NULL, NULL);
	tile(out, "Duration", (double)f->elapsed_us / 1e6, figure_duration(money, f->elapsed_us), NULL, NULL);
}

static void put_tiles(FILE *out, const struct report_figures *f)
{
	fputs("<section aria-label=\"Headline figures\">\n<dl class=\"tiles\">\n", out);
	count_tiles(out, f);
	money_tiles(out, f);
	fputs("</dl>\n</section>\n", out);
}

/* --- what went wrong --- */

static void put_example(FILE *out, const struct report_example *x)
{
	fputs("<li><p><b>", out);
	markup_text(out, x->sku ? x->sku : "(no SKU)");
	fputs("</b>", out);
	if (x->position > 1)
		fprintf(out, " picture %d", x->position);
	if (x->line > 0)
		fprintf(out, " <span>line %" PRId64 "</span>", x->line);
	fputs("</p>", out);
	if (x->message) {
		fputs("<p class=\"message\">", out);
		markup_text(out, x->message);
		fputs("</p>", out);
	}
	if (x->source) {
		fputs("<p class=\"source\">", out);
		markup_source(out, x->source);
		fputs("</p>", out);
	}
	fputs("</li>\n", out);
}

static void put_cause(FILE *out, const struct report_failure *x, bool open)
{
	enum err_code code = err_by_name(x->code);
	char n[FIGURE_MAX];

	fprintf(out, "<li class=\"cause\">\n<p class=\"count\"><data value=\"%" PRId64 "\">%s</data></p>\n<div><h3>",
		x->count, figure_count(n, x->count));
	markup_text(out, code == ERR_CODES ? x->code : err_meaning(code));
	fputs("</h3><p class=\"code\"><code>", out);
	markup_text(out, x->code);
	fputs("</code>", out);
	if (x->stage) {
		fputs(" at ", out);
		markup_text(out, x->stage);
	}
	fputs("</p>\n", out);
	if (code != ERR_CODES) {
		fputs("<p class=\"advice\"><b>What to do</b> ", out);
		markup_text(out, err_advice(code));
		fputs("</p>\n", out);
	}
	if (x->example_count > 0) {
		fprintf(out, "<details%s><summary>Examples</summary><ul class=\"examples\">\n", open ? " open" : "");
		for (size_t i = 0; i < x->example_count; i++)
			put_example(out, &x->examples[i]);
		fputs("</ul></details>\n", out);
	}
	fputs("</div></li>\n", out);
}

/* Money that may be gone for nothing. */
static void put_lost(FILE *out, const struct report_figures *f)
{
	char money[FIGURE_MAX], share[FIGURE_MAX];

	if (f->unknown_nano <= 0)
		return;
	fputs("<p class=\"lost\"><b>", out);
	markup_text(out, figure_money(money, f->unknown_nano));
	fputs("</b> may have been billed for answers that were lost on their way, ", out);
	markup_text(out, figure_share(share, (double)f->unknown_nano, (double)(f->cost_nano + f->unknown_nano)));
	fputs(" of the cost. Compare it with the provider's bill.</p>\n", out);
}

static void put_reasons(FILE *out, const struct report_figures *f)
{
	bool rejected = f->status[ITEM_REJECTED] > 0;

	if (f->reason_count == 0)
		return;
	fputs("<h3 class=\"sub\">Why pictures need a look</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
	      "aria-label=\"Why pictures need a look\">\n<table class=\"reasons\"><thead><tr><th "
	      "scope=\"col\">reason</th>"
	      "<th scope=\"col\">what it means</th><th scope=\"col\">review</th>",
	      out);
	fprintf(out, "%s</tr></thead><tbody>\n", rejected ? "<th scope=\"col\">rejected</th>" : "");
	for (size_t i = 0; i < f->reason_count; i++) {
		const struct report_reason *r = &f->reasons[i];
		char n[FIGURE_MAX];

		fputs("<tr><th scope=\"row\"><code>", out);
		markup_text(out, r->name);
		fputs("</code></th><td>", out);
		markup_text(out, reason_meaning(r->name));
		fprintf(out, "</td><td class=\"n\">%s</td>", figure_count(n, r->review));
		if (rejected)
			fprintf(out, "<td class=\"n\">%s</td>", figure_count(n, r->rejected));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_wrong(FILE *out, const struct report_figures *f)
{
	fputs("<section id=\"wrong\">\n<h2>What went wrong</h2>\n", out);
	put_lost(out, f);
	if (f->failure_count == 0)
		fputs("<p class=\"nothing\">Nothing failed.</p>\n", out);
	else
		fputs("<ul class=\"causes\">\n", out);
	for (size_t i = 0; i < f->failure_count; i++)
		put_cause(out, &f->failures[i], i < CAUSES_OPEN);
	if (f->failure_count > 0)
		fputs("</ul>\n", out);
	put_reasons(out, f);
	fputs("</section>\n", out);
}

static void put_month_row(FILE *out, const struct projection_row *r)
{
	char month[FIGURE_MAX], batch[FIGURE_MAX];

	fputs("<tr><th scope=\"row\">", out);
	markup_text(out, r->model);
	fprintf(out, "</th><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
		r->used ? "what its calls cost here" : "its price list", figure_money(month, r->month_nano),
		r->batch_nano < 0 ? "-" : figure_money(batch, r->batch_nano));
}

/* Nothing where nothing is paid. */
static void put_month(FILE *out, const struct projection *p)
{
	char month[FIGURE_MAX], calls[FIGURE_MAX];

	if (p->month_nano == 0)
		return;
	fprintf(out,
		"<h3 class=\"sub\" id=\"month\">A month of such nights: %s</h3>\n<p>%d nights, %s calls for pictures. "
		"By "
		"other "
		"models, the copy as it is:</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"A "
		"month by "
		"other models\">\n<table class=\"reasons\"><thead><tr><th scope=\"col\">model</th><th "
		"scope=\"col\">by</th>"
		"<th scope=\"col\">a month</th><th scope=\"col\">by the provider's batch "
		"jobs</th></tr></thead><tbody>\n",
		figure_money(month, p->month_nano), PROJECTION_NIGHTS, figure_count(calls, p->calls));
	for (int i = 0; i < p->count; i++)
		put_month_row(out, &p->rows[i]);
	fputs("</tbody></table></div>\n", out);
}

/* --- the page --- */

static int read_trend(struct store_reader *reader, struct report_figures *trend, struct err *e)
{
	struct report_scope scope = { .reach = REPORT_RANGE };

	return store_nights_from(reader, TREND_NIGHTS, &scope.from_us, e) == 0 ? store_report(reader, &scope, trend, e)
									       : -1;
}

static int put_charts(FILE *out, struct store_reader *reader, const struct report_figures *f,
		      const struct projection *p, struct err *e)
{
	struct report_figures trend = { 0 };
	int rc = read_trend(reader, &trend, e);

	fputs("<section id=\"charts\">\n<h2>Time and money</h2>\n", out);
	if (rc == 0)
		rc = report_charts(out, f, &trend, e);
	put_month(out, p);
	fputs("</section>\n", out);
	report_figures_release(&trend);
	return rc;
}

static int put_page(FILE *out, struct store_reader *reader, const struct report_figures *f, const struct projection *p,
		    const struct gallery_place *place, char *verdict, struct err *e)
{
	char *ending = strstr(verdict, ". "); /* no figure has a space behind its point */

	if (ending) {
		ending[1] = 0;
		ending += 2;
	}
	put_head(out, f, verdict);
	put_masthead(out, f, verdict, ending);
	fputs("<nav aria-label=\"On this page\"><a href=\"#wrong\">What went wrong</a> <a href=\"#charts\">Time and "
	      "money</a> "
	      "<a href=\"#pictures\">Pictures</a></nav>\n<main>\n",
	      out);
	put_tiles(out, f);
	put_wrong(out, f);
	if (put_charts(out, reader, f, p, e) != 0 || report_gallery(out, reader, f, place, e) != 0)
		return -1;
	fputs("</main>\n<footer><p>Costs are what the models' answers say at the prices in the table of models. "
	      "Percentiles are to "
	      "within 1 %. Times are UTC.</p></footer>\n",
	      out);
	put_between(out, "script", schemas_report_report_js, schemas_report_report_js_end);
	fputs("</body>\n</html>\n", out);
	return fflush(out) == 0 && !ferror(out) ? 0 : err_errno(e, ERR_IO, "the report cannot be written");
}

int report_html(FILE *out, struct store_reader *reader, const struct report_figures *f, const struct projection *p,
		const char *workspace, const char *file, struct err *e)
{
	struct gallery_place place = { workspace, report_place_prefix(workspace, file, e) };
	char *verdict = report_verdict(f);
	int rc = -1;

	if (place.prefix && !verdict)
		err_set(e, ERR_NOMEM, "no memory for the report");
	else if (place.prefix && picture_library_open("packshot", e) == 0) {
		rc = put_page(out, reader, f, p, &place, verdict, e);
		picture_library_close();
	}
	free(place.prefix);
	free(verdict);
	return rc;
}
