#include "jobs/summary.h"

#include "jobs/figures.h"
#include "jobs/printable.h"
#include "pipeline/log.h"

#include <stdlib.h>
#include <string.h>

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

#define REVIEWS_SHOWN 3 /* of one reason */

struct page {
	FILE *out;
	bool colour;
	const struct tally *tally;
	struct tally_counts counts;
};

static const char *paint(const struct page *p, const char *colour)
{
	return p->colour ? colour : "";
}

static void print_head(const struct page *p, const struct summary *s)
{
	static const char *const words[] = {
		[RUN_FINISHED] = "Finished in",
		[RUN_STOPPED] = "Stopped after",
		[RUN_INTERRUPTED] = "Interrupted after",
		[RUN_FAILED] = "Could not go on after",
	};
	int64_t delivered = p->counts.status[ITEM_SUCCEEDED] + p->counts.status[ITEM_REVIEW],
		ended = tally_ended(&p->counts);
	char took[FIGURE_MAX], done[FIGURE_MAX], all[FIGURE_MAX];

	fprintf(p->out, "%s%s %s: %s of %s picture%s delivered.%s\n\n", paint(p, BOLD), words[s->end],
		figure_duration(took, s->elapsed_us), figure_count(done, delivered), figure_count(all, ended),
		ended == 1 ? "" : "s", paint(p, PLAIN));
}

static void print_statuses(const struct page *p)
{
	static const struct {
		enum item_status status;
		bool always;
		const char *colour, *about;
	} rows[] = {
		{ ITEM_SUCCEEDED, true, GREEN, "" },
		{ ITEM_REVIEW, false, YELLOW, "delivered; a person should look" },
		{ ITEM_FAILED, true, RED, "" },
		{ ITEM_REJECTED, false, RED, "a check said no" },
		{ ITEM_SKIPPED, false, YELLOW, "not tried, or not to the end" },
	};
	char n[FIGURE_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t count = p->counts.status[rows[i].status];
		const char *colour = count ? paint(p, rows[i].colour) : "";

		if (!count && !rows[i].always)
			continue;
		fprintf(p->out, "  %s%-12s%10s%s%s%s\n", colour, item_status_name(rows[i].status),
			figure_count(n, count), *colour ? PLAIN : "", *rows[i].about ? "  " : "", rows[i].about);
	}
}

static void print_totals(const struct page *p, const struct summary *s)
{
	int64_t steps = p->counts.hits + p->counts.made, ended = tally_ended(&p->counts);
	char a[FIGURE_MAX], b[FIGURE_MAX];

	fprintf(p->out, "  %-12s%10s", "cache hits", figure_count(a, p->counts.hits));
	fprintf(p->out, "  of %s steps\n", figure_count(b, steps));
	fprintf(p->out, "  %-12s%10s\n", "cost", figure_money(a, p->counts.cost_nano));
	if (ended && s->elapsed_us > 0)
		fprintf(p->out, "  %-12s%10s\n", "rate", figure_rate(a, (double)ended * 1e6 / (double)s->elapsed_us));
}

static void print_group(const struct page *p, const struct tally_group *g, const char *colour, int most,
			const char *advice)
{
	char n[FIGURE_MAX];
	int shown = g->count < most ? (int)g->count : most;

	fprintf(p->out, "  %s%-20s%s %s\n", paint(p, colour), g->name, paint(p, PLAIN), figure_count(n, g->count));
	for (int i = 0; i < shown; i++)
		fprintf(p->out, "      %s\n", g->examples[i]);
	if (g->count > shown)
		fprintf(p->out, "      and %s more\n", figure_count(n, g->count - shown));
	if (advice)
		fprintf(p->out, "      -> %s\n", advice);
}

static void print_failures(const struct page *p)
{
	bool titled = false;

	for (int i = 1; i < ERR_CODES; i++) {
		const struct tally_group *g = tally_error(p->tally, (enum err_code)i);

		if (!g->count || err_ends_run((enum err_code)i)) /* skipped: one reason for all, said elsewhere */
			continue;
		if (!titled)
			fprintf(p->out, "\n%sWhat failed%s\n", paint(p, BOLD), paint(p, PLAIN));
		titled = true;
		print_group(p, g, RED, TALLY_EXAMPLES_MAX, err_advice((enum err_code)i));
	}
}

static void print_reviews(const struct page *p)
{
	const struct tally_group *g;

	for (int i = 0; (g = tally_reason(p->tally, i)); i++) {
		if (i == 0)
			fprintf(p->out, "\n%sWhat to look at%s\n", paint(p, BOLD), paint(p, PLAIN));
		print_group(p, g, YELLOW, REVIEWS_SHOWN, NULL);
	}
}

static void print_places(const struct page *p, const struct summary *s)
{
	char *shown = printable_line(s->workspace, 1000);
	const char *where = shown ? shown : "";

	fprintf(p->out, "\n  %-12s%s/images/\n", "pictures", where);
	if (s->end == RUN_FINISHED || s->end == RUN_STOPPED) /* else it still is what an earlier run has left */
		fprintf(p->out, "  %-12s%s/results.jsonl\n", "results", where);
	if (strcmp(s->workspace, "packshot-out") == 0)
		fprintf(p->out, "  %-12spackshot report\n", "more");
	else
		fprintf(p->out, "  %-12spackshot report -o %s\n", "more", where);
	free(shown);
}

static void print_next(const struct page *p, const struct summary *s)
{
	int64_t again = 0, correct = 0;
	char n[FIGURE_MAX];

	for (int i = 1; i < ERR_CODES; i++) {
		int64_t count = tally_error(p->tally, (enum err_code)i)->count;

		*(err_retryable((enum err_code)i) ? &again : &correct) += count;
	}
	if (s->end != RUN_FINISHED)
		fprintf(p->out, "  %-12sthe same command goes on where this one ended\n", "next");
	else if (again)
		fprintf(p->out, "  %-12sthe same command tries again: %s may succeed\n", "next",
			figure_count(n, again));
	else if (correct)
		fprintf(p->out, "  %-12scorrect what failed, then the same command works on that only\n", "next");
}

void summary_print(FILE *out, const struct tally *tally, const struct summary *s, bool colour)
{
	struct page p = { out, colour, tally, { { 0 }, 0, 0, 0 } };

	tally_read(tally, &p.counts);
	print_head(&p, s);
	print_statuses(&p);
	print_totals(&p, s);
	print_failures(&p);
	print_reviews(&p);
	print_places(&p, s);
	print_next(&p, s);
	fflush(out);
}

void summary_tell(const struct tally *tally, const struct summary *s)
{
	static const char *const ends[] = { [RUN_FINISHED] = "finished",
					    [RUN_STOPPED] = "stopped",
					    [RUN_INTERRUPTED] = "interrupted",
					    [RUN_FAILED] = "failed" };
	struct tally_counts c;

	tally_read(tally, &c);
	log_event(LOG_INFO, "the run has ended",
		  (struct log_field[]){ { "end", ends[s->end], 0, 0 },
					{ "elapsed_s", NULL, s->elapsed_us / 1000, 3 },
					{ "pictures", NULL, tally_ended(&c), 0 },
					{ "succeeded", NULL, c.status[ITEM_SUCCEEDED], 0 },
					{ "review", NULL, c.status[ITEM_REVIEW], 0 },
					{ "failed", NULL, c.status[ITEM_FAILED], 0 },
					{ "rejected", NULL, c.status[ITEM_REJECTED], 0 },
					{ "skipped", NULL, c.status[ITEM_SKIPPED], 0 },
					{ "cache_hits", NULL, c.hits, 0 },
					{ "steps", NULL, c.hits + c.made, 0 },
					{ "cost_usd", NULL, c.cost_nano, 9 },
					{ "workspace", s->workspace, 0, 0 } },
		  12);
}
