/*
 * help.h - what `packshot help` prints, made from the tables of options.h and pipeline/err.h. At most 80 columns.
 *
 * Threads: any.
 */
#ifndef PACKSHOT_JOBS_HELP_H
#define PACKSHOT_JOBS_HELP_H

#include "jobs/settings.h"

#include <stdio.h>

#define HELP_WIDTH 80

void help_overview(FILE *out);
void help_command(FILE *out, enum command); /* COMMANDS: the overview */
void help_errors(FILE *out);
/* [{"name","exit","retryable","meaning","advice"}]. -1: no memory. */
int help_errors_json(FILE *out);

#endif
