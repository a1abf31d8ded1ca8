/* store_seen.c - a private temporary database: SQLite keeps CACHE_KIB of it in memory and the rest in a nameless file.
 */
#include "pipeline/store_seen.h"

#include "pipeline/store_db.h"

#include <stdlib.h>

#define CACHE_KIB "8192"

struct seen {
	sqlite3 *db;
	sqlite3_stmt *add, *find;
};

/* Nobody else sees the file and nobody needs it after a crash: no journal, no sync, one transaction that never ends. */
static const char set_up[] =
	"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
	"PRAGMA temp_store = FILE; PRAGMA cache_size = -" CACHE_KIB ";"
	"CREATE TABLE seen (sku TEXT PRIMARY KEY, line INTEGER NOT NULL) STRICT, WITHOUT ROWID; BEGIN";

int seen_open(struct seen **out, struct err *e)
{
	struct seen *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory to remember SKUs");
	if (store_db_open(&s->db, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) != 0 ||
	    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL) !=
		    SQLITE_OK || /* it forbids journal_mode OFF */
	    store_exec(s->db, set_up, e) != 0 ||
	    store_prepare(s->db, "INSERT INTO seen VALUES (?1, ?2) ON CONFLICT DO NOTHING", &s->add, e) != 0 ||
	    store_prepare(s->db, "SELECT line FROM seen WHERE sku = ?1", &s->find, e) != 0) {
		seen_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* One step of a statement whose first parameter is the SKU. */
static int step(struct seen *s, sqlite3_stmt *statement, const char *sku, int64_t *line, struct err *e)
{
	int rc;

	sqlite3_bind_text(statement, 1, sku, -1, SQLITE_STATIC);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*line = sqlite3_column_int64(statement, 0);
	else if (rc != SQLITE_DONE)
		store_fail(s->db, "remembering a SKU", e);
	sqlite3_reset(statement);
	sqlite3_bind_null(statement, 1); /* it points at what the caller owns */
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

int seen_add(struct seen *s, const char *sku, int64_t line, int64_t *first, struct err *e)
{
	int64_t ignored;

	sqlite3_bind_int64(s->add, 2, line);
	if (step(s, s->add, sku, &ignored, e) != 0)
		return -1;
	if (sqlite3_changes(s->db) == 1)
		return 0;
	return step(s, s->find, sku, first, e) == 0 ? 1 : -1;
}

void seen_close(struct seen *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->find);
	sqlite3_close(s->db);
	free(s);
}
