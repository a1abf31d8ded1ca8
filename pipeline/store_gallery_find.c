/* store_gallery_find.c - which items to show: the least sure of each run, along an index. */
#include "pipeline/store_gallery_parts.h"
#include "pipeline/store_report_parts.h"

#include <stdlib.h>
#include <string.h>

/* Where an earlier run made no more than so many of the pictures that are unchanged, they are looked up one by one. */
#define FEW 20000

/* One run, as the queries are told of it. */
struct search {
	sqlite3 *db;
	const struct report_run *run;
	bool alone; /* what re-runs made of its items does not count */
	enum item_status status;
	size_t most;
	struct gallery_keys *keys;
};

static int add_key(struct search *s, int64_t run, int64_t seq, double confidence, bool unchanged)
{
	struct gallery_key *k;

	/* Grown by doubling. */
	if ((s->keys->count & (s->keys->count - 1)) == 0) {
		size_t room = s->keys->count ? 2 * s->keys->count : 1;
		struct gallery_key *grown = realloc(s->keys->list, room * sizeof(*grown));

		if (!grown)
			return -1;
		s->keys->list = grown;
	}
	k = &s->keys->list[s->keys->count++];
	*k = (struct gallery_key){ run, seq, confidence, unchanged };
	return 0;
}

static double confidence_at(sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) == SQLITE_NULL ? -1 : sqlite3_column_double(s, column);
}

/* --- what the run worked on itself --- */

static const char made_sql[] =
	"SELECT m.seq, m.confidence FROM made_items m"
	" WHERE m.run = ?1 AND m.status = ?2 AND (?3 OR NOT EXISTS (SELECT 1 FROM runs l JOIN made_items z"
	" ON z.run = l.id AND z.seq = m.seq WHERE l.base = ?4 AND l.id > ?1 AND z.status <> 'skipped'))"
	" ORDER BY m.confidence, m.seq LIMIT ?5";

static int find_made(struct search *s, struct err *e)
{
	const struct report_run *r = s->run;
	sqlite3_stmt *q;
	int rc;

	/* What a re-run skipped stands as it was. */
	if (r->base && s->status == ITEM_SKIPPED && !s->alone)
		return 0;
	if (store_prepare(s->db, made_sql, &q, e) != 0)
		return -1;
	sqlite3_bind_int64(q, 1, r->id);
	sqlite3_bind_text(q, 2, item_status_name(s->status), -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 3, s->alone);
	sqlite3_bind_int64(q, 4, r->base ? r->base : r->id);
	sqlite3_bind_int64(q, 5, (int64_t)s->most);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		if (add_key(s, r->id, sqlite3_column_int64(q, 0), confidence_at(q, 1), false) != 0)
			break;
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(s->db, "reading the items", e);
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? report_no_memory(e) : rc == SQLITE_DONE ? 0 : -1;
}

/* --- what it found unchanged --- */

/* The rows of made_items that stand: sorted, so that those of a run lie together. */
struct standing {
	struct made {
		int64_t run, seq;
	} * list;
	size_t count;
};

static int compare_made(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static const char unchanged_sql[] =
	"SELECT made_run, made_seq FROM unchanged"
	" WHERE run = ?1 AND grp IN (SELECT id FROM groups WHERE status = ?2) AND (?3 OR seq NOT IN (SELECT z.seq"
	" FROM runs l JOIN made_items z ON z.run = l.id WHERE l.base = ?1 AND z.status <> 'skipped'))";

static int read_standing(struct search *s, struct standing *out, struct err *e)
{
	sqlite3_stmt *q;
	size_t room = 0;
	int rc;

	if (store_prepare(s->db, unchanged_sql, &q, e) != 0)
		return -1;
	sqlite3_bind_int64(q, 1, s->run->id);
	sqlite3_bind_text(q, 2, item_status_name(s->status), -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 3, s->alone);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		if (out->count == room) {
			struct made *grown = realloc(out->list, (room = room ? 2 * room : 64) * sizeof(*grown));

			if (!grown)
				break;
			out->list = grown;
		}
		out->list[out->count++] = (struct made){ sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1) };
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(s->db, "reading the unchanged items", e);
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? report_no_memory(e) : rc == SQLITE_DONE ? 0 : -1;
}

/* Looks up each; they are put in order with all others. */
static int find_each(struct search *s, const struct made *list, size_t count, struct err *e)
{
	sqlite3_stmt *q;
	int rc = SQLITE_DONE;

	if (store_prepare(s->db, "SELECT confidence FROM made_items WHERE run = ?1 AND seq = ?2", &q, e) != 0)
		return -1;
	for (size_t i = 0; i < count && rc == SQLITE_DONE; i++) {
		sqlite3_bind_int64(q, 1, list[i].run);
		sqlite3_bind_int64(q, 2, list[i].seq);
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW)
			rc = add_key(s, list[i].run, list[i].seq, confidence_at(q, 0), true) ? SQLITE_NOMEM
											     : SQLITE_DONE;
		sqlite3_reset(q);
	}
	if (rc != SQLITE_DONE)
		store_fail(s->db, "reading the unchanged items", e);
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Goes along the run's items by rising confidence until enough of them are in the list. */
static int find_along(struct search *s, const struct made *list, size_t count, struct err *e)
{
	sqlite3_stmt *q;
	size_t found = 0;
	int rc;

	if (store_prepare(s->db,
			  "SELECT seq, confidence FROM made_items"
			  " WHERE run = ?1 AND status = ?2 ORDER BY confidence, seq",
			  &q, e) != 0)
		return -1;
	sqlite3_bind_int64(q, 1, list->run);
	sqlite3_bind_text(q, 2, item_status_name(s->status), -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && found < s->most) {
		struct made m = { list->run, sqlite3_column_int64(q, 0) };

		if (!bsearch(&m, list, count, sizeof(m), compare_made))
			continue;
		if (add_key(s, m.run, m.seq, confidence_at(q, 1), true) != 0) {
			report_no_memory(e);
			break;
		}
		found++;
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(s->db, "reading the unchanged items", e);
	sqlite3_finalize(q);
	return e->code == ERR_OK ? 0 : -1;
}

static int find_unchanged(struct search *s, struct err *e)
{
	struct standing all = { 0 };
	int rc = read_standing(s, &all, e);

	if (all.count > 1)
		qsort(all.list, all.count, sizeof(*all.list), compare_made);
	for (size_t i = 0, end; i < all.count && rc == 0; i = end) {
		for (end = i; end < all.count && all.list[end].run == all.list[i].run;)
			end++;
		rc = end - i <= FEW ? find_each(s, all.list + i, end - i, e) : find_along(s, all.list + i, end - i, e);
	}
	free(all.list);
	return rc;
}

/* --- all of them --- */

static int compare_keys(const void *a, const void *b)
{
	const struct gallery_key *x = a, *y = b;

	if (x->confidence < y->confidence || x->confidence > y->confidence)
		return x->confidence < y->confidence ? -1 : 1;
	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void put_in_order(struct gallery_keys *keys, size_t most)
{
	size_t kept = 0;

	if (keys->count > 1)
		qsort(keys->list, keys->count, sizeof(*keys->list), compare_keys);
	for (size_t i = 0; i < keys->count && kept < most; i++) {
		if (kept == 0 || compare_keys(&keys->list[kept - 1], &keys->list[i]) != 0)
			keys->list[kept++] = keys->list[i];
		else /* seen in two runs: in one of them as it was worked on */
			keys->list[kept - 1].unchanged &= keys->list[i].unchanged;
	}
	keys->count = kept;
}

int gallery_find(sqlite3 *db, const struct report_figures *f, enum item_status status, size_t most,
		 struct gallery_keys *keys, struct err *e)
{
	struct search s = { db, NULL, f->scope.reach == REPORT_ONE_RUN, status, most, keys };
	/* Nothing else is ever unchanged. */
	bool may_be_unchanged = status == ITEM_SUCCEEDED || status == ITEM_REVIEW;

	for (size_t i = 0; i < f->run_count; i++) {
		s.run = &f->runs[i];
		if (s.run->gone_on_with)
			continue;
		if (find_made(&s, e) != 0 || (may_be_unchanged && find_unchanged(&s, e) != 0))
			return -1;
	}
	put_in_order(keys, most);
	return 0;
}
