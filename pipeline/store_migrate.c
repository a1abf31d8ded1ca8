/* store_migrate.c - opening a database, and bringing it to the version of this program. */
#include "pipeline/store_db.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

extern const char schemas_store_sql[], schemas_store_2_sql[], schemas_store_3_sql[], schemas_store_4_sql[],
	schemas_store_5_sql[], schemas_store_6_sql[], schemas_store_7_sql[];

/* Append only: what has been released is never changed. */
const char *const store_steps[] = { schemas_store_sql,   schemas_store_2_sql, schemas_store_3_sql, schemas_store_4_sql,
				    schemas_store_5_sql, schemas_store_6_sql, schemas_store_7_sql };
const int store_step_count = sizeof(store_steps) / sizeof(store_steps[0]);

int store_fail(sqlite3 *db, const char *doing, struct err *e)
{
	const char *path = db ? sqlite3_db_filename(db, "main") : NULL;
	int rc = db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;
	enum err_code code = rc == SQLITE_BUSY ? ERR_BUSY : rc == SQLITE_FULL ? ERR_IO : ERR_STORE;

	return err_set(e, code, "%s: %s: %s", path && *path ? path : "database", doing,
		       db ? sqlite3_errmsg(db) : "out of memory");
}

int store_exec(sqlite3 *db, const char *sql, struct err *e)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(db, "writing", e);
}

int store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *e)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK)
		return 0;
	return store_fail(db, "preparing a statement", e);
}

int store_get_int(sqlite3 *db, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(s, 0);
	else
		store_fail(db, "reading", e);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 0 : -1;
}

int store_db_open(sqlite3 **out, const char *path, int flags, struct err *e)
{
	sqlite3 *db = NULL;

	*out = NULL;
	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		err_set(e, ERR_STORE, "%s cannot be opened: %s%s%s", path, db ? sqlite3_errmsg(db) : "out of memory",
			db && sqlite3_system_errno(db) ? ": " : "",
			db && sqlite3_system_errno(db) ? strerror(sqlite3_system_errno(db)) : "");
		sqlite3_close(db);
		return -1;
	}
	/* Not to be written to by merely closing it, until it is known to be ours. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_timeout(db, STORE_BUSY_MS);
	*out = db;
	return 0;
}

int store_db_version(sqlite3 *db, int *version, struct err *e)
{
	int64_t id = 0, user = 0, tables = 0;

	if (store_get_int(db, "PRAGMA application_id", &id, e) != 0 ||
	    store_get_int(db, "PRAGMA user_version", &user, e) != 0 ||
	    store_get_int(db, "SELECT count(*) FROM sqlite_schema", &tables, e) != 0)
		return -1;
	if (user < 0 || (id != STORE_APPLICATION_ID && (id != 0 || user != 0 || tables != 0)))
		return err_set(e, ERR_STORE,
			       "%s is a database of another program; it was left alone. Use another --out",
			       sqlite3_db_filename(db, "main"));
	*version = user > INT_MAX ? INT_MAX : (int)user;
	return 0;
}

static int take_step(sqlite3 *db, const char *const *steps, int count, int *version, struct err *e)
{
	char mark[100];

	if (store_exec(db, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	if (store_db_version(db, version, e) != 0)
		goto fail;
	if (*version < count) { /* nobody else has done it meanwhile */
		snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d",
			 STORE_APPLICATION_ID, *version + 1);
		if (store_exec(db, steps[*version], e) != 0 || store_exec(db, mark, e) != 0)
			goto fail;
		++*version;
	}
	if (store_exec(db, "COMMIT", e) == 0)
		return 0;
fail:
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int store_migrate(sqlite3 *db, const char *const *steps, int count, struct err *e)
{
	int version = 0;

	if (store_db_version(db, &version, e) != 0)
		return -1;
	while (version < count) {
		if (take_step(db, steps, count, &version, e) != 0)
			return -1;
	}
	if (version > count)
		return err_set(e, ERR_STORE,
			       "%s was written by a newer packshot (version %d, this one knows %d); it was left alone",
			       sqlite3_db_filename(db, "main"), version, count);
	return 0;
}
