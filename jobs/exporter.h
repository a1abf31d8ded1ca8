/*
 * exporter.h - the counts of a run, for Prometheus: a file for node_exporter's textfile collector, an HTTP endpoint, or both.
 *
 * The file is written whole every 15 s while the run goes on and once more at its end; its temporary name (in the same folder) ends in
 * ".tmp", which the collector does not read. That it cannot be written is one warning. The endpoint answers GET and HEAD
 * of /metrics while the run goes on: a few connections at a time, none for longer than it takes.
 *
 * Threads: all functions from the main thread; NULL is fine everywhere. It has one thread for the file and one for HTTP, on which
 * `refresh` is called, also on both at once, from exporter_start() until exporter_stop().
 */
#ifndef PACKSHOT_JOBS_EXPORTER_H
#define PACKSHOT_JOBS_EXPORTER_H

#include "pipeline/counts.h"

struct exporter_config {
	const char *file;   /* path; NULL: none. Borrowed, like all of this */
	const char *listen; /* listen.h; NULL: nowhere */
	struct counts *counts;
	void (*refresh)(void *ctx); /* brings the counts up to date before they are printed */
	void *ctx;
};

struct exporter;

/* Binds the address, so that one that is taken is known before anything has begun; nobody is answered yet. ERR_CONFIG, ERR_NOMEM. */
int exporter_open(struct exporter **out, const struct exporter_config *, struct err *);

/* The run has begun. Says in a log line where it listens. ERR_NOMEM. */
int exporter_start(struct exporter *, int64_t run, const char *command, struct err *);

/* The run is about to end: nobody is answered any more, nothing is asked any more. */
void exporter_stop(struct exporter *);

/* Its exit status is known: the file's last words, unless it was never started. */
void exporter_end(struct exporter *, int exit_status);

void exporter_close(struct exporter *); /* stops and frees */

#endif
