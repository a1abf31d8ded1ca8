#include "pipeline/store_sums.h"

#include "pipeline/store_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US   60000000
#define MINUTES_MAX 100000 /* ten weeks; what comes later counts in the last one */

/* --- places in the sums --- */

/* The list with room for `wanted`, the new ones zeroed; NULL: no memory, and the list is as it was. */
static void *grow(void *list, size_t count, size_t wanted, size_t size)
{
	char *grown = realloc(list, wanted * size);

	if (grown)
		memset(grown + count * size, 0, (wanted - count) * size);
	return grown;
}

static struct sums_group *group_at(struct sums *s, int64_t id, bool unchanged)
{
	size_t wanted = (size_t)id + 1;

	if (id < 0 || id > INT32_MAX)
		return NULL;
	if (wanted > s->group_count) {
		wanted += wanted / 2; /* one by one would be copied as often */
		for (int i = 0; i < 2; i++) {
			struct sums_group *grown = grow(s->groups[i], s->group_count, wanted, sizeof(*grown));

			if (!grown)
				return NULL;
			s->groups[i] = grown;
		}
		s->group_count = wanted;
	}
	return &s->groups[unchanged][id];
}

/* NULL: there are more stages than any road has. */
static struct sums_stage *stage_at(struct sums *s, const char *name)
{
	struct sums_stage *st = s->stages, *end = s->stages + s->stage_count;

	while (st < end && strcmp(st->name, name) != 0)
		st++;
	if (st < end || s->stage_count == STAGES_MAX)
		return st < end ? st : NULL;
	snprintf(st->name, sizeof(st->name), "%s", name);
	st->first_us = INT64_MAX;
	s->stage_count++;
	return st;
}

/* The last place serves all for which there is none. NULL: no memory. */
static struct sums_model *model_at(struct sums *s, const char *name)
{
	struct sums_model *m = s->models, *end = s->models + s->model_count;

	while (m < end && strcmp(m->name, name) != 0)
		m++;
	if (m < end)
		return m;
	if (s->model_count == SUMS_MODELS_MAX)
		return m - 1;
	m->name = strdup(name);
	s->model_count += m->name != NULL;
	return m->name ? m : NULL;
}

static bool add_minute(struct sums *s, int64_t minute, int64_t items)
{
	int64_t at = minute - s->first_minute;

	at = at < 0 ? 0 : at >= MINUTES_MAX ? MINUTES_MAX - 1 : at;
	if ((size_t)at >= s->minute_count) {
		int64_t *grown = grow(s->minutes, s->minute_count, (size_t)at + 1, sizeof(*grown));

		if (!grown)
			return false;
		s->minutes = grown;
		s->minute_count = (size_t)at + 1;
	}
	s->minutes[at] += items;
	return true;
}

/* --- rows: each function adds one; false: there is no memory for it --- */

#define INT(column) sqlite3_column_int64(q, column)

static const char *text_at(sqlite3_stmt *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q, column);

	return text ? text : "";
}

/* grp, unchanged, items, replaced, requests, cost, saved */
static bool add_group(struct sums *s, sqlite3_stmt *q)
{
	struct sums_group *g = group_at(s, INT(0), INT(1) != 0);

	if (!g)
		return false;
	g->items += INT(2);
	g->replaced += INT(3);
	g->requests += INT(4);
	g->cost_nano += INT(5);
	g->saved_nano += INT(6);
	return true;
}

/* stage, origin, results, keyed, cost, first, took in microseconds or NULL */
static bool add_stage(struct sums *s, sqlite3_stmt *q)
{
	struct sums_stage *st = stage_at(s, text_at(q, 0));
	const char *origin = text_at(q, 1);
	bool cached = strcmp(origin, "cache") == 0;

	if (!st)
		return true;
	*(cached ? &st->cached : strcmp(origin, "failed") == 0 ? &st->failed : &st->made) += INT(2);
	*(cached ? &st->saved_nano : &st->cost_nano) += INT(4);
	st->keyed += cached ? 0 : INT(3);
	if (INT(5) < st->first_us)
		st->first_us = INT(5);
	if (!cached && sqlite3_column_type(q, 6) != SQLITE_NULL)
		histogram_add(&st->took, histogram_bucket(INT(6)), 1);
	return true;
}

/* Where durations of this kind are counted; NULL: nowhere. */
static struct histogram *histogram_of(struct sums *s, const char *what, const char *name)
{
	struct sums_stage *st = strcmp(what, "stage") == 0 ? stage_at(s, name) : NULL;
	struct sums_model *m = strcmp(what, "call") == 0 ? model_at(s, name) : NULL;

	return st ? &st->took : m ? &m->took : strcmp(what, "item") == 0 ? &s->items : NULL;
}

/* what, name, bucket, n */
static bool add_latency(struct sums *s, sqlite3_stmt *q)
{
	struct histogram *h = histogram_of(s, text_at(q, 0), text_at(q, 1));

	if (h)
		histogram_add(h, (int)INT(2), INT(3));
	return true;
}

/* minute, items */
static bool add_minutes(struct sums *s, sqlite3_stmt *q)
{
	return add_minute(s, INT(0), INT(1));
}

/* grp, requests, cost, took, recorded */
static bool add_item(struct sums *s, sqlite3_stmt *q)
{
	struct sums_group *g = group_at(s, INT(0), false);

	if (!g)
		return false;
	g->items++;
	g->requests += INT(1);
	g->cost_nano += INT(2);
	histogram_add(&s->items, histogram_bucket(INT(3)), 1);
	return add_minute(s, INT(4) / MINUTE_US, 1);
}

/* grp, requests, saved, recorded */
static bool add_unchanged(struct sums *s, sqlite3_stmt *q)
{
	struct sums_group *g = group_at(s, INT(0), true);

	if (!g)
		return false;
	g->items++;
	g->requests += INT(1);
	g->saved_nano += INT(2);
	return add_minute(s, INT(3) / MINUTE_US, 1);
}

/* model, took */
static bool add_call_time(struct sums *s, sqlite3_stmt *q)
{
	struct sums_model *m = model_at(s, text_at(q, 0));

	if (m)
		histogram_add(&m->took, histogram_bucket(INT(1)), 1);
	return m != NULL;
}

/* stage, kind, model, endpoint, state, error, calls, retried, tries, reserved, settled, tokens in, tokens out */
static bool add_calls(struct sums *s, sqlite3_stmt *q)
{
	struct sums_call *grown = grow(s->calls, s->call_count, s->call_count + 1, sizeof(*grown)), *c;
	char **texts[6];

	if (!grown)
		return false;
	s->calls = grown;
	c = &s->calls[s->call_count++];
	texts[0] = &c->stage;
	texts[1] = &c->kind;
	texts[2] = &c->model;
	texts[3] = &c->endpoint;
	texts[4] = &c->state;
	texts[5] = &c->error;
	for (int i = 0; i < 6; i++) {
		*texts[i] = strdup(text_at(q, i));
		if (!*texts[i])
			return false;
	}
	c->calls = INT(6);
	c->retried = INT(7);
	c->tries = INT(8);
	c->reserved_nano = INT(9);
	c->settled_nano = INT(10);
	c->tokens_in = INT(11);
	c->tokens_out = INT(12);
	return true;
}

/* --- queries, ?1 the run --- */

/* What a re-run's items have taken the place of: what stood there before it. */
#define REPLACED                                                                                                   \
	"SELECT coalesce(y.grp, b.grp, u.grp) AS g, y.grp IS NULL AND b.grp IS NULL AS same, 0, count(*), 0, 0, 0" \
	" FROM runs r JOIN made_items x ON x.run = r.id AND x.status <> 'skipped'"                                 \
	" LEFT JOIN made_items y ON y.seq = x.seq AND y.run = (SELECT o.id FROM runs o JOIN made_items z"          \
	" ON z.run = o.id AND z.seq = x.seq WHERE o.base = r.base AND o.id < r.id AND z.status <> 'skipped'"       \
	" ORDER BY o.id DESC LIMIT 1)"                                                                             \
	" LEFT JOIN made_items b ON b.run = r.base AND b.seq = x.seq"                                              \
	" LEFT JOIN unchanged u ON u.run = r.base AND u.seq = x.seq"                                               \
	" WHERE r.id = ?1 AND r.base IS NOT NULL GROUP BY g, same HAVING g IS NOT NULL"

#define CALLS                                                                                                 \
	"SELECT stage, kind, model, endpoint, state, coalesce(error, '') AS fault, count(*), sum(place > 1)," \
	" sum(tries), sum(reserved_nano), sum(coalesce(settled_nano, 0)),"                                    \
	" sum(coalesce(text_tokens_in, 0) + coalesce(image_tokens_in, 0)),"                                   \
	" sum(coalesce(text_tokens_out, 0) + coalesce(image_tokens_out, 0)) FROM (SELECT *, row_number()"     \
	" OVER (PARTITION BY seq, stage ORDER BY state = 'reserved', id) AS place FROM calls WHERE run = ?1)" \
	" GROUP BY stage, kind, model, endpoint, state, fault"

struct source {
	const char *sql;
	bool (*row)(struct sums *, sqlite3_stmt *);
};

static const struct source rows[] = {
	{ "SELECT grp, calls, cost_nano, took, recorded FROM made_items WHERE run = ?1", add_item },
	{ "SELECT grp, requests, worth_nano, recorded FROM unchanged WHERE run = ?1", add_unchanged },
	{ "SELECT stage, origin, 1, key IS NOT NULL, cost_nano, started, took FROM made_stages WHERE run = ?1",
	  add_stage },
	{ REPLACED, add_group },
	{ CALLS, add_calls },
	{ "SELECT model, ended - started FROM calls WHERE run = ?1 AND ended IS NOT NULL AND started > 0",
	  add_call_time },
	{ NULL, NULL },
};

static const struct source kept[] = {
	{ "SELECT grp, unchanged, items, replaced, requests, cost_nano, saved_nano FROM run_groups WHERE run = ?1",
	  add_group },
	{ "SELECT stage, origin, results, keyed, cost_nano, first, NULL FROM run_stages WHERE run = ?1", add_stage },
	{ "SELECT what, name, bucket, n FROM run_latency WHERE run = ?1", add_latency },
	{ "SELECT minute, items FROM run_minutes WHERE run = ?1", add_minutes },
	{ "SELECT stage, kind, model, endpoint, state, error, calls, retried, tries, reserved_nano, settled_nano, "
	  "tokens_in,"
	  " tokens_out FROM run_calls WHERE run = ?1",
	  add_calls },
	{ NULL, NULL },
};

static int read_source(sqlite3 *db, const struct source *from, struct sums *s, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int rc;

	if (store_prepare(db, from->sql, &q, e) != 0)
		return -1;
	sqlite3_bind_int64(q, 1, s->run);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && from->row(s, q))
		;
	if (rc == SQLITE_ROW)
		err_set(e, ERR_NOMEM, "no memory for the sums of run %lld", (long long)s->run);
	else if (rc != SQLITE_DONE)
		store_fail(db, "adding up a run", e);
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* The run itself: has it sums, what it is based on, the minute in which it began. 1: there; 0: not; -1: err. */
static int read_run(sqlite3 *db, struct sums *s, bool *summed, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int rc;

	if (store_prepare(db, "SELECT summed, coalesce(base, 0), started FROM runs WHERE id = ?1", &q, e) != 0)
		return -1;
	sqlite3_bind_int64(q, 1, s->run);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		*summed = INT(0) != 0;
		s->base = INT(1);
		s->first_minute = INT(2) / MINUTE_US;
	} else if (rc != SQLITE_DONE) {
		store_fail(db, "reading a run", e);
	}
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static int read_sums(sqlite3 *db, int64_t run, struct sums **out, struct err *e)
{
	struct sums *s = calloc(1, sizeof(*s));
	bool summed = false;

	*out = NULL;
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for the sums of run %lld", (long long)run);
	s->run = run;
	if (read_run(db, s, &summed, e) < 0)
		goto fail;
	for (const struct source *from = summed ? kept : rows; from->sql; from++) {
		if (read_source(db, from, s, e) != 0)
			goto fail;
	}
	*out = s;
	return 0;
fail:
	sums_free(s);
	return -1;
}

int store_sums_read(struct store_reader *rd, int64_t run, struct sums **out, struct err *e)
{
	return read_sums(rd->db, run, out, e);
}

void sums_free(struct sums *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->call_count; i++) {
		struct sums_call *c = &s->calls[i];

		free(c->stage);
		free(c->kind);
		free(c->model);
		free(c->endpoint);
		free(c->state);
		free(c->error);
	}
	for (int i = 0; i < s->model_count; i++)
		free(s->models[i].name);
	free(s->calls);
	free(s->groups[0]);
	free(s->groups[1]);
	free(s->minutes);
	free(s);
}
