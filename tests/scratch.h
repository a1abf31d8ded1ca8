/* scratch.h - a folder of a test's own, gone when the test is. */
#ifndef PACKSHOT_TESTS_SCRATCH_H
#define PACKSHOT_TESTS_SCRATCH_H

#include "tests/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch {
	char dir[64];
	char *paths[32]; /* what scratch_path() gave */
	int count;
};

/* As cmocka's set-up: *state becomes the struct scratch. */
static inline int scratch_make(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	snprintf(s->dir, sizeof(s->dir), "/tmp/packshot-test-XXXXXX");
	*state = s;
	return mkdtemp(s->dir) ? 0 : -1;
}

static inline int scratch_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int scratch_remove(void **state)
{
	struct scratch *s = *state;

	nftw(s->dir, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
	while (s->count > 0)
		free(s->paths[--s->count]);
	free(s);
	return 0;
}

/* DIR/name; lives as long as the folder. */
static inline const char *scratch_path(void **state, const char *name)
{
	struct scratch *s = *state;
	size_t size = strlen(s->dir) + strlen(name) + 2;
	char *path = malloc(size);

	assert_non_null(path);
	assert_in_range(s->count, 0, 31);
	snprintf(path, size, "%s/%s", s->dir, name);
	return s->paths[s->count++] = path;
}

static inline void scratch_write(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/* The whole file, malloc()ed, a zero byte behind it. */
static inline char *scratch_read(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *data = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(data);
	*size = fread(data, 1, (1 << 20) - 1, f);
	fclose(f);
	return data;
}

#endif
