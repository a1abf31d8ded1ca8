/* store_report_groups.c - what the groups say, and examples of what failed. */
#include "pipeline/store_report_parts.h"

#include <string.h>

/* Calls row(q, f, o) for each group in this order; column 0 is its id. */
static int each_group(sqlite3 *db, const char *sql, struct report_figures *f, struct fold *o,
		      int (*row)(struct query *, struct report_figures *, struct fold *), struct err *e)
{
	struct query q = { 0 };
	int rc, said = 0;

	if (store_prepare(db, sql, &q.s, e) != 0)
		return -1;
	while ((rc = sqlite3_step(q.s)) == SQLITE_ROW && said == 0) {
		if (query_number(&q, 0) >= 0 && (size_t)query_number(&q, 0) < o->count)
			said = row(&q, f, o);
		if (said != 0 || q.no_memory)
			said = report_no_memory(e);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		said = store_fail(db, "reading the groups", e);
	sqlite3_finalize(q.s);
	return said;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int category_row(struct query *q, struct report_figures *f, struct fold *o)
{
	size_t id = (size_t)query_number(q, 0);
	struct report_category *c = f->category_rows ? &f->categories[f->category_rows - 1] : NULL;

	if (o->items[id] == 0 && o->cost[id] == 0)
		return 0;
	if (!c || !same_text(c->name, query_borrowed(q, 1))) {
		c = list_add(&f->categories, &f->category_rows, sizeof(*c));
		if (!c)
			return -1;
		c->name = query_text(q, 1);
	}
	c->items += o->items[id];
	c->succeeded += o->status[id] == ITEM_SUCCEEDED ? o->items[id] : 0;
	c->cost_nano += o->cost[id];
	return 0;
}

static int failure_row(struct query *q, struct report_figures *f, struct fold *o)
{
	size_t id = (size_t)query_number(q, 0);
	struct report_failure *x = f->failure_count ? &f->failures[f->failure_count - 1] : NULL;

	if (o->items[id] == 0)
		return 0;
	if (!x || !same_text(x->code, query_borrowed(q, 1)) || !same_text(x->stage, query_borrowed(q, 2))) {
		x = list_add(&f->failures, &f->failure_count, sizeof(*x));
		if (!x)
			return -1;
		x->code = query_text(q, 1);
		x->stage = query_text(q, 2);
	}
	x->count += o->items[id];
	return 0;
}

static struct report_reason *reason_of(struct report_figures *f, const char *name, size_t length)
{
	struct report_reason *r = f->reasons, *end = f->reasons + f->reason_count;

	while (r < end && !(strlen(r->name) == length && memcmp(r->name, name, length) == 0))
		r++;
	if (r < end)
		return r;
	r = list_add(&f->reasons, &f->reason_count, sizeof(*r));
	if (r && !(r->name = strndup(name, length)))
		f->reason_count--;
	return r && r->name ? r : NULL;
}

static int reason_row(struct query *q, struct report_figures *f, struct fold *o)
{
	size_t id = (size_t)query_number(q, 0);
	enum item_status status = (enum item_status)o->status[id];
	const char *names = query_borrowed(q, 1);

	if (o->items[id] == 0 || (status != ITEM_REVIEW && status != ITEM_REJECTED))
		return 0;
	for (size_t length; *names; names += length + (names[length] == ',')) {
		struct report_reason *r;

		length = strcspn(names, ",");
		if (length == 0)
			continue;
		r = reason_of(f, names, length);
		if (!r)
			return -1;
		*(status == ITEM_REVIEW ? &r->review : &r->rejected) += o->items[id];
	}
	return 0;
}

static int models_row(struct query *q, struct report_figures *f, struct fold *o)
{
	size_t id = (size_t)query_number(q, 0);
	const char *image = query_borrowed(q, 1), *writer = query_borrowed(q, 2);
	struct report_model *m;

	if (o->items[id] == 0)
		return 0;
	if (image && !(m = figures_model(f, image)))
		return -1;
	if (image)
		m->items += o->items[id];
	if (!writer || same_text(image, writer))
		return 0;
	m = figures_model(f, writer);
	if (!m)
		return -1;
	m->items += o->items[id];
	return 0;
}

static int add_cached(struct report_figures *f, const char *name, size_t length, int place, int64_t items)
{
	struct report_stage *st = f->stages, *end = f->stages + f->stage_count;

	while (st < end && !(strlen(st->name) == length && memcmp(st->name, name, length) == 0))
		st++;
	if (st == end) {
		st = list_add(&f->stages, &f->stage_count, sizeof(*st));
		if (!st || !(st->name = strndup(name, length)))
			return -1;
		st->after_us = place;
	}
	st->cached += items;
	return 0;
}

/* Results that stand with unchanged items are cache hits of theirs; they are named in the order of the road. */
static int unchanged_row(struct query *q, struct report_figures *f, struct fold *o)
{
	int64_t items = o->found[query_number(q, 0)];
	const char *names = query_borrowed(q, 1);
	int place = 0;

	f->unchanged += o->same[query_number(q, 0)];
	for (size_t length; names && items && *names; names += length + (names[length] == ',')) {
		length = strcspn(names, ",");
		f->hits += items;
		if (add_cached(f, names, length, place++, items) != 0)
			return -1;
	}
	return 0;
}

static const struct {
	const char *sql;
	int (*row)(struct query *, struct report_figures *, struct fold *);
} passes[] = {
	{ "SELECT id, category FROM groups ORDER BY category", category_row },
	{ "SELECT id, error, error_stage FROM groups WHERE error IS NOT NULL ORDER BY error, error_stage",
	  failure_row },
	{ "SELECT id, reasons FROM groups WHERE reasons IS NOT NULL", reason_row },
	{ "SELECT id, image_model, text_model FROM groups", models_row },
	{ "SELECT id, stages FROM groups", unchanged_row },
};

/* --- examples --- */

static const char example_sql[] = "SELECT i.run, i.seq, i.line, i.position, i.sku, i.source, i.error_message FROM "
				  "made_items i JOIN runs r ON r.id = i.run"
				  " WHERE i.run = ?1 AND i.error = ?2 AND i.error_stage IS ?3 AND (?4 OR NOT EXISTS "
				  "(SELECT 1 FROM runs l JOIN made_items z"
				  " ON z.run = l.id AND z.seq = i.seq WHERE l.base = coalesce(r.base, r.id) AND l.id > "
				  "i.run AND z.status <> 'skipped'))"
				  " ORDER BY i.seq LIMIT ?5";

static int read_examples(sqlite3 *db, struct report_figures *f, const struct report_run *r, struct report_failure *x,
			 struct err *e)
{
	struct query q = { 0 };
	int rc;

	if (store_prepare(db, example_sql, &q.s, e) != 0)
		return -1;
	sqlite3_bind_int64(q.s, 1, r->id);
	sqlite3_bind_text(q.s, 2, x->code, -1, SQLITE_STATIC);
	sqlite3_bind_text(q.s, 3, x->stage, -1, SQLITE_STATIC);
	sqlite3_bind_int(q.s, 4, f->scope.reach == REPORT_ONE_RUN);
	sqlite3_bind_int(q.s, 5, REPORT_EXAMPLES_MAX);
	while ((rc = sqlite3_step(q.s)) == SQLITE_ROW && !q.no_memory) {
		x->examples[x->example_count++] = (struct report_example){ .run = query_number(&q, 0),
									   .seq = query_number(&q, 1),
									   .line = query_number(&q, 2),
									   .position = (int)query_number(&q, 3),
									   .sku = query_text(&q, 4),
									   .source = query_text(&q, 5),
									   .message = query_text(&q, 6) };
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_fail(db, "reading the failures", e);
	sqlite3_finalize(q.s);
	return q.no_memory ? report_no_memory(e) : rc == SQLITE_DONE ? 0 : -1;
}

/* Of the last run that has any that still stand. */
static int find_examples(sqlite3 *db, struct report_figures *f, struct err *e)
{
	for (size_t i = 0; i < f->failure_count; i++) {
		for (size_t r = f->run_count; r-- > 0 && f->failures[i].example_count == 0;) {
			if (read_examples(db, f, &f->runs[r], &f->failures[i], e) != 0)
				return -1;
		}
	}
	return 0;
}

int figures_of_groups(sqlite3 *db, struct report_figures *f, struct fold *o, struct err *e)
{
	for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++) {
		if (each_group(db, passes[i].sql, f, o, passes[i].row, e) != 0)
			return -1;
	}
	figures_sort(f);
	return find_examples(db, f, e);
}
