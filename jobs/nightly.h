/*
 * nightly.h - `packshot nightly`: run, what may pass once more after a pause, reports, alerts, and tidying up; for a timer.
 */
#ifndef PACKSHOT_JOBS_NIGHTLY_H
#define PACKSHOT_JOBS_NIGHTLY_H

#include "jobs/settings.h"
#include "pipeline/err.h"

/* Holds the workspace's lock all the while. Gives the exit status of the catalogue as it stands in the end, as run_command() does. */
int nightly_command(const struct settings *, struct err *);

#endif
