#include "pipeline/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* lock_held() has to hold the lock for a moment itself; so a refusal is believed only after this long. */
#define PATIENCE_MS 200
#define STEP_MS     10

struct lock {
	int fd;
};

static long read_pid(int fd)
{
	char text[24] = { 0 };

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static int lock_patiently(int fd)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };

	for (int waited = 0;; waited += STEP_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if ((errno != EWOULDBLOCK && errno != EINTR) || waited >= PATIENCE_MS)
			return -1;
		nanosleep(&step, NULL);
	}
}

static int write_pid(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n ? 0 : -1;
}

int lock_take(struct lock **out, const char *path, struct err *e)
{
	struct lock *l = malloc(sizeof(*l));

	*out = NULL;
	if (!l)
		return err_set(e, ERR_NOMEM, "no memory to lock %s", path);
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (l->fd < 0) {
		err_errno(e, ERR_IO, "%s cannot be opened", path);
		goto fail;
	}
	if (lock_patiently(l->fd) != 0) {
		if (errno == EWOULDBLOCK)
			err_set(e, ERR_BUSY, "%s is held by process %ld: another packshot works in this workspace",
				path, read_pid(l->fd));
		else
			err_errno(e, ERR_IO, "%s cannot be locked", path);
		goto fail;
	}
	if (write_pid(l->fd) != 0) {
		err_errno(e, ERR_IO, "%s cannot be written to", path);
		goto fail;
	}
	*out = l;
	return 0;
fail:
	lock_release(l);
	return -1;
}

void lock_release(struct lock *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

bool lock_held(const char *path, long *pid)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool held;

	if (pid)
		*pid = 0;
	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (held && pid)
		*pid = read_pid(fd);
	close(fd);
	return held;
}
