/* store_report.c - the figures of a run: one query a table of the report. */
#include "pipeline/store_report.h"

#include "pipeline/store_db.h"

#include <stdlib.h>
#include <string.h>

/* --- reading rows --- */

/* A query that is being read. Every query has ?1: the run. */
struct query {
	sqlite3_stmt *s;
	bool no_memory;
};

static int64_t number(struct query *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

static char *text(struct query *q, int column)
{
	const char *t = (const char *)sqlite3_column_text(q->s, column);
	char *copy = t ? strdup(t) : NULL;

	if (!copy && sqlite3_column_type(q->s, column) != SQLITE_NULL)
		q->no_memory = true;
	return copy;
}

static struct percentiles percentiles(struct query *q, int column)
{
	return (struct percentiles){ number(q, column), number(q, column + 1), number(q, column + 2),
				     number(q, column + 3) };
}

/* Calls row(q, f) for each row of the answer; the row is in the figures when it returns 0. */
static int each(sqlite3 *db, const char *sql, struct report_figures *f,
		int (*row)(struct query *, struct report_figures *), struct err *e)
{
	struct query q = { 0 };
	int rc;

	if (store_prepare(db, sql, &q.s, e) != 0)
		return -1;
	sqlite3_bind_int64(q.s, 1, f->run);
	while ((rc = sqlite3_step(q.s)) == SQLITE_ROW) {
		if (row(&q, f) != 0 || q.no_memory) {
			err_set(e, ERR_NOMEM, "no memory for the report");
			break;
		}
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(db, "reading the report", e);
	sqlite3_finalize(q.s);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Room for one more behind a list, zeroed; NULL: no memory, and the list is as it was. The caller then counts it. */
static void *one_more(void *list, size_t count, size_t size)
{
	char *grown = realloc(list, (count + 1) * size);

	if (grown)
		memset(grown + count * size, 0, size);
	return grown;
}

/* --- the queries --- */

/* k-th of n sorted values, k = ceil(n * P / 100). */
#define PICK(p)     "max(iif(k = (n * " #p " + 99) / 100, took, 0))"
#define PERCENTILES PICK(50) ", " PICK(95) ", " PICK(99)

static const char run_sql[] = "SELECT id, state, command, manifest, version, pid, started, coalesce(finished, 0),"
			      " coalesce(finished, " STORE_LAST_RECORDED(
				      "runs.id") ", started) - started"
						 " FROM runs WHERE id = ?1 OR ?1 = 0 ORDER BY id DESC LIMIT 1";

static int run_row(struct query *q, struct report_figures *f)
{
	f->run = number(q, 0);
	f->state = text(q, 1);
	f->command = text(q, 2);
	f->manifest = text(q, 3);
	f->version = text(q, 4);
	f->pid = number(q, 5);
	f->started_us = number(q, 6);
	f->finished_us = number(q, 7);
	f->elapsed_us = number(q, 8);
	return 0;
}

static const char status_sql[] = "SELECT status, count(*), sum(calls) FROM items WHERE run = ?1 GROUP BY status";

static int status_row(struct query *q, struct report_figures *f)
{
	const char *name = (const char *)sqlite3_column_text(q->s, 0);

	for (int i = 0; name && i < ITEM_STATUSES; i++) {
		if (strcmp(name, item_status_name((enum item_status)i)) == 0)
			f->status[i] = number(q, 1);
	}
	f->total += number(q, 1);
	f->requests += number(q, 2);
	return 0;
}

static const char item_time_sql[] = "SELECT n, " PERCENTILES
				    " FROM (SELECT took, row_number() OVER (ORDER BY took) AS k, count(*) OVER () AS n"
				    " FROM items WHERE run = ?1)";

static int item_time_row(struct query *q, struct report_figures *f)
{
	f->item_us = percentiles(q, 0);
	return 0;
}

/* The road's order is the order in which its stages were first entered. */
static const char stages_sql[] =
	"WITH work AS (SELECT stage, took, row_number() OVER (PARTITION BY stage ORDER BY took) AS k,"
	" count(*) OVER (PARTITION BY stage) AS n FROM stage_results WHERE run = ?1 AND origin <> 'cache'),"
	" timed AS (SELECT stage, n, " PICK(50) " AS p50, " PICK(95) " AS p95, " PICK(
		99) " AS p99 FROM work GROUP BY stage)"
		    " SELECT s.stage, count(*) FILTER (WHERE origin = 'made'), count(*) FILTER (WHERE origin = "
		    "'cache'),"
		    " count(*) FILTER (WHERE origin = 'failed'), n, p50, p95, p99,"
		    " count(*) FILTER (WHERE origin = 'cache'), count(*) FILTER (WHERE origin <> 'cache' AND key IS "
		    "NOT NULL),"
		    " sum(iif(origin = 'cache', cost_nano, 0))"
		    " FROM stage_results s LEFT JOIN timed t ON t.stage = s.stage WHERE run = ?1 GROUP BY s.stage "
		    "ORDER BY min(started), s.stage";

static int stage_row(struct query *q, struct report_figures *f)
{
	struct report_stage *s = one_more(f->stages, f->stage_count, sizeof(*s));

	if (!s)
		return -1;
	f->stages = s;
	s += f->stage_count++;
	s->name = text(q, 0);
	s->made = number(q, 1);
	s->cached = number(q, 2);
	s->failed = number(q, 3);
	s->us = percentiles(q, 4);
	f->hits += number(q, 8);
	f->misses += number(q, 9);
	f->saved_nano += number(q, 10);
	return 0;
}

/* With a single min(), SQLite takes the other columns from the row that has the minimum. */
static const char failures_sql[] =
	"SELECT error, error_stage, count(*) AS n, sku, line, position, source, error_message, min(seq) AS first"
	" FROM items WHERE run = ?1 AND error IS NOT NULL GROUP BY error, error_stage ORDER BY n DESC, first";

static int failure_row(struct query *q, struct report_figures *f)
{
	struct report_failure *x = one_more(f->failures, f->failure_count, sizeof(*x));

	if (!x)
		return -1;
	f->failures = x;
	x += f->failure_count++;
	x->code = text(q, 0);
	x->stage = text(q, 1);
	x->count = number(q, 2);
	x->sku = text(q, 3);
	x->line = number(q, 4);
	x->position = (int)number(q, 5);
	x->source = text(q, 6);
	x->message = text(q, 7);
	return 0;
}

static const char reasons_sql[] =
	"WITH RECURSIVE given (rest, review, rejected) AS (SELECT reasons || ',', count(*) FILTER (WHERE status = "
	"'review'),"
	" count(*) FILTER (WHERE status = 'rejected') FROM items"
	" WHERE run = ?1 AND reasons IS NOT NULL AND status IN ('review', 'rejected') GROUP BY reasons),"
	" each (name, rest, review, rejected) AS (SELECT '', rest, review, rejected FROM given UNION ALL"
	" SELECT trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1), review, rejected "
	"FROM each"
	" WHERE rest <> '') SELECT name, sum(review), sum(rejected) FROM each WHERE name <> '' GROUP BY name"
	" ORDER BY sum(review) + sum(rejected) DESC, name";

static int reason_row(struct query *q, struct report_figures *f)
{
	struct report_reason *r = one_more(f->reasons, f->reason_count, sizeof(*r));

	if (!r)
		return -1;
	f->reasons = r;
	r += f->reason_count++;
	r->name = text(q, 0);
	r->review = number(q, 1);
	r->rejected = number(q, 2);
	return 0;
}

/* A call beyond the first for the same stage of the same item is a retry; one without a good answer has failed. */
static const char calls_sql[] =
	"SELECT count(*) FILTER (WHERE state <> 'reserved'),"
	" count(*) FILTER (WHERE state <> 'reserved') - count(DISTINCT iif(state <> 'reserved', seq || ' ' || stage, "
	"NULL)),"
	" count(*) FILTER (WHERE state = 'unknown' OR error IS NOT NULL),"
	" coalesce(sum(settled_nano) FILTER (WHERE state = 'settled'), 0),"
	" coalesce(sum(settled_nano) FILTER (WHERE state = 'settled' AND kind = 'image'), 0),"
	" coalesce(sum(settled_nano) FILTER (WHERE state = 'settled' AND kind = 'text'), 0),"
	" coalesce(sum(reserved_nano) FILTER (WHERE state = 'unknown'), 0) FROM calls WHERE run = ?1";

static int calls_row(struct query *q, struct report_figures *f)
{
	f->calls_sent = number(q, 0);
	f->calls_retried = number(q, 1);
	f->calls_failed = number(q, 2);
	f->cost_nano = number(q, 3);
	f->image_nano = number(q, 4);
	f->text_nano = number(q, 5);
	f->unknown_nano = number(q, 6);
	return 0;
}

static const char models_sql[] =
	"WITH used (model, items, calls, cost, unknown) AS ("
	" SELECT image_model, count(*), 0, 0, 0 FROM items WHERE run = ?1 AND image_model IS NOT NULL GROUP BY "
	"image_model"
	" UNION ALL SELECT text_model, count(*), 0, 0, 0 FROM items"
	" WHERE run = ?1 AND text_model IS NOT NULL AND text_model IS NOT image_model GROUP BY text_model"
	" UNION ALL SELECT model, 0, count(*) FILTER (WHERE state <> 'reserved'),"
	" coalesce(sum(settled_nano) FILTER (WHERE state = 'settled'), 0),"
	" coalesce(sum(reserved_nano) FILTER (WHERE state = 'unknown'), 0) FROM calls WHERE run = ?1 GROUP BY model)"
	" SELECT model, sum(items), sum(calls), sum(cost), sum(unknown) FROM used GROUP BY model"
	" ORDER BY sum(cost) DESC, sum(items) DESC, model";

static int model_row(struct query *q, struct report_figures *f)
{
	struct report_model *m = one_more(f->models, f->model_count, sizeof(*m));

	if (!m)
		return -1;
	f->models = m;
	m += f->model_count++;
	m->name = text(q, 0);
	m->items = number(q, 1);
	m->calls = number(q, 2);
	m->cost_nano = number(q, 3);
	m->unknown_nano = number(q, 4);
	return 0;
}

#define TEXT_OF(macro) #macro
#define NUMBER(macro)  TEXT_OF(macro)

static const char categories_sql[] =
	"SELECT p.category, count(*) AS n, count(*) FILTER (WHERE i.status = 'succeeded'), sum(i.cost_nano) AS cost,"
	" count(*) OVER () FROM items i LEFT JOIN products p ON p.sku = i.sku WHERE i.run = ?1 GROUP BY p.category"
	" ORDER BY cost DESC, n DESC, p.category LIMIT " NUMBER(REPORT_CATEGORIES_MAX);

static int category_row(struct query *q, struct report_figures *f)
{
	struct report_category *c = one_more(f->categories, f->category_rows, sizeof(*c));

	if (!c)
		return -1;
	f->categories = c;
	c += f->category_rows++;
	c->name = text(q, 0);
	c->items = number(q, 1);
	c->succeeded = number(q, 2);
	c->cost_nano = number(q, 3);
	f->category_count = number(q, 4);
	return 0;
}

/* --- all together --- */

static const struct {
	const char *sql;
	int (*row)(struct query *, struct report_figures *);
} tables[] = {
	{ status_sql, status_row },    { item_time_sql, item_time_row }, { stages_sql, stage_row },
	{ failures_sql, failure_row }, { reasons_sql, reason_row },      { calls_sql, calls_row },
	{ models_sql, model_row },     { categories_sql, category_row },
};

static int fill(sqlite3 *db, struct report_figures *f, struct err *e)
{
	int64_t asked = f->run;

	if (each(db, run_sql, f, run_row, e) != 0)
		return -1;
	if (!f->state && asked != 0)
		return err_set(e, ERR_USAGE, "there is no run %lld here", (long long)asked);
	if (!f->state)
		return err_set(e, ERR_USAGE, "nothing has been run here yet");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (each(db, tables[i].sql, f, tables[i].row, e) != 0)
			return -1;
	}
	return 0;
}

int store_report(struct store_reader *rd, int64_t run, struct report_figures *out, struct err *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->run = run;
	if (store_exec(rd->db, "BEGIN", e) != 0) /* every query sees the same moment */
		return -1;
	rc = fill(rd->db, out, e);
	sqlite3_exec(rd->db, "COMMIT", NULL, NULL, NULL);
	if (rc != 0)
		report_figures_release(out);
	return rc;
}

void report_figures_release(struct report_figures *f)
{
	for (size_t i = 0; i < f->stage_count; i++)
		free(f->stages[i].name);
	for (size_t i = 0; i < f->failure_count; i++) {
		struct report_failure *x = &f->failures[i];

		free(x->code);
		free(x->stage);
		free(x->sku);
		free(x->source);
		free(x->message);
	}
	for (size_t i = 0; i < f->reason_count; i++)
		free(f->reasons[i].name);
	for (size_t i = 0; i < f->model_count; i++)
		free(f->models[i].name);
	for (size_t i = 0; i < f->category_rows; i++)
		free(f->categories[i].name);
	free(f->stages);
	free(f->failures);
	free(f->reasons);
	free(f->models);
	free(f->categories);
	free(f->state);
	free(f->command);
	free(f->manifest);
	free(f->version);
	memset(f, 0, sizeof(*f));
}
