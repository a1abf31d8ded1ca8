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
#include <string.h>
#include <sys/mman.h>

#define CACHE_KIB "4096"
#define BITS      (UINT64_C(1) << 25) /* of the filter, 4 MiB: it is sure of some hundred thousand SKUs */
#define HASHES    4
#define ROWS      8 /* put down in one step, which costs little more than a step for one */

struct seen {
	sqlite3 *db;
	sqlite3_stmt *add, *add_rows, *find;
	uint64_t *filter;
	bool indexed;
	struct {
		char *sku;
		int64_t line;
	} waiting[ROWS]; /* to be put down */
	int waiting_count;
};

/* Nobody else sees the file and nobody needs it after a crash: no journal, no sync, one transaction that never ends. */
static const char set_up[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
			     "PRAGMA temp_store = FILE; PRAGMA cache_size = -" CACHE_KIB ";"
			     "CREATE TABLE seen (sku TEXT NOT NULL, line INTEGER NOT NULL) STRICT; BEGIN";

/* All of its pages will be written to: had at once they cost a fraction of as many page faults. NULL: no memory, all is
 * freed. */
static struct seen *with_filter(struct seen *s)
{
	void *pages = mmap(NULL, BITS / 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (pages == MAP_FAILED) {
		free(s);
		return NULL;
	}
	s->filter = pages;
	return s;
}

int seen_open(struct seen **out, struct err *e)
{
	struct seen *s = calloc(1, sizeof(*s));

	*out = NULL;
	s = s ? with_filter(s) : NULL;
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory to remember SKUs");
	if (store_db_open(&s->db, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) != 0 ||
	    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL) !=
		    SQLITE_OK || /* it forbids journal_mode OFF */
	    store_exec(s->db, set_up, e) != 0 ||
	    store_prepare(s->db, "INSERT INTO seen VALUES (?1, ?2)", &s->add, e) != 0 ||
	    store_prepare(s->db,
			  "INSERT INTO seen VALUES (?1, ?2), (?3, ?4), (?5, ?6), (?7, ?8), (?9, ?10), (?11, ?12),"
			  " (?13, ?14), (?15, ?16)",
			  &s->add_rows, e) != 0 ||
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

static void bind_waiting(const struct seen *s, sqlite3_stmt *statement, int from, int count)
{
	for (int i = 0; i < count; i++) {
		sqlite3_bind_text(statement, 2 * i + 1, s->waiting[from + i].sku, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 2 * i + 2, s->waiting[from + i].line);
	}
}

/* One step of a statement with so many of those that wait. */
static int add(struct seen *s, sqlite3_stmt *statement, int from, int count, struct err *e)
{
	int rc;

	bind_waiting(s, statement, from, count);
	rc = sqlite3_step(statement) == SQLITE_DONE ? 0 : store_fail(s->db, "remembering a SKU", e);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement); /* they point at what is about to be freed */
	return rc;
}

static int put_down(struct seen *s, struct err *e)
{
	int count = s->waiting_count, rc = 0;

	if (count == ROWS)
		rc = add(s, s->add_rows, 0, ROWS, e);
	for (int i = 0; rc == 0 && count < ROWS && i < count; i++)
		rc = add(s, s->add, i, 1, e);
	for (int i = 0; i < count; i++)
		free(s->waiting[i].sku);
	s->waiting_count = 0;
	return rc;
}

/* 1: *first is its row's line; 0: no row; -1: ERR_STORE. */
static int find(struct seen *s, const char *sku, int64_t *first, struct err *e)
{
	int rc;

	if (put_down(s, e) != 0 || (!s->indexed && store_exec(s->db, "CREATE INDEX seen_by_sku ON seen (sku)", e) != 0))
		return -1;
	s->indexed = true;
	sqlite3_bind_text(s->find, 1, sku, -1, SQLITE_STATIC);
	rc = sqlite3_step(s->find);
	if (rc == SQLITE_ROW)
		*first = sqlite3_column_int64(s->find, 0);
	else if (rc != SQLITE_DONE)
		store_fail(s->db, "remembering a SKU", e);
	sqlite3_reset(s->find);
	sqlite3_bind_null(s->find, 1); /* it points at what the caller owns */
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

int seen_add(struct seen *s, const char *sku, int64_t line, int64_t *first, struct err *e)
{
	int known = may_be_known(s, sku) ? find(s, sku, first, e) : 0;
	char *copy;

	if (known != 0)
		return known;
	copy = strdup(sku);
	if (!copy)
		return err_set(e, ERR_NOMEM, "no memory to remember SKUs");
	s->waiting[s->waiting_count].sku = copy;
	s->waiting[s->waiting_count++].line = line;
	return s->waiting_count == ROWS ? put_down(s, e) : 0;
}

void seen_close(struct seen *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->waiting_count; i++)
		free(s->waiting[i].sku);
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->add_rows);
	sqlite3_finalize(s->find);
	sqlite3_close(s->db);
	munmap(s->filter, BITS / 8);
	free(s);
}
