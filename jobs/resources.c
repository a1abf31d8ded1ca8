#define _GNU_SOURCE /* sched_getaffinity() */
#include "jobs/resources.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

int64_t resources_meminfo_available(const char *meminfo)
{
	static const char name[] = "MemAvailable:";
	const char *at = strstr(meminfo, name);
	long long kib;

	if (!at || sscanf(at + sizeof(name) - 1, "%lld kB", &kib) != 1 || kib < 0 || kib > INT64_MAX / 1024)
		return -1;
	return kib * 1024;
}

int64_t resources_group_limit(const char *memory_max)
{
	char *end;
	long long bytes;

	if (!isdigit((unsigned char)memory_max[0]))
		return -1;
	bytes = strtoll(memory_max, &end, 10);
	return *end == '\0' || *end == '\n' ? bytes : -1;
}

/* The beginning of a file of the kernel's; "" where there is none. */
static const char *kernel_text(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t used = f ? fread(out, 1, size - 1, f) : 0;

	out[used] = '\0';
	if (f)
		fclose(f);
	return out;
}

int64_t resources_group_cores(const char *cpu_max)
{
	long long quota, period;

	if (sscanf(cpu_max, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
		return -1;
	return quota / period + (quota % period != 0);
}

int resources_cores(void)
{
	char text[64];
	int64_t quota = resources_group_cores(kernel_text("/sys/fs/cgroup/cpu.max", text, sizeof(text)));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		cores = CPU_COUNT(&set);
	if (quota > 0 && quota < cores)
		cores = (long)quota;
	return cores > 0 ? (int)cores : 1;
}

int64_t resources_memory(void)
{
	/* Control groups, version 2 and 1, as a container sees its own. */
	static const char *const limits[] = { "/sys/fs/cgroup/memory.max",
					      "/sys/fs/cgroup/memory/memory.limit_in_bytes" };
	char text[4096];
	int64_t least = resources_meminfo_available(kernel_text("/proc/meminfo", text, sizeof(text)));

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		int64_t limit = resources_group_limit(kernel_text(limits[i], text, sizeof(text)));

		if (limit >= 0 && (least < 0 || limit < least))
			least = limit;
	}
	return least;
}

int64_t resources_disk_free(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs))
		return -1;
	return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

int64_t resources_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return -1;
	return (int64_t)limit.rlim_cur;
}
