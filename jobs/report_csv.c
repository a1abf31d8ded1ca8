/* report_csv.c - a table for spreadsheets and scripts: one row an item, or one row a paid call. By RFC 4180. */
#include "jobs/report.h"

#include "pipeline/store_standing.h"

#include <string.h>

struct table {
	FILE *out;
	bool headed;
};

/* A text that a spreadsheet would take for a formula gets an apostrophe in front: the catalogue is not to be trusted.
 */
static void put_value(FILE *out, const char *value, bool is_text)
{
	if (!value)
		return;
	if (is_text && *value && strchr("=+-@\t\r", *value)) {
		fputs("\"'", out);
	} else if (strpbrk(value, ",\"\r\n")) {
		putc('"', out);
	} else {
		fputs(value, out);
		return;
	}
	for (; *value; value++) {
		if (*value == '"')
			putc('"', out);
		putc(*value, out);
	}
	putc('"', out);
}

static int put_head(struct table *t, const struct text_row *row)
{
	for (int i = 0; i < row->count && !t->headed; i++)
		fprintf(t->out, "%s%s", row->names[i], i < row->count - 1 ? "," : "\r\n");
	t->headed = true;
	return ferror(t->out);
}

static int put_row(void *ctx, const struct text_row *row)
{
	struct table *t = ctx;

	if (row->is_head)
		return put_head(t, row);
	for (int i = 0; i < row->count; i++) {
		put_value(t->out, row->values[i], row->is_text[i]);
		fputs(i < row->count - 1 ? "," : "\r\n", t->out);
	}
	return ferror(t->out);
}

/* Each run has its calls; its items where it read a manifest and nobody went on with it, as re-runs have left them. */
static int put_run(struct store_reader *rd, const struct report_figures *f, size_t i, bool calls, struct table *t,
		   struct err *e)
{
	const struct report_run *r = &f->runs[i];
	bool alone = f->scope.reach == REPORT_ONE_RUN;
	int64_t last = r->id;

	if (calls)
		return store_each_text(rd, TEXT_CALLS, r->id, put_row, t, e);
	if (alone)
		return store_each_text(rd, TEXT_ITEMS, r->id, put_row, t, e);
	if (r->base || r->gone_on_with)
		return 0;
	for (size_t n = i + 1; n < f->run_count; n++)
		last = f->runs[n].base == r->id ? f->runs[n].id : last;
	return store_each_text(rd, TEXT_ITEMS_STANDING, last, put_row, t, e);
}

int report_csv(FILE *out, struct store_reader *rd, const struct report_figures *f, bool calls, struct err *e)
{
	struct table t = { out, false };
	struct err why = { 0 };

	for (size_t i = 0; i < f->run_count; i++) {
		if (put_run(rd, f, i, calls, &t, &why) == 0)
			continue;
		return why.code != ERR_OK ? err_set(e, why.code, "%s", why.msg)
					  : err_errno(e, ERR_IO, "the table cannot be written");
	}
	return fflush(out) == 0 && !ferror(out) ? 0 : err_errno(e, ERR_IO, "the table cannot be written");
}
