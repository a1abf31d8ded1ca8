#include "pipeline/store_explain.h"

#include "pipeline/clock.h"
#include "pipeline/store_db.h"

#include <string.h>

enum { PRODUCT, VISITS, DETAIL, STAGES, CALLS, NOBODYS, STATEMENTS };

/* Which run saw which picture: numbers only, so that sorting them stays small. `unchanged` has no index by what it
 * points to and is read from end to end, once; the rows of this product are few, and are used twice. open: a re-run
 * counts pictures as its catalogue's run does, so it is known whose its calls are. */
#define SEEN                                                                                         \
	"WITH made AS MATERIALIZED (SELECT run, seq, position FROM made_items WHERE sku = ?1),"      \
	" same AS MATERIALIZED (SELECT run, seq, requests, recorded, worth_nano, made_run, made_seq" \
	" FROM unchanged WHERE (made_run, made_seq) IN (SELECT run, seq FROM made)),"                \
	" seen AS (SELECT run, seq, run AS made_run, seq AS made_seq FROM made"                      \
	" UNION ALL SELECT run, seq, made_run, made_seq FROM same),"                                 \
	" open AS (SELECT DISTINCT r.id AS run, s.seq, s.made_run, s.made_seq FROM seen s"           \
	" CROSS JOIN runs r ON r.base = s.run CROSS JOIN calls c ON c.run = r.id AND c.seq = s.seq"  \
	" WHERE NOT EXISTS (SELECT 1 FROM made_items m WHERE m.run = r.id AND m.seq = s.seq))"
#define POSITION "(SELECT position FROM made_items m WHERE m.run = made_run AND m.seq = made_seq)"

static const char *const sql[STATEMENTS] = {
	[PRODUCT] = "SELECT title, brand, category, json, run, 1 AS rank FROM products WHERE sku = ?1 UNION ALL"
		    " SELECT * FROM (SELECT NULL, NULL, NULL, NULL, 0, 2 FROM made_items WHERE sku = ?1 LIMIT 1)"
		    " ORDER BY rank LIMIT 1",
	[VISITS] = SEEN
	" SELECT 0 AS kind, position, run, seq, run AS made_run, seq AS made_seq, 0, 0, 0 FROM made"
	" UNION ALL SELECT 1, " POSITION ", run, seq, made_run, made_seq, requests, recorded, worth_nano FROM same"
	" UNION ALL SELECT 2, " POSITION ", run, seq, made_run, made_seq, 0, 0, 0 FROM open ORDER BY 2, 3, 4",
	[DETAIL] = "SELECT r.command, r.state, r.pid, r.started, m.line, m.source, m.status, m.error, m.error_stage,"
		   " m.error_message, m.reasons, m.output, m.image_model, m.text_model,"
		   " coalesce(m.json, (SELECT l.json FROM lines l WHERE l.id = m.json_line)), m.confidence,"
		   " m.output_bytes, m.cost_nano, m.took, m.calls, m.recorded"
		   " FROM made_items m LEFT JOIN runs r ON r.id = ?3 WHERE m.run = ?1 AND m.seq = ?2",
	[STAGES] = "SELECT s.stage, s.origin, s.error, s.facts, s.started, s.took, s.cost_nano, s.key, c.facts,"
		   " c.key IS NOT NULL, coalesce(c.expires <= ?4, 0),"
		   " s.origin <> 'failed' AND c.blob IS s.blob AND c.created <= ?3"
		   " FROM made_stages s LEFT JOIN cache c ON c.key = s.key WHERE s.run = ?1 AND s.seq = ?2"
		   " ORDER BY s.started, s.started + s.took",
	[CALLS] = "SELECT id, stage, kind, endpoint, model, state, error, answered_by, answer_id, reserved_nano,"
		  " coalesce(settled_nano, -1), text_tokens_in IS NOT NULL, text_tokens_in, image_tokens_in,"
		  " text_tokens_out, image_tokens_out, coalesce(started, 0), coalesce(ended, 0), tries"
		  " FROM calls WHERE run = ?1 AND seq = ?2 ORDER BY id",
	[NOBODYS] = "SELECT count(*), coalesce(sum(settled_nano) FILTER (WHERE state = 'settled'), 0),"
		    " coalesce(sum(reserved_nano) FILTER (WHERE state = 'unknown'), 0),"
		    " coalesce(sum(reserved_nano) FILTER (WHERE state IN ('reserved', 'sent')), 0) FROM calls c"
		    " WHERE NOT EXISTS (SELECT 1 FROM made_items m WHERE m.run = c.run AND m.seq = c.seq)",
};

struct life {
	sqlite3 *db;
	const struct life_reader *to;
	sqlite3_stmt *statements[STATEMENTS];
	struct life_totals totals;
	struct life_money unrecorded; /* of these, calls that are among nobody's too */
	struct life_event fold; /* runs that found a picture unchanged, until another event follows; runs 0: none */
	struct err *err;
};

/* --- rows --- */

static const char *text(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

static int64_t number(sqlite3_stmt *s, int column)
{
	return sqlite3_column_int64(s, column);
}

/* 1: there is a row; 0: no more; -1: err. */
static int step(struct life *l, int which)
{
	int rc = sqlite3_step(l->statements[which]);

	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : store_fail(l->db, "reading a product's life", l->err);
}

/* Calls row() for each of a picture's rows. */
static int each(struct life *l, int which, int64_t run, int64_t seq, int (*row)(struct life *, sqlite3_stmt *))
{
	sqlite3_stmt *s = l->statements[which];
	int rc;

	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, seq);
	while ((rc = step(l, which)) > 0) {
		rc = row(l, s);
		if (rc != 0)
			break;
	}
	sqlite3_reset(s);
	return rc;
}

static enum life_cache cache_state(sqlite3_stmt *s, bool has_key)
{
	if (!has_key)
		return LIFE_CACHE_NONE;
	if (!number(s, 9))
		return LIFE_CACHE_ABSENT;
	if (!number(s, 11))
		return LIFE_CACHE_OTHER;
	return number(s, 10) ? LIFE_CACHE_EXPIRED : LIFE_CACHE_HELD;
}

static int stage_row(struct life *l, sqlite3_stmt *s)
{
	struct life_stage row = { .stage = text(s, 0),
				  .origin = text(s, 1),
				  .error = text(s, 2),
				  .facts = text(s, 3),
				  .started_us = number(s, 4),
				  .took_us = number(s, 5),
				  .cost_nano = number(s, 6) };
	struct digest key;

	if (sqlite3_column_bytes(s, 7) == DIGEST_SIZE) {
		memcpy(key.b, sqlite3_column_blob(s, 7), DIGEST_SIZE);
		row.key = &key;
	}
	row.cache = cache_state(s, row.key != NULL);
	if (row.cache == LIFE_CACHE_HELD || row.cache == LIFE_CACHE_EXPIRED)
		row.facts = text(s, 8);
	if (strcmp(row.origin, "cache") == 0)
		l->totals.saved_nano += row.cost_nano;
	return l->to->stage(l->to->ctx, &row, l->err);
}

static void count(struct life_money *m, const struct life_call *c)
{
	m->calls++;
	if (strcmp(c->state, "settled") == 0)
		m->settled_nano += c->settled_nano;
	else if (strcmp(c->state, "unknown") == 0)
		m->unknown_nano += c->reserved_nano;
	else
		m->open_nano += c->reserved_nano;
}

static struct life_call call_of(sqlite3_stmt *s)
{
	return (struct life_call){ .id = number(s, 0),
				   .stage = text(s, 1),
				   .kind = text(s, 2),
				   .endpoint = text(s, 3),
				   .model = text(s, 4),
				   .state = text(s, 5),
				   .error = text(s, 6),
				   .answered_by = text(s, 7),
				   .answer_id = text(s, 8),
				   .reserved_nano = number(s, 9),
				   .settled_nano = number(s, 10),
				   .has_tokens = number(s, 11),
				   .text_in = number(s, 12),
				   .image_in = number(s, 13),
				   .text_out = number(s, 14),
				   .image_out = number(s, 15),
				   .started_us = number(s, 16),
				   .ended_us = number(s, 17),
				   .tries = number(s, 18) };
}

static int call_row(struct life *l, sqlite3_stmt *s)
{
	struct life_call row = call_of(s);

	count(&l->totals.paid, &row);
	return l->to->call(l->to->ctx, &row, l->err);
}

static int unrecorded_call_row(struct life *l, sqlite3_stmt *s)
{
	struct life_call row = call_of(s);

	count(&l->unrecorded, &row);
	return call_row(l, s);
}

/* --- events --- */

static int end_fold(struct life *l)
{
	struct life_event fold = l->fold;

	if (fold.runs == 0)
		return 0;
	l->fold.runs = 0;
	l->totals.unchanged += fold.runs;
	l->totals.saved_nano += fold.saved_nano;
	return l->to->event(l->to->ctx, &fold, l->err);
}

static int add_to_fold(struct life *l, const struct life_event *one)
{
	struct life_event *fold = &l->fold;

	if (fold->runs > 0 &&
	    (fold->position != one->position || fold->made_run != one->made_run || fold->made_seq != one->made_seq) &&
	    end_fold(l) != 0)
		return -1;
	if (fold->runs == 0) {
		*fold = *one;
		return 0;
	}
	fold->runs++;
	fold->last_run = one->run;
	fold->recorded_us = one->recorded_us;
	fold->requests += one->requests;
	fold->saved_nano += one->saved_nano;
	return 0;
}

static void take_outcome(struct life_event *e, sqlite3_stmt *s)
{
	e->status = text(s, 6);
	e->error = text(s, 7);
	e->error_stage = text(s, 8);
	e->error_message = text(s, 9);
	e->reasons = text(s, 10);
	e->output = text(s, 11);
	e->image_model = text(s, 12);
	e->text_model = text(s, 13);
	e->json = text(s, 14);
	e->confidence = sqlite3_column_type(s, 15) == SQLITE_NULL ? -1 : sqlite3_column_double(s, 15);
	e->output_bytes = number(s, 16);
	e->cost_nano = number(s, 17);
	e->took_us = number(s, 18);
	e->requests = number(s, 19);
	e->first_recorded_us = e->recorded_us = number(s, 20);
}

/* The event itself, told while the row that its strings belong to is at hand. */
static int tell(struct life *l, struct life_event *e)
{
	sqlite3_stmt *s = l->statements[DETAIL];
	int rc;

	sqlite3_bind_int64(s, 1, e->made_run);
	sqlite3_bind_int64(s, 2, e->made_seq);
	sqlite3_bind_int64(s, 3, e->run);
	rc = step(l, DETAIL);
	if (rc > 0) {
		e->command = text(s, 0);
		e->run_state = text(s, 1);
		e->pid = number(s, 2);
		e->run_started_us = number(s, 3);
		e->line = number(s, 4);
		e->source = text(s, 5);
		e->confidence = -1;
		if (e->kind == LIFE_WORKED_ON)
			take_outcome(e, s);
		rc = l->to->event(l->to->ctx, e, l->err);
	}
	sqlite3_reset(s);
	return rc;
}

static int tell_all(struct life *l, struct life_event *e)
{
	bool recorded = e->kind == LIFE_WORKED_ON;
	sqlite3_stmt *stages = l->statements[STAGES];

	if (end_fold(l) != 0 || tell(l, e) != 0)
		return -1;
	l->totals.worked_on += recorded;
	/* An entry that is younger than the item's row holds something else than what it was made from. */
	sqlite3_bind_int64(stages, 3, recorded ? e->recorded_us : INT64_MAX);
	sqlite3_bind_int64(stages, 4, clock_wall_us());
	if (each(l, STAGES, e->run, e->seq, stage_row) != 0)
		return -1;
	return each(l, CALLS, e->run, e->seq, recorded ? call_row : unrecorded_call_row);
}

static int visits(struct life *l, const char *sku)
{
	sqlite3_stmt *s = l->statements[VISITS];
	int rc;

	sqlite3_bind_text(s, 1, sku, -1, SQLITE_STATIC);
	while ((rc = step(l, VISITS)) > 0) {
		static const enum life_kind kinds[] = { LIFE_WORKED_ON, LIFE_UNCHANGED, LIFE_UNRECORDED };
		struct life_event e = { .kind = kinds[number(s, 0)],
					.position = (int)number(s, 1),
					.run = number(s, 2),
					.last_run = number(s, 2),
					.runs = 1,
					.seq = number(s, 3),
					.made_run = number(s, 4),
					.made_seq = number(s, 5),
					.requests = number(s, 6),
					.first_recorded_us = number(s, 7),
					.recorded_us = number(s, 7),
					.saved_nano = number(s, 8) };

		if ((e.kind == LIFE_UNCHANGED ? add_to_fold(l, &e) : tell_all(l, &e)) != 0)
			return -1;
	}
	return rc == 0 ? end_fold(l) : -1;
}

/* --- all together --- */

static int product(struct life *l, const char *sku)
{
	sqlite3_stmt *s = l->statements[PRODUCT];
	int rc;

	sqlite3_bind_text(s, 1, sku, -1, SQLITE_STATIC);
	rc = step(l, PRODUCT);
	if (rc > 0) {
		struct life_product p = { sku, text(s, 0), text(s, 1), text(s, 2), text(s, 3), number(s, 4) };

		if (l->to->product(l->to->ctx, &p, l->err) != 0)
			rc = -1;
	}
	sqlite3_reset(s);
	return rc;
}

static int totals(struct life *l)
{
	sqlite3_stmt *s = l->statements[NOBODYS];
	struct life_money *m = &l->totals.nobodys;

	if (step(l, NOBODYS) < 0)
		return -1;
	m->calls = number(s, 0) - l->unrecorded.calls;
	m->settled_nano = number(s, 1) - l->unrecorded.settled_nano;
	m->unknown_nano = number(s, 2) - l->unrecorded.unknown_nano;
	m->open_nano = number(s, 3) - l->unrecorded.open_nano;
	return l->to->totals(l->to->ctx, &l->totals, l->err);
}

static int explain(struct life *l, const char *sku)
{
	int rc;

	for (int i = 0; i < STATEMENTS; i++) {
		if (store_prepare(l->db, sql[i], &l->statements[i], l->err) != 0)
			return -1;
	}
	rc = product(l, sku);
	if (rc > 0 && (visits(l, sku) != 0 || totals(l) != 0))
		rc = -1;
	return rc;
}

int store_explain(struct store_reader *rd, const char *sku, const struct life_reader *to, struct err *e)
{
	struct life l = { .db = rd->db, .to = to, .err = e };
	int rc;

	if (store_exec(rd->db, "BEGIN", e) != 0) /* every query sees the same moment */
		return -1;
	rc = explain(&l, sku);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(l.statements[i]);
	sqlite3_exec(rd->db, "COMMIT", NULL, NULL, NULL);
	return rc;
}
