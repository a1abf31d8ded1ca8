/* store.c - the writing connection: runs, products, items, stage results, cache entries. */
#include "pipeline/store.h"

#include "pipeline/clock.h"
#include "pipeline/store_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum statement {
	RUNS_ABANDONED,
	CALLS_ABANDONED,
	CACHE_EXPIRED,
	RUN_BEGIN,
	RUN_END,
	PRODUCT,
	STAGE,
	CACHE,
	LINE,
	GROUP,
	GROUP_NEW,
	ITEM,
	LAST_MADE,
	LAST_MADE_GONE,
	UNCHANGED,
	CALL,
	CALL_END,
	TX_BEGIN,
	TX_COMMIT,
	TX_ROLLBACK,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[RUNS_ABANDONED] = "UPDATE runs SET state = 'interrupted', finished = coalesce(" STORE_LAST_RECORDED(
		"runs.id") ", started) WHERE state = 'running'",
	/* Nobody knows whether they were sent: possibly billed, for good. */
	[CALLS_ABANDONED] =
		"UPDATE calls SET state = 'unknown', error = 'interrupted' WHERE state IN ('reserved', 'sent')",
	[CACHE_EXPIRED] = "DELETE FROM cache WHERE expires <= ?1",
	[RUN_BEGIN] = "INSERT INTO runs (command, manifest, config, version, pid, started, base) VALUES (?1, ?2, ?3, "
		      "?4, ?5, ?6, ?7)",
	[RUN_END] = "UPDATE runs SET state = ?2, finished = ?3 WHERE id = ?1",
	[PRODUCT] = "INSERT INTO products (sku, title, brand, category, run, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		    " ON CONFLICT DO UPDATE SET title = excluded.title, brand = excluded.brand,"
		    " category = excluded.category, run = excluded.run, json = excluded.json",
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
	[LAST_MADE] =
		"INSERT OR REPLACE INTO last_made (sku, position, signature, source, source_size, source_mtime,"
		" source_inode, output, output_size, output_mtime, output_inode, run, seq, status, reasons, stages,"
		" grp, worth_nano)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
		" (SELECT coalesce(sum(cost_nano), 0) FROM made_stages WHERE run = ?12 AND seq = ?13))",
	[LAST_MADE_GONE] = "DELETE FROM last_made WHERE sku = ?1 AND position = ?2",
	[UNCHANGED] = "INSERT INTO unchanged (run, seq, line, requests, took, recorded, made_run, made_seq,"
		      " worth_nano, grp) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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

static const char *const origins[] = {
	[ORIGIN_MADE] = "made",
	[ORIGIN_CACHE] = "cache",
	[ORIGIN_FAILED] = "failed",
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	int restart_at; /* pages of the write-ahead log */
};

/* --- binding: column numbers from 1; what is absent becomes NULL --- */

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void bind_digest(sqlite3_stmt *s, int at, bool there, const struct digest *d)
{
	if (there)
		sqlite3_bind_blob(s, at, d->b, DIGEST_SIZE, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

/* Executes a statement whose parameters are bound, and makes it ready for the next use. */
static int run_statement(struct store *st, enum statement which, const char *doing, struct err *e)
{
	sqlite3_stmt *s = st->statements[which];
	int rc = sqlite3_step(s);

	if (rc != SQLITE_DONE)
		store_fail(st->db, doing, e);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s); /* they point at what the caller owns */
	return rc == SQLITE_DONE ? 0 : -1;
}

/* --- opening --- */

static int turn_on_wal(sqlite3 *db, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		store_fail(db, "turning on the write-ahead log", e);
	else if (strcmp((const char *)sqlite3_column_text(s, 0), "wal") != 0)
		err_set(e, ERR_STORE, "%s: this file system cannot hold SQLite's write-ahead log; use a local disk",
			sqlite3_db_filename(db, "main"));
	else
		rc = 0;
	sqlite3_finalize(s);
	return rc;
}

#define LOG_TAKE_IN 4000  /* pages; SQLite's own 1000 would be taken in more often */
#define LOG_RESTART 65536 /* 256 MiB; tried again after as much more */
#define PATIENCE_MS 200

/* After each commit. The log starts anew when somebody writes at a moment at which nobody reads, and with many readers
 * that moment may never come: then they are kept out for once. */
static int keep_log_short(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *st = ctx;
	bool restart = pages >= st->restart_at;

	if (pages < LOG_TAKE_IN) {
		st->restart_at = LOG_RESTART;
		return SQLITE_OK;
	}
	if (restart)
		sqlite3_busy_timeout(db, PATIENCE_MS); /* not longer: it may be a person's who has forgotten it */
	if (sqlite3_wal_checkpoint_v2(db, name, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
				      NULL) != SQLITE_OK &&
	    restart)
		st->restart_at = pages + LOG_RESTART;
	sqlite3_busy_timeout(db, STORE_BUSY_MS);
	return SQLITE_OK; /* what could not be taken in now stays in the log */
}

/* FULL: what was committed survives a power cut. After a long reader the log shrinks to 64 MiB again. */
static const char settings[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
			       "PRAGMA cache_size = -16384;"
			       "PRAGMA journal_size_limit = 67108864";

static int set_up(struct store *st, struct err *e)
{
	if (sqlite3_db_readonly(st->db, "main") == 1)
		return err_set(e, ERR_STORE, "%s may not be written to; check its permissions",
			       sqlite3_db_filename(st->db, "main"));
	if (store_migrate(st->db, store_steps, store_step_count, e) != 0)
		return -1;
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	if (turn_on_wal(st->db, e) != 0 || store_exec(st->db, settings, e) != 0)
		return -1;
	st->restart_at = LOG_RESTART;
	sqlite3_wal_hook(st->db, keep_log_short, st);
	for (int i = 0; i < STATEMENTS; i++) {
		if (store_prepare(st->db, sql[i], &st->statements[i], e) != 0)
			return -1;
	}
	return 0;
}

int store_open(struct store **out, const char *path, struct err *e)
{
	struct store *st = calloc(1, sizeof(*st));

	*out = NULL;
	if (!st)
		return err_set(e, ERR_NOMEM, "no memory to open %s", path);
	if (store_db_open(&st->db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) != 0 || set_up(st, e) != 0) {
		store_close(st);
		return -1;
	}
	*out = st;
	return 0;
}

void store_close(struct store *st)
{
	if (!st)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(st->statements[i]);
	sqlite3_close(st->db); /* the last connection takes the write-ahead log in and removes it */
	free(st);
}

/* --- transactions --- */

int store_begin(struct store *st, struct err *e)
{
	return run_statement(st, TX_BEGIN, "beginning to write", e);
}

int store_commit(struct store *st, struct err *e)
{
	return run_statement(st, TX_COMMIT, "committing", e);
}

void store_rollback(struct store *st)
{
	struct err ignored = { 0 };

	if (!sqlite3_get_autocommit(st->db))
		run_statement(st, TX_ROLLBACK, "rolling back", &ignored);
}

/* --- runs --- */

static int begin_run(struct store *st, const char *command, const char *manifest, const char *config, int64_t base,
		     struct err *e)
{
	sqlite3_stmt *s = st->statements[RUN_BEGIN];
	int64_t now = clock_wall_us();

	sqlite3_bind_int64(st->statements[CACHE_EXPIRED], 1, now);
	if (run_statement(st, RUNS_ABANDONED, "closing unfinished runs", e) != 0 ||
	    run_statement(st, CALLS_ABANDONED, "closing unfinished calls", e) != 0 ||
	    run_statement(st, CACHE_EXPIRED, "removing expired cache entries", e) != 0)
		return -1;
	bind_text(s, 1, command);
	bind_text(s, 2, manifest);
	bind_text(s, 3, config);
	bind_text(s, 4, PACKSHOT_VERSION);
	sqlite3_bind_int64(s, 5, getpid());
	sqlite3_bind_int64(s, 6, now);
	if (base)
		sqlite3_bind_int64(s, 7, base);
	return run_statement(st, RUN_BEGIN, "recording the run", e);
}

int store_run_begin(struct store *st, const char *command, const char *manifest, const char *config, int64_t base,
		    int64_t *run, struct err *e)
{
	if (store_begin(st, e) != 0)
		return -1;
	if (begin_run(st, command, manifest, config, base, e) != 0)
		goto fail;
	*run = sqlite3_last_insert_rowid(st->db);
	if (store_commit(st, e) == 0)
		return 0;
fail:
	store_rollback(st);
	return -1;
}

int store_run_end(struct store *st, int64_t run, const char *state, struct err *e)
{
	sqlite3_stmt *s = st->statements[RUN_END];

	sqlite3_bind_int64(s, 1, run);
	bind_text(s, 2, state);
	sqlite3_bind_int64(s, 3, clock_wall_us());
	return run_statement(st, RUN_END, "recording the end of the run", e);
}

/* --- rows --- */

int store_product(struct store *st, int64_t run, const struct product_row *p, struct err *e)
{
	sqlite3_stmt *s = st->statements[PRODUCT];

	bind_text(s, 1, p->sku);
	bind_text(s, 2, p->title);
	bind_text(s, 3, p->brand);
	bind_text(s, 4, p->category);
	sqlite3_bind_int64(s, 5, run);
	bind_text(s, 6, p->json);
	return run_statement(st, PRODUCT, "recording a product", e);
}

static int keep_in_cache(struct store *st, int64_t run, const struct stage_row *row, struct err *e)
{
	sqlite3_stmt *s = st->statements[CACHE];
	const struct result *r = row->result;
	int64_t now = clock_wall_us();

	bind_digest(s, 1, true, &r->key);
	bind_text(s, 2, row->stage);
	bind_digest(s, 3, r->has_blob, &r->blob);
	sqlite3_bind_int64(s, 4, r->has_blob ? r->blob_size : 0);
	bind_text(s, 5, r->path);
	bind_text(s, 6, r->facts);
	sqlite3_bind_int64(s, 7, run);
	sqlite3_bind_int64(s, 8, now);
	if (row->ttl_us > 0)
		sqlite3_bind_int64(s, 9, now + row->ttl_us);
	sqlite3_bind_int64(s, 10, row->cost_nano);
	sqlite3_bind_int(s, 11, r->origin == ORIGIN_MADE);
	return run_statement(st, CACHE, "recording a cache entry", e);
}

int store_stage(struct store *st, int64_t run, const struct stage_row *row, struct err *e)
{
	sqlite3_stmt *s = st->statements[STAGE];
	const struct result *r = row->result;

	if (r->origin == ORIGIN_NONE)
		return 0;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, row->seq);
	bind_text(s, 3, row->stage);
	bind_text(s, 4, origins[r->origin]);
	sqlite3_bind_int64(s, 5, r->started_us);
	sqlite3_bind_int64(s, 6, r->took_us);
	bind_digest(s, 7, r->has_key, &r->key);
	bind_digest(s, 8, r->has_blob, &r->blob);
	bind_text(s, 9, row->error);
	bind_text(s, 10, r->has_key ? NULL : r->facts);
	sqlite3_bind_int64(s, 11, row->cost_nano);
	if (run_statement(st, STAGE, "recording a stage", e) != 0)
		return -1;
	return row->keep && r->has_key && r->origin != ORIGIN_FAILED ? keep_in_cache(st, run, row, e) : 0;
}

static void bind_outcome(sqlite3_stmt *s, const struct item_row *it)
{
	bool failed = it->err && it->err->code != ERR_OK;

	bind_text(s, 7, item_status_name(it->status));
	bind_text(s, 8, failed ? err_name(it->err->code) : NULL);
	bind_text(s, 9, failed ? it->err_stage : NULL);
	bind_text(s, 10, failed ? it->err->msg : NULL);
	bind_text(s, 11, it->reasons);
	if (it->confidence >= 0)
		sqlite3_bind_double(s, 12, it->confidence);
	bind_text(s, 13, it->output);
	if (it->output)
		sqlite3_bind_int64(s, 14, it->output_bytes);
}

static int keep_line(struct store *st, const char *json, int64_t *id, struct err *e)
{
	bind_text(st->statements[LINE], 1, json);
	if (run_statement(st, LINE, "recording a result", e) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(st->db);
	return 0;
}

static void bind_group(sqlite3_stmt *s, const struct item_row *it)
{
	bool failed = it->err && it->err->code != ERR_OK;

	bind_text(s, 1, item_status_name(it->status));
	bind_text(s, 2, failed ? err_name(it->err->code) : NULL);
	bind_text(s, 3, failed ? it->err_stage : NULL);
	bind_text(s, 4, it->reasons);
	bind_text(s, 5, it->category);
	bind_text(s, 6, it->image_model);
	bind_text(s, 7, it->text_model);
	bind_text(s, 8, it->stages);
}

static int find_group(struct store *st, const struct item_row *it, int64_t *id, struct err *e)
{
	sqlite3_stmt *s = st->statements[GROUP];
	int rc;

	bind_group(s, it);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*id = sqlite3_column_int64(s, 0);
	else if (rc != SQLITE_DONE)
		store_fail(st->db, "looking for a group", e);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	if (rc != SQLITE_DONE)
		return rc == SQLITE_ROW ? 0 : -1;
	bind_group(st->statements[GROUP_NEW], it);
	if (run_statement(st, GROUP_NEW, "recording a group", e) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(st->db);
	return 0;
}

static int keep_last_made(struct store *st, int64_t run, const struct item_row *it, int64_t grp, struct err *e)
{
	sqlite3_stmt *s = st->statements[LAST_MADE];
	const struct last_made *m = it->made;

	bind_text(s, 1, it->sku);
	sqlite3_bind_int(s, 2, it->position);
	bind_digest(s, 3, true, &m->signature);
	bind_digest(s, 4, true, &m->source);
	if (m->source_is_file) {
		sqlite3_bind_int64(s, 5, m->source_stamp.size);
		sqlite3_bind_int64(s, 6, m->source_stamp.mtime_ns);
		sqlite3_bind_int64(s, 7, (int64_t)m->source_stamp.inode);
	}
	bind_text(s, 8, m->output);
	sqlite3_bind_int64(s, 9, m->output_stamp.size);
	sqlite3_bind_int64(s, 10, m->output_stamp.mtime_ns);
	sqlite3_bind_int64(s, 11, (int64_t)m->output_stamp.inode);
	sqlite3_bind_int64(s, 12, run);
	sqlite3_bind_int64(s, 13, it->seq);
	bind_text(s, 14, item_status_name(m->status));
	bind_text(s, 15, m->reasons);
	sqlite3_bind_int(s, 16, m->stages);
	sqlite3_bind_int64(s, 17, grp);
	return run_statement(st, LAST_MADE, "recording how a picture was made", e);
}

/* Its product's row says something else now, so that what was made before is recognised by the cache alone. */
static int forget_last_made(struct store *st, const struct item_row *it, struct err *e)
{
	bind_text(st->statements[LAST_MADE_GONE], 1, it->sku);
	sqlite3_bind_int(st->statements[LAST_MADE_GONE], 2, it->position);
	return run_statement(st, LAST_MADE_GONE, "recording an item", e);
}

int store_item(struct store *st, int64_t run, const struct item_row *it, struct err *e)
{
	sqlite3_stmt *s = st->statements[ITEM];
	int64_t line = 0, grp = 0;

	if ((it->json && keep_line(st, it->json, &line, e) != 0) || find_group(st, it, &grp, e) != 0)
		return -1;

	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, it->seq);
	sqlite3_bind_int64(s, 3, it->line);
	bind_text(s, 4, it->sku);
	sqlite3_bind_int(s, 5, it->position);
	bind_text(s, 6, it->source);
	bind_outcome(s, it);
	sqlite3_bind_int(s, 15, it->calls);
	sqlite3_bind_int64(s, 16, it->cost_nano);
	sqlite3_bind_int64(s, 17, it->took_us);
	sqlite3_bind_int64(s, 18, clock_wall_us());
	bind_text(s, 19, it->image_model);
	bind_text(s, 20, it->text_model);
	if (line)
		sqlite3_bind_int64(s, 21, line);
	sqlite3_bind_int64(s, 22, grp);
	if (run_statement(st, ITEM, "recording an item", e) != 0)
		return -1;
	if (it->made)
		return keep_last_made(st, run, it, grp, e);
	return it->sku && !it->stands ? forget_last_made(st, it, e) : 0;
}

int store_unchanged(struct store *st, int64_t run, const struct unchanged_row *u, struct err *e)
{
	sqlite3_stmt *s = st->statements[UNCHANGED];

	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, u->seq);
	sqlite3_bind_int64(s, 3, u->line);
	sqlite3_bind_int(s, 4, u->requests);
	sqlite3_bind_int64(s, 5, u->took_us);
	sqlite3_bind_int64(s, 6, clock_wall_us());
	sqlite3_bind_int64(s, 7, u->made_run);
	sqlite3_bind_int64(s, 8, u->made_seq);
	sqlite3_bind_int64(s, 9, u->worth_nano);
	sqlite3_bind_int64(s, 10, u->grp);
	return run_statement(st, UNCHANGED, "recording an item", e);
}

/* --- the ledger --- */

int store_call(struct store *st, int64_t run, const struct call_row *c, struct err *e)
{
	sqlite3_stmt *s = st->statements[CALL];

	sqlite3_bind_int64(s, 1, c->id);
	sqlite3_bind_int64(s, 2, run);
	sqlite3_bind_int64(s, 3, c->seq);
	bind_text(s, 4, c->stage);
	bind_text(s, 5, c->kind);
	bind_text(s, 6, c->model);
	sqlite3_bind_int64(s, 7, c->reserved_nano);
	return run_statement(st, CALL, "recording a call", e);
}

int store_call_end(struct store *st, const struct call_end_row *c, struct err *e)
{
	sqlite3_stmt *s = st->statements[CALL_END];
	const int64_t tokens[] = { c->text_in, c->image_in, c->text_out, c->image_out };

	sqlite3_bind_int64(s, 1, c->id);
	bind_text(s, 2, c->settled ? "settled" : "unknown");
	if (c->settled)
		sqlite3_bind_int64(s, 3, c->settled_nano);
	for (int i = 0; i < 4 && c->has_tokens; i++)
		sqlite3_bind_int64(s, 4 + i, tokens[i]);
	sqlite3_bind_int64(s, 8, c->started_us);
	sqlite3_bind_int64(s, 9, c->ended_us);
	sqlite3_bind_int(s, 10, c->tries);
	bind_text(s, 11, c->endpoint);
	bind_text(s, 12, c->answered_by);
	bind_text(s, 13, c->answer_id);
	bind_text(s, 14, c->error);
	return run_statement(st, CALL_END, "recording the end of a call", e);
}

int store_last_call(struct store *st, int64_t *id, struct err *e)
{
	return store_get_int(st->db, "SELECT coalesce(max(id), 0) FROM calls", id, e);
}

sqlite3 *store_db(struct store *st)
{
	return st->db;
}
