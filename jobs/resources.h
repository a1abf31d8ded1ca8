/*
 * resources.h - what this machine has to give: cores, memory, disk, file descriptors.
 *
 * Threads: any.
 */
#ifndef PACKSHOT_JOBS_RESOURCES_H
#define PACKSHOT_JOBS_RESOURCES_H

#include "pipeline/err.h"

#include <stdint.h>

/* Cores that this process may use, at least 1: those it is bound to (taskset, a cpuset), or the control group's quota where that is lower. */
int resources_cores(void);
/* The text of cpu.max that the quota is read from, for tests: cores, rounded up; negative: no limit. */
int64_t resources_group_cores(const char *cpu_max);

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
