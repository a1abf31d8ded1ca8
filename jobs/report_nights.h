/*
 * report_nights.h - runs put together into nights: a catalogue, those broken off that it went on with, and what was worked on again.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_REPORT_NIGHTS_H
#define PACKSHOT_JOBS_REPORT_NIGHTS_H

#include "pipeline/store_report.h"

#include <stdio.h>

struct night {
	int64_t first_run, last_run;
	int64_t started_us;
	int64_t status[ITEM_STATUSES], total;
	int64_t cost_nano, unknown_nano; /* settled; possibly billed */
};

/* The nights of the figures' runs, in order. NULL with *count 0: there are none, or no memory. The caller frees. */
struct night *nights_of(const struct report_figures *, size_t *count);

/* Draws outcome and cost by night, oldest first. Nothing where there is no memory. */
void nights_charts(FILE *, const struct night *, size_t count);

#endif
