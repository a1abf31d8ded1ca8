/*
 * store_check.h - is a workspace's database sound? For `packshot doctor`.
 *
 * Threads: any; a connection of its own for each call.
 */
#ifndef PACKSHOT_PIPELINE_STORE_CHECK_H
#define PACKSHOT_PIPELINE_STORE_CHECK_H

#include "pipeline/err.h"

const char *store_library_version(void); /* SQLite's: "3.40.1" */

/* Opens an existing database and has SQLite look at every page (`PRAGMA integrity_check`: reads the whole file). Changes nothing.
 * -1: ERR_STORE (cannot be opened, is not ours, was written by a newer packshot, is damaged: the first thing found), ERR_BUSY. */
int store_check(const char *path, struct err *);

#endif
