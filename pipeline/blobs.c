#include "pipeline/blobs.h"

#include "pipeline/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct blobs {
	char *dir, *tmp_dir;
};

int blobs_open(struct blobs **out, const char *dir, const char *tmp_dir, struct err *e)
{
	struct blobs *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b || !(b->dir = strdup(dir)) || !(b->tmp_dir = strdup(tmp_dir))) {
		blobs_close(b);
		return err_set(e, ERR_NOMEM, "no memory to open %s", dir);
	}
	if (file_make_dirs(dir, e) != 0 || file_make_dirs(tmp_dir, e) != 0) {
		blobs_close(b);
		return -1;
	}
	*out = b;
	return 0;
}

void blobs_close(struct blobs *b)
{
	if (!b)
		return;
	free(b->dir);
	free(b->tmp_dir);
	free(b);
}

/* DIR/ab/cdef...: malloc()ed; NULL: no memory. */
static char *path_of(const struct blobs *b, const struct digest *d)
{
	size_t size = strlen(b->dir) + DIGEST_HEX + 2;
	char *path = malloc(size);
	char hex[DIGEST_HEX];

	digest_hex(d, hex);
	if (path)
		snprintf(path, size, "%s/%.2s/%s", b->dir, hex, hex + 2);
	return path;
}

static bool is_there(const char *path, int64_t size)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISREG(s.st_mode) && s.st_size == size;
}

int blobs_put(struct blobs *b, const struct digest *d, const struct bytes *content, struct err *e)
{
	char *path = path_of(b, d);
	int rc = 0;

	if (!path)
		return err_set(e, ERR_NOMEM, "no memory to store a result");
	if (!is_there(path, (int64_t)content->size))
		rc = file_write(b->tmp_dir, path, content->data, content->size, e);
	free(path);
	return rc;
}

/* Only a file with exactly this content counts; another is removed, so that blobs_put() will write it anew. */
static int read_checked(const char *path, const struct digest *d, int64_t size, struct bytes **out, struct err *e)
{
	struct bytes *content = NULL;
	struct err why = { 0 };
	struct digest now;

	if (file_read(path, (size_t)size, &content, NULL, &why) != 0) {
		if (why.code == ERR_SOURCE_MISSING)
			return 0;
		if (why.code != ERR_TOO_LARGE) /* a disk that refuses is no proof that the content is lost */
			return err_set(e, why.code == ERR_NOMEM ? ERR_NOMEM : ERR_IO, "%s", why.msg);
	} else {
		digest_of(content->data, content->size, &now);
		if ((int64_t)content->size == size && digest_equal(&now, d)) {
			*out = content;
			return 1;
		}
	}
	bytes_unref(content);
	unlink(path);
	return 0;
}

int blobs_get(struct blobs *b, const struct digest *d, int64_t size, struct bytes **out, struct err *e)
{
	char *path = path_of(b, d);
	int rc;

	*out = NULL;
	if (!path)
		return err_set(e, ERR_NOMEM, "no memory to read a stored result");
	rc = size < 0 ? 0 : read_checked(path, d, size, out, e);
	free(path);
	return rc;
}

bool blobs_has(struct blobs *b, const struct digest *d, int64_t size)
{
	char *path = path_of(b, d);
	bool there = path && is_there(path, size);

	free(path);
	return there;
}

/* What a sweep is about. */
struct sweep {
	bool (*is_used)(void *ctx, const struct digest *);
	void *ctx;
	int64_t *count, *bytes;
};

static void sweep_file(const struct sweep *w, const char *folder, const char *shard, const char *name)
{
	char hex[DIGEST_HEX + 8], path[4096];
	struct digest d;
	struct stat st;

	snprintf(hex, sizeof(hex), "%.2s%.66s", shard, name);
	if (!digest_from_hex(hex, &d) || w->is_used(w->ctx, &d)) /* no blob of ours is left alone */
		return;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && stat(path, &st) == 0 &&
	    unlink(path) == 0) {
		++*w->count;
		*w->bytes += st.st_size;
	}
}

static int sweep_shard(struct blobs *b, const struct sweep *w, const char *shard, struct err *e)
{
	char *folder = file_join(b->dir, shard);
	DIR *dir = folder ? opendir(folder) : NULL;
	struct dirent *entry;

	if (!folder)
		return err_set(e, ERR_NOMEM, "no memory to look through the stored results");
	while (dir && (entry = readdir(dir)) != NULL)
		sweep_file(w, folder, shard, entry->d_name);
	if (dir)
		closedir(dir);
	free(folder);
	return 0;
}

int blobs_sweep(struct blobs *b, bool (*is_used)(void *ctx, const struct digest *), void *ctx, int64_t *count,
		int64_t *bytes, struct err *e)
{
	const struct sweep w = { is_used, ctx, count, bytes };
	struct dirent *entry;
	DIR *dir = opendir(b->dir);
	int rc = 0;

	*count = *bytes = 0;
	if (!dir)
		return err_errno(e, ERR_IO, "%s", file_shown(b->dir));
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (strlen(entry->d_name) == 2 && entry->d_name[0] != '.')
			rc = sweep_shard(b, &w, entry->d_name, e);
	}
	closedir(dir);
	return rc;
}
