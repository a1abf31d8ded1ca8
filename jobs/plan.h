/*
 * plan.h - `packshot plan`: what `run` would do with a catalogue, picture by picture and why, and what that would cost. Calls nobody and
 * writes nothing.
 */
#ifndef PACKSHOT_JOBS_PLAN_H
#define PACKSHOT_JOBS_PLAN_H

#include "jobs/settings.h"
#include "pipeline/err.h"

#include <stdio.h>

/* As text, or with settings->json as one JSON object; every picture by name with --json and --verbose. 0, or -1 with err. */
int plan_command(FILE *out, const struct settings *, struct err *);

#endif
