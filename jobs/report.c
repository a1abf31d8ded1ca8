/* report.c - which figures are asked for, how they are printed, and where to. */
#include "jobs/report.h"

#include "jobs/report_html.h"
#include "jobs/report_place.h"
#include "jobs/report_scope.h"
#include "jobs/terminal.h"
#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/lock.h"
#include "pipeline/log.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE 800 /* of a picture, where the run does not say */

/* What is marked running is running only while its process holds the lock. */
static int correct_state(struct report_run *r, const char *lock, struct err *e)
{
	char *state;
	long pid;

	if (strcmp(r->state, "running") != 0 || (lock_held(lock, &pid) && (pid == 0 || pid == r->pid)))
		return 0;
	state = strdup("interrupted");
	if (!state)
		return err_set(e, ERR_NOMEM, "no memory for the report");
	free(r->state);
	r->state = state;
	return 0;
}

/* What is printed, how, and where it goes. */
struct order {
	const char *workspace;
	FILE *out;
	const char *file; /* instead of `out`; NULL: none */
	struct report_scope scope;
	enum report_format format;
	bool colour, calls, sql;
	const char *models; /* the user's file, or NULL */
};

/* Of the finished pictures, pixels: what the last of the runs was asked for. */
static int side_of(struct store_reader *reader, const struct report_figures *f)
{
	struct err ignored = { 0 };
	char *config = NULL;
	cJSON *o;
	const char *size;
	int width = SIDE, height = SIDE;

	store_run_config(reader, report_last_run(f)->id, &config, &ignored);
	o = config ? cJSON_Parse(config) : NULL;
	size = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "size"));
	if (!size || sscanf(size, "%5dx%5d", &width, &height) != 2 || width < 1 || height < 1)
		width = height = SIDE;
	cJSON_Delete(o);
	free(config);
	return width > height ? width : height;
}

/* Whoever adds the rows up gets less than the report says. */
static void warn_of_tidied(const struct report_figures *f)
{
	for (size_t i = 0; i < f->run_count; i++) {
		if (f->runs[i].tidied)
			log_line(LOG_WARN, "run %lld is old: items of it were tidied away, its figures were kept",
				 (long long)f->runs[i].id);
	}
}

static int print_figures(FILE *out, const struct order *o, struct store_reader *reader, const struct report_figures *f,
			 struct err *e)
{
	struct projection p;
	struct models *models;
	char day[11];
	int rc;

	if (o->sql || o->format == REPORT_CSV)
		warn_of_tidied(f);
	if (o->sql)
		return report_sql(out, f, e);
	if (o->format == REPORT_CSV)
		return report_csv(out, reader, f, o->calls, e);
	if (models_open(&models, o->models, e) != 0)
		return -1;
	model_today(day);
	projection_make(&p, f, models, side_of(reader, f), day);
	if (o->format == REPORT_HTML)
		rc = report_html(out, reader, f, &p, o->workspace, o->file, e);
	else
		rc = o->format == REPORT_JSON ? report_json(out, f, &p, e) : report_text(out, f, &p, o->colour, e);
	models_close(models);
	return rc;
}

/* An order with what it is printed from. */
struct copy {
	const struct order *order;
	struct store_reader *reader;
	const struct report_figures *figures;
};

static int print_copy(FILE *out, void *copy, struct err *e)
{
	const struct copy *c = copy;

	return print_figures(out, c->order, c->reader, c->figures, e);
}

static int read_and_print(const char *database, const char *lock, const struct order *o, struct err *e)
{
	struct store_reader *reader = NULL;
	struct report_figures f = { 0 };
	int rc;

	if (access(database, F_OK) != 0)
		return err_set(e, ERR_USAGE, "there is no %s: nothing has been run there (see --out)", database);
	if (store_reader_open(&reader, database, e) != 0)
		return -1;
	rc = store_report(reader, &o->scope, &f, e);
	for (size_t i = 0; i < f.run_count && rc == 0; i++)
		rc = correct_state(&f.runs[i], lock, e);
	if (rc == 0) {
		struct copy c = { o, reader, &f };

		rc = o->file ? report_place_write(o->file, print_copy, &c, e) : print_copy(o->out, &c, e);
	}
	report_figures_release(&f);
	store_reader_close(reader);
	return rc;
}

static int print_order(const struct order *o, struct err *e)
{
	char *database = file_join(o->workspace, REPORT_DATABASE), *lock = file_join(o->workspace, REPORT_LOCK);
	int rc = database && lock ? read_and_print(database, lock, o, e)
				  : err_set(e, ERR_NOMEM, "no memory for the report");

	free(database);
	free(lock);
	return rc;
}

int report_print(FILE *out, const char *workspace, int64_t run, enum report_format format, bool colour, struct err *e)
{
	struct order o = { .workspace = workspace,
			   .out = out,
			   .scope = { .reach = REPORT_ONE_RUN, .run = run },
			   .format = format,
			   .colour = colour };

	return print_order(&o, e);
}

int report_write(const struct settings *set, const struct report_scope *scope, enum report_format format,
		 const char *file, struct err *e)
{
	struct order o = {
		.workspace = set->out, .file = file, .scope = *scope, .format = format, .models = set->models
	};

	return print_order(&o, e);
}

/* A page on a terminal is of no use to anybody: it goes into the workspace. */
static int write_page(struct order *o, struct err *e)
{
	char *page = file_join(o->workspace, REPORT_PAGE);
	int rc;

	if (!page)
		return err_set(e, ERR_NOMEM, "no memory for the report");
	o->file = page;
	rc = print_order(o, e);
	if (rc == 0)
		fprintf(stderr, "The report is in %s\n", page);
	free(page);
	return rc;
}

int report_command(const struct settings *set, struct err *e)
{
	struct order o = { .workspace = set->out,
			   .out = stdout,
			   .file = set->report_to,
			   .format = set->json ? REPORT_JSON : (enum report_format)set->report_format,
			   .colour = !set->report_to && terminal_colour(stdout),
			   .calls = set->calls,
			   .sql = set->sql,
			   .models = set->models };

	if (set->calls && o.format != REPORT_CSV)
		return err_set(e, ERR_USAGE, "--calls goes with --format csv");
	if (report_scope(set, clock_wall_us(), &o.scope, e) != 0)
		return -1;
	if (o.format == REPORT_HTML && !o.sql && !o.file && isatty(STDOUT_FILENO))
		return write_page(&o, e);
	return print_order(&o, e);
}
