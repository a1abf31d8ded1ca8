/*
 * store_db.h - what the files of the store share: opening a database, its identity, its version. Inside the store only.
 *
 * Threads: a connection belongs to one thread at a time (opened with SQLITE_OPEN_NOMUTEX).
 */
#ifndef PACKSHOT_PIPELINE_STORE_DB_H
#define PACKSHOT_PIPELINE_STORE_DB_H

#include "pipeline/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define STORE_APPLICATION_ID 0x50534854 /* "PSHT"; `file packshot.db` shows it */
#define STORE_BUSY_MS 30000             /* how long somebody else's write transaction is waited for */

/* A reading connection: store_read.c's, and the reports'. */
struct store_reader {
	sqlite3 *db;
	sqlite3_stmt *cache_get;
	sqlite3_stmt *last_made, *last_made_next; /* prepared when they are used first */
	bool looking;           /* their transaction has begun */
	bool walking, has_next; /* the second is under way, and stands on a row */
	int64_t run, seq;       /* of the row that was told of last */
};

/* err_set() with what was being done and SQLite's reason: ERR_BUSY (locked), ERR_IO (disk full), else ERR_STORE. */
int store_fail(sqlite3 *db, const char *doing, struct err *);

/* SQL: when the last item of a run was recorded; NULL: there is none. */
#define STORE_LAST_RECORDED(run)                                                                 \
	"(SELECT max(at) FROM (SELECT max(recorded) AS at FROM made_items WHERE run = " run      \
	" UNION ALL SELECT max(recorded) FROM unchanged WHERE run = " run "))"

struct store;
/* The connection of a writing store, for the files that share it. */
sqlite3 *store_db(struct store *);

/* Runs statements that return nothing. */
int store_exec(sqlite3 *db, const char *sql, struct err *);

/* A statement to be used again and again. */
int store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *);

/* The first column of the first row. */
int store_get_int(sqlite3 *db, const char *sql, int64_t *out, struct err *);

/* Opens without writing, with everything set that guards against a hostile file. On failure *out is NULL. */
int store_db_open(sqlite3 **out, const char *path, int flags, struct err *);

/* The version of a database that is ours; 0: an empty file. ERR_STORE: it is someone else's. */
int store_db_version(sqlite3 *db, int *version, struct err *);

/* Brings a database from version N to `count`: steps[N] makes version N + 1, each in a transaction of its own. */
int store_migrate(sqlite3 *db, const char *const *steps, int count, struct err *);

/* The steps of this program. */
extern const char *const store_steps[];
extern const int store_step_count; /* also the version that this program reads and writes */

#endif
