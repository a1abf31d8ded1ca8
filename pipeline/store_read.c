/* store_read.c - a reading connection: the cache, and the results of a run. */
#include "pipeline/clock.h"
#include "pipeline/store.h"
#include "pipeline/store_db.h"

#include <stdlib.h>
#include <string.h>

static int set_up(struct store_reader *rd, const char *path, struct err *e)
{
	int version = 0;

	if (store_db_open(&rd->db, path, SQLITE_OPEN_READONLY, e) != 0 || store_db_version(rd->db, &version, e) != 0)
		return -1;
	if (version != store_step_count)
		return err_set(e, ERR_STORE, "%s is of version %d, this packshot reads version %d; %s", path, version,
			       store_step_count,
			       version < store_step_count ? "`packshot run` brings it up to date"
							  : "use the newer packshot");
	if (store_exec(rd->db, "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA cache_size = -4096", e) !=
	    0)
		return -1;
	return store_prepare(rd->db,
			     "SELECT blob, blob_size, path, facts, run FROM cache"
			     " WHERE key = ?1 AND (expires IS NULL OR expires > ?2)",
			     &rd->cache_get, e);
}

int store_reader_open(struct store_reader **out, const char *path, struct err *e)
{
	struct store_reader *rd = calloc(1, sizeof(*rd));

	*out = NULL;
	if (!rd)
		return err_set(e, ERR_NOMEM, "no memory to read %s", path);
	if (set_up(rd, path, e) != 0) {
		store_reader_close(rd);
		return -1;
	}
	*out = rd;
	return 0;
}

void store_reader_close(struct store_reader *rd)
{
	if (!rd)
		return;
	sqlite3_finalize(rd->cache_get);
	sqlite3_close(rd->db);
	free(rd);
}

/* A column's text as the caller's own; NULL stays NULL. False: no memory. */
static bool take_text(sqlite3_stmt *s, int column, char **out)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	*out = text ? strdup(text) : NULL;
	return *out || sqlite3_column_type(s, column) == SQLITE_NULL;
}

static int take_entry(sqlite3_stmt *s, const struct digest *key, struct result *out, struct err *e)
{
	struct result r = { .origin = ORIGIN_CACHE, .has_key = true, .key = *key };

	if (sqlite3_column_bytes(s, 0) == DIGEST_SIZE) {
		memcpy(r.blob.b, sqlite3_column_blob(s, 0), DIGEST_SIZE);
		r.has_blob = true;
		r.blob_size = sqlite3_column_int64(s, 1);
	}
	if (!take_text(s, 2, &r.path) || !take_text(s, 3, &r.facts)) {
		result_release(&r);
		return err_set(e, ERR_NOMEM, "no memory for a cache entry");
	}
	*out = r;
	return 1;
}

int store_cache_get(struct store_reader *rd, int64_t run, const struct digest *key, struct result *out, bool *this_run,
		    struct err *e)
{
	sqlite3_stmt *s = rd->cache_get;
	int rc, found = 0;

	sqlite3_bind_blob(s, 1, key->b, DIGEST_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, clock_wall_us());
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		*this_run = sqlite3_column_int64(s, 4) == run;
		found = take_entry(s, key, out, e);
	} else if (rc != SQLITE_DONE) {
		found = store_fail(rd->db, "looking into the cache", e);
	}
	sqlite3_reset(s);
	sqlite3_bind_null(s, 1); /* it points at what the caller owns */
	return found;
}

int store_each_result(struct store_reader *rd, int64_t run, int (*row)(void *ctx, const char *json), void *ctx,
		      struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc, said = 0;

	if (store_prepare(rd->db, "SELECT json FROM items WHERE run = ?1 AND json IS NOT NULL ORDER BY seq", &s, e) !=
	    0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW && said == 0)
		said = row(ctx, (const char *)sqlite3_column_text(s, 0));
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		said = store_fail(rd->db, "reading the results", e);
	sqlite3_finalize(s);
	return said;
}
