#include "jobs/rerun.h"

#include "jobs/figures.h"
#include "jobs/forecast.h"
#include "jobs/interrupt.h"
#include "jobs/shift.h"
#include "jobs/terminal.h"
#include "pipeline/store_standing.h"
#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/store_night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH                                                                                                   \
	256 /* items that are read at a time: a reader that stays open would hold up the database's checkpoints \
	     */

/* What is worked on again, of which catalogue. */
struct again {
	const struct settings *set;
	struct store_reader *reader;
	struct catalogue_run catalogue;
	struct rerun_limits limits;
	int64_t *bought; /* numbers of pictures that are left out for limits.bought_from, in order */
	size_t bought_count;
	int64_t named, by_error[ERR_CODES], without_error;

	/* A batch. */
	struct standing_row rows[BATCH]; /* their strings are ours */
	int count;
	int64_t after; /* the last one that was looked at */
};

static bool is_in(const struct texts *list, const char *text)
{
	for (int i = 0; text && i < list->count; i++) {
		if (strcmp(list->v[i], text) == 0)
			return true;
	}
	return false;
}

static int compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* A lost answer may have been billed: with --lost review a person says whether it is asked for again. */
static bool is_left_out(const struct again *a, const struct standing_row *row)
{
	bool is_lost = row->error && strcmp(row->error, err_name(ERR_LOST)) == 0;

	if (is_lost && (a->limits.leave_lost || a->set->lost == LOST_REVIEW))
		return true;
	return a->bought_count > 0 &&
	       bsearch(&row->seq, a->bought, a->bought_count, sizeof(*a->bought), compare_numbers) != NULL;
}

/* What was skipped was never judged. */
static bool may_succeed(const struct again *a, const struct standing_row *row)
{
	bool may = strcmp(row->status, "skipped") == 0 ||
		   (strcmp(row->status, "failed") == 0 && row->error && err_retryable(err_by_name(row->error)));

	return may && !is_left_out(a, row);
}

/* Of what is given, all must hold. */
static bool is_named(const struct again *a, const struct standing_row *row)
{
	const struct settings *s = a->set;
	bool given = s->skus.count || s->classes.count || s->status || s->stage;

	if (!row->source || !row->sku || row->position < 1)
		return false; /* a bad line: there is nothing to work on */
	if (!given)
		return may_succeed(a, row);
	if (s->skus.count && !is_in(&s->skus, row->sku))
		return false;
	if (s->classes.count && !is_in(&s->classes, row->error))
		return false;
	if (s->status && strcmp(row->status, item_status_name((enum item_status)s->status)) != 0)
		return false;
	return !s->stage || (row->error_stage && strcmp(row->error_stage, s->stage) == 0);
}

/* --- what would be done --- */

static int count_row(void *ctx, const struct standing_row *row)
{
	struct again *a = ctx;
	enum err_code code = row->error ? err_by_name(row->error) : ERR_CODES;

	if (!is_named(a, row))
		return 0;
	a->named++;
	if (code < ERR_CODES)
		a->by_error[code]++;
	else
		a->without_error++;
	return 0;
}

/* The same for programs. */
static void tell_what(const struct again *a, int64_t low_nano, int64_t high_nano)
{
	struct log_field fields[] = { { "pictures", NULL, a->named, 0 },
				      { "of_run", NULL, a->catalogue.last, 0 },
				      { "least_usd", NULL, a->named * low_nano, 9 },
				      { "most_usd", NULL, a->named * high_nano, 9 } };

	log_event(LOG_INFO, "worked on again", fields, low_nano < 0 ? 2 : 4);
}

static int say_what(struct again *a, const struct services *s, struct err *e)
{
	struct forecast image, text = { 0 };
	char n[FIGURE_MAX], low[FIGURE_MAX], high[FIGURE_MAX];
	bool known;

	if (forecast_call(&image, a->reader, a->set, &s->images[0], true, e) != 0 ||
	    (!a->set->no_copy && forecast_call(&text, a->reader, a->set, &s->text, false, e) != 0))
		return -1;
	known = image.low_nano >= 0 && text.low_nano >= 0;
	if (log_is_json()) {
		tell_what(a, known ? image.low_nano + text.low_nano : -1, image.high_nano + text.high_nano);
		return 0;
	}
	fprintf(stderr, "%s picture%s of run %lld will be worked on again:\n", figure_count(n, a->named),
		a->named == 1 ? "" : "s", (long long)a->catalogue.last);
	for (int i = 0; i < ERR_CODES; i++) {
		if (a->by_error[i])
			fprintf(stderr, "  %-20s %s\n", err_name((enum err_code)i), figure_count(n, a->by_error[i]));
	}
	if (a->without_error)
		fprintf(stderr, "  %-20s %s\n", "no error", figure_count(n, a->without_error));
	if (!known)
		fputs("What that costs is not known.\n", stderr);
	else
		fprintf(stderr, "That may cost %s to %s, less what the cache has.\n",
			figure_money(low, a->named * (image.low_nano + text.low_nano)),
			figure_money(high, a->named * (image.high_nano + text.high_nano)));
	return 0;
}

static int ask(const struct settings *s, struct err *e)
{
	char answer[16] = "";

	if (s->yes)
		return 0;
	if (!isatty(STDIN_FILENO) || !terminal_is(stderr) || log_is_json())
		return err_set(e, ERR_USAGE, "nobody is there to ask: say --yes");
	fputs("Go on? [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return err_set(e, ERR_INTERRUPTED, "nothing was done");
	return 0;
}

/* --- giving it to the road --- */

static void release_batch(struct again *a)
{
	for (int i = 0; i < a->count; i++) {
		free((char *)a->rows[i].sku);
		free((char *)a->rows[i].source);
	}
	a->count = 0;
}

static int keep_row(void *ctx, const struct standing_row *row)
{
	struct again *a = ctx;
	struct standing_row *kept = &a->rows[a->count];

	a->after = row->seq;
	if (!is_named(a, row))
		return 0;
	*kept = (struct standing_row){ .seq = row->seq, .line = row->line, .position = row->position };
	kept->sku = strdup(row->sku);
	kept->source = strdup(row->source);
	a->count++;
	if (!kept->sku || !kept->source)
		return -1;
	return a->count == BATCH;
}

static int admit_one(struct shift *r, const struct standing_row *row, struct err *e)
{
	struct again *a = r->ctx;
	struct record rec = { 0 };
	struct digest text;
	char *json = NULL;
	int rc = store_product_line(a->reader, row->sku, &json, &text, e);

	if (rc >= 0) {
		manifest_again(a->catalogue.folder, json ? json : "", &rec);
		rc = admission_again(&r->admission, row, &rec, rc > 0 ? &text : NULL, e);
	}
	record_release(&rec);
	free(json);
	return rc;
}

static int admit_again(struct shift *r, struct err *e)
{
	struct again *a = r->ctx;
	int rc;

	do {
		rc = store_each_standing(a->reader, a->catalogue.last, a->after, keep_row, a, e);
		for (int i = 0; i < a->count && rc >= 0 && r->end != RUN_INTERRUPTED; i++) {
			if (admit_one(r, &a->rows[i], e) != 0)
				rc = -1;
		}
		release_batch(a);
	} while (rc > 0 && r->end != RUN_INTERRUPTED);
	r->all_read = rc == 0;
	if (rc < 0 && e->code == ERR_OK)
		err_set(e, ERR_NOMEM, "no memory to work again on what failed");
	return rc < 0 ? -1 : 0;
}

static double part_admitted(const struct shift *r)
{
	const struct again *a = r->ctx;

	return a->named ? (double)r->admission.admitted / (double)a->named : 1;
}

static int keep_bought(void *ctx, int64_t seq, bool has_bought)
{
	struct again *a = ctx;
	bool is_full = (a->bought_count & (a->bought_count - 1)) == 0; /* room is a power of two */
	int64_t *grown = a->bought;

	if (!has_bought)
		return 0;
	if (is_full)
		grown = realloc(a->bought, (a->bought_count ? 2 * a->bought_count : 1) * sizeof(*grown));
	if (!grown)
		return 1;
	a->bought = grown;
	a->bought[a->bought_count++] = seq;
	return 0;
}

static int find_bought(struct again *a, struct err *e)
{
	int rc = 0;

	if (a->limits.bought_from)
		rc = store_each_paid(a->reader, a->limits.bought_from, a->catalogue.last, keep_bought, a, e);
	return rc > 0 ? err_set(e, ERR_NOMEM, "no memory to work again on what failed") : rc;
}

/* 1: there is something to do; 0: not. */
static int look(struct again *a, const char *database, struct err *e)
{
	int rc;

	if (store_reader_open(&a->reader, database, e) != 0)
		return -1;
	rc = store_catalogue_run(a->reader, a->set->run, &a->catalogue, e);
	if (rc == 0 && a->set->run)
		return err_set(e, ERR_USAGE, "there is no run %lld in %s", (long long)a->set->run, a->set->out);
	if (rc > 0 && !a->catalogue.whole)
		return err_set(e, ERR_USAGE,
			       "run %lld ended before it had read its catalogue: give its command again, which goes on",
			       (long long)a->catalogue.first);
	if (rc > 0 && a->catalogue.tidied)
		return err_set(e, ERR_USAGE,
			       "run %lld is old and its items were tidied away: give its manifest to `run` again",
			       (long long)a->catalogue.first);
	if (rc > 0 && find_bought(a, e) != 0)
		return -1;
	if (rc > 0 && !a->catalogue.folder) /* an earlier version's */
		a->catalogue.folder = manifest_folder_of(a->catalogue.manifest ? a->catalogue.manifest : "-", e);
	if (rc > 0 && !a->catalogue.folder)
		return -1;
	if (rc > 0)
		rc = store_each_standing(a->reader, a->catalogue.last, 0, count_row, a, e) == 0 ? a->named > 0 : -1;
	return rc;
}

/* The shift's side of it. */
static void prepare(struct shift *r, struct again *a)
{
	r->command = "rerun";
	r->manifest = a->catalogue.manifest;
	r->machine.folder = a->catalogue.folder;
	r->base = a->catalogue.first;
	r->began_us = clock_monotonic_us();
	r->admit = admit_again;
	r->progress_of = part_admitted;
}

static void close_again(struct again *a)
{
	store_reader_close(a->reader);
	free(a->catalogue.manifest);
	free(a->catalogue.folder);
	free(a->bought);
	free(a);
}

static struct again *open_again(const struct settings *set, const struct rerun_limits *limits, struct err *e)
{
	struct again *a = calloc(1, sizeof(*a));

	if (!a) {
		err_set(e, ERR_NOMEM, "no memory to start");
		return NULL;
	}
	a->set = set;
	if (limits)
		a->limits = *limits;
	return a;
}

int rerun_count(const struct settings *set, const char *database, const struct rerun_limits *limits, int64_t *count,
		struct err *e)
{
	struct again *a = open_again(set, limits, e);
	int rc = a ? look(a, database, e) : -1;

	*count = rc > 0 ? a->named : 0;
	if (a)
		close_again(a);
	return rc < 0 ? -1 : 0;
}

int rerun_shift(struct shift *r, const struct rerun_limits *limits, struct err *e)
{
	struct again *a = open_again(r->set, limits, e);
	int rc;

	if (!a)
		return -1;
	r->ctx = a;
	rc = look(a, r->space.db, e);
	if (rc > 0) {
		prepare(r, a);
		rc = shift_work(r, e);
	}
	close_again(a);
	return rc;
}

int rerun_command(const struct settings *set, struct err *e)
{
	struct again *a = open_again(set, NULL, e);
	struct shift r = { .set = set, .ctx = a };
	int status = -1, rc = -1;

	if (!a)
		return -1;
	interrupt_watch();
	if (machine_prepare(&r.machine, set, e) == 0 && workspace_open(&r.space, set->out, e) == 0)
		rc = look(a, r.space.db, e);
	if (rc == 0) {
		if (log_is_json())
			log_event(LOG_INFO, "nothing to work on again", NULL, 0);
		else
			fputs("Nothing to work on again.\n", stderr);
		status = 0;
	} else if (rc > 0 && say_what(a, &r.machine.services, e) == 0 && ask(set, e) == 0) {
		prepare(&r, a);
		status = shift_work(&r, e);
	}
	close_again(a);
	workspace_close(&r.space);
	machine_release(&r.machine);
	return status;
}

int rerun_config(const struct settings *set, char **json, struct err *e)
{
	char *db = file_join(set->out, "packshot.db");
	struct store_reader *reader = NULL;
	int rc = 0;

	if (!db)
		return err_set(e, ERR_NOMEM, "no memory to start");
	if (access(db, F_OK) == 0)
		rc = store_reader_open(&reader, db, e) == 0 ? store_run_config(reader, set->run, json, e) : -1;
	store_reader_close(reader);
	free(db);
	return rc;
}
