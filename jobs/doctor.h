/*
 * doctor.h - `packshot doctor`: are this machine, this configuration and this workspace fit for a run?
 *
 * It changes nothing that lasts and calls nobody. Each check is ok, warn (a run works, something is worth knowing) or fail,
 * with a fix.
 * Threads: the main thread, without others.
 */
#ifndef PACKSHOT_JOBS_DOCTOR_H
#define PACKSHOT_JOBS_DOCTOR_H

#include "jobs/settings.h"
#include "pipeline/err.h"

#include <stdio.h>

/* `config` is what config_parse() said; ERR_CONFIG is one of the findings. Prints text, or with settings->json
 * {"version","fit","checks":[{"name","state","about","fix"}]}; "fix" is null where there is nothing to do. Gives the exit status: 0 fit
 * (warnings allowed), 3 not; or -1 with ERR_NOMEM. */
int doctor_command(FILE *out, const struct settings *, const struct err *config, bool colour, struct err *);

#endif
