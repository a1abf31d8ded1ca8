#include "pipeline/store_check.h"

#include "pipeline/store_db.h"

#include <string.h>

const char *store_library_version(void)
{
	return sqlite3_libversion();
}

static int check_version(sqlite3 *db, struct err *err)
{
	int version = 0;

	if (store_db_version(db, &version, err))
		return -1;
	if (version > store_step_count)
		return err_set(err, ERR_STORE, "%s was written by a newer packshot (version %d, this one knows %d)",
			       sqlite3_db_filename(db, "main"), version, store_step_count);
	return 0;
}

static int check_pages(sqlite3 *db, struct err *err)
{
	sqlite3_stmt *s = NULL;
	const char *found;
	int rc = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW) {
		store_fail(db, "looking at its pages", err);
		goto done;
	}
	found = (const char *)sqlite3_column_text(s, 0);
	rc = found && strcmp(found, "ok") == 0 ? 0 : -1;
	if (rc)
		err_set(err, ERR_STORE, "%s is damaged: %s", sqlite3_db_filename(db, "main"),
			found ? found : "out of memory");
done:
	sqlite3_finalize(s);
	return rc;
}

int store_check(const char *path, struct err *err)
{
	sqlite3 *db;
	int rc;

	/* Writable, since even a reader of a write-ahead log must be able to make its index file. */
	if (store_db_open(&db, path, SQLITE_OPEN_READWRITE, err))
		return -1;
	rc = check_version(db, err) || check_pages(db, err) ? -1 : 0;
	sqlite3_close(db);
	return rc;
}
