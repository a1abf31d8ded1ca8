#include "jobs/nightly.h"

#include "jobs/alerts.h"
#include "jobs/interrupt.h"
#include "jobs/report.h"
#include "jobs/rerun.h"
#include "jobs/run.h"
#include "jobs/tidy.h"
#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/store_standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct night {
	const struct settings *set;
	struct settings again; /* as its re-runs are asked; strings are those of `set` */
	struct workspace *space;
	int64_t first, last; /* its runs */
	bool is_to_report;   /* a run of it has come to its end, by itself or not */
};

/* --- work --- */

/* One run, or (limits) one more look at what failed; each on a machine of its own, whose counts begin at nothing. */
static int work_once(struct night *n, struct manifest *manifest, const struct rerun_limits *limits, struct err *e)
{
	struct shift *r = calloc(1, sizeof(*r));
	int status = -1;

	if (!r)
		return err_set(e, ERR_NOMEM, "no memory to start");
	r->set = limits ? &n->again : n->set;
	r->silent = n->set->json;
	if (machine_prepare(&r->machine, r->set, e) == 0) {
		r->space = *n->space; /* lent */
		status = limits ? rerun_shift(r, limits, e) : run_shift(r, manifest, e);
	}
	if (r->id) {
		n->first = n->first ? n->first : r->id;
		n->last = r->id;
		n->is_to_report |= r->end != RUN_FAILED;
	}
	machine_release(&r->machine);
	free(r);
	return status;
}

/* What the night has paid for is not paid for again: a lost answer is asked for in one round only, and where nothing is
 * kept of what was bought, pictures for which something was are left alone. */
static struct rerun_limits limits_of(const struct night *n, int64_t round)
{
	return (struct rerun_limits){ .leave_lost = round > 0, .bought_from = n->set->no_cache ? n->first : 0 };
}

static bool wait_a_while(const struct night *n)
{
	return interrupt_count() == 0 && interrupt_sleep(n->set->pause);
}

static int work_again(struct night *n, struct err *e)
{
	int status = 1;

	for (int64_t round = 0; round < n->set->rounds && status == 1; round++) {
		struct rerun_limits limits = limits_of(n, round);
		int64_t count = 0;

		if (rerun_count(&n->again, n->space->db, &limits, &count, e) != 0)
			return -1;
		if (count == 0) /* nothing that may pass: nothing to wait for */
			break;
		if (!wait_a_while(n))
			return err_exit(ERR_INTERRUPTED);
		status = work_once(n, NULL, &limits, e);
	}
	return status;
}

/* 1 ends the reading, and is the exit status. */
static int is_undone(void *ctx, const struct standing_row *row)
{
	(void)ctx;
	return strcmp(row->status, "failed") == 0 || strcmp(row->status, "rejected") == 0 ||
	       strcmp(row->status, "skipped") == 0;
}

/* A re-run says how its own pictures ended; the night is the whole catalogue's. */
static int standing_status(const struct night *n, struct err *e)
{
	struct store_reader *reader = NULL;
	int status = -1;

	if (store_reader_open(&reader, n->space->db, e) == 0)
		status = store_each_standing(reader, n->last, 0, is_undone, NULL, e);
	store_reader_close(reader);
	return status;
}

static int work(struct night *n, struct manifest *manifest, struct err *e)
{
	int status = work_once(n, manifest, NULL, e);

	if (status == 1)
		status = work_again(n, e);
	return status == 0 || status == 1 ? standing_status(n, e) : status;
}

/* --- reports --- */

/* One file in the folder of reports: of a run, or (run 0) of the night as it stands. */
static void write_report(const struct night *n, const char *folder, int64_t run, enum report_format format,
			 const char *extension, struct err *e)
{
	struct report_scope scope = { .reach = run ? REPORT_ONE_RUN : REPORT_LAST, .run = run };
	char name[64], *path;

	snprintf(name, sizeof(name), "%s-%lld.%s", run ? "run" : "night", (long long)(run ? run : n->first), extension);
	path = file_join(folder, name);
	if (path)
		report_write(n->set, &scope, format, path, e);
	else
		err_set(e, ERR_NOMEM, "no memory for the reports");
	free(path);
}

/* As many as can be; *e: the first that could not. */
static void write_reports(const struct night *n, struct err *e)
{
	char *folder = file_join(n->space->dir, REPORTS_FOLDER);

	if (!folder) {
		err_set(e, ERR_NOMEM, "no memory for the reports");
		return;
	}
	for (int64_t run = n->first; run <= n->last; run++) {
		write_report(n, folder, run, REPORT_TEXT, "txt", e);
		write_report(n, folder, run, REPORT_JSON, "json", e);
	}
	write_report(n, folder, 0, REPORT_HTML, "html", e);
	free(folder);
}

/* --- the end --- */

/* The work's own end counts first; then what went wrong behind it. */
static void check_alerts(const struct night *n, int status, const struct err *work_err, struct err *wrong)
{
	struct night_end end = { .first = n->first, .last = n->last, .status = status };

	if (status < 0) {
		end.status = err_command_exit(work_err->code);
		end.why = work_err->msg;
	} else if (status == err_exit(ERR_INTERRUPTED)) {
		end.why = "it was interrupted";
	} else if (status > 1) {
		end.why = "it was stopped by --max-failures";
	} else if (wrong->code != ERR_OK) {
		end.status = err_command_exit(wrong->code);
		end.why = wrong->msg;
	}
	alerts_check(n->set, n->space->dir, &end, wrong);
}

/* What follows the work is done whatever came of it, and each part of it whatever came of the others; of a night that
 * was interrupted all but the tidying up, which can wait. */
static int close_night(const struct night *n, int status, struct err *e)
{
	struct err wrong = { 0 };

	if (n->first)
		write_reports(n, &wrong);
	check_alerts(n, status, e, &wrong);
	if (n->set->json && n->is_to_report)
		report_command(n->set, &wrong);
	if (n->first && status != err_exit(ERR_INTERRUPTED))
		tidy(n->space, n->set->keep, &wrong);
	if (wrong.code == ERR_OK)
		return status;
	if (status == 0 || status == 1)
		return err_set(e, wrong.code, "%s", wrong.msg);
	log_line(LOG_ERROR, "%s", wrong.msg);
	return status;
}

int nightly_command(const struct settings *set, struct err *e)
{
	struct workspace space = { 0 };
	struct night n = { .set = set, .again = *set, .space = &space };
	struct manifest *manifest = NULL;
	int status = -1;

	n.again.force = false; /* what the night's first run has made is not made again */
	interrupt_watch();
	if (manifest_open(&manifest, set->argument, e) == 0 && workspace_open(&space, set->out, e) == 0)
		status = work(&n, manifest, e);
	status = close_night(&n, status, e);
	manifest_close(manifest);
	workspace_close(&space);
	return status;
}
