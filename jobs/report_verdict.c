/* report_verdict.c - the night in one sentence. */
#include "jobs/report_html.h"

#include "jobs/figures.h"
#include "jobs/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What did not simply succeed, the worst first: how it is said of one, and of several. */
static const struct {
	enum item_status status;
	const char *one, *many;
} fates[] = {
	{ ITEM_FAILED, "failed", "failed" },
	{ ITEM_REJECTED, "was rejected", "were rejected" },
	{ ITEM_SKIPPED, "was skipped", "were skipped" },
	{ ITEM_REVIEW, "needs a look", "need a look" },
};
#define FATES (int)(sizeof(fates) / sizeof(fates[0]))

static const char *joint(int said, int all)
{
	return said == 0 ? "" : said == all - 1 ? " and " : ", ";
}

static void say_fates(FILE *out, const struct report_figures *f)
{
	char n[FIGURE_MAX], of[FIGURE_MAX];
	int all = 0, said = 0;

	for (int i = 0; i < FATES; i++)
		all += f->status[fates[i].status] > 0;
	figure_count(of, f->total);
	if (all == 0)
		fprintf(out, f->total == 1 ? "The only picture succeeded" : "All %s pictures succeeded", of);
	for (int i = 0; i < FATES; i++) {
		int64_t count = f->status[fates[i].status];

		if (count <= 0)
			continue;
		fprintf(out, "%s%s", joint(said, all), figure_count(n, count));
		if (said++ == 0)
			fprintf(out, " of %s picture%s", of, f->total == 1 ? "" : "s");
		fprintf(out, " %s", count == 1 ? fates[i].one : fates[i].many);
	}
}

static void say_cost(FILE *out, const struct report_figures *f)
{
	const char *what = f->scope.reach == REPORT_ONE_RUN ? "the run"
			   : f->scope.reach == REPORT_LAST  ? "the night"
							    : "these runs";
	int64_t cost = f->cost_nano + f->unknown_nano;
	char money[FIGURE_MAX], share[FIGURE_MAX];

	if (cost == 0) {
		fprintf(out, "; %s cost nothing", what);
		return;
	}
	fprintf(out, "; %s cost %s", what, figure_money(money, cost));
	if (f->unknown_nano > 0)
		fprintf(out, ", %s of it for answers that were lost",
			figure_share(share, (double)f->unknown_nano, (double)cost));
}

static void say_end(FILE *out, const char *state)
{
	static const struct {
		const char *state, *says;
	} ends[] = {
		{ "running", " It is still running." },
		{ "interrupted", " It did not reach its end; the same command goes on where it stopped." },
		{ "stopped", " It was stopped by a limit; the same command goes on." },
		{ "failed", " It broke off, because the disk, the database or a setting refused." },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(ends[i].state, state) == 0)
			fputs(ends[i].says, out);
	}
}

char *report_verdict(const struct report_figures *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (f->total > 0)
		say_fates(out, f);
	else
		fputs("No picture was worked on", out);
	say_cost(out, f);
	fputc('.', out);
	say_end(out, report_last_run(f)->state);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
