/*
 * report_scope.h - which runs a report is of, from --run, --since, --until and --all.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_REPORT_SCOPE_H
#define PACKSHOT_JOBS_REPORT_SCOPE_H

#include "jobs/settings.h"
#include "pipeline/store_report.h"

/* Without any of them: the last catalogue. ERR_USAGE: a day that is none, or two flags that exclude each other. */
int report_scope(const struct settings *, int64_t now_us, struct report_scope *out, struct err *);

/* A day or a moment, UTC: "2026-11-25", "2026-11-25T06:30"; or "7d", so many days before now. Microseconds since 1970. ERR_USAGE. */
int report_moment(const char *text, int64_t now_us, int64_t *us, struct err *);

#endif
