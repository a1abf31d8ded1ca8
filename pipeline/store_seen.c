/*
 * store_seen.c - a private temporary database: SQLite keeps CACHE_KIB of it in memory and the rest in a nameless file.
 *
 * SKUs that repeat are rare. A Bloom filter tells that most were not there yet; those are only put down, and looked for
 * once there is one of which the filter is not sure. Then they get an index.
 */
#include "pipeline/store_seen.h"

#include "pipeline/store_db.h"

#include <stdbool.h>
#include <stdlib.h>

#define CACHE_KIB "4096"
#define BITS      (UINT64_C(1) << 25) /* of the filter, 4 MiB: it is sure of some hundred thousand SKUs */
#define HASHES    4

struct seen {
	sqlite3 *db;
	sqlite3_stmt *add, *find;
	uint64_t *filter;
	bool indexed;
};

/* Nobody else sees the file and nobody needs it after a crash: no journal, no sync, one transaction that never ends. */
static const char set_up[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
			     "PRAGMA temp_store = FILE; PRAGMA cache_size = -" CACHE_KIB ";"
			     "CREATE TABLE seen (sku TEXT NOT NULL, line INTEGER NOT NULL) STRICT; BEGIN";

int seen_open(struct seen **out, struct err *e)
{
	struct seen *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s)
		s->filter = calloc(BITS / 64, sizeof(*s->filter));
	if (!s || !s->filter) {
		seen_close(s);
		return err_set(e, ERR_NOMEM, "no memory to remember SKUs");
	}
	if (store_db_open(&s->db, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) != 0 ||
	    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL) !=
		    SQLITE_OK || /* it forbids journal_mode OFF */
	    store_exec(s->db, set_up, e) != 0 ||
	    store_prepare(s->db, "INSERT INTO seen VALUES (?1, ?2)", &s->add, e) != 0 ||
	    store_prepare(s->db, "SELECT line FROM seen WHERE sku = ?1", &s->find, e) != 0) {
		seen_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

/* Puts the SKU into the filter. False: it was certainly not there. */
static bool may_be_known(struct seen *s, const char *sku)
{
	uint64_t hash = hash_of(sku), step = hash >> 32 | 1;
	bool there = true;

	for (int i = 0; i < HASHES; i++, hash += step) {
		uint64_t *word = &s->filter[hash % BITS / 64], bit = UINT64_C(1) << hash % 64;

		there = there && *word & bit;
		*word |= bit;
	}
	return there;
}

/* One step of a statement whose first parameter is the SKU. 1: *line is its row's; 0: no row; -1: ERR_STORE. */
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
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static int find(struct seen *s, const char *sku, int64_t *first, struct err *e)
{
	if (!s->indexed && store_exec(s->db, "CREATE INDEX seen_by_sku ON seen (sku)", e) != 0)
		return -1;
	s->indexed = true;
	return step(s, s->find, sku, first, e);
}

int seen_add(struct seen *s, const char *sku, int64_t line, int64_t *first, struct err *e)
{
	int known = may_be_known(s, sku) ? find(s, sku, first, e) : 0;
	int64_t ignored;

	if (known != 0)
		return known;
	sqlite3_bind_int64(s->add, 2, line);
	return step(s, s->add, sku, &ignored, e);
}

void seen_close(struct seen *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->find);
	sqlite3_close(s->db);
	free(s->filter);
	free(s);
}
