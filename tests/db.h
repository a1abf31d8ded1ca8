/* db.h - a store to test with, and looking at its database past the code under test. */
#ifndef PACKSHOT_TESTS_DB_H
#define PACKSHOT_TESTS_DB_H

#include "tests/scratch.h"

#include "pipeline/store.h"

#include <sqlite3.h>

static inline void look(const char *path, const char *sql, char out[200])
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;

	out[0] = 0;
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		snprintf(out, 200, "%s", sqlite3_column_text(s, 0) ? (const char *)sqlite3_column_text(s, 0) : "NULL");
	sqlite3_finalize(s);
	sqlite3_close(db);
}

static inline void check_sql(const char *path, const char *sql, const char *want)
{
	char got[200];

	look(path, sql, got);
	CHECK_TEXT(sql, got, want);
}

static inline void execute(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static inline struct store *open_store(const char *path)
{
	struct store *st = NULL;
	struct err e = { 0 };

	if (store_open(&st, path, &e) != 0)
		fail_msg("store_open: %s", e.msg);
	return st;
}

static inline int64_t begin_run(struct store *st)
{
	struct err e = { 0 };
	int64_t run = 0;

	if (store_run_begin(st, "run", "catalog.jsonl", NULL, "{}", 0, &run, &e) != 0)
		fail_msg("store_run_begin: %s", e.msg);
	return run;
}

static inline struct store_reader *open_reader(const char *path)
{
	struct store_reader *rd = NULL;
	struct err e = { 0 };

	if (store_reader_open(&rd, path, &e) != 0)
		fail_msg("store_reader_open: %s", e.msg);
	return rd;
}

#endif
