/*
 * lock.h - one packshot at a time in a workspace. The kernel releases the lock when its holder dies, however it dies.
 *
 * Threads: no state; a lock belongs to whoever took it. Taking it twice in one process is refused like anywhere else.
 */
#ifndef PACKSHOT_PIPELINE_LOCK_H
#define PACKSHOT_PIPELINE_LOCK_H

#include "pipeline/err.h"

#include <stdbool.h>

struct lock;

/* Locks the file at path (made where missing, in a folder that exists; never removed). ERR_BUSY names the process that holds
 * it; ERR_IO. Children of this process do not inherit it. */
int lock_take(struct lock **out, const char *path, struct err *);
void lock_release(struct lock *); /* NULL is fine */

/* Does some process hold it now? *pid (may be NULL) is its number, 0 where that is not known. False also where there is no file. */
bool lock_held(const char *path, long *pid);

#endif
