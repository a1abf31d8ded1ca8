/*
 * config.h - from a command line to its settings: flag > environment (PACKSHOT_...) > configuration file > default.
 *
 * The configuration file is one JSON object whose keys are the flags' names with '_' for '-'; "$schema" is allowed beside them. One file
 * serves all commands: a key that the command has no use for is checked all the same.
 *
 * Threads: before threads start (reads the environment).
 */
#ifndef PACKSHOT_JOBS_CONFIG_H
#define PACKSHOT_JOBS_CONFIG_H

#include "jobs/options.h"
#include "pipeline/err.h"

#include <cjson/cJSON.h>

#define CONFIG_DEFAULT "packshot.json" /* read where it exists and no other is named */

/*
 * argv[0] is the program, argv[1] the command (or --help, -h, --version), the rest its flags and argument.
 * -1 with ERR_USAGE: the command line is wrong; out->command is set as far as it was understood (COMMANDS: not at all), the
 *    other settings are not to be used.
 * -1 with ERR_CONFIG: the environment or the file is wrong; everything that is right has been applied.
 * -1 with ERR_NOMEM.
 * `like`: config_json() of an earlier run, whose lasting settings then hold instead of the defaults; NULL.
 * Give *out to config_release() in every case.
 */
int config_parse(struct settings *out, int argc, char **argv, const char *like, struct err *);
void config_release(struct settings *); /* also of a zeroed struct */

/* The settings of its command as compact JSON, with the argument, without those that hold secrets; for the run's record. malloc()ed; NULL: no memory. */
char *config_json(const struct settings *);

/* One of them; the caller's. NULL: no memory. */
cJSON *option_json(const struct settings *, const struct option *);

#endif
