/*
 * refusal.c - a disk that refuses once: preloaded into the program, it counts the calls that change a disk and lets one
 * of them fail.
 *
 * REFUSE_AT=N: the N-th of write, pwrite, fsync, fdatasync, rename, ftruncate, unlink and creating open on a file below
 * REFUSE_BELOW fails with ENOSPC (fsync: EIO). REFUSE_FROM=N: that one and all that follow. REFUSE_COUNT=FILE: how many
 * there were is written there at the end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;
static long at, from;
static const char *below, *count_file;

__attribute__((constructor)) static void begin(void)
{
	const char *a = getenv("REFUSE_AT"), *f = getenv("REFUSE_FROM");

	at = a ? atol(a) : 0;
	from = f ? atol(f) : 0;
	below = getenv("REFUSE_BELOW");
	count_file = getenv("REFUSE_COUNT");
}

__attribute__((destructor)) static void end(void)
{
	FILE *f = count_file ? fopen(count_file, "w") : NULL;

	count_file = NULL;
	if (f) {
		fprintf(f, "%ld\n", (long)calls);
		fclose(f);
	}
}

static int is_ours(const char *path)
{
	return below && path && strncmp(path, below, strlen(below)) == 0;
}

static int fd_is_ours(int fd)
{
	char link[64], path[4096];
	ssize_t n;

	if (!below)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return 0;
	path[n] = 0;
	return is_ours(path);
}

static int refused(int ours, int with)
{
	long n;

	if (!ours)
		return 0;
	n = atomic_fetch_add(&calls, 1) + 1;
	if ((at && n == at) || (from && n >= from)) {
		errno = with;
		return 1;
	}
	return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size)
{
	return refused(fd_is_ours(fd), ENOSPC) ? -1 : REAL(write)(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t where)
{
	return refused(fd_is_ours(fd), ENOSPC) ? -1 : REAL(pwrite64)(fd, data, size, where);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t where)
{
	return refused(fd_is_ours(fd), ENOSPC) ? -1 : REAL(pwrite)(fd, data, size, where);
}

int fsync(int fd)
{
	return refused(fd_is_ours(fd), EIO) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return refused(fd_is_ours(fd), EIO) ? -1 : REAL(fdatasync)(fd);
}

int ftruncate64(int fd, off64_t size)
{
	return refused(fd_is_ours(fd), EIO) ? -1 : REAL(ftruncate64)(fd, size);
}

int rename(const char *old, const char *new)
{
	return refused(is_ours(new), ENOSPC) ? -1 : REAL(rename)(old, new);
}

#define CREATING(name)                                                 \
	int name(const char *path, int flags, ...)                     \
	{                                                              \
		va_list ap;                                            \
		mode_t mode;                                           \
                                                                       \
		va_start(ap, flags);                                   \
		mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;       \
		va_end(ap);                                            \
		if (flags & O_CREAT && refused(is_ours(path), ENOSPC)) \
			return -1;                                     \
		return REAL(name)(path, flags, mode);                  \
	}

CREATING(open)
CREATING(open64)
