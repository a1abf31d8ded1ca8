/*
 * alerts.h - thresholds on what a night came to, and how somebody is told: a line, a POST of JSON, a command that gets the JSON.
 *
 * Threads: the main thread. Nobody is told twice of one threshold in one night, since each is looked at once, at its end.
 */
#ifndef PACKSHOT_JOBS_ALERTS_H
#define PACKSHOT_JOBS_ALERTS_H

#include "jobs/settings.h"
#include "pipeline/err.h"

/* How a night's work ended. */
struct night_end {
	int64_t first, last; /* its runs, one behind the other; 0: none has begun */
	int status;          /* the exit status so far; above 1: it did not come to its end */
	const char *why;     /* then: why */
};

/* Holds a night of the workspace against the thresholds, and tells whoever is to be told: how the catalogue stands in the end, what all of it
 * cost, and how long the first run's stages took. That a night did not come to its end is told without being asked, where anybody is
 * told. Returns how many there were to tell; -1: the figures could not be read (err), which is told too. A webhook or command that does not
 * work is an error in the log: the night's result stands. */
int alerts_check(const struct settings *, const char *workspace, const struct night_end *, struct err *);

#endif
