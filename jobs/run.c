#include "jobs/run.h"

#include "jobs/interrupt.h"
#include "jobs/options.h"
#include "jobs/shift.h"
#include "pipeline/clock.h"

#include <stdlib.h>
#include <string.h>

/* The whole manifest, unless the user interrupts. Once a limit has stopped the run, the rest is recorded as skipped. */
static int admit_catalogue(struct shift *r, struct err *e)
{
	while (r->end != RUN_INTERRUPTED) {
		struct record rec = { 0 };
		int rc;

		if (manifest_is_drained(r->ctx))
			unchanged_rest(r->machine.unchanged);
		rc = manifest_next(r->ctx, &rec, e);

		if (rc < 0 && e->code == ERR_INTERRUPTED && interrupt_count() > 0) {
			err_clear(e);
			shift_look(r);
			return 0;
		}
		r->all_read = rc <= 0 && r->end != RUN_INTERRUPTED;
		if (rc > 0) {
			rc = admission_take(&r->admission, &rec, e);
			if (rc == 0 && r->admission.admitted % 64 == 0)
				shift_look(r);
			rc = rc == 0 ? 1 : -1;
		}
		record_release(&rec);
		if (rc <= 0)
			return rc;
	}
	return 0;
}

static double part_read(const struct shift *r)
{
	return manifest_progress(r->ctx);
}

int run_shift(struct shift *r, struct manifest *manifest, struct err *e)
{
	const char *written = r->set->argument;
	char *path = strcmp(written, "-") == 0 ? NULL
					       : realpath(written, NULL); /* a re-run may come from another folder */
	int status;

	r->command = commands[r->set->command].name;
	r->manifest = path ? path : written;
	r->began_us = clock_monotonic_us();
	r->admit = admit_catalogue;
	r->progress_of = part_read;
	r->ctx = manifest;
	status = shift_work(r, e);
	free(path);
	return status;
}

int run_command(const struct settings *set, struct err *e)
{
	struct shift r = { .set = set };
	struct manifest *manifest = NULL;
	int status = -1;

	interrupt_watch();
	if (machine_prepare(&r.machine, set, e) == 0 && manifest_open(&manifest, set->argument, e) == 0 &&
	    workspace_open(&r.space, set->out, e) == 0)
		status = run_shift(&r, manifest, e);
	workspace_close(&r.space);
	manifest_close(manifest);
	machine_release(&r.machine);
	return status;
}
