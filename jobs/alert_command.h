/*
 * alert_command.h - --alert-command: a shell command that gets an alert on its standard input.
 *
 * It runs in a process group of its own, without the keys of models in its environment; what it prints goes to standard error, so that
 * standard output stays the result's. It cannot hold up the night: after a time it is killed, with what it has started.
 *
 * Threads: the main thread, when no other writes to descriptors that are about to be inherited.
 */
#ifndef PACKSHOT_JOBS_ALERT_COMMAND_H
#define PACKSHOT_JOBS_ALERT_COMMAND_H

#include "jobs/settings.h"
#include "pipeline/err.h"

/* Runs settings->alert_command and gives it the text and a newline. -1: it could not be started (ERR_IO), ended with another status than 0
 * (ERR_IO), took longer than `seconds` (ERR_TIMEOUT), or the user has asked to stop meanwhile (ERR_INTERRUPTED). */
int alert_command_run(const struct settings *, const char *text, double seconds, struct err *);

#endif
