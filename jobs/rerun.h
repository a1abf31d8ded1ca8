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

/* What a command that has worked on the catalogue already leaves out of what may succeed. */
struct rerun_limits {
	bool leave_lost;     /* pictures whose answer was lost, whatever --lost says */
	int64_t bought_from; /* not 0: pictures for which this run or a later one has paid; for where nothing was kept of what it bought */
};

/* How many pictures rerun_shift() would work on. */
int rerun_count(const struct settings *, const char *database, const struct rerun_limits *, int64_t *count, struct err *);

/* Works again on what may succeed, without asking. The shift's machine is prepared and its workspace open. Where there is nothing, nothing is
 * done and 0 returned; else as shift_work(). */
int rerun_shift(struct shift *, const struct rerun_limits *, struct err *);

/* Says what it will do and what that may cost; asks, where a person is there, and insists on --yes where none is. Gives the exit status as
 * shift_work() does; 0 where there is nothing to do. */
int rerun_command(const struct settings *, struct err *);

#endif
