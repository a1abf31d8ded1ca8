/* store_report.c - runs are found, their sums folded into the figures. */
#include "pipeline/store_report_parts.h"
#include "pipeline/store_sums.h"

#include <stdlib.h>
#include <string.h>

/* --- which runs --- */

#define RUN_COLUMNS                                                                                                 \
	"id, coalesce(base, 0), state, command, manifest, version, pid, started, coalesce(finished, 0),"            \
	" coalesce(finished, " STORE_LAST_RECORDED(                                                                 \
		"runs.id") ", started) - started,"                                                                  \
			   " base IS NULL AND state IN ('interrupted', 'failed') AND EXISTS (SELECT 1 FROM runs l " \
			   "WHERE l.id > runs.id AND"                                                               \
			   " l.base IS NULL AND l.manifest IS runs.manifest AND l.manifest <> '-'), tidied"

static const char *const runs_sql[] = {
	[REPORT_ONE_RUN] = "SELECT " RUN_COLUMNS " FROM runs WHERE id = iif(?1 > 0, ?1, (SELECT max(id) FROM runs))",
	[REPORT_LAST] =
		"WITH RECURSIVE chain (id, manifest) AS (SELECT id, manifest FROM runs"
		" WHERE id = (SELECT coalesce(base, id) FROM runs ORDER BY id DESC LIMIT 1)"
		" UNION ALL SELECT p.id, p.manifest FROM chain c JOIN runs p ON p.id = (SELECT max(id) FROM runs"
		" WHERE id < c.id AND base IS NULL AND manifest IS c.manifest) WHERE p.state IN ('interrupted', "
		"'failed'))"
		" SELECT " RUN_COLUMNS " FROM runs WHERE coalesce(base, id) IN (SELECT id FROM chain) ORDER BY id",
	[REPORT_RANGE] = "SELECT " RUN_COLUMNS
			 " FROM runs WHERE coalesce(base, id) IN (SELECT id FROM runs WHERE base IS NULL"
			 " AND started >= ?2 AND (?3 = 0 OR started < ?3)) ORDER BY id",
};

static int add_run(struct report_figures *f, struct query *q, struct err *e)
{
	struct report_run *r = list_add(&f->runs, &f->run_count, sizeof(*r));

	if (!r)
		return report_no_memory(e);
	r->id = query_number(q, 0);
	r->base = query_number(q, 1);
	r->state = query_text(q, 2);
	r->command = query_text(q, 3);
	r->manifest = query_text(q, 4);
	r->version = query_text(q, 5);
	r->pid = query_number(q, 6);
	r->started_us = query_number(q, 7);
	r->finished_us = query_number(q, 8);
	r->elapsed_us = query_number(q, 9);
	r->gone_on_with = f->scope.reach != REPORT_ONE_RUN && query_number(q, 10);
	r->tidied = query_number(q, 11);
	return q->no_memory ? report_no_memory(e) : 0;
}

static int find_runs(sqlite3 *db, struct report_figures *f, struct err *e)
{
	struct query q = { 0 };
	int rc, said = 0;

	if (store_prepare(db, runs_sql[f->scope.reach], &q.s, e) != 0)
		return -1;
	sqlite3_bind_int64(q.s, 1, f->scope.run);
	sqlite3_bind_int64(q.s, 2, f->scope.from_us);
	sqlite3_bind_int64(q.s, 3, f->scope.until_us);
	while ((rc = sqlite3_step(q.s)) == SQLITE_ROW && said == 0)
		said = add_run(f, &q, e);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		said = store_fail(db, "reading the runs", e);
	sqlite3_finalize(q.s);
	if (said == 0 && f->run_count == 0 && f->scope.run > 0)
		return err_set(e, ERR_USAGE, "there is no run %lld here", (long long)f->scope.run);
	if (said == 0 && f->run_count == 0)
		return err_set(e, ERR_USAGE,
			       f->scope.reach == REPORT_RANGE ? "nothing was run in these days"
							      : "nothing has been run here yet");
	return said;
}

/* --- folding the sums of a run into the figures --- */

/* Room for every group that there is, and the status of each. */
static int open_fold(sqlite3 *db, struct fold *o, struct err *e)
{
	int64_t **lists[] = { &o->items, &o->same, &o->cost, &o->found, &o->status };
	struct query q = { 0 };
	int64_t last = 0;
	int rc;

	if (store_get_int(db, "SELECT coalesce(max(id), 0) FROM groups", &last, e) != 0)
		return -1;
	o->count = (size_t)last + 1;
	for (int i = 0; i < 5; i++) {
		*lists[i] = calloc(o->count, sizeof(int64_t));
		if (!*lists[i])
			return report_no_memory(e);
	}
	if (store_prepare(db, "SELECT id, status FROM groups", &q.s, e) != 0)
		return -1;
	while ((rc = sqlite3_step(q.s)) == SQLITE_ROW) {
		for (int i = 0; i < ITEM_STATUSES; i++) {
			if (strcmp(query_borrowed(&q, 1), item_status_name((enum item_status)i)) == 0)
				o->status[query_number(&q, 0)] = i;
		}
	}
	if (rc != SQLITE_DONE)
		store_fail(db, "reading the groups", e);
	sqlite3_finalize(q.s);
	return rc == SQLITE_DONE ? 0 : -1;
}

static void close_fold(struct fold *o)
{
	free(o->items);
	free(o->same);
	free(o->cost);
	free(o->found);
	free(o->status);
}

static void fold_group(struct report_figures *f, struct report_run *r, struct fold *o, const struct sums *s, size_t id)
{
	bool alone = f->scope.reach == REPORT_ONE_RUN;

	for (int same = 0; same < 2; same++) {
		const struct sums_group *g = &s->groups[same][id];
		bool stands = alone || (!r->gone_on_with && !(r->base && o->status[id] == ITEM_SKIPPED));
		int64_t items = stands ? g->items : 0;

		if (!alone && !r->gone_on_with)
			items -= g->replaced;
		o->items[id] += items;
		o->same[id] += same ? items : 0;
		o->found[id] += same ? g->items : 0;
		o->cost[id] += g->cost_nano;
		r->status[o->status[id]] += items;
		r->total += items;
		r->saved_nano += g->saved_nano;
		f->requests += g->requests;
		f->saved_nano += g->saved_nano;
	}
}

/* The stage of that name, added where it is new; NULL: no memory. */
static struct report_stage *stage_of(struct report_figures *f, const char *name, int64_t after_us)
{
	struct report_stage *st = f->stages, *end = f->stages + f->stage_count;

	while (st < end && strcmp(st->name, name) != 0)
		st++;
	if (st == end) {
		st = list_add(&f->stages, &f->stage_count, sizeof(*st));
		if (!st || !(st->name = strdup(name)))
			return NULL;
		st->after_us = after_us;
	}
	if (after_us < st->after_us)
		st->after_us = after_us;
	return st;
}

static int fold_stage(struct report_figures *f, struct report_run *r, const struct sums_stage *from, int64_t after_us,
		      struct err *e)
{
	struct report_stage *st = stage_of(f, from->name, after_us);

	if (!st)
		return report_no_memory(e);
	st->made += from->made;
	st->cached += from->cached;
	st->failed += from->failed;
	histogram_sum(&st->took, &from->took);
	f->hits += from->cached;
	f->misses += from->keyed;
	f->saved_nano += from->saved_nano;
	r->saved_nano += from->saved_nano;
	return 0;
}

static int fold_call(struct report_figures *f, struct report_run *r, const struct sums_call *c, struct err *e)
{
	struct report_model *m = figures_model(f, c->model);
	bool settled = strcmp(c->state, "settled") == 0, unknown = strcmp(c->state, "unknown") == 0;
	bool sent = strcmp(c->state, "reserved") != 0;
	int64_t cost = settled ? c->settled_nano : 0, lost = unknown ? c->reserved_nano : 0;
	struct report_stage *st;

	if (!m)
		return report_no_memory(e);
	m->calls += sent ? c->calls : 0;
	m->tokens_in += c->tokens_in;
	m->tokens_out += c->tokens_out;
	m->cost_nano += cost;
	m->unknown_nano += lost;
	*(strcmp(c->kind, "image") == 0 ? &f->image_nano : &f->text_nano) += cost;
	f->cost_nano += cost;
	f->unknown_nano += lost;
	f->unknown_text_nano += strcmp(c->kind, "text") == 0 ? lost : 0;
	r->cost_nano += cost;
	r->unknown_nano += lost;
	f->calls_sent += sent ? c->calls : 0;
	f->image_calls += sent && strcmp(c->kind, "image") == 0 ? c->calls : 0;
	f->calls_retried += sent ? c->retried : 0;
	f->calls_failed += unknown || *c->error ? c->calls : 0;
	st = stage_of(f, c->stage, INT64_MAX);
	if (!st)
		return report_no_memory(e);
	st->cost_nano += cost;
	st->unknown_nano += lost;
	return 0;
}

static void take_minutes(struct report_run *r, struct sums *s)
{
	r->first_minute = s->first_minute;
	r->minutes = s->minutes;
	r->minute_count = s->minute_count;
	s->minutes = NULL;
}

static int fold_run(sqlite3 *db, struct report_figures *f, struct report_run *r, struct fold *o,
		    struct histogram *items, struct err *e)
{
	struct store_reader here = { .db = db };
	int64_t began = INT64_MAX;
	struct sums *s;
	int rc = 0;

	if (store_sums_read(&here, r->id, &s, e) != 0)
		return -1;
	for (size_t id = 0; id < s->group_count && id < o->count; id++)
		fold_group(f, r, o, s, id);
	for (int i = 0; i < s->stage_count; i++)
		began = s->stages[i].first_us < began ? s->stages[i].first_us : began;
	for (int i = 0; i < s->stage_count && rc == 0; i++)
		rc = fold_stage(f, r, &s->stages[i], s->stages[i].first_us - began, e);
	for (size_t i = 0; i < s->call_count && rc == 0; i++)
		rc = fold_call(f, r, &s->calls[i], e);
	for (int i = 0; i < s->model_count && rc == 0; i++) {
		struct report_model *m = figures_model(f, s->models[i].name);

		rc = m ? 0 : report_no_memory(e);
		if (m)
			histogram_sum(&m->took, &s->models[i].took);
	}
	histogram_sum(items, &s->items);
	take_minutes(r, s);
	sums_free(s);
	return rc;
}

static struct percentiles percentiles_of(const struct histogram *h)
{
	return (struct percentiles){ h->count, histogram_percentile(h, 50), histogram_percentile(h, 95),
				     histogram_percentile(h, 99) };
}

static void add_up(struct report_figures *f, const struct histogram *items)
{
	for (size_t i = 0; i < f->run_count; i++) {
		f->elapsed_us += f->runs[i].elapsed_us;
		f->total += f->runs[i].total;
		for (int s = 0; s < ITEM_STATUSES; s++)
			f->status[s] += f->runs[i].status[s];
	}
	f->started_us = f->runs[0].started_us;
	f->finished_us = f->runs[f->run_count - 1].finished_us;
	f->item_us = percentiles_of(items);
	for (size_t i = 0; i < f->stage_count; i++)
		f->stages[i].us = percentiles_of(&f->stages[i].took);
	for (size_t i = 0; i < f->model_count; i++)
		f->models[i].us = percentiles_of(&f->models[i].took);
}

static int fold_runs(sqlite3 *db, struct report_figures *f, struct fold *o, struct err *e)
{
	struct histogram *items = calloc(1, sizeof(*items));
	int rc = items ? 0 : report_no_memory(e);

	for (size_t i = 0; i < f->run_count && rc == 0; i++) {
		for (size_t b = 0; b < i; b++)
			f->runs[i].gone_on_with |= f->runs[b].id == f->runs[i].base && f->runs[b].gone_on_with;
		rc = fold_run(db, f, &f->runs[i], o, items, e);
	}
	if (rc == 0)
		add_up(f, items);
	free(items);
	return rc;
}

/* --- all together --- */

static int fill(sqlite3 *db, struct report_figures *f, struct fold *o, struct err *e)
{
	if (find_runs(db, f, e) != 0 || open_fold(db, o, e) != 0 || fold_runs(db, f, o, e) != 0)
		return -1;
	return figures_of_groups(db, f, o, e);
}

int store_report(struct store_reader *rd, const struct report_scope *scope, struct report_figures *out, struct err *e)
{
	struct fold o = { 0 };
	int rc;

	memset(out, 0, sizeof(*out));
	out->scope = *scope;
	if (store_exec(rd->db, "BEGIN", e) != 0) /* every query sees the same moment */
		return -1;
	rc = fill(rd->db, out, &o, e);
	close_fold(&o);
	sqlite3_exec(rd->db, "COMMIT", NULL, NULL, NULL);
	if (rc != 0)
		report_figures_release(out);
	return rc;
}
