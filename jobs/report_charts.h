/*
 * report_charts.h - the report's charts, drawn from its figures. Where there is nothing to draw a sentence says so.
 *
 * Threads: no state. Trouble with the stream is left to ferror().
 */
#ifndef PACKSHOT_JOBS_REPORT_CHARTS_H
#define PACKSHOT_JOBS_REPORT_CHARTS_H

#include "pipeline/store_report.h"

#include <stdio.h>

/* Cost by model, stage and category; failures by class; items a minute; `trend`: nights to compare with. ERR_NOMEM. */
int report_charts(FILE *, const struct report_figures *, const struct report_figures *trend, struct err *);

/* How long each stage took: a drawing a stage on one logarithmic axis. */
void report_latency_chart(FILE *, const struct report_figures *);

#endif
