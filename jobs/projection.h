/*
 * projection.h - what a month of such nights would come to: at what was paid, by other models, and in a provider's batch jobs.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_PROJECTION_H
#define PACKSHOT_JOBS_PROJECTION_H

#include "pipeline/store_report.h"
#include "stages/model.h"

#define PROJECTION_NIGHTS     30
#define PROJECTION_MODELS_MAX 16

/* By one image model; the copy as it was. */
struct projection_row {
	const char *model; /* borrowed from the models */
	bool used;         /* by what its calls have cost here; else by its price list, one call a picture */
	int64_t month_nano, batch_nano; /* batch negative: there is none, or it is not known */
};

struct projection {
	int64_t nights;     /* that the figures are of */
	int64_t calls;      /* for pictures, in a month, tries that failed counted; where nothing is paid for: pictures worked on */
	int64_t month_nano; /* as it is paid now */
	struct projection_row rows[PROJECTION_MODELS_MAX]; /* cheapest first */
	int count;
};

/* side: of the finished picture, pixels. day: "2026-11-25", for prices and for which models live. */
void projection_make(struct projection *out, const struct report_figures *, const struct models *, int side, const char *day);

#endif
