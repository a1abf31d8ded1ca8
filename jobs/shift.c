#include "jobs/shift.h"

#include "jobs/admission.h"
#include "jobs/config.h"
#include "jobs/interrupt.h"
#include "jobs/machine.h"
#include "jobs/progress.h"
#include "jobs/report.h"
#include "jobs/results.h"
#include "jobs/summary.h"
#include "jobs/terminal.h"
#include "pipeline/clock.h"
#include "pipeline/log.h"
#include "pipeline/store_sums.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MS 100 /* how often the main thread looks at progress, signals and limits while it waits */

static bool too_many_failures(const struct failure_limit *limit, const struct tally_counts *counts)
{
	int64_t failed = counts->status[ITEM_FAILED] + counts->status[ITEM_REJECTED];
	int64_t ended = tally_ended(counts) - counts->status[ITEM_SKIPPED];

	if (limit->count > 0 && failed >= limit->count)
		return true;
	/* A share says something once there are enough of them: the first failure of a night is 100 %. */
	return limit->percent > 0 && ended >= 20 && 100.0 * (double)failed >= limit->percent * (double)ended;
}

/* One look around: the progress line, the user's wish to stop, the limits. */
void shift_look(struct shift *r)
{
	double fraction = r->all_read ? 1.0 : r->progress_of(r);
	struct tally_counts counts;
	int asked = interrupt_count();

	tally_read(r->machine.tally, &counts);
	progress_tick(r->progress, clock_monotonic_us(),
		      progress_estimate(r->admission.admitted, fraction, r->all_read));
	if (asked && r->end != RUN_INTERRUPTED) {
		r->end = RUN_INTERRUPTED;
		engine_turn_away(r->machine.engine);
	}
	if (asked >= 2 && !r->hurried) {
		r->hurried = true;
		engine_stop(r->machine.engine);
	}
	if (r->end == RUN_FINISHED &&
	    (engine_halted(r->machine.engine, &r->halt) || too_many_failures(&r->set->max_failures, &counts)))
		r->end = RUN_STOPPED;
}

static bool wait_for_room(void *ctx, struct err *why)
{
	struct shift *r = ctx;
	bool room = false;

	while (r->end == RUN_FINISHED && !(room = engine_has_room(r->machine.engine, LOOK_MS))) {
		unchanged_rest(r->machine.unchanged); /* a failure is met again in work() */
		shift_look(r);
	}
	if (r->end == RUN_INTERRUPTED)
		err_set(why, ERR_INTERRUPTED, "not worked on: the run was interrupted before its turn");
	else if (r->end != RUN_FINISHED)
		err_set(why, ERR_STOPPED, "not worked on: the run was stopped before its turn");
	return r->end == RUN_FINISHED;
}

static void drain(struct shift *r)
{
	int left;

	do {
		unchanged_rest(r->machine.unchanged);
		left = engine_wait(r->machine.engine, LOOK_MS);
		shift_look(r);
	} while (left > 0);
}

static int write_results(struct shift *r, struct err *e)
{
	struct file_stamp stamp;

	if (results_write(r->space.dir, r->space.tmp, r->space.db, r->id, &stamp, e) != 0)
		return -1;
	return store_run_results(r->space.store, r->id, &stamp, e);
}

/* The road is empty and the recorder has written everything: results, then the run's last word. */
static int close_run(struct shift *r, int rc, struct err *e)
{
	static const char *const states[] = { [RUN_FINISHED] = "finished",
					      [RUN_STOPPED] = "stopped",
					      [RUN_INTERRUPTED] = "interrupted",
					      [RUN_FAILED] = "failed" };
	struct tally_counts counts;
	struct err ignored = { 0 };

	tally_read(r->machine.tally, &counts);
	if (r->end == RUN_INTERRUPTED && r->all_read && counts.status[ITEM_SKIPPED] == 0)
		r->end = RUN_FINISHED; /* the wish to stop came when all was done */
	if (rc == 0 && r->end != RUN_INTERRUPTED)
		rc = write_results(r, e);
	if (rc != 0)
		r->end = RUN_FAILED;
	if (store_run_end(r->space.store, r->id, states[r->end], rc == 0 ? e : &ignored) != 0)
		return -1;
	if (!r->hurried && store_sums_keep(r->space.store, &ignored) != 0) /* a later run does it */
		log_line(LOG_WARN, "the sums for the report could not be kept: %s", ignored.msg);
	return rc;
}

static int exit_status(const struct shift *r)
{
	struct tally_counts counts;

	tally_read(r->machine.tally, &counts);
	if (r->end == RUN_INTERRUPTED)
		return err_exit(ERR_INTERRUPTED);
	if (r->end == RUN_STOPPED)
		return err_exit(ERR_STOPPED);
	return counts.status[ITEM_FAILED] + counts.status[ITEM_REJECTED] + counts.status[ITEM_SKIPPED] > 0;
}

static int say_how_it_went(struct shift *r, struct err *e)
{
	struct summary summary = { r->end, clock_monotonic_us() - r->began_us, r->set->out };

	if (!r->set->quiet && log_is_json())
		summary_tell(r->machine.tally, &summary);
	else if (!r->set->quiet && !r->set->json)
		summary_print(stderr, r->machine.tally, &summary, terminal_colour(stderr));
	if (!r->silent && r->set->json && r->end != RUN_FAILED)
		return report_print(stdout, r->space.dir, r->id, REPORT_JSON, false, e);
	return 0;
}

/* Machine and workspace stand; from the first item to the last. */
static int work(struct shift *r, struct err *e)
{
	int rc;

	r->admission = (struct admission){ .engine = r->machine.engine,
					   .recorder = r->machine.recorder,
					   .unchanged = r->machine.unchanged,
					   .shape = r->machine.has_shape && !r->set->no_cache ? &r->machine.shape
											      : NULL,
					   .folder = r->machine.folder,
					   .run = r->id,
					   .wait = wait_for_room,
					   .ctx = r };
	rc = admission_open(&r->admission, e);
	if (rc == 0) {
		rc = r->admit(r, e);
		drain(r);
		if (unchanged_rest(r->machine.unchanged) != 0 && rc == 0)
			rc = err_set(e, ERR_NOMEM, "no memory to record what is unchanged");
	}
	if (recorder_flush(r->machine.recorder, e) != 0 || engine_failed(r->machine.engine, e))
		rc = -1;
	admission_close(&r->admission);
	return rc;
}

static int in_workspace(struct shift *r, struct err *e)
{
	struct progress_config progress = { stderr, r->machine.tally, r->set->quiet,
					    terminal_is(stderr) && !log_is_json() };
	char *config = config_json(r->set);
	int rc = -1;

	if (!config)
		return err_set(e, ERR_NOMEM, "no memory to start");
	if (store_run_begin(r->space.store, r->command, r->manifest, r->machine.folder, config, r->base, &r->id, e) ==
	    0) {
		log_run(r->id);
		rc = progress_open(&r->progress, &progress, r->began_us, e); /* before there are threads that log */
		if (rc == 0)
			rc = machine_start(&r->machine, r->set, &r->space, r->id, e);
		if (rc == 0)
			rc = exporter_start(r->machine.exporter, r->id, r->command, e);
		if (rc == 0)
			rc = work(r, e);
		progress_close(r->progress);
		exporter_stop(r->machine.exporter);
		machine_stop(&r->machine);
		rc = close_run(r, rc, e);
	}
	free(config);
	return rc;
}

int shift_work(struct shift *r, struct err *e)
{
	int rc = in_workspace(r, e), status = -1;

	if (say_how_it_went(r, e) == 0 && rc == 0)
		status = r->halt.code == ERR_OK ? exit_status(r) : err_set(e, r->halt.code, "%s", r->halt.msg);
	exporter_end(r->machine.exporter, status >= 0 ? status : err_command_exit(e->code));
	return status;
}
