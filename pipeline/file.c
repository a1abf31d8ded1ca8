#include "pipeline/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN_MAX 140 /* bytes of a path in a message: leaves room for the reason */

/* What the system's reasons mean for somebody who asked for a file. */
static enum err_code code_of(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EACCES:
	case EPERM:
		return ERR_SOURCE_MISSING;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

static int take_stamp(const struct stat *st, const char *path, struct file_stamp *out, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_NOT_PICTURE, "%s is not a file but a %s", file_shown(path),
			       S_ISDIR(st->st_mode) ? "folder" : "device or pipe");
	out->size = st->st_size;
	out->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	out->ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
	out->inode = st->st_ino;
	return 0;
}

int file_stat_in(int folder, const char *path, struct file_stamp *out, struct err *e)
{
	struct stat st;

	if (fstatat(folder, path, &st, 0) != 0)
		return err_errno(e, code_of(errno), "%s", file_shown(path));
	return take_stamp(&st, path, out, e);
}

int file_stat(const char *path, struct file_stamp *out, struct err *e)
{
	return file_stat_in(AT_FDCWD, path, out, e);
}

static int stamp_of_open(int fd, const char *path, struct file_stamp *out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(e, ERR_IO, "%s", file_shown(path));
	return take_stamp(&st, path, out, e);
}

/* Reads until `size` bytes or the end; how many there were, or -1. */
static ssize_t read_up_to(int fd, unsigned char *data, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t got = read(fd, data + have, size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int read_content(int fd, const char *path, const struct file_stamp *stamp, struct bytes **out, struct err *e)
{
	struct bytes *b = bytes_create((size_t)stamp->size);
	struct file_stamp after = { 0 };
	ssize_t got;

	if (!b)
		return err_set(e, ERR_NOMEM, "no memory for %s", file_shown(path));
	got = read_up_to(fd, b->data, b->size);
	if (got < 0) {
		err_errno(e, ERR_IO, "%s", file_shown(path));
		goto fail;
	}
	if (stamp_of_open(fd, path, &after, e) != 0)
		goto fail;
	if ((size_t)got != b->size || after.size != stamp->size || after.mtime_ns != stamp->mtime_ns) {
		err_set(e, ERR_IO, "%s changed while it was read", file_shown(path));
		goto fail;
	}
	*out = b;
	return 0;
fail:
	bytes_unref(b);
	return -1;
}

int file_read(const char *path, size_t max, struct bytes **out, struct file_stamp *stamp, struct err *e)
{
	struct file_stamp here;
	int fd, rc = -1;

	*out = NULL;
	/* Looked at before it is opened: opening a device may do something. Then looked at again, as it may be another
	 * by then; O_NONBLOCK, so that a pipe in its place does not hold us up. */
	if (file_stat(path, &here, e) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(e, code_of(errno), "%s", file_shown(path));
	if (stamp_of_open(fd, path, &here, e) != 0)
		goto out;
	if ((uintmax_t)here.size > max) {
		err_set(e, ERR_TOO_LARGE, "%s: %lld bytes, more than %zu", file_shown(path), (long long)here.size, max);
		goto out;
	}
	rc = read_content(fd, path, &here, out, e);
	if (rc == 0 && stamp)
		*stamp = here;
out:
	close(fd);
	return rc;
}

void file_sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* Cuts path at its last name, which is returned; NULL: nothing stands before it. */
static char *cut_name(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return NULL;
	*slash = 0;
	return slash + 1;
}

static void sync_parent(const char *path)
{
	char *parent = strdup(path);

	if (parent)
		file_sync_dir(cut_name(parent) ? parent : path[0] == '/' ? "/" : ".");
	free(parent);
}

static int make_dir(const char *path, struct err *e)
{
	struct stat st;

	if (mkdir(path, 0777) == 0) {
		sync_parent(path);
		return 0;
	}
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return err_errno(e, ERR_IO, "folder %s", file_shown(path));
}

int file_make_dirs(const char *path, struct err *e)
{
	struct stat st;
	char *walk;
	int rc = 0;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	walk = strdup(path);
	if (!walk)
		return err_set(e, ERR_NOMEM, "no memory for a path");
	for (char *p = walk + 1; rc == 0 && *walk && *p; p++) {
		if (*p == '/') {
			*p = 0;
			rc = make_dir(walk, e);
			*p = '/';
		}
	}
	if (rc == 0)
		rc = make_dir(walk, e);
	free(walk);
	return rc;
}

static int make_parent(const char *path, struct err *e)
{
	char *parent = strdup(path);
	int rc = 0;

	if (!parent)
		return err_set(e, ERR_NOMEM, "no memory for a path");
	if (cut_name(parent))
		rc = file_make_dirs(parent, e);
	free(parent);
	return rc;
}

/* A name that no other call has; malloc()ed, NULL: no memory. */
static char *new_name(const char *dir)
{
	static atomic_ulong count;
	char file[64];

	snprintf(file, sizeof(file), "%ld-%lu.tmp", (long)getpid(), atomic_fetch_add(&count, 1));
	return file_join(dir, file);
}

/* Opens a new file in dir; *name is malloc()ed. One that a crashed process of our number has left behind is stepped
 * over. */
static int open_new(const char *dir, char **name, struct err *e)
{
	for (;;) {
		int fd, why;

		*name = new_name(dir);
		if (!*name)
			return err_set(e, ERR_NOMEM, "no memory for a path");
		fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0)
			return fd;
		why = errno;
		if (why != EEXIST)
			err_errno(e, ERR_IO, "%s", file_shown(*name));
		free(*name);
		*name = NULL;
		if (why != EEXIST)
			return -1;
	}
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t put = write(fd, data, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		data += put;
		size -= (size_t)put;
	}
	return fsync(fd);
}

int file_write(const char *tmp_dir, const char *path, const void *data, size_t size, struct err *e)
{
	char *name;
	int fd, rc;

	if (file_make_dirs(tmp_dir, e) != 0 || make_parent(path, e) != 0)
		return -1;
	fd = open_new(tmp_dir, &name, e);
	if (fd < 0)
		return -1;
	rc = write_all(fd, data, size);
	if (rc != 0)
		err_errno(e, ERR_IO, "%s", file_shown(path));
	if (close(fd) != 0 && rc == 0)
		rc = err_errno(e, ERR_IO, "%s", file_shown(path));
	if (rc == 0 && rename(name, path) != 0)
		rc = err_errno(e, ERR_IO, "%s", file_shown(path));
	if (rc == 0)
		sync_parent(path);
	else
		unlink(name);
	free(name);
	return rc == 0 ? 0 : -1;
}

void file_clear_dir(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0); /* refuses folders, "." and ".." among them */
	closedir(dir);
}

char *file_join(const char *dir, const char *name)
{
	size_t length = strlen(dir), size = length + strlen(name) + 2;
	char *path;

	if (name[0] == '/' || !length)
		return strdup(name);
	path = malloc(size);
	if (path)
		snprintf(path, size, "%s%s%s", dir, dir[length - 1] == '/' ? "" : "/", name);
	return path;
}

const char *file_shown(const char *path)
{
	size_t length = strlen(path);

	if (length <= SHOWN_MAX)
		return path;
	path += length - SHOWN_MAX;
	while (((unsigned char)*path & 0xc0) == 0x80) /* the middle of a UTF-8 character */
		path++;
	return path;
}
