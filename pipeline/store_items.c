/* store_items.c - what runs say of products, stages and items. */
#include "pipeline/store_write.h"

#include "pipeline/clock.h"

static const char *const origins[] = {
	[ORIGIN_MADE] = "made",
	[ORIGIN_CACHE] = "cache",
	[ORIGIN_FAILED] = "failed",
};

int store_product(struct store *st, int64_t run, const struct product_row *p, struct err *e)
{
	sqlite3_stmt *s = st->statements[PRODUCT];

	store_bind_text(st->statements[PRODUCT_CHANGED], 1, p->sku);
	store_bind_text(st->statements[PRODUCT_CHANGED], 2, p->json);
	if (store_run(st, PRODUCT_CHANGED, "recording a product", e) != 0)
		return -1;
	store_bind_text(s, 1, p->sku);
	store_bind_text(s, 2, p->title);
	store_bind_text(s, 3, p->brand);
	store_bind_text(s, 4, p->category);
	sqlite3_bind_int64(s, 5, run);
	store_bind_text(s, 6, p->json);
	store_bind_digest(s, 7, p->text != NULL, p->text);
	return store_run(st, PRODUCT, "recording a product", e);
}

static int keep_in_cache(struct store *st, int64_t run, const struct stage_row *row, struct err *e)
{
	sqlite3_stmt *s = st->statements[CACHE];
	const struct result *r = row->result;
	int64_t now = clock_wall_us();

	store_bind_digest(s, 1, true, &r->key);
	store_bind_text(s, 2, row->stage);
	store_bind_digest(s, 3, r->has_blob, &r->blob);
	sqlite3_bind_int64(s, 4, r->has_blob ? r->blob_size : 0);
	store_bind_text(s, 5, r->path);
	store_bind_text(s, 6, r->facts);
	sqlite3_bind_int64(s, 7, run);
	sqlite3_bind_int64(s, 8, now);
	if (row->ttl_us > 0)
		sqlite3_bind_int64(s, 9, now + row->ttl_us);
	sqlite3_bind_int64(s, 10, row->cost_nano);
	sqlite3_bind_int(s, 11, r->origin == ORIGIN_MADE);
	return store_run(st, CACHE, "recording a cache entry", e);
}

int store_stage(struct store *st, int64_t run, const struct stage_row *row, struct err *e)
{
	sqlite3_stmt *s = st->statements[STAGE];
	const struct result *r = row->result;

	if (r->origin == ORIGIN_NONE)
		return 0;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, row->seq);
	store_bind_text(s, 3, row->stage);
	store_bind_text(s, 4, origins[r->origin]);
	sqlite3_bind_int64(s, 5, r->started_us);
	sqlite3_bind_int64(s, 6, r->took_us);
	store_bind_digest(s, 7, r->has_key, &r->key);
	store_bind_digest(s, 8, r->has_blob, &r->blob);
	store_bind_text(s, 9, row->error);
	store_bind_text(s, 10, r->has_key ? NULL : r->facts);
	sqlite3_bind_int64(s, 11, row->cost_nano);
	if (store_run(st, STAGE, "recording a stage", e) != 0)
		return -1;
	return row->keep && r->has_key && r->origin != ORIGIN_FAILED ? keep_in_cache(st, run, row, e) : 0;
}

static void bind_outcome(sqlite3_stmt *s, const struct item_row *it)
{
	bool failed = it->err && it->err->code != ERR_OK;

	store_bind_text(s, 7, item_status_name(it->status));
	store_bind_text(s, 8, failed ? err_name(it->err->code) : NULL);
	store_bind_text(s, 9, failed ? it->err_stage : NULL);
	store_bind_text(s, 10, failed ? it->err->msg : NULL);
	store_bind_text(s, 11, it->reasons);
	if (it->confidence >= 0)
		sqlite3_bind_double(s, 12, it->confidence);
	store_bind_text(s, 13, it->output);
	if (it->output)
		sqlite3_bind_int64(s, 14, it->output_bytes);
}

static int keep_line(struct store *st, const char *json, int64_t *id, struct err *e)
{
	store_bind_text(st->statements[LINE], 1, json);
	if (store_run(st, LINE, "recording a result", e) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(st->db);
	return 0;
}

/* 0: none. */
static void bind_line(sqlite3_stmt *s, int at, int64_t line)
{
	if (line)
		sqlite3_bind_int64(s, at, line);
	else
		sqlite3_bind_null(s, at);
}

static void bind_group(sqlite3_stmt *s, const struct item_row *it)
{
	bool failed = it->err && it->err->code != ERR_OK;

	store_bind_text(s, 1, item_status_name(it->status));
	store_bind_text(s, 2, failed ? err_name(it->err->code) : NULL);
	store_bind_text(s, 3, failed ? it->err_stage : NULL);
	store_bind_text(s, 4, it->reasons);
	store_bind_text(s, 5, it->category);
	store_bind_text(s, 6, it->image_model);
	store_bind_text(s, 7, it->text_model);
	store_bind_text(s, 8, it->stages);
}

static int find_group(struct store *st, const struct item_row *it, int64_t *id, struct err *e)
{
	sqlite3_stmt *s = st->statements[GROUP];
	int rc;

	bind_group(s, it);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*id = sqlite3_column_int64(s, 0);
	else if (rc != SQLITE_DONE)
		store_fail(st->db, "looking for a group", e);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	if (rc != SQLITE_DONE)
		return rc == SQLITE_ROW ? 0 : -1;
	bind_group(st->statements[GROUP_NEW], it);
	if (store_run(st, GROUP_NEW, "recording a group", e) != 0)
		return -1;
	*id = sqlite3_last_insert_rowid(st->db);
	return 0;
}

static int keep_last_made(struct store *st, int64_t run, const struct item_row *it, int64_t grp, int64_t line,
			  struct err *e)
{
	sqlite3_stmt *s = st->statements[LAST_MADE];
	const struct last_made *m = it->made;

	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, it->seq);
	store_bind_text(s, 3, it->sku);
	sqlite3_bind_int(s, 4, it->position);
	sqlite3_bind_int(s, 5, m->pictures);
	store_bind_digest(s, 6, true, &m->fingerprint.shape);
	store_bind_digest(s, 7, true, &m->fingerprint.text);
	store_bind_text(s, 8, m->fingerprint.folder);
	store_bind_text(s, 9, it->source);
	store_bind_digest(s, 10, true, &m->source);
	if (m->source_is_file) {
		sqlite3_bind_int64(s, 11, m->source_stamp.size);
		sqlite3_bind_int64(s, 12, m->source_stamp.mtime_ns);
		sqlite3_bind_int64(s, 13, m->source_stamp.ctime_ns);
		sqlite3_bind_int64(s, 14, (int64_t)m->source_stamp.inode);
	}
	store_bind_digest(s, 15, !m->source_is_file, &m->source_key);
	store_bind_text(s, 16, m->etag);
	store_bind_text(s, 17, m->last_modified);
	store_bind_text(s, 18, m->output);
	sqlite3_bind_int64(s, 19, m->output_stamp.size);
	sqlite3_bind_int64(s, 20, m->output_stamp.mtime_ns);
	sqlite3_bind_int64(s, 21, (int64_t)m->output_stamp.inode);
	store_bind_text(s, 22, item_status_name(m->status));
	store_bind_text(s, 23, m->reasons);
	sqlite3_bind_int(s, 24, m->stages);
	sqlite3_bind_int64(s, 25, grp);
	bind_line(s, 26, line);
	return store_run(st, LAST_MADE, "recording how a picture was made", e);
}

/* What there is of it now is not what was made before, which no later run must stand on. */
static int forget_last_made(struct store *st, const struct item_row *it, struct err *e)
{
	store_bind_text(st->statements[LAST_MADE_GONE], 1, it->sku);
	sqlite3_bind_int(st->statements[LAST_MADE_GONE], 2, it->position);
	return store_run(st, LAST_MADE_GONE, "recording an item", e);
}

int store_item(struct store *st, int64_t run, const struct item_row *it, struct err *e)
{
	sqlite3_stmt *s = st->statements[ITEM];
	int64_t line = 0, grp = 0;

	if ((it->json && keep_line(st, it->json, &line, e) != 0) || find_group(st, it, &grp, e) != 0)
		return -1;

	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int64(s, 2, it->seq);
	sqlite3_bind_int64(s, 3, it->line);
	store_bind_text(s, 4, it->sku);
	sqlite3_bind_int(s, 5, it->position);
	store_bind_text(s, 6, it->source);
	bind_outcome(s, it);
	sqlite3_bind_int(s, 15, it->calls);
	sqlite3_bind_int64(s, 16, it->cost_nano);
	sqlite3_bind_int64(s, 17, it->took_us);
	sqlite3_bind_int64(s, 18, clock_wall_us());
	store_bind_text(s, 19, it->image_model);
	store_bind_text(s, 20, it->text_model);
	bind_line(s, 21, line);
	sqlite3_bind_int64(s, 22, grp);
	if (store_run(st, ITEM, "recording an item", e) != 0)
		return -1;
	if (it->made)
		return keep_last_made(st, run, it, grp, line, e);
	return it->sku && !it->stands ? forget_last_made(st, it, e) : 0;
}

/* So many of them, which are as many as the statement has. */
static int write_unchanged(struct store *st, enum statement which, int64_t run, int64_t now,
			   const struct unchanged_row *rows, int count, struct err *e)
{
	sqlite3_stmt *s = st->statements[which];

	for (int i = 0, at = 0; i < count; i++) {
		const struct unchanged_row *u = &rows[i];

		sqlite3_bind_int64(s, ++at, run);
		sqlite3_bind_int64(s, ++at, u->seq);
		sqlite3_bind_int64(s, ++at, u->line);
		sqlite3_bind_int(s, ++at, u->requests);
		sqlite3_bind_int64(s, ++at, u->took_us);
		sqlite3_bind_int64(s, ++at, now);
		sqlite3_bind_int64(s, ++at, u->made_run);
		sqlite3_bind_int64(s, ++at, u->made_seq);
		sqlite3_bind_int64(s, ++at, u->worth_nano);
		sqlite3_bind_int64(s, ++at, u->grp);
		bind_line(s, ++at, u->json_line);
	}
	return store_run(st, which, "recording an item", e);
}

int store_unchanged(struct store *st, int64_t run, const struct unchanged_row *rows, int count, struct err *e)
{
	int64_t now = clock_wall_us();
	int rc = 0;

	for (; rc == 0 && count >= UNCHANGED_AT_ONCE; rows += UNCHANGED_AT_ONCE, count -= UNCHANGED_AT_ONCE)
		rc = write_unchanged(st, UNCHANGED_ROWS, run, now, rows, UNCHANGED_AT_ONCE, e);
	for (; rc == 0 && count > 0; rows++, count--)
		rc = write_unchanged(st, UNCHANGED, run, now, rows, 1, e);
	return rc;
}
