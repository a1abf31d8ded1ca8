/*
 * rerun.h - `packshot rerun`: works again on what failed, or on what is named, of the catalogue as it stands in the workspace.
 */
#ifndef PACKSHOT_JOBS_RERUN_H
#define PACKSHOT_JOBS_RERUN_H

#include "jobs/settings.h"
#include "jobs/shift.h"
#include "pipeline/err.h"

/* What the catalogue's run was asked (config_json()), malloc()ed. 1: there, 0: there is no such run, -1: err. */
int rerun_config(const struct settings *, char **json, struct err *);

/* Works again on what may succeed, without asking, as settings->... of a command that has worked on the catalogue already. The shift's machine is
 * prepared and its workspace open; *count: how many there were (0: nothing was done, and 0 is returned). Else as shift_work(). */
int rerun_shift(struct shift *, int64_t *count, struct err *);

/* Says what it will do and what that may cost; asks, where a person is there, and insists on --yes where none is. Gives the exit status as
 * shift_work() does; 0 where there is nothing to do. */
int rerun_command(const struct settings *, struct err *);

#endif
