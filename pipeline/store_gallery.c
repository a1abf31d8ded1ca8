/* store_gallery.c - the items to show, each with its stages and calls. */
#include "pipeline/store_gallery_parts.h"
#include "pipeline/store_report_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The three questions that are asked of each item. */
struct questions {
	sqlite3 *db;
	sqlite3_stmt *item, *stages, *calls;
};

static int ask(struct questions *q, struct err *e)
{
	static const char item[] =
		"SELECT m.line, m.position, m.sku, p.title, (SELECT g.category FROM groups g WHERE g.id = m.grp), "
		"m.source, m.status, m.error, m.error_stage,"
		" m.error_message, m.reasons, m.confidence, m.output, coalesce(m.output_bytes, 0), m.image_model,"
		" m.text_model, coalesce(m.json, (SELECT l.json FROM lines l WHERE l.id = m.json_line)), m.calls,"
		" m.cost_nano, m.took FROM made_items m LEFT JOIN products p ON p.sku = m.sku"
		" WHERE m.run = ?1 AND m.seq = ?2";
	static const char stages[] =
		"SELECT s.stage, s.error, s.origin, s.took, s.cost_nano, s.blob, coalesce(c.blob_size, -1), c.path"
		" FROM made_stages s LEFT JOIN cache c ON c.key = s.key"
		" WHERE s.run = ?1 AND s.seq = ?2 ORDER BY s.started, s.took";
	static const char calls[] =
		"SELECT stage, model, error, state, coalesce(settled_nano, reserved_nano) FROM calls"
		" WHERE run = ?1 AND seq = ?2 ORDER BY id";

	if (store_prepare(q->db, item, &q->item, e) != 0 || store_prepare(q->db, stages, &q->stages, e) != 0 ||
	    store_prepare(q->db, calls, &q->calls, e) != 0)
		return -1;
	return 0;
}

static void end_questions(struct questions *q)
{
	sqlite3_finalize(q->item);
	sqlite3_finalize(q->stages);
	sqlite3_finalize(q->calls);
}

static void bind(sqlite3_stmt *s, const struct gallery_key *k)
{
	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, k->run);
	sqlite3_bind_int64(s, 2, k->seq);
}

static enum item_status status_of(const char *name)
{
	int i = 0;

	while (i < ITEM_STATUSES - 1 && strcmp(name, item_status_name((enum item_status)i)) != 0)
		i++;
	return (enum item_status)i;
}

/* 1; 0: it is gone; -1: err. */
static int read_item(struct questions *questions, const struct gallery_key *k, struct gallery_item *x, struct err *e)
{
	struct query q = { questions->item, false };
	int rc;

	bind(q.s, k);
	rc = sqlite3_step(q.s);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : store_fail(questions->db, "reading an item", e);
	*x = (struct gallery_item){ .run = k->run,
				    .seq = k->seq,
				    .unchanged = k->unchanged,
				    .confidence = k->confidence,
				    .line = query_number(&q, 0),
				    .position = (int)query_number(&q, 1),
				    .sku = query_text(&q, 2),
				    .title = query_text(&q, 3),
				    .category = query_text(&q, 4),
				    .source = query_text(&q, 5),
				    .status = status_of(query_borrowed(&q, 6)),
				    .error = query_text(&q, 7),
				    .error_stage = query_text(&q, 8),
				    .message = query_text(&q, 9),
				    .reasons = query_text(&q, 10),
				    .output = query_text(&q, 12),
				    .output_bytes = query_number(&q, 13),
				    .image_model = query_text(&q, 14),
				    .text_model = query_text(&q, 15),
				    .json = query_text(&q, 16),
				    .requests = query_number(&q, 17),
				    .cost_nano = query_number(&q, 18),
				    .took_us = query_number(&q, 19) };
	return q.no_memory ? report_no_memory(e) : 1;
}

static enum origin origin_of(const char *name)
{
	return strcmp(name, "made") == 0 ? ORIGIN_MADE : strcmp(name, "cache") == 0 ? ORIGIN_CACHE : ORIGIN_FAILED;
}

static int read_stages(struct questions *questions, const struct gallery_key *k, struct gallery_item *x, struct err *e)
{
	struct query q = { questions->stages, false };
	int rc;

	bind(q.s, k);
	while ((rc = sqlite3_step(q.s)) == SQLITE_ROW && x->stage_count < STAGES_MAX) {
		struct gallery_stage *s = &x->stages[x->stage_count++];

		*s = (struct gallery_stage){ .name = query_text(&q, 0),
					     .error = query_text(&q, 1),
					     .origin = origin_of(query_borrowed(&q, 2)),
					     .took_us = query_number(&q, 3),
					     .cost_nano = query_number(&q, 4),
					     .has_blob = sqlite3_column_bytes(q.s, 5) == DIGEST_SIZE,
					     .blob_size = query_number(&q, 6),
					     .path = query_text(&q, 7) };
		if (s->has_blob)
			memcpy(s->blob.b, sqlite3_column_blob(q.s, 5), DIGEST_SIZE);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(questions->db, "reading an item's stages", e);
	return q.no_memory ? report_no_memory(e) : 0;
}

static int read_calls(struct questions *questions, const struct gallery_key *k, struct gallery_item *x, struct err *e)
{
	struct query q = { questions->calls, false };
	int rc;

	bind(q.s, k);
	for (; (rc = sqlite3_step(q.s)) == SQLITE_ROW; x->call_count++) {
		const char *state = query_borrowed(&q, 3);

		if (x->call_count >= GALLERY_CALLS_MAX)
			continue;
		x->calls[x->call_count] = (struct gallery_call){ .stage = query_text(&q, 0),
								 .model = query_text(&q, 1),
								 .error = query_text(&q, 2),
								 .lost = strcmp(state, "unknown") == 0,
								 .settled = strcmp(state, "settled") == 0,
								 .nano = query_number(&q, 4) };
	}
	if (rc != SQLITE_DONE)
		return store_fail(questions->db, "reading an item's calls", e);
	return q.no_memory ? report_no_memory(e) : 0;
}

static void release_item(struct gallery_item *x)
{
	char *texts[] = { x->sku,     x->title,   x->category, x->source, x->error,       x->error_stage,
			  x->message, x->reasons, x->output,   x->json,   x->image_model, x->text_model };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (int i = 0; i < x->stage_count; i++) {
		free(x->stages[i].name);
		free(x->stages[i].error);
		free(x->stages[i].path);
	}
	for (int i = 0; i < x->call_count && i < GALLERY_CALLS_MAX; i++) {
		free(x->calls[i].stage);
		free(x->calls[i].model);
		free(x->calls[i].error);
	}
	memset(x, 0, sizeof(*x));
}

static int show(struct questions *q, const struct gallery_key *k, int (*row)(void *ctx, const struct gallery_item *),
		void *ctx, struct err *e)
{
	struct gallery_item x = { 0 };
	int rc = read_item(q, k, &x, e);

	if (rc > 0)
		rc = read_stages(q, k, &x, e) != 0 || read_calls(q, k, &x, e) != 0 ? -1 : row(ctx, &x);
	release_item(&x);
	return rc;
}

int store_gallery(struct store_reader *rd, const struct report_figures *f, enum item_status status, size_t most,
		  int (*row)(void *ctx, const struct gallery_item *), void *ctx, struct err *e)
{
	struct questions q = { .db = rd->db };
	struct gallery_keys keys = { 0 };
	int rc = -1;

	if (store_exec(rd->db, "BEGIN", e) != 0)
		return -1;
	if (gallery_find(rd->db, f, status, most, &keys, e) == 0 && ask(&q, e) == 0)
		rc = 0;
	for (size_t i = 0; i < keys.count && rc == 0; i++)
		rc = show(&q, &keys.list[i], row, ctx, e);
	end_questions(&q);
	free(keys.list);
	sqlite3_exec(rd->db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

int store_nights_from(struct store_reader *rd, int nights, int64_t *from_us, struct err *e)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "SELECT coalesce(min(started), 0) FROM (SELECT started FROM runs WHERE base IS NULL"
		 " ORDER BY id DESC LIMIT %d)",
		 nights);
	return store_get_int(rd->db, sql, from_us, e);
}
