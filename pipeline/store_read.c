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
	store_look_end(rd);
	sqlite3_finalize(rd->last_made);
	sqlite3_finalize(rd->last_made_next);
	sqlite3_finalize(rd->cache_get);
	sqlite3_close(rd->db);
	free(rd);
}

static const char *text_of(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

/* A column's text as the caller's own; NULL stays NULL. False: no memory. */
static bool take_text(sqlite3_stmt *s, int column, char **out)
{
	const char *text = text_of(s, column);

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

/* --- how a picture was made last --- */

static void stop_walking(struct store_reader *rd)
{
	if (rd->walking)
		sqlite3_reset(rd->last_made_next);
	rd->walking = rd->has_next = false;
}

void store_look_end(struct store_reader *rd)
{
	stop_walking(rd);
	if (rd->looking)
		sqlite3_exec(rd->db, "COMMIT", NULL, NULL, NULL);
	rd->looking = false;
}

/* clang-format off */
enum { RUN, SEQ, SKU, POSITION, PICTURES, SHAPE, TEXT, FOLDER, PLACE, SOURCE, SOURCE_STAMP, SOURCE_KEY = SOURCE_STAMP + 4, ETAG, LAST_MODIFIED,
       OUTPUT, OUTPUT_STAMP, STATUS = OUTPUT_STAMP + 4, REASONS, STAGES, WORTH, GRP, LINE };
#define LAST_MADE_ROWS                                                                                                \
	"SELECT run, seq, sku, position, pictures, shape, text, folder, place, source, source_size, source_mtime,"    \
	" source_ctime, source_inode, source_key, etag, last_modified, output, output_size, output_mtime, 0, output_inode,"       \
	" status, reasons, stages, worth_nano, grp, json_line FROM last_made WHERE "
/* clang-format on */

static int look(struct store_reader *rd, struct err *e)
{
	if (!rd->looking && store_exec(rd->db, "BEGIN", e) != 0)
		return -1;
	rd->looking = true;
	return 0;
}

static bool take_digest(sqlite3_stmt *s, int column, struct digest *out)
{
	if (sqlite3_column_bytes(s, column) != DIGEST_SIZE)
		return false;
	memcpy(out->b, sqlite3_column_blob(s, column), DIGEST_SIZE);
	return true;
}

static struct file_stamp stamp_at(sqlite3_stmt *s, int column)
{
	return (struct file_stamp){ sqlite3_column_int64(s, column), sqlite3_column_int64(s, column + 1),
				    sqlite3_column_int64(s, column + 2),
				    (uint64_t)sqlite3_column_int64(s, column + 3) };
}

/* 1; 0: a row that makes no sense, or is of an earlier version, is as good as none; -1: err. */
static int take_last_made(struct store_reader *rd, sqlite3_stmt *s, struct last_made **out, struct err *e)
{
	const char *status = text_of(s, STATUS);
	struct last_made m = { .run = sqlite3_column_int64(s, RUN),
			       .seq = sqlite3_column_int64(s, SEQ),
			       .sku = text_of(s, SKU),
			       .position = sqlite3_column_int(s, POSITION),
			       .pictures = sqlite3_column_int(s, PICTURES),
			       .fingerprint.folder = text_of(s, FOLDER),
			       .place = text_of(s, PLACE),
			       .source_is_file = sqlite3_column_type(s, SOURCE_STAMP) != SQLITE_NULL,
			       .source_stamp = stamp_at(s, SOURCE_STAMP),
			       .etag = text_of(s, ETAG),
			       .last_modified = text_of(s, LAST_MODIFIED),
			       .output = text_of(s, OUTPUT),
			       .output_stamp = stamp_at(s, OUTPUT_STAMP),
			       .reasons = text_of(s, REASONS),
			       .stages = sqlite3_column_int(s, STAGES),
			       .worth_nano = sqlite3_column_int64(s, WORTH),
			       .grp = sqlite3_column_int64(s, GRP),
			       .json_line = sqlite3_column_int64(s, LINE) };
	bool known = take_digest(s, SHAPE, &m.fingerprint.shape) && take_digest(s, TEXT, &m.fingerprint.text) &&
		     take_digest(s, SOURCE, &m.source) &&
		     (m.source_is_file || take_digest(s, SOURCE_KEY, &m.source_key)) && m.sku && m.place && m.output &&
		     status;
	bool whole = sqlite3_errcode(rd->db) != SQLITE_NOMEM; /* a text may look absent by it */

	rd->run = m.run;
	rd->seq = m.seq;
	if (!known && whole)
		return 0;
	m.status = whole && strcmp(status, item_status_name(ITEM_REVIEW)) == 0 ? ITEM_REVIEW : ITEM_SUCCEEDED;
	*out = whole ? last_made_copy(&m) : NULL;
	return *out ? 1 : err_set(e, ERR_NOMEM, "no memory to look at what was made");
}

static int prepare_search(struct store_reader *rd, struct err *e)
{
	/* A catalogue of 100,000 in whatever order: its rows stay in memory. */
	if (store_exec(rd->db, "PRAGMA cache_size = -32768", e) != 0)
		return -1;
	return store_prepare(rd->db, LAST_MADE_ROWS "sku = ?1 AND position = ?2", &rd->last_made, e);
}

int store_last_made(struct store_reader *rd, const char *sku, int position, struct last_made **out, struct err *e)
{
	int rc, found = 0;

	*out = NULL;
	if ((!rd->last_made && prepare_search(rd, e) != 0) || look(rd, e) != 0)
		return -1;
	sqlite3_bind_text(rd->last_made, 1, sku, -1, SQLITE_STATIC);
	sqlite3_bind_int(rd->last_made, 2, position);
	rc = sqlite3_step(rd->last_made);
	if (rc == SQLITE_ROW) {
		found = take_last_made(rd, rd->last_made, out, e);
		stop_walking(rd); /* the next one is another now */
	} else if (rc != SQLITE_DONE) {
		found = store_fail(rd->db, "looking at what was made", e);
	}
	sqlite3_reset(rd->last_made);
	sqlite3_bind_null(rd->last_made, 1); /* it points at what the caller owns */
	return found;
}

static int prepare_walk(struct store_reader *rd, struct err *e)
{
	return store_prepare(rd->db, LAST_MADE_ROWS "(run, seq) > (?1, ?2) ORDER BY run, seq", &rd->last_made_next, e);
}

/* Stands on the next row, where there is one. */
static int walk(struct store_reader *rd, struct err *e)
{
	int rc;

	if (rd->has_next)
		return 0;
	if (!rd->walking) {
		sqlite3_bind_int64(rd->last_made_next, 1, rd->run);
		sqlite3_bind_int64(rd->last_made_next, 2, rd->seq);
	}
	rc = sqlite3_step(rd->last_made_next);
	rd->walking = rd->has_next = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW)
		return 0;
	if (rc != SQLITE_DONE)
		store_fail(rd->db, "looking at what was made", e);
	sqlite3_reset(rd->last_made_next);
	return rc == SQLITE_DONE ? 0 : -1;
}

static bool is_of(sqlite3_stmt *s, const struct digest *text)
{
	return sqlite3_column_bytes(s, TEXT) == DIGEST_SIZE &&
	       memcmp(sqlite3_column_blob(s, TEXT), text->b, DIGEST_SIZE) == 0;
}

int store_last_made_next(struct store_reader *rd, const struct fingerprint *f, struct last_made **out, struct err *e)
{
	int found;

	*out = NULL;
	if ((!rd->last_made_next && prepare_walk(rd, e) != 0) || look(rd, e) != 0 || walk(rd, e) != 0)
		return -1;
	if (!rd->has_next || !is_of(rd->last_made_next, &f->text))
		return 0;
	found = take_last_made(rd, rd->last_made_next, out, e);
	rd->has_next = false;
	if (found <= 0 || last_made_matches(*out, f))
		return found;
	last_made_free(*out);
	*out = NULL;
	return 0;
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

int store_product_line(struct store_reader *rd, const char *sku, char **json, struct digest *text, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = read_one(rd, "SELECT json, text FROM products WHERE sku = ?1", 0, sku, &s, e);

	*json = rc > 0 && text_of(s, 0) ? strdup(text_of(s, 0)) : NULL;
	if (rc > 0)
		rc = *json && take_digest(s, 1, text);
	sqlite3_finalize(s);
	return rc;
}

int store_catalogue_run(struct store_reader *rd, int64_t run, struct catalogue_run *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = read_one(rd,
			  "SELECT f.id, (SELECT max(id) FROM runs WHERE id = f.id OR base = f.id), f.manifest, f.state "
			  "IN ('finished',"
			  " 'stopped'), f.tidied, f.folder FROM runs f WHERE f.id = (SELECT coalesce(base, id) FROM "
			  "runs WHERE id = iif(?1 "
			  "> 0, ?1, (SELECT"
			  " max(id) FROM runs)))",
			  run, NULL, &s, e);

	memset(out, 0, sizeof(*out));
	if (rc > 0) {
		out->first = sqlite3_column_int64(s, 0);
		out->last = sqlite3_column_int64(s, 1);
		out->manifest = text_of(s, 2) ? strdup(text_of(s, 2)) : NULL;
		out->whole = sqlite3_column_int(s, 3);
		out->tidied = sqlite3_column_int(s, 4);
		out->folder = text_of(s, 5) ? strdup(text_of(s, 5)) : NULL;
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

	if (store_prepare(rd->db,
			  "SELECT status FROM made_items WHERE sku = ?1 AND position = ?2 ORDER BY run DESC LIMIT 1",
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
