/* The figures of a run: every one against plain SQL of another shape. */
#include "tests/shop.h"

#include "pipeline/store_sums.h"

#include <math.h>

static int64_t ask(const char *path, const char *fmt, ...)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	int64_t value;
	va_list ap;
	char *sql;

	va_start(ap, fmt);
	sql = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	value = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	sqlite3_free(sql);
	return value;
}

static void check_percentiles(const struct shop *s, const char *name, const char *from, const struct percentiles *got)
{
	static const int ps[] = { 50, 95, 99 };
	const int64_t values[] = { got->p50, got->p95, got->p99 };
	int64_t n = ask(s->path, "SELECT count(*) FROM %s", from);

	CHECK_INT(name, got->count, n);
	for (int i = 0; n > 0 && i < 3; i++) {
		int64_t rank = (int64_t)ceil((double)n * ps[i] / 100.0);
		double exact = (double)ask(s->path, "SELECT took FROM %s ORDER BY took LIMIT 1 OFFSET %lld", from,
					   (long long)rank - 1);

		if (fabs((double)values[i] - exact) > 0.008 * exact + 0.5)
			CHECK_INT(name, values[i], (int64_t)exact);
	}
}

static void check_totals(const struct shop *s, const struct report_figures *f)
{
	const char *p = s->path;
	int r = (int)f->runs[0].id;

	for (int i = 0; i < ITEM_STATUSES; i++)
		CHECK_INT(item_status_name((enum item_status)i), f->status[i],
			  ask(p, "SELECT count(*) FROM items WHERE run = %d AND status = %Q", r,
			      item_status_name((enum item_status)i)));
	CHECK_INT("total", f->total, ask(p, "SELECT count(*) FROM items WHERE run = %d", r));
	CHECK_INT("requests", f->requests, ask(p, "SELECT total(calls) FROM items WHERE run = %d", r));
	CHECK_INT("hits", f->hits, ask(p, "SELECT count(*) FROM stage_results WHERE run = %d AND origin = 'cache'", r));
	CHECK_INT("misses", f->misses,
		  ask(p, "SELECT count(key) FROM stage_results WHERE run = %d AND origin IN ('made', 'failed')", r));
	CHECK_INT("saved", f->saved_nano,
		  ask(p, "SELECT total(cost_nano) FROM stage_results WHERE run = %d AND origin = 'cache'", r));
	CHECK_INT("sent", f->calls_sent,
		  ask(p, "SELECT count(*) FROM calls WHERE run = %d AND state != 'reserved'", r));
	CHECK_INT("retried", f->calls_retried,
		  ask(p,
		      "SELECT count(*) FROM calls a WHERE run = %d AND state != 'reserved' AND EXISTS (SELECT 1 FROM "
		      "calls b"
		      " WHERE b.run = a.run AND b.seq = a.seq AND b.stage = a.stage AND b.id < a.id AND b.state != "
		      "'reserved')",
		      r));
	CHECK_INT("failed calls", f->calls_failed,
		  ask(p, "SELECT sum(state = 'unknown' OR error IS NOT NULL) FROM calls WHERE run = %d", r));
	CHECK_INT("cost", f->cost_nano,
		  ask(p, "SELECT total(settled_nano * (state = 'settled')) FROM calls WHERE run = %d", r));
	CHECK_INT("image", f->image_nano,
		  ask(p,
		      "SELECT total(settled_nano) FROM calls WHERE run = %d AND state = 'settled' AND kind = 'image'",
		      r));
	CHECK_INT("text", f->text_nano, f->cost_nano - f->image_nano);
	CHECK_INT("unknown", f->unknown_nano,
		  ask(p, "SELECT total(reserved_nano) FROM calls WHERE run = %d AND state = 'unknown'", r));
	assert_true(f->hits && f->misses && f->saved_nano && f->calls_retried && f->calls_failed && f->cost_nano &&
		    f->text_nano && f->unknown_nano && f->requests);
}

static void check_stages(const struct shop *s, const struct report_figures *f)
{
	char from[160];

	assert_int_equal(f->stage_count,
			 STAGE_NAMES + 1); /* and one that has calls alone, of items that were not recorded */
	assert_string_equal(f->stages[STAGE_NAMES].name, "enhance");
	for (size_t i = 0; i < STAGE_NAMES; i++) {
		const struct report_stage *x = &f->stages[i];

		CHECK_TEXT("order of the road", x->name, stage_names[i]);
		CHECK_INT(x->name, x->made,
			  ask(s->path,
			      "SELECT count(*) FROM stage_results WHERE run = %d AND stage = %Q AND origin = 'made'",
			      (int)f->runs[0].id, x->name));
		CHECK_INT(x->name, x->cached,
			  ask(s->path,
			      "SELECT count(*) FROM stage_results WHERE run = %d AND stage = %Q AND origin = 'cache'",
			      (int)f->runs[0].id, x->name));
		CHECK_INT(x->name, x->failed,
			  ask(s->path, "SELECT count(error) FROM stage_results WHERE run = %d AND stage = %Q",
			      (int)f->runs[0].id, x->name));
		snprintf(from, sizeof(from), "stage_results WHERE run = %d AND stage = '%s' AND origin != 'cache'",
			 (int)f->runs[0].id, x->name);
		check_percentiles(s, x->name, from, &x->us);
	}
	snprintf(from, sizeof(from), "items WHERE run = %d", (int)f->runs[0].id);
	check_percentiles(s, "item", from, &f->item_us);
}

static void check_failures(const struct shop *s, const struct report_figures *f)
{
	int64_t sum = 0, before = INT64_MAX;

	for (size_t i = 0; i < f->failure_count; i++) {
		const struct report_failure *x = &f->failures[i];
		int64_t first = ask(s->path,
				    "SELECT min(seq) FROM items WHERE run = %d AND error = %Q AND error_stage IS %Q",
				    (int)f->runs[0].id, x->code, x->stage);

		CHECK_INT(x->code, x->count,
			  ask(s->path, "SELECT count(*) FROM items WHERE run = %d AND error = %Q AND error_stage IS %Q",
			      (int)f->runs[0].id, x->code, x->stage));
		CHECK_INT(x->code, x->examples[0].line, first * 2);
		CHECK_INT(x->code,
			  ask(s->path,
			      "SELECT sku = %Q AND position = %d AND source = %Q AND error_message = %Q FROM items"
			      " WHERE run = %d AND seq = %lld",
			      x->examples[0].sku, x->examples[0].position, x->examples[0].source,
			      x->examples[0].message, (int)f->runs[0].id, (long long)first),
			  1);
		assert_true(x->count <= before);
		before = x->count;
		sum += x->count;
	}
	assert_int_equal(sum, f->status[ITEM_FAILED] + f->status[ITEM_SKIPPED]);
	assert_true(f->failure_count > 5);
}

static void check_groups(const struct shop *s, const struct report_figures *f)
{
	int64_t items = 0;
	int r = (int)f->runs[0].id;

	assert_int_equal(f->reason_count, 4);
	for (size_t i = 0; i < f->reason_count; i++) {
		const struct report_reason *x = &f->reasons[i];

		CHECK_INT(x->name, x->review,
			  ask(s->path,
			      "SELECT count(*) FROM items WHERE run = %d AND status = 'review' AND"
			      " ',' || reasons || ',' LIKE '%%,%q,%%'",
			      r, x->name));
		CHECK_INT(x->name, x->rejected,
			  ask(s->path,
			      "SELECT count(*) FROM items WHERE run = %d AND status = 'rejected' AND"
			      " ',' || reasons || ',' LIKE '%%,%q,%%'",
			      r, x->name));
	}
	assert_int_equal(f->model_count, 4);
	for (size_t i = 0; i < f->model_count; i++) {
		const struct report_model *x = &f->models[i];

		CHECK_INT(x->name, x->items,
			  ask(s->path, "SELECT count(*) FROM items WHERE run = %d AND %Q IN (image_model, text_model)",
			      r, x->name));
		CHECK_INT(x->name, x->calls,
			  ask(s->path,
			      "SELECT count(*) FROM calls WHERE run = %d AND model = %Q AND state != 'reserved'", r,
			      x->name));
		CHECK_INT(
			x->name, x->cost_nano,
			ask(s->path,
			    "SELECT total(settled_nano) FROM calls WHERE run = %d AND model = %Q AND state = 'settled'",
			    r, x->name));
		CHECK_INT(x->name, x->unknown_nano,
			  ask(s->path,
			      "SELECT total(reserved_nano) FROM calls WHERE run = %d AND model = %Q AND state = "
			      "'unknown'",
			      r, x->name));
	}
	assert_int_equal(f->category_rows, 3);
	assert_int_equal(f->category_count, 3);
	for (size_t i = 0; i < f->category_rows; i++) {
		const struct report_category *x = &f->categories[i];
		const char *where = "run = %d AND (SELECT category FROM products p WHERE p.sku = items.sku) IS %Q";
		char sql[200];

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM items WHERE %s", where);
		CHECK_INT("category items", x->items, ask(s->path, sql, r, x->name));
		snprintf(sql, sizeof(sql), "SELECT sum(status = 'succeeded') FROM items WHERE %s", where);
		CHECK_INT("category succeeded", x->succeeded, ask(s->path, sql, r, x->name));
		snprintf(sql, sizeof(sql), "SELECT sum(cost_nano) FROM items WHERE %s", where);
		CHECK_INT("category cost", x->cost_nano, ask(s->path, sql, r, x->name));
		items += x->items;
	}
	assert_int_equal(items, f->total);
}

static const char settle_open[] = "UPDATE calls SET state = 'unknown' WHERE state = 'reserved'";

static void figures_equal_plain_sql(void **state)
{
	struct shop s = open_shop(state);
	struct report_figures f, last;
	struct err e = { 0 };

	fill(&s, 500);
	assert_int_equal(store_run_end(s.store, 1, "stopped", &e), 0);
	begin(&s); /* another run beside it, to be kept apart */
	fill(&s, 300);
	execute(s.path, ledger);
	f = figures(&s, 1);
	check_totals(&s, &f);
	check_stages(&s, &f);
	check_failures(&s, &f);
	check_groups(&s, &f);
	report_figures_release(&f);
	assert_int_equal(store_sums_keep(s.store, &e), 0); /* calls that are open may still become something else */
	check_sql(s.path, "SELECT group_concat(summed, '') FROM runs", "00");
	execute(s.path, settle_open);
	assert_int_equal(store_sums_keep(s.store, &e), 0); /* what is kept says the same */
	check_sql(s.path, "SELECT group_concat(summed, '') FROM runs", "10");
	f = figures(&s, 1);
	check_totals(&s, &f);
	check_stages(&s, &f);
	check_failures(&s, &f);
	check_groups(&s, &f);
	assert_string_equal(f.runs[0].state, "stopped");
	assert_int_equal(f.elapsed_us, ask(s.path, "SELECT finished - started FROM runs WHERE id = 1"));
	last = figures(&s, 0);
	assert_int_equal(last.runs[0].id, 2);
	assert_int_equal(last.total, 300);
	assert_int_equal(last.finished_us, 0);
	assert_int_equal(
		last.elapsed_us,
		ask(s.path, "SELECT max(recorded) - (SELECT started FROM runs WHERE id = 2) FROM items WHERE run = 2"));
	check_totals(&s, &last);
	report_figures_release(&f);
	report_figures_release(&last);
	report_figures_release(&last); /* zeroed: harmless */
	store_close(s.store);
}

/* Everything that stands after re-runs, worked out another way: the last row of each place that was not skipped. */
static const char standing_sql[] =
	"SELECT count(*) FROM (SELECT i.status, row_number() OVER (PARTITION BY coalesce(r.base, r.id), i.seq"
	" ORDER BY i.status = 'skipped' AND r.base IS NOT NULL, r.id DESC) AS place FROM items i JOIN runs r ON r.id = "
	"i.run"
	" WHERE coalesce(r.base, r.id) %s) WHERE place = 1 AND status = %%Q";

static void check_standing(const struct shop *s, const char *which, struct report_scope scope)
{
	struct report_figures f = figures_of(s, scope);
	char sql[600];

	snprintf(sql, sizeof(sql), standing_sql, which);
	for (int i = 0; i < ITEM_STATUSES; i++)
		CHECK_INT(which, f.status[i], ask(s->path, sql, item_status_name((enum item_status)i)));
	CHECK_INT(
		which, f.cost_nano + f.unknown_nano,
		ask(s->path,
		    "SELECT total(CASE c.state WHEN 'settled' THEN settled_nano WHEN 'unknown' THEN reserved_nano END)"
		    " FROM calls c JOIN runs r ON r.id = c.run WHERE coalesce(r.base, r.id) %s",
		    which));
	report_figures_release(&f);
}

/* A re-run of every third item, of some of which it skips. */
static void again(struct shop *s, int64_t base)
{
	struct err e = { 0 };

	assert_int_equal(store_run_begin(s->store, "rerun", "catalog.jsonl", NULL, "{}", base, &s->run, &e), 0);
	assert_int_equal(store_begin(s->store, &e), 0);
	for (int64_t seq = 1 + roll(s, 3); seq <= 90; seq += 3)
		add_item(s, seq);
	assert_int_equal(store_commit(s->store, &e), 0);
	assert_int_equal(store_run_end(s->store, s->run, "finished", &e), 0);
}

static void what_stands_after_reruns(void **state)
{
	struct shop s = open_shop(state);
	struct err e = { 0 };

	for (int night = 1; night <= 2; night++) {
		int64_t base = s.run;

		fill(&s, 100);
		assert_int_equal(store_run_end(s.store, s.run, "finished", &e), 0);
		again(&s, base);
		again(&s, base);
		if (night == 1)
			begin(&s);
	}
	execute(s.path, ledger);
	execute(s.path, settle_open);
	execute(s.path, "UPDATE runs SET started = coalesce(base, id) * 1000");
	for (int kept = 0; kept < 2; kept++) {
		check_standing(&s, "= 4", (struct report_scope){ .reach = REPORT_LAST });
		check_standing(&s, "> 0", (struct report_scope){ .reach = REPORT_RANGE });
		check_standing(&s, "= 1", (struct report_scope){ .reach = REPORT_RANGE, .until_us = 4000 });
		check_standing(&s, "= 4",
			       (struct report_scope){ .reach = REPORT_RANGE, .from_us = 4000, .until_us = 4001 });
		assert_int_equal(store_sums_keep(s.store, &e), 0);
	}
	store_close(s.store);
}

/* Of a run that broke off the money counts, and its items where it was gone on with. */
static void what_broke_off(void **state)
{
	struct shop s = open_shop(state);
	struct report_figures f, all;
	struct err e = { 0 };

	fill(&s, 60);
	begin(&s); /* the first one is interrupted by that */
	fill(&s, 100);
	execute(s.path, ledger);
	assert_int_equal(store_run_end(s.store, s.run, "finished", &e), 0);
	f = figures_of(&s, (struct report_scope){ .reach = REPORT_LAST });
	all = figures_of(&s, (struct report_scope){ .reach = REPORT_RANGE });
	CHECK_INT("items", f.total, 100);
	CHECK_INT("items of all", all.total, 100);
	CHECK_INT("runs", f.run_count, 2);
	CHECK_INT("gone on with", f.runs[0].gone_on_with, 1);
	CHECK_INT("money of both", f.cost_nano,
		  ask(s.path, "SELECT sum(settled_nano) FROM calls WHERE state = 'settled'"));
	report_figures_release(&f);
	report_figures_release(&all);
	store_close(s.store);
}

static void check_near(const char *name, int64_t got, int64_t want)
{
	if (llabs(got - want) > want / 100 + 1)
		CHECK_INT(name, got, want);
}

static void percentiles_of_few(void **state)
{
	static const struct {
		const char *name;
		int n; /* values 10, 20, ... n * 10 */
		int64_t p50, p95, p99;
	} cases[] = {
		{ "one", 1, 10, 10, 10 },
		{ "two", 2, 10, 20, 20 },
		{ "twenty", 20, 100, 190, 200 },
		{ "a hundred", 100, 500, 950, 990 },
		{ "a hundred and one", 101, 510, 960, 1000 },
	};
	struct shop s = open_shop(state);
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report_figures f;

		begin(&s);
		for (int n = cases[i].n; n >= 1; n--) {
			struct result r = { .origin = ORIGIN_MADE, .took_us = n * 10 };
			struct stage_row row = { n, "fetch", &r, NULL, false };

			assert_int_equal(store_stage(s.store, s.run, &row, &e), 0);
		}
		f = figures(&s, 0);
		CHECK_INT(cases[i].name, f.stages[0].us.count, cases[i].n);
		check_near(cases[i].name, f.stages[0].us.p50, cases[i].p50);
		check_near(cases[i].name, f.stages[0].us.p95, cases[i].p95);
		check_near(cases[i].name, f.stages[0].us.p99, cases[i].p99);
		report_figures_release(&f);
	}
	store_close(s.store);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(figures_equal_plain_sql),
		TEST(what_stands_after_reruns),
		TEST(what_broke_off),
		TEST(percentiles_of_few),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
