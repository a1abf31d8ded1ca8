/*
 * help.h - what `packshot help` prints, made from the tables of options.h and pipeline/err.h. At most 80 columns.
 *
 * Threads: any.
 */
#ifndef PACKSHOT_JOBS_HELP_H
#define PACKSHOT_JOBS_HELP_H

#include "jobs/settings.h"
#include "stages/model.h"

#include <stdio.h>

#define HELP_WIDTH 80

void help_overview(FILE *out);
void help_command(FILE *out, enum command); /* COMMANDS: the overview */
/* The models there are, what they cost, and the flags of those that are called (which the help of a command leaves out, so that it
 * fits a screen). */
void help_models(FILE *out, const struct models *);
/* [{"id","kind","dialect","status","retires","replaced_by","prices":{...},"about","source","as_of"}]. -1: no memory. */
int help_models_json(FILE *out, const struct models *);
void help_errors(FILE *out);
/* [{"name","exit","retryable","meaning","advice"}]. -1: no memory. */
int help_errors_json(FILE *out);

#endif
