/* store_statements.c - every statement that writes, and how one is run. */
#include "pipeline/store_write.h"

#define UNCHANGED_INTO                                                                                     \
	"INSERT INTO unchanged (run, seq, line, requests, took, recorded, made_run, made_seq, worth_nano," \
	" grp, json_line) VALUES "
#define UNCHANGED_ROW  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define UNCHANGED_FOUR UNCHANGED_ROW ", " UNCHANGED_ROW ", " UNCHANGED_ROW ", " UNCHANGED_ROW
_Static_assert(UNCHANGED_AT_ONCE == 16, "[UNCHANGED_ROWS] has as many");

const char *const store_sql[STATEMENTS] = {
	[RUNS_ABANDONED] = "UPDATE runs SET state = 'interrupted', finished = coalesce(" STORE_LAST_RECORDED(
		"runs.id") ", started) WHERE state = 'running'",
	/* Nobody knows whether they were sent: possibly billed, for good. */
	[CALLS_ABANDONED] =
		"UPDATE calls SET state = 'unknown', error = 'interrupted' WHERE state IN ('reserved', 'sent')",
	[CACHE_EXPIRED] = "DELETE FROM cache WHERE expires <= ?1",
	[RUN_BEGIN] = "INSERT INTO runs (command, manifest, config, version, pid, started, base, folder)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[RUN_END] = "UPDATE runs SET state = ?2, finished = ?3 WHERE id = ?1",
	[RUN_RESULTS] = "UPDATE runs SET results_size = ?2, results_mtime = ?3, results_inode = ?4 WHERE id = ?1",
	[PRODUCT] = "INSERT INTO products (sku, title, brand, category, run, json, text)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		    " ON CONFLICT DO UPDATE SET title = excluded.title, brand = excluded.brand,"
		    " category = excluded.category, run = excluded.run, json = excluded.json, text = excluded.text",
	[STAGE] = "INSERT OR REPLACE INTO made_stages"
		  " (run, seq, stage, origin, started, took, key, blob, error, facts, cost_nano)"
		  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		  " CASE ?4 WHEN 'cache' THEN coalesce((SELECT cost_nano FROM cache INDEXED BY cache_paid"
		  " WHERE key = ?7 AND cost_nano > 0), 0) ELSE ?11 END)",
	/* What an origin has confirmed keeps its age and its price; what was made anew has new ones. */
	[CACHE] =
		"INSERT INTO cache (key, stage, blob, blob_size, path, facts, run, created, expires, cost_nano)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		" ON CONFLICT DO UPDATE SET blob = excluded.blob, blob_size = excluded.blob_size, path = excluded.path,"
		" facts = excluded.facts, run = excluded.run, expires = excluded.expires,"
		" created = iif(?11, excluded.created, created), cost_nano = iif(?11, excluded.cost_nano, cost_nano)",
	[LINE] = "INSERT INTO lines (json) VALUES (?1)",
	[GROUP] = "SELECT id FROM groups WHERE status = ?1 AND error IS ?2 AND error_stage IS ?3 AND reasons IS ?4"
		  " AND category IS ?5 AND image_model IS ?6 AND text_model IS ?7 AND stages IS ?8",
	[GROUP_NEW] = "INSERT INTO groups (status, error, error_stage, reasons, category, image_model, text_model,"
		      " stages) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ITEM] = "INSERT INTO made_items (run, seq, line, sku, position, source, status, error, error_stage,"
		 " error_message, reasons, confidence, output, output_bytes, calls, cost_nano, took, recorded,"
		 " image_model, text_model, json_line, grp)"
		 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		 " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
	[LAST_MADE] = "INSERT OR REPLACE INTO last_made (run, seq, sku, position, pictures, shape, text, folder, place,"
		      " source, source_size, source_mtime, source_ctime, source_inode, source_key, etag, last_modified,"
		      " output, output_size, output_mtime, output_inode, status, reasons, stages, grp, json_line,"
		      " worth_nano) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
		      " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26,"
		      " (SELECT coalesce(sum(cost_nano), 0) FROM made_stages WHERE run = ?1 AND seq = ?2))",
	/* Whatever was made of its pictures was made by another line, matches none any more, and pruning would keep it.
	 */
	[PRODUCT_CHANGED] = "DELETE FROM last_made WHERE sku = ?1 AND NOT EXISTS"
			    " (SELECT 1 FROM products WHERE sku = ?1 AND json IS ?2)",
	[LAST_MADE_GONE] = "DELETE FROM last_made WHERE sku = ?1 AND position = ?2",
	[UNCHANGED] = UNCHANGED_INTO UNCHANGED_ROW,
	/* Each step of a statement has its price, whatever it writes. */
	[UNCHANGED_ROWS] = UNCHANGED_INTO UNCHANGED_FOUR ", " UNCHANGED_FOUR ", " UNCHANGED_FOUR ", " UNCHANGED_FOUR,
	[CALL] = "INSERT INTO calls (id, run, seq, stage, kind, endpoint, model, state, reserved_nano)"
		 " VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, 'reserved', ?7)",
	[CALL_END] = "UPDATE calls SET state = ?2, settled_nano = ?3, text_tokens_in = ?4, image_tokens_in = ?5,"
		     " text_tokens_out = ?6, image_tokens_out = ?7, started = ?8, ended = ?9, tries = ?10,"
		     " endpoint = coalesce(?11, ''), answered_by = ?12, answer_id = ?13, error = ?14 WHERE id = ?1",
	/* IMMEDIATE: a read that turns into a write would be refused at once while another connection writes. */
	[TX_BEGIN] = "BEGIN IMMEDIATE",
	[TX_COMMIT] = "COMMIT",
	[TX_ROLLBACK] = "ROLLBACK",
};

void store_bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

void store_bind_digest(sqlite3_stmt *s, int at, bool there, const struct digest *d)
{
	if (there)
		sqlite3_bind_blob(s, at, d->b, DIGEST_SIZE, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

int store_run(struct store *st, enum statement which, const char *doing, struct err *e)
{
	sqlite3_stmt *s = st->statements[which];
	int rc = sqlite3_step(s);

	if (rc != SQLITE_DONE)
		store_fail(st->db, doing, e);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s); /* they point at what the caller owns */
	return rc == SQLITE_DONE ? 0 : -1;
}
