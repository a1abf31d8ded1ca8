/* store_sums_keep.c - the sums of runs that have ended become rows of their own. */
#include "pipeline/store_sums.h"

#include "pipeline/store_db.h"

#include <stdio.h>
#include <string.h>

/* One INSERT that is used again and again; the first failure is kept. */
struct filler {
	sqlite3 *db;
	sqlite3_stmt *q;
	int rc;
};

static int fill_open(struct filler *f, sqlite3 *db, const char *sql, int64_t run, struct err *e)
{
	*f = (struct filler){ .db = db, .rc = SQLITE_DONE };
	if (store_prepare(db, sql, &f->q, e) != 0)
		return -1;
	sqlite3_bind_int64(f->q, 1, run);
	return 0;
}

static void fill_row(struct filler *f)
{
	if (f->rc == SQLITE_DONE)
		f->rc = sqlite3_step(f->q);
	if (f->rc == SQLITE_DONE)
		sqlite3_reset(f->q);
}

static int fill_close(struct filler *f, struct err *e)
{
	if (f->rc != SQLITE_DONE)
		store_fail(f->db, "keeping the sums of a run", e);
	sqlite3_finalize(f->q);
	return f->rc == SQLITE_DONE ? 0 : -1;
}

static void bind_ints(struct filler *f, int at, const int64_t *values, int count)
{
	for (int i = 0; i < count; i++)
		sqlite3_bind_int64(f->q, at + i, values[i]);
}

static int keep_groups(sqlite3 *db, const struct sums *s, struct err *e)
{
	struct filler f;

	if (fill_open(&f, db, "INSERT INTO run_groups VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", s->run, e) != 0)
		return -1;
	for (size_t i = 0; i < 2 * s->group_count; i++) {
		const struct sums_group *g = &s->groups[i % 2][i / 2];
		const int64_t values[] = { (int64_t)(i / 2), (int64_t)(i % 2), g->items,     g->replaced,
					   g->requests,      g->cost_nano,     g->saved_nano };

		if (g->items == 0 && g->replaced == 0)
			continue;
		bind_ints(&f, 2, values, 7);
		fill_row(&f);
	}
	return fill_close(&f, e);
}

static int keep_stages(sqlite3 *db, const struct sums *s, struct err *e)
{
	static const char *const origins[] = { "made", "failed", "cache" };
	struct filler f;

	if (fill_open(&f, db, "INSERT INTO run_stages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", s->run, e) != 0)
		return -1;
	for (int i = 0; i < 3 * s->stage_count; i++) {
		const struct sums_stage *st = &s->stages[i / 3];
		const int64_t results[] = { st->made, st->failed, st->cached };
		/* Which of the two the money and the keys belong to is not told apart; the first that there is has
		 * them. */
		bool first = i % 3 == 0 || (i % 3 == 1 && st->made == 0);
		const int64_t values[] = { results[i % 3], first ? st->keyed : 0,
					   i % 3 == 2 ? st->saved_nano
					   : first    ? st->cost_nano
						      : 0,
					   st->first_us };

		if (results[i % 3] == 0)
			continue;
		sqlite3_bind_text(f.q, 2, st->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(f.q, 3, origins[i % 3], -1, SQLITE_STATIC);
		bind_ints(&f, 4, values, 4);
		fill_row(&f);
	}
	return fill_close(&f, e);
}

static void keep_histogram(struct filler *f, const char *what, const char *name, const struct histogram *h)
{
	sqlite3_bind_text(f->q, 2, what, -1, SQLITE_STATIC);
	sqlite3_bind_text(f->q, 3, name, -1, SQLITE_STATIC);
	for (int i = 0; i < HISTOGRAM_BUCKETS && h->count > 0; i++) {
		if (h->n[i] == 0)
			continue;
		sqlite3_bind_int(f->q, 4, i);
		sqlite3_bind_int64(f->q, 5, h->n[i]);
		fill_row(f);
	}
}

static int keep_latency(sqlite3 *db, const struct sums *s, struct err *e)
{
	struct filler f;

	if (fill_open(&f, db, "INSERT INTO run_latency VALUES (?1, ?2, ?3, ?4, ?5)", s->run, e) != 0)
		return -1;
	keep_histogram(&f, "item", "", &s->items);
	for (int i = 0; i < s->stage_count; i++)
		keep_histogram(&f, "stage", s->stages[i].name, &s->stages[i].took);
	for (int i = 0; i < s->model_count; i++)
		keep_histogram(&f, "call", s->models[i].name, &s->models[i].took);
	return fill_close(&f, e);
}

static int keep_minutes(sqlite3 *db, const struct sums *s, struct err *e)
{
	struct filler f;

	if (fill_open(&f, db, "INSERT INTO run_minutes VALUES (?1, ?2, ?3)", s->run, e) != 0)
		return -1;
	for (size_t i = 0; i < s->minute_count; i++) {
		if (s->minutes[i] == 0)
			continue;
		sqlite3_bind_int64(f.q, 2, s->first_minute + (int64_t)i);
		sqlite3_bind_int64(f.q, 3, s->minutes[i]);
		fill_row(&f);
	}
	return fill_close(&f, e);
}

static int keep_calls(sqlite3 *db, const struct sums *s, struct err *e)
{
	struct filler f;

	if (fill_open(&f, db,
		      "INSERT INTO run_calls VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
		      s->run, e) != 0)
		return -1;
	for (size_t i = 0; i < s->call_count; i++) {
		const struct sums_call *c = &s->calls[i];
		const char *const texts[] = { c->stage, c->kind, c->model, c->endpoint, c->state, c->error };
		const int64_t values[] = { c->calls,        c->retried,   c->tries,     c->reserved_nano,
					   c->settled_nano, c->tokens_in, c->tokens_out };

		for (int t = 0; t < 6; t++)
			sqlite3_bind_text(f.q, 2 + t, texts[t], -1, SQLITE_STATIC);
		bind_ints(&f, 8, values, 7);
		fill_row(&f);
	}
	return fill_close(&f, e);
}

static int keep_run(struct store *st, struct store_reader *rd, int64_t run, struct err *e)
{
	sqlite3 *db = store_db(st);
	struct sums *s;
	char done[80];
	int rc;

	if (store_sums_read(rd, run, &s, e) != 0)
		return -1;
	snprintf(done, sizeof(done), "UPDATE runs SET summed = 1 WHERE id = %lld", (long long)run);
	rc = keep_groups(db, s, e) || keep_stages(db, s, e) || keep_latency(db, s, e) || keep_minutes(db, s, e) ||
			     keep_calls(db, s, e) || store_exec(db, done, e)
		     ? -1
		     : 0;
	sums_free(s);
	return rc;
}

/* Calls that are open may still become unknown, when the next run begins. */
static const char next_sql[] =
	"SELECT coalesce(min(id), 0) FROM runs WHERE NOT summed AND state <> 'running' AND NOT EXISTS"
	" (SELECT 1 FROM calls WHERE run = runs.id AND state IN ('reserved', 'sent'))";

int store_sums_keep(struct store *st, struct err *e)
{
	struct store_reader here = { .db = store_db(
					     st) }; /* the sums are read inside the transaction that keeps them */
	int64_t run = 0;

	for (;;) {
		if (store_begin(st, e) != 0)
			return -1;
		if (store_get_int(here.db, next_sql, &run, e) != 0 || (run != 0 && keep_run(st, &here, run, e) != 0) ||
		    store_commit(st, e) != 0) {
			store_rollback(st);
			return -1;
		}
		if (run == 0)
			return 0;
	}
}
