/*
 * tidy.h - what a workspace needs no longer goes: rows of old runs, results and files that no run kept uses, old reports. The ledger of paid
 * calls stays for ever.
 *
 * Threads: the main thread, when no run is under way.
 */
#ifndef PACKSHOT_JOBS_TIDY_H
#define PACKSHOT_JOBS_TIDY_H

#include "jobs/workspace.h"

#include <stdint.h>

/* The folder of reports in a workspace, and their names: "run-12.json". Other files in it are nobody's business. */
#define REPORTS_FOLDER "reports"

/* Removes what is older than so many days; 0: nothing. All of it is tried; -1: the first error. */
int tidy(const struct workspace *, int64_t days, struct err *);

#endif
