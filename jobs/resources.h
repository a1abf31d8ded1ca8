/*
 * resources.h - what this machine has to give: memory, disk, file descriptors.
 *
 * Threads: any.
 */
#ifndef PACKSHOT_JOBS_RESOURCES_H
#define PACKSHOT_JOBS_RESOURCES_H

#include "pipeline/err.h"

#include <stdint.h>

/* Bytes that can be used without swapping: MemAvailable of /proc/meminfo, or the control group's limit where that is lower.
 * Negative: not known. */
int64_t resources_memory(void);
/* The two texts it is read from, for tests: bytes; negative: not there. "max" is no limit. */
int64_t resources_meminfo_available(const char *meminfo);
int64_t resources_group_limit(const char *memory_max);

/* Bytes free for us on the disk of an existing path. Negative: not known. */
int64_t resources_disk_free(const char *path);

/* Files that this process may have open, connections included. Negative: no limit. */
int64_t resources_open_files(void);

#endif
