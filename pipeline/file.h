/*
 * file.h - whole files in and out. What is written appears complete or not at all.
 *
 * Threads: no state; temporary names are unique per call.
 */
#ifndef PACKSHOT_PIPELINE_FILE_H
#define PACKSHOT_PIPELINE_FILE_H

#include "pipeline/bytes.h"
#include "pipeline/err.h"

#include <stdint.h>
#include <sys/types.h>

/* Identity of a file's content as far as stat() tells. */
struct file_stamp {
	int64_t size, mtime_ns, ctime_ns; /* ctime: nobody can set it back, as copying tools do with mtime */
	uint64_t inode;
};

/* 0, or -1 with ERR_SOURCE_MISSING (no such file, or none that we may read), ERR_IO. Directories, devices and pipes are
 * ERR_NOT_PICTURE. Symbolic links are followed. */
int file_stat(const char *path, struct file_stamp *out, struct err *);

/* The same of a path within an open folder; an absolute one is taken as it is. */
int file_stat_in(int folder, const char *path, struct file_stamp *out, struct err *);

/* The whole file, at most `max` bytes (ERR_TOO_LARGE, before reading). The stamp (may be NULL) is of the file read. Errors as
 * file_stat(), ERR_NOMEM; a file that changes while it is read is ERR_IO. */
int file_read(const char *path, size_t max, struct bytes **out, struct file_stamp *stamp, struct err *);

/* Writes to a new name in tmp_dir (same file system), syncs, renames to path, whose folder is made where missing, and
 * syncs that folder. -1 with ERR_IO: path is as it was. */
int file_write(const char *tmp_dir, const char *path, const void *data, size_t size, struct err *);

/* Makes what was renamed into a folder, or created in it, last. Not every file system can; that is no failure of ours. */
void file_sync_dir(const char *dir);

/* mkdir -p, mode 0777 less umask. ERR_IO. */
int file_make_dirs(const char *path, struct err *);

/* Removes the files directly inside a folder (left-over temporary ones); folders in it stay. Missing is fine. */
void file_clear_dir(const char *path);

/* dir "/" name, malloc()ed; NULL: no memory. An absolute name is copied as it is. */
char *file_join(const char *dir, const char *name);

/* The end of a path, whole characters, as much as a message has room for; the path itself where it is short. */
const char *file_shown(const char *path);

#endif
