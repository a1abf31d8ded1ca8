/*
 * summary.h - what stands on the screen when a run has ended: how it went, what failed and why, where the pictures are,
 * what to do next.
 *
 * Threads: the main thread, once counting has ended.
 */
#ifndef PACKSHOT_JOBS_SUMMARY_H
#define PACKSHOT_JOBS_SUMMARY_H

#include "jobs/tally.h"

#include <stdio.h>

enum run_end { RUN_FINISHED, RUN_STOPPED, RUN_INTERRUPTED, RUN_FAILED };

struct summary {
	enum run_end end;
	int64_t elapsed_us;
	const char *workspace; /* as the user named it: `packshot report -o` is shown with it */
};

void summary_print(FILE *out, const struct tally *, const struct summary *, bool colour);

/* The same figures as one event of the log, for programs. */
void summary_tell(const struct tally *, const struct summary *);

#endif
