#include "jobs/results.h"

#include "pipeline/file.h"
#include "pipeline/store.h"
#include "pipeline/store_standing.h"
#include "stages/outcome_unchanged.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER (256 << 10) /* a line is a kilobyte or two */

struct results {
	char *path, *making; /* where they go, and where they are written until they are whole */
	FILE *file;
	char *buffer; /* the file's */
	struct store_reader *reader;
};

static int put_line(void *ctx, const struct result_row *row)
{
	struct results *r = ctx;

	if (row->unchanged)
		return outcome_put_unchanged(r->file, row->json, row->line, row->requests);
	return fputs(row->json, r->file) < 0 || putc('\n', r->file) == EOF ? -1 : 0;
}

static int open_results(struct results *r, const char *out_dir, const char *tmp_dir, const char *db, struct err *e)
{
	r->path = file_join(out_dir, "results.jsonl");
	r->making = file_join(tmp_dir, "results.jsonl"); /* the workspace's lock says that nobody else writes it */
	if (!r->path || !r->making)
		return err_set(e, ERR_NOMEM, "no memory for results.jsonl");
	return store_reader_open(&r->reader, db, e);
}

/* 1: the file holds what would be written, a catalogue's every line; 0, -1. */
static int is_written(struct results *r, int64_t run, struct file_stamp *stamp, struct err *e)
{
	struct err ignored = { 0 };

	return file_stat(r->path, stamp, &ignored) == 0 ? store_results_stand(r->reader, run, stamp, e) : 0;
}

static int start_writing(struct results *r, struct err *e)
{
	r->file = fopen(r->making, "we");
	r->buffer = r->file ? malloc(BUFFER) : NULL;
	if (r->buffer)
		setvbuf(r->file, r->buffer, _IOFBF, BUFFER);
	return r->file ? 0 : err_errno(e, ERR_IO, "%s", file_shown(r->making));
}

static int write_lines(struct results *r, int64_t run, struct err *e)
{
	struct err why = { 0 };
	int rc = store_each_result(r->reader, run, put_line, r, &why);

	if (rc != 0 && why.code != ERR_OK)
		return err_set(e, why.code, "%s", why.msg);
	if (rc != 0 || fflush(r->file) != 0 || fsync(fileno(r->file)) != 0)
		return err_errno(e, ERR_IO, "%s", file_shown(r->making));
	return 0;
}

static void close_results(struct results *r)
{
	if (r->file)
		fclose(r->file);
	free(r->buffer);
	if (r->making)
		unlink(r->making); /* gone already where all went well */
	store_reader_close(r->reader);
	free(r->path);
	free(r->making);
}

static int write_anew(struct results *r, const char *out_dir, int64_t run, struct file_stamp *stamp, struct err *e)
{
	if (start_writing(r, e) != 0 || write_lines(r, run, e) != 0)
		return -1;
	if (rename(r->making, r->path) != 0)
		return err_errno(e, ERR_IO, "%s", file_shown(r->path));
	file_sync_dir(out_dir);
	return file_stat(r->path, stamp, e);
}

int results_write(const char *out_dir, const char *tmp_dir, const char *db, int64_t run, struct file_stamp *stamp,
		  struct err *e)
{
	struct results r = { 0 };
	int rc = open_results(&r, out_dir, tmp_dir, db, e);

	if (rc == 0)
		rc = is_written(&r, run, stamp, e);
	if (rc == 0)
		rc = write_anew(&r, out_dir, run, stamp, e);
	close_results(&r);
	return rc < 0 ? -1 : 0;
}
