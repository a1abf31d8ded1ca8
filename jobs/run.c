#include "jobs/run.h"

#include "jobs/interrupt.h"
#include "jobs/options.h"
#include "jobs/shift.h"
#include "pipeline/clock.h"

#include <stdlib.h>
#include <string.h>

/* 1: the next line of the manifest is as it was when its pictures were made, which is all there is to do about it. */
static int recognise(struct shift *r, struct err *e)
{
	struct manifest_line line;
	int rc = r->machine.unchanged ? manifest_peek(r->ctx, &line, e) : 0;

	if (rc > 0)
		rc = admission_recognise(&r->admission, &line, e);
	if (rc > 0)
		manifest_skip(r->ctx);
	return rc;
}

/* 1: a record was read, and its items admitted; 0: the end. */
static int read_one(struct shift *r, struct err *e)
{
	struct record rec = { 0 };
	int rc = manifest_next(r->ctx, &rec, e);

	if (rc > 0 && admission_take(&r->admission, &rec, e) != 0)
		rc = -1;
	record_release(&rec);
	return rc;
}

/* The whole manifest, unless the user interrupts. Once a limit has stopped the run, the rest is recorded as skipped. */
static int admit_catalogue(struct shift *r, struct err *e)
{
	while (r->end != RUN_INTERRUPTED) {
		int rc;

		if (manifest_is_drained(r->ctx))
			unchanged_rest(r->machine.unchanged);
		rc = recognise(r, e);
		if (rc == 0)
			rc = read_one(r, e);
		if (rc < 0 && e->code == ERR_INTERRUPTED && interrupt_count() > 0) {
			err_clear(e);
			shift_look(r);
			return 0;
		}
		r->all_read = rc <= 0 && r->end != RUN_INTERRUPTED;
		if (rc <= 0)
			return rc;
		if (r->admission.admitted % 64 == 0)
			shift_look(r);
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
	r->machine.folder = manifest_folder(manifest);
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
