/* store_read.c - a reading connection: the cache, and the results of a run. */
#include "pipeline/clock.h"
#include "pipeline/store.h"
#include "pipeline/store_db.h"

#include <stdlib.h>
#include <stdio.h>
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

/* A catalogue as it stands after a run: its items in their order, each as the last run left it that has worked on it.
 * One that was skipped leaves what was there before. Streams along the first run's rows. */
#define STANDING(columns)                                                                                          \
	"SELECT " columns " FROM items b JOIN items i ON i.seq = b.seq AND i.run ="                                \
	" (SELECT r.id FROM runs r JOIN items x ON x.run = r.id AND x.seq = b.seq"                                 \
	" WHERE (r.id = b.run OR r.base = b.run) AND r.id <= ?1 ORDER BY x.status = 'skipped', r.id DESC LIMIT 1)" \
	" WHERE b.run = (SELECT coalesce(base, id) FROM runs WHERE id = ?1) AND b.seq > ?2 ORDER BY b.seq"

int store_each_result(struct store_reader *rd, int64_t run, int (*row)(void *ctx, const char *json), void *ctx,
		      struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc, said = 0;

	if (store_prepare(rd->db, STANDING("i.json"), &s, e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, 0);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW && said == 0) {
		const char *json = (const char *)sqlite3_column_text(s, 0);

		if (json)
			said = row(ctx, json);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		said = store_fail(rd->db, "reading the results", e);
	sqlite3_finalize(s);
	return said;
}

static const char *text_of(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

int store_each_standing(struct store_reader *rd, int64_t run, int64_t after,
			int (*row)(void *ctx, const struct standing_row *), void *ctx, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc, said = 0;

	if (store_prepare(rd->db,
			  STANDING("i.seq, i.line, i.sku, i.position, i.source, i.status, i.error, i.error_stage"), &s,
			  e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, after);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW && said == 0) {
		struct standing_row it = { sqlite3_column_int64(s, 0),
					   sqlite3_column_int64(s, 1),
					   sqlite3_column_int(s, 3),
					   text_of(s, 2),
					   text_of(s, 4),
					   text_of(s, 5),
					   text_of(s, 6),
					   text_of(s, 7) };

		said = row(ctx, &it);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		said = store_fail(rd->db, "reading the items", e);
	sqlite3_finalize(s);
	return said;
}

/* One row of one text or number. 1: there; 0: not. */
static int read_one(struct store_reader *rd, const char *sql, int64_t number, const char *text, sqlite3_stmt **out,
		    struct err *e)
{
	int rc;

	if (store_prepare(rd->db, sql, out, e) != 0)
		return -1;
	if (text)
		sqlite3_bind_text(*out, 1, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_int64(*out, 1, number);
	rc = sqlite3_step(*out);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : store_fail(rd->db, "reading", e);
}

int store_product_json(struct store_reader *rd, const char *sku, char **json, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = read_one(rd, "SELECT json FROM products WHERE sku = ?1", 0, sku, &s, e);

	*json = rc > 0 && text_of(s, 0) ? strdup(text_of(s, 0)) : NULL;
	sqlite3_finalize(s);
	return rc;
}

int store_catalogue_run(struct store_reader *rd, int64_t run, struct catalogue_run *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = read_one(rd,
			  "SELECT f.id, (SELECT max(id) FROM runs WHERE id = f.id OR base = f.id), f.manifest, f.state "
			  "IN ('finished',"
			  " 'stopped') FROM runs f WHERE f.id = (SELECT coalesce(base, id) FROM runs WHERE id = iif(?1 "
			  "> 0, ?1, (SELECT"
			  " max(id) FROM runs)))",
			  run, NULL, &s, e);

	memset(out, 0, sizeof(*out));
	if (rc > 0) {
		out->first = sqlite3_column_int64(s, 0);
		out->last = sqlite3_column_int64(s, 1);
		out->manifest = text_of(s, 2) ? strdup(text_of(s, 2)) : NULL;
		out->whole = sqlite3_column_int(s, 3);
	}
	sqlite3_finalize(s);
	return rc;
}

int store_mean_call(struct store_reader *rd, const char *model, struct call_mean *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = read_one(rd,
			  "SELECT avg(settled_nano), avg(ended - started), avg(text_tokens_in + image_tokens_in),"
			  " avg(text_tokens_out + image_tokens_out) FROM (SELECT * FROM calls WHERE model = ?1 AND "
			  "state = 'settled'"
			  " AND settled_nano > 0 AND error IS NULL ORDER BY id DESC LIMIT 1000)",
			  0, model, &s, e);

	memset(out, 0, sizeof(*out));
	if (rc > 0 && sqlite3_column_type(s, 0) == SQLITE_NULL)
		rc = 0;
	if (rc > 0)
		*out = (struct call_mean){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
					   sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3) };
	sqlite3_finalize(s);
	return rc;
}

int store_last_status(struct store_reader *rd, const char *sku, int position, char status[16], struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (store_prepare(rd->db, "SELECT status FROM items WHERE sku = ?1 AND position = ?2 ORDER BY run DESC LIMIT 1",
			  &s, e) != 0)
		return -1;
	sqlite3_bind_text(s, 1, sku, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, position);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		snprintf(status, 16, "%s", text_of(s, 0));
	else if (rc != SQLITE_DONE)
		store_fail(rd->db, "reading the items", e);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

int store_run_config(struct store_reader *rd, int64_t run, char **json, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = read_one(rd,
			  "SELECT config FROM runs WHERE id = (SELECT coalesce(base, id) FROM runs WHERE id = iif(?1 > "
			  "0, ?1, (SELECT"
			  " max(id) FROM runs)))",
			  run, NULL, &s, e);

	*json = rc > 0 && text_of(s, 0) ? strdup(text_of(s, 0)) : NULL;
	sqlite3_finalize(s);
	return *json ? rc : rc < 0 ? -1 : 0;
}
