/* store.c - the writing connection: opening, transactions, runs. */
#include "pipeline/store_write.h"

#include "pipeline/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

	if (pages < st->take_in) {
		st->restart_at = st->restart;
		return SQLITE_OK;
	}
	if (restart)
		sqlite3_busy_timeout(db, PATIENCE_MS); /* not longer: it may be a person's who has forgotten it */
	if (sqlite3_wal_checkpoint_v2(db, name, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
				      NULL) != SQLITE_OK &&
	    restart)
		st->restart_at = pages + st->restart;
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
	st->take_in = LOG_TAKE_IN;
	st->restart = st->restart_at = LOG_RESTART;
	sqlite3_wal_hook(st->db, keep_log_short, st);
	for (int i = 0; i < STATEMENTS; i++) {
		if (store_prepare(st->db, store_sql[i], &st->statements[i], e) != 0)
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
	return store_run(st, TX_BEGIN, "beginning to write", e);
}

int store_commit(struct store *st, struct err *e)
{
	return store_run(st, TX_COMMIT, "committing", e);
}

void store_rollback(struct store *st)
{
	struct err ignored = { 0 };

	if (!sqlite3_get_autocommit(st->db))
		store_run(st, TX_ROLLBACK, "rolling back", &ignored);
}

/* --- runs --- */

static int begin_run(struct store *st, const char *command, const char *manifest, const char *folder,
		     const char *config, int64_t base, struct err *e)
{
	sqlite3_stmt *s = st->statements[RUN_BEGIN];
	int64_t now = clock_wall_us();

	sqlite3_bind_int64(st->statements[CACHE_EXPIRED], 1, now);
	if (store_run(st, RUNS_ABANDONED, "closing unfinished runs", e) != 0 ||
	    store_run(st, CALLS_ABANDONED, "closing unfinished calls", e) != 0 ||
	    store_run(st, CACHE_EXPIRED, "removing expired cache entries", e) != 0)
		return -1;
	store_bind_text(s, 1, command);
	store_bind_text(s, 2, manifest);
	store_bind_text(s, 3, config);
	store_bind_text(s, 4, PACKSHOT_VERSION);
	sqlite3_bind_int64(s, 5, getpid());
	sqlite3_bind_int64(s, 6, now);
	if (base)
		sqlite3_bind_int64(s, 7, base);
	store_bind_text(s, 8, folder);
	return store_run(st, RUN_BEGIN, "recording the run", e);
}

int store_run_begin(struct store *st, const char *command, const char *manifest, const char *folder, const char *config,
		    int64_t base, int64_t *run, struct err *e)
{
	if (store_begin(st, e) != 0)
		return -1;
	if (begin_run(st, command, manifest, folder, config, base, e) != 0)
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
	store_bind_text(s, 2, state);
	sqlite3_bind_int64(s, 3, clock_wall_us());
	return store_run(st, RUN_END, "recording the end of the run", e);
}

int store_run_results(struct store *st, int64_t run, const struct file_stamp *stamp, struct err *e)
{
	sqlite3_stmt *s = st->statements[RUN_RESULTS];

	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, stamp->size);
	sqlite3_bind_int64(s, 3, stamp->mtime_ns);
	sqlite3_bind_int64(s, 4, (int64_t)stamp->inode);
	return store_run(st, RUN_RESULTS, "recording what the results are", e);
}

sqlite3 *store_db(struct store *st)
{
	return st->db;
}
