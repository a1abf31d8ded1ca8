/*
 * alerts.h - thresholds on what a night came to, and how somebody is told: a line, a POST of JSON, a command that gets the JSON.
 *
 * Threads: the main thread. Nobody is told twice of one threshold in one night, since each is looked at once, at its end.
 */
#ifndef PACKSHOT_JOBS_ALERTS_H
#define PACKSHOT_JOBS_ALERTS_H

#include "jobs/settings.h"
#include "pipeline/err.h"

/* Holds a night of the workspace - run `first`, and its re-runs up to `last` - against the thresholds, and tells whoever is to be told:
 * how the catalogue stands in the end, what all of it cost, and how long the first run's stages took. Returns how many were passed; -1: the
 * figures could not be read (err). A webhook or command that does not work is a warning in the log: the night's result stands. */
int alerts_check(const struct settings *, const char *workspace, int64_t first, int64_t last, struct err *);

#endif
