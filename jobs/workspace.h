/*
 * workspace.h - the one folder in which everything of a catalogue lives: lock, database, blobs, pictures.
 *
 * Threads: opened and closed by the main thread; the parts have rules of their own.
 */
#ifndef PACKSHOT_JOBS_WORKSPACE_H
#define PACKSHOT_JOBS_WORKSPACE_H

#include "pipeline/blobs.h"
#include "pipeline/err.h"
#include "pipeline/lock.h"
#include "pipeline/store.h"

struct workspace {
	char *dir; /* absolute */
	char *tmp; /* dir/tmp: files in the making */
	char *db;  /* dir/packshot.db */
	struct lock *lock;
	struct store *store;
	struct blobs *blobs;
};

/* Makes the folder where missing, takes its lock, clears what a killed run left in tmp/, opens the database and the blobs.
 * ERR_BUSY, ERR_IO, ERR_STORE. Give it to workspace_close() in every case. */
int workspace_open(struct workspace *, const char *dir, struct err *);
void workspace_close(struct workspace *); /* also of a zeroed or half-open one */

#endif
