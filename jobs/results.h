/*
 * results.h - results.jsonl: one line for each item of the catalogue, in manifest order, written whole or not at all.
 *
 * Threads: the main thread, once everything is in the database.
 */
#ifndef PACKSHOT_JOBS_RESULTS_H
#define PACKSHOT_JOBS_RESULTS_H

#include "pipeline/err.h"
#include "pipeline/file.h"

#include <stdint.h>

/* Writes the lines of a run, from the database `db`, to out_dir/results.jsonl by way of tmp_dir (same file system); one line
 * is in memory at a time. Where they stand there already, as an earlier run wrote them, nothing is written. *stamp is the
 * file's. -1 with ERR_IO, ERR_STORE, ERR_NOMEM: results.jsonl is as it was. */
int results_write(const char *out_dir, const char *tmp_dir, const char *db, int64_t run, struct file_stamp *stamp, struct err *);

#endif
