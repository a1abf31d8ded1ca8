/*
 * run.h - `packshot run`: a catalogue, from its manifest to results.jsonl. The main thread's side of the road.
 */
#ifndef PACKSHOT_JOBS_RUN_H
#define PACKSHOT_JOBS_RUN_H

#include "jobs/settings.h"
#include "jobs/shift.h"
#include "pipeline/err.h"

/* Works on settings->argument in the workspace settings->out. Gives the exit status: 0 all succeeded, 1 some items failed,
 * 4 stopped by --max-failures, 130 interrupted; or that of *err, which then says why the run could not go on. */
int run_command(const struct settings *, struct err *);

/* The same for a command of its own: the shift's machine is prepared, and its workspace open. As shift_work(). */
int run_shift(struct shift *, struct manifest *, struct err *);

#endif
