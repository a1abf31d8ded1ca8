/* manifest_reading.h - what the manifest's tests share: a file to read, and what was read as text. */
#ifndef PACKSHOT_TESTS_MANIFEST_READING_H
#define PACKSHOT_TESTS_MANIFEST_READING_H

#include "stages/manifest.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOM "\xef\xbb\xbf"

static char folder[] = "/tmp/packshot-manifest-XXXXXX";
static char path[64];

static inline int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/m", folder);
	return 0;
}

static inline int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static inline void write_file(const char *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/* What is read, one line a record: its line, then "+" with the SKU and the pictures, or "-" with the SKU where known
 * and the reason; "!" for an error at the end. Pictures in the manifest's folder without it. */
struct reading {
	char *text;
	size_t size;
	FILE *out;
	long records, good;
};

static inline void note(struct reading *to, const struct record *r)
{
	const size_t prefix = strlen(folder) + 1;

	fprintf(to->out, "%lld ", (long long)r->line);
	if (r->product) {
		fprintf(to->out, "+%s", r->product->sku);
		for (size_t i = 0; i < r->image_count; i++)
			fprintf(to->out, " %s",
				r->images[i] + (strncmp(r->images[i], folder, prefix - 1) == 0 ? prefix : 0));
	} else {
		fprintf(to->out, "-%s: %s", r->sku ? r->sku : "?", r->err.msg);
	}
	fputc('\n', to->out);
}

/* What must hold of every record, however hostile the file. */
static inline void check_record(const struct record *r, int64_t *last)
{
	assert_true(r->line >= *last);
	*last = r->line;
	assert_int_equal(r->err.code, r->product ? ERR_OK : ERR_LINE);
	assert_true((r->product != NULL) == (r->image_count > 0));
	assert_true(r->product || r->err.msg[0]);
	assert_true(r->image_count <= MANIFEST_IMAGES_MAX);
}

static inline struct reading read_all(const char *from)
{
	struct reading got = { 0 };
	struct err e = { ERR_OK, "" };
	struct manifest *m;
	struct record r;
	int64_t last = 1;
	int more = -1;

	got.out = open_memstream(&got.text, &got.size);
	if (manifest_open(&m, from, &e) == 0) {
		while ((more = manifest_next(m, &r, &e)) > 0) {
			check_record(&r, &last);
			got.records++;
			got.good += r.product != NULL;
			note(&got, &r);
			record_release(&r);
		}
		manifest_close(m);
	}
	if (more < 0) {
		assert_int_equal(e.code, ERR_MANIFEST);
		fprintf(got.out, "!%s\n", strncmp(e.msg, path, strlen(path)) == 0 ? e.msg + strlen(path) : e.msg);
	}
	fclose(got.out);
	return got;
}

#endif
