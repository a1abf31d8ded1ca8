/*
 * report.h - `packshot report`: what happened and what it cost, for people (text, html) and for programs (json, csv).
 *
 * Reads only; works while another process writes. A run that is marked running is interrupted when the process that
 * recorded it does not hold the workspace's lock any more.
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_REPORT_H
#define PACKSHOT_JOBS_REPORT_H

#include "jobs/projection.h"
#include "jobs/settings.h"
#include "pipeline/store_report.h"

#include <stdbool.h>
#include <stdio.h>

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_CSV, REPORT_HTML };

/* Names of what `run` makes in a workspace and the report reads. */
#define REPORT_DATABASE "packshot.db"
#define REPORT_LOCK     "lock"

/* `packshot report`, as it was asked. ERR_USAGE: nothing was run there, or no such run; ERR_STORE, ERR_NOMEM, ERR_IO. */
int report_command(const struct settings *, struct err *);

/* Prints the report of a run (0: the last). Errors as above. */
int report_print(FILE *out, const char *workspace, int64_t run, enum report_format format, bool colour, struct err *);

/* Writes a report into a file of this name, whole or not at all; of the workspace and with the models of the settings. Errors as above. */
int report_write(const struct settings *, const struct report_scope *, enum report_format, const char *file, struct err *);

/* The ways to print figures. -1: ERR_NOMEM, ERR_IO. */
int report_text(FILE *out, const struct report_figures *, const struct projection *, bool colour, struct err *);
int report_json(FILE *out, const struct report_figures *, const struct projection *, struct err *);
/* One row an item, or one a paid call; read as they are printed. */
int report_csv(FILE *out, struct store_reader *, const struct report_figures *, bool calls, struct err *);
/* SQL that works the same figures out from the tables. */
int report_sql(FILE *out, const struct report_figures *, struct err *);

/* "2026-11-23T20:24:47.123Z" */
#define REPORT_TIME_SIZE 32
void report_time(int64_t wall_us, char out[REPORT_TIME_SIZE]);

/* The run that the figures end with. */
const struct report_run *report_last_run(const struct report_figures *);

/* Dollars of a night for each picture that was accepted, possibly billed ones included; negative: none was. */
double report_per_accepted(const struct report_figures *);

#endif
