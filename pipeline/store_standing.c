/* store_standing.c - a catalogue as it stands after a run, item by item: its lines, its rows, its columns as text. */
#include "pipeline/store_standing.h"

#include "pipeline/store_db.h"

#include <string.h>

/* Its items in their order, each as the last run left it that has worked on it; a re-run that skipped one leaves what
 * was there before. Two streams along the first run's rows: what it made, and what it found unchanged (u). ?1 the run,
 * ?2 the seq behind which to begin. Whether there are re-runs at all is asked once, not for each item. */
#define RERUN_OF(seq)                                                                                      \
	" LEFT JOIN made_items x ON x.seq = " seq " AND x.run ="                                           \
	" CASE WHEN EXISTS (SELECT 1 FROM runs WHERE base = (SELECT id FROM catalogue) AND id <= ?1) THEN" \
	" (SELECT r.id FROM runs r JOIN made_items y"                                                      \
	" ON y.run = r.id AND y.seq = " seq " WHERE r.base = (SELECT id FROM catalogue) AND r.id <= ?1"    \
	" AND y.status <> 'skipped' ORDER BY r.id DESC LIMIT 1) END "
/* clang-format off */
#define STANDING_OF(made, joined_to_made, unchanged, joined_to_unchanged)                                     \
	"WITH catalogue AS (SELECT coalesce(base, id) AS id FROM runs WHERE id = ?1)"                        \
	" SELECT m.seq AS seq, 0 AS unchanged, m.line AS line, m.calls AS requests, " made                    \
	" FROM made_items m" RERUN_OF("m.seq") joined_to_made                                                 \
	" WHERE m.run = (SELECT id FROM catalogue) AND m.seq > ?2"                                            \
	" UNION ALL SELECT u.seq, x.run IS NULL, u.line, u.requests, " unchanged                              \
	" FROM unchanged u" RERUN_OF("u.seq") joined_to_unchanged                                             \
	" WHERE u.run = (SELECT id FROM catalogue) AND u.seq > ?2 ORDER BY 1"
/* clang-format on */
#define MADE_OF           " JOIN made_items m ON m.run = u.made_run AND m.seq = u.made_seq"
#define STANDING(columns) STANDING_OF(columns, "", columns, MADE_OF)
#define STANDING_COLUMNS  4 /* before the caller's */

/* The row's column, of the re-run where there is one. */
#define LAST(column) "iif(x.run IS NULL, m." column ", x." column ")"

static int each_standing(struct store_reader *rd, const char *sql, int64_t run, int64_t after,
			 int (*row)(void *ctx, sqlite3_stmt *), void *ctx, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc, said = 0;

	if (store_prepare(rd->db, sql, &s, e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, after);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW && said == 0)
		said = row(ctx, s);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		said = store_fail(rd->db, "reading the items", e);
	sqlite3_finalize(s);
	return said;
}

static const char *text_of(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

struct result_reader {
	int (*row)(void *ctx, const struct result_row *);
	void *ctx;
};

static int read_result(void *ctx, sqlite3_stmt *s)
{
	const struct result_reader *r = ctx;
	struct result_row row = { (const char *)sqlite3_column_text(s, STANDING_COLUMNS), sqlite3_column_int(s, 1),
				  sqlite3_column_int64(s, 2), sqlite3_column_int(s, 3) };

	return row.json ? r->row(r->ctx, &row) : 0;
}

/* Of an unchanged item: where it is, is in its row, unless that is an earlier version's. */
#define LINE_OF(id) " LEFT JOIN lines l ON l.id = iif(x.run IS NULL, " id ", x.json_line)"
#define MADE_LINE                                                                                                  \
	"(SELECT coalesce(m.json, (SELECT l.json FROM lines l WHERE l.id = m.json_line)) FROM made_items m WHERE " \
	"m.run = u.made_run AND m.seq = u.made_seq)"

int store_each_result(struct store_reader *rd, int64_t run, int (*row)(void *ctx, const struct result_row *), void *ctx,
		      struct err *e)
{
	struct result_reader r = { row, ctx };

	return each_standing(rd,
			     STANDING_OF("coalesce(l.json, " LAST("json") ")", LINE_OF("m.json_line"),
					 "coalesce(l.json, iif(x.run IS NULL, " MADE_LINE ", x.json))",
					 LINE_OF("u.json_line")),
			     run, 0, read_result, &r, e);
}

static const char same_results[] =
	"SELECT count(*) FROM runs n, runs p WHERE n.id = ?1 AND n.base IS NULL AND p.base IS NULL"
	" AND p.id = (SELECT max(id) FROM runs WHERE results_size IS NOT NULL)"
	" AND NOT p.tidied AND p.results_size = ?2 AND p.results_mtime = ?3 AND p.results_inode = ?4"
	" AND NOT EXISTS (SELECT 1 FROM made_items m WHERE m.run IN (n.id, p.id))"
	" AND (SELECT count(*) FROM unchanged a WHERE a.run = n.id) = (SELECT count(*) FROM unchanged a WHERE a.run = "
	"p.id)"
	" AND NOT EXISTS (SELECT 1 FROM unchanged a LEFT JOIN unchanged b ON b.run = p.id AND b.seq = a.seq"
	" AND b.line = a.line AND b.requests = a.requests AND b.made_run = a.made_run AND b.made_seq = a.made_seq"
	" WHERE a.run = n.id AND b.run IS NULL)";

int store_results_stand(struct store_reader *rd, int64_t run, const struct file_stamp *stamp, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (store_prepare(rd->db, same_results, &s, e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, stamp->size);
	sqlite3_bind_int64(s, 3, stamp->mtime_ns);
	sqlite3_bind_int64(s, 4, (int64_t)stamp->inode);
	rc = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : store_fail(rd->db, "comparing results", e);
	sqlite3_finalize(s);
	return rc;
}

struct standing_reader {
	int (*row)(void *ctx, const struct standing_row *);
	void *ctx;
};

static int read_standing(void *ctx, sqlite3_stmt *s)
{
	const struct standing_reader *r = ctx;
	const int own = STANDING_COLUMNS;
	struct standing_row it = { sqlite3_column_int64(s, 0),
				   sqlite3_column_int64(s, 2),
				   sqlite3_column_int(s, own + 1),
				   text_of(s, own),
				   text_of(s, own + 2),
				   text_of(s, own + 3),
				   text_of(s, own + 4),
				   text_of(s, own + 5) };

	return r->row(r->ctx, &it);
}

int store_each_standing(struct store_reader *rd, int64_t run, int64_t after,
			int (*row)(void *ctx, const struct standing_row *), void *ctx, struct err *e)
{
	struct standing_reader r = { row, ctx };

	return each_standing(rd,
			     STANDING(LAST("sku") ", " LAST("position") ", " LAST("source") ", " LAST(
				     "status") ", " LAST("error") ", " LAST("error_stage")),
			     run, after, read_standing, &r, e);
}

/* --- as text --- */

static void take_row(sqlite3_stmt *s, bool is_head, struct text_row *row)
{
	*row = (struct text_row){ .count = sqlite3_column_count(s), .is_head = is_head };
	if (row->count > TEXT_COLUMNS_MAX)
		row->count = TEXT_COLUMNS_MAX;
	for (int i = 0; i < row->count; i++) {
		row->names[i] = sqlite3_column_name(s, i);
		row->is_text[i] = !is_head && sqlite3_column_type(s, i) == SQLITE_TEXT;
		row->values[i] = is_head ? NULL : text_of(s, i);
	}
}

#define ISO(column) "strftime('%Y-%m-%dT%H:%M:%fZ', " column " / 1e6, 'unixepoch')"

/* What all runs of the catalogue have paid for the item. */
#define PAID(seq)                                                                                 \
	"(SELECT sum(c.cost_nano) FROM runs r JOIN made_items c ON c.run = r.id AND c.seq = " seq \
	" WHERE r.id = (SELECT id FROM catalogue) OR r.base = (SELECT id FROM catalogue)) / 1e9"

#define SHOWN(column) LAST(column) " AS " column ", "

/* clang-format off */
#define ITEM_TEXTS                                                                           \
	SHOWN("sku") SHOWN("position")                                                       \
	"(SELECT title FROM products p WHERE p.sku = m.sku) AS title, "                      \
	"(SELECT category FROM groups g WHERE g.id = " LAST("grp") ") AS category, "         \
	SHOWN("status") SHOWN("error") SHOWN("error_stage") SHOWN("error_message")           \
	SHOWN("reasons") SHOWN("confidence") SHOWN("output") SHOWN("output_bytes")           \
	SHOWN("image_model") SHOWN("text_model") SHOWN("source")
/* clang-format on */

static const char items_alone[] =
	"SELECT seq, unchanged, line, calls AS requests, sku, position, (SELECT title FROM products p WHERE p.sku = "
	"items.sku)"
	" AS title, category, status, error, error_stage, error_message, reasons, confidence, output, output_bytes,"
	" image_model, text_model, source, cost_nano / 1e9 AS cost_usd FROM items WHERE run = ?1 AND seq > ?2 ORDER BY "
	"seq";

static const char calls_alone[] =
	"SELECT c.run, c.id AS call, c.seq, m.sku, m.position, c.stage, c.kind, c.model, c.endpoint, c.state, c.error, "
	"c.tries,"
	" c.text_tokens_in, c.image_tokens_in, c.text_tokens_out, c.image_tokens_out, c.reserved_nano / 1e9 AS "
	"reserved_usd,"
	" c.settled_nano / 1e9 AS settled_usd, " ISO("c.started") " AS started, " ISO(
		"c.ended") " AS ended, c.answered_by,"
			   " c.answer_id FROM calls c LEFT JOIN made_items m ON m.run = c.run AND m.seq = c.seq WHERE "
			   "c.run = ?1 AND c.id > ?2 ORDER BY c.id";

int store_each_text(struct store_reader *rd, enum text_rows what, int64_t run,
		    int (*row)(void *ctx, const struct text_row *), void *ctx, struct err *e)
{
	const char *const sql[] = {
		[TEXT_ITEMS_STANDING] = STANDING_OF(ITEM_TEXTS PAID("m.seq") " AS cost_usd", "",
						    ITEM_TEXTS PAID("u.seq"), MADE_OF),
		[TEXT_ITEMS] = items_alone,
		[TEXT_CALLS] = calls_alone,
	};

	struct text_row shown;
	sqlite3_stmt *s = NULL;
	int rc, said;

	if (store_prepare(rd->db, sql[what], &s, e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, 0);
	take_row(s, true, &shown);
	said = row(ctx, &shown);
	while (said == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		take_row(s, false, &shown);
		said = row(ctx, &shown);
	}
	if (said == 0 && rc != SQLITE_DONE)
		said = store_fail(rd->db, "reading rows", e);
	sqlite3_finalize(s);
	return said;
}
