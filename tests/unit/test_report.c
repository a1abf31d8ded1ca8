/* The report: every figure against plain SQL of another shape, and what the two formats say of it. */
#include "tests/scratch.h"

#include "jobs/report.h"
#include "pipeline/clock.h"
#include "pipeline/lock.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <sys/wait.h>

/* --- a workspace with runs in it --- */

struct shop {
	const char *dir, *path;
	struct store *store;
	int64_t run;
	uint32_t dice;
};

static int64_t begin(struct shop *s)
{
	struct err e = { 0 };

	if (store_run_begin(s->store, "run", "catalog.jsonl", "{}", &s->run, &e) != 0)
		fail_msg("%s", e.msg);
	return s->run;
}

static struct shop open_shop(void **state)
{
	struct shop s = { .dir = ((struct scratch *)*state)->dir,
			  .path = scratch_path(state, "packshot.db"),
			  .dice = 7 };
	struct err e = { 0 };

	if (store_open(&s.store, s.path, &e) != 0)
		fail_msg("%s", e.msg);
	begin(&s);
	return s;
}

static int roll(struct shop *s, int sides)
{
	s->dice = s->dice * 1664525u + 1013904223u;
	return (int)((s->dice >> 8) % (uint32_t)sides);
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static const char *const stage_names[] = { "fetch", "remove_background", "resize", "copy" };
enum { STAGE_NAMES = 4 };

static void add_stages(struct shop *s, int64_t seq, int upto, enum err_code error)
{
	for (int i = 0; i <= upto; i++) {
		struct result r = { .origin = roll(s, 3) ? ORIGIN_MADE : ORIGIN_CACHE, .has_key = roll(s, 4) != 0 };
		struct stage_row row = { seq, stage_names[i], &r, NULL, false };
		struct err e = { 0 };
		int shared = roll(s, 40);

		digest_of(&shared, sizeof(shared), &r.key);
		r.started_us = seq * 1000 + i;
		r.took_us = roll(s, 1000000);
		row.keep = r.origin == ORIGIN_MADE;
		row.cost_nano = row.keep ? roll(s, 100) * 1000003 : 0;
		if (i == upto && error != ERR_OK) {
			r.origin = ORIGIN_FAILED;
			row.error = err_name(error);
		}
		if (store_stage(s->store, s->run, &row, &e) != 0)
			fail_msg("%s", e.msg);
	}
}

static void add_item(struct shop *s, int64_t seq)
{
	static const enum err_code errors[] = { ERR_SOURCE_MISSING, ERR_TIMEOUT, ERR_NOT_PICTURE };
	static const char *const reasons[] = { "low_contrast", "touches_border,low_contrast",
					       "unsure_cutout,tiny_product" };
	enum item_status status = roll(s, 2) ? ITEM_SUCCEEDED : (enum item_status)roll(s, ITEM_STATUSES);
	int upto = status == ITEM_FAILED ? roll(s, STAGE_NAMES + 1) - 1 : STAGE_NAMES - 1;
	struct err why = { 0 }, e = { 0 };
	char sku[24];
	struct item_row row = { .seq = seq,
				.line = seq * 2,
				.sku = sku,
				.position = 1 + roll(s, 3),
				.source = "/a.jpg",
				.status = status,
				.err = &why,
				.confidence = -1,
				.calls = roll(s, 5),
				.cost_nano = roll(s, 50) * 1000000,
				.took_us = roll(s, 5000000) };

	snprintf(sku, sizeof(sku), "SKU-%d", roll(s, 60));
	if (status == ITEM_FAILED)
		err_set(&why, errors[roll(s, 3)], "message of %" PRId64, seq);
	if (status == ITEM_SKIPPED)
		err_set(&why, ERR_INTERRUPTED, "not worked on");
	row.err_stage = why.code != ERR_OK && upto >= 0 ? stage_names[upto] : NULL;
	if (status == ITEM_REVIEW || status == ITEM_REJECTED)
		row.reasons = reasons[roll(s, 3)];
	if (roll(s, 5))
		row.image_model = roll(s, 2) ? "local" : "both";
	if (roll(s, 5))
		row.text_model = roll(s, 2) ? "template" : "both";
	add_stages(s, seq, upto, why.code);
	if (store_item(s->store, s->run, &row, &e) != 0)
		fail_msg("%s", e.msg);
}

static const char ledger[] =
	"INSERT INTO calls (run, seq, stage, kind, endpoint, model, state, reserved_nano, settled_nano, error)"
	" SELECT run, seq, 'enhance', iif(seq % 3, 'image', 'text'), 'https://x', iif(seq % 2, 'both', 'paid-only'),"
	" CASE seq % 5 WHEN 0 THEN 'unknown' WHEN 1 THEN 'reserved' ELSE 'settled' END, seq * 1000, seq * 900,"
	" iif(seq % 7, NULL, 'timeout') FROM items WHERE seq % 4 = 0 UNION ALL"
	" SELECT run, seq, 'enhance', 'image', 'https://x', 'both', 'settled', 5, 4, NULL FROM items WHERE seq % 8 = 0";

static void fill(struct shop *s, int items)
{
	static const char *const categories[] = { "Kitchen", "Garden", NULL };
	struct err e = { 0 };

	assert_int_equal(store_begin(s->store, &e), 0);
	for (int i = 0; i < 50; i++) { /* ten of the SKUs stay without a product */
		char sku[24];
		struct product_row p = { .sku = sku, .category = categories[i % 3] };

		snprintf(sku, sizeof(sku), "SKU-%d", i);
		assert_int_equal(store_product(s->store, s->run, &p, &e), 0);
	}
	for (int i = 1; i <= items; i++)
		add_item(s, i);
	assert_int_equal(store_commit(s->store, &e), 0);
}

/* --- the figures, recomputed --- */

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

static struct report_figures figures(const struct shop *s, int64_t run)
{
	struct store_reader *rd = NULL;
	struct report_figures f;
	struct err e = { 0 };

	if (store_reader_open(&rd, s->path, &e) != 0 || store_report(rd, run, &f, &e) != 0)
		fail_msg("%s", e.msg);
	store_reader_close(rd);
	return f;
}

static void check_percentiles(const struct shop *s, const char *name, const char *from, const struct percentiles *got)
{
	static const int ps[] = { 50, 95, 99 };
	const int64_t values[] = { got->p50, got->p95, got->p99 };
	int64_t n = ask(s->path, "SELECT count(*) FROM %s", from);

	CHECK_INT(name, got->count, n);
	for (int i = 0; n > 0 && i < 3; i++) {
		int64_t rank = (int64_t)ceil((double)n * ps[i] / 100.0);

		CHECK_INT(name, values[i],
			  ask(s->path, "SELECT took FROM %s ORDER BY took LIMIT 1 OFFSET %lld", from,
			      (long long)rank - 1));
	}
}

static void check_totals(const struct shop *s, const struct report_figures *f)
{
	const char *p = s->path;
	int r = (int)f->run;

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

	assert_int_equal(f->stage_count, STAGE_NAMES);
	for (size_t i = 0; i < f->stage_count; i++) {
		const struct report_stage *x = &f->stages[i];

		CHECK_TEXT("order of the road", x->name, stage_names[i]);
		CHECK_INT(x->name, x->made,
			  ask(s->path,
			      "SELECT count(*) FROM stage_results WHERE run = %d AND stage = %Q AND origin = 'made'",
			      (int)f->run, x->name));
		CHECK_INT(x->name, x->cached,
			  ask(s->path,
			      "SELECT count(*) FROM stage_results WHERE run = %d AND stage = %Q AND origin = 'cache'",
			      (int)f->run, x->name));
		CHECK_INT(x->name, x->failed,
			  ask(s->path, "SELECT count(error) FROM stage_results WHERE run = %d AND stage = %Q",
			      (int)f->run, x->name));
		snprintf(from, sizeof(from), "stage_results WHERE run = %d AND stage = '%s' AND origin != 'cache'",
			 (int)f->run, x->name);
		check_percentiles(s, x->name, from, &x->us);
	}
	snprintf(from, sizeof(from), "items WHERE run = %d", (int)f->run);
	check_percentiles(s, "item", from, &f->item_us);
}

static void check_failures(const struct shop *s, const struct report_figures *f)
{
	int64_t sum = 0, before = INT64_MAX;

	for (size_t i = 0; i < f->failure_count; i++) {
		const struct report_failure *x = &f->failures[i];
		int64_t first = ask(s->path,
				    "SELECT min(seq) FROM items WHERE run = %d AND error = %Q AND error_stage IS %Q",
				    (int)f->run, x->code, x->stage);

		CHECK_INT(x->code, x->count,
			  ask(s->path, "SELECT count(*) FROM items WHERE run = %d AND error = %Q AND error_stage IS %Q",
			      (int)f->run, x->code, x->stage));
		CHECK_INT(x->code, x->line, first * 2);
		CHECK_INT(x->code,
			  ask(s->path,
			      "SELECT sku = %Q AND position = %d AND source = %Q AND error_message = %Q FROM items"
			      " WHERE run = %d AND seq = %lld",
			      x->sku, x->position, x->source, x->message, (int)f->run, (long long)first),
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
	int r = (int)f->run;

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
	assert_string_equal(f.state, "stopped");
	assert_int_equal(f.elapsed_us, ask(s.path, "SELECT finished - started FROM runs WHERE id = 1"));
	last = figures(&s, 0);
	assert_int_equal(last.run, 2);
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
		CHECK_INT(cases[i].name, f.stages[0].us.p50, cases[i].p50);
		CHECK_INT(cases[i].name, f.stages[0].us.p95, cases[i].p95);
		CHECK_INT(cases[i].name, f.stages[0].us.p99, cases[i].p99);
		report_figures_release(&f);
	}
	store_close(s.store);
}

/* --- what is printed --- */

static char *printed(const struct shop *s, int64_t run, enum report_format format, bool colour)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct err e = { 0 };

	if (report_print(out, s->dir, run, format, colour, &e) != 0)
		fail_msg("%s", e.msg);
	fclose(out);
	return text;
}

static double number_at(const cJSON *o, const char *a, const char *b)
{
	const cJSON *x = cJSON_GetObjectItemCaseSensitive(o, a);

	x = b ? cJSON_GetObjectItemCaseSensitive(x, b) : x;
	if (!cJSON_IsNumber(x))
		fail_msg("%s.%s is not a number", a, b ? b : "");
	return x->valuedouble;
}

static void check_number(const cJSON *o, const char *a, const char *b, double want)
{
	double got = number_at(o, a, b);

	if (fabs(got - want) > 1e-9 * (1 + fabs(want)))
		fail_msg("%s.%s is %.12g, not %.12g", a, b ? b : "", got, want);
}

static void json_has_every_promised_key(void **state)
{
	static const char *const keys[] = {
		"run",   "started",    "finished",         "state",    "items",         "success_rate", "cost", "cache",
		"calls", "latency_ms", "throughput_per_s", "failures", "review_reasons"
	};
	struct shop s = open_shop(state);
	struct err e = { 0 };
	struct report_figures f;
	cJSON *o, *row;
	char *text;

	fill(&s, 200);
	execute(s.path, ledger);
	assert_int_equal(store_run_end(s.store, 1, "finished", &e), 0);
	f = figures(&s, 1);
	text = printed(&s, 1, REPORT_JSON, false);
	o = cJSON_Parse(text);
	assert_non_null(o);
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1); /* one line */
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CHECK_INT(keys[i], cJSON_HasObjectItem(o, keys[i]), 1);
	check_number(o, "items", "total", 200);
	check_number(o, "items", "skipped", (double)f.status[ITEM_SKIPPED]);
	check_number(o, "success_rate", NULL, (double)f.status[ITEM_SUCCEEDED] / 200);
	check_number(o, "throughput_per_s", NULL, 200e6 / (double)f.elapsed_us);
	check_number(o, "cost", "total_usd", (double)f.cost_nano / 1e9);
	check_number(o, "cost", "image_usd", (double)f.image_nano / 1e9);
	check_number(o, "cost", "text_usd", (double)f.text_nano / 1e9);
	check_number(o, "cost", "unknown_usd", (double)f.unknown_nano / 1e9);
	check_number(o, "cost", "saved_by_cache_usd", (double)f.saved_nano / 1e9);
	check_number(o, "cost", "per_accepted_usd", (double)f.cost_nano / 1e9 / (double)f.status[ITEM_SUCCEEDED]);
	check_number(o, "cache", "hits", (double)f.hits);
	check_number(o, "cache", "misses", (double)f.misses);
	check_number(o, "cache", "hit_rate", (double)f.hits / (double)(f.hits + f.misses));
	check_number(o, "calls", "sent", (double)f.calls_sent);
	check_number(o, "calls", "retried", (double)f.calls_retried);
	check_number(o, "calls", "failed", (double)f.calls_failed);
	row = cJSON_GetObjectItem(o, "latency_ms");
	check_number(row, "fetch", "p50", (double)f.stages[0].us.p50 / 1e3);
	check_number(row, "copy", "p95", (double)f.stages[3].us.p95 / 1e3);
	check_number(row, "copy", "p99", (double)f.stages[3].us.p99 / 1e3);
	row = cJSON_GetArrayItem(cJSON_GetObjectItem(o, "failures"), 0);
	assert_string_equal(cJSON_GetObjectItem(row, "code")->valuestring, f.failures[0].code);
	check_number(row, "count", NULL, (double)f.failures[0].count);
	check_number(row, "example", "line", (double)f.failures[0].line);
	assert_true(cJSON_HasObjectItem(row, "stage"));
	row = cJSON_GetObjectItem(o, "cost");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(row, "by_model")), f.model_count);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(row, "by_category")), f.category_rows);
	assert_string_equal(cJSON_GetObjectItem(o, "state")->valuestring, "finished");
	assert_int_equal(strlen(cJSON_GetObjectItem(o, "finished")->valuestring), 24);
	cJSON_Delete(o);
	free(text);
	report_figures_release(&f);
	store_close(s.store);
}

static void an_empty_run_is_a_report_too(void **state)
{
	struct shop s = open_shop(state);
	char *text = printed(&s, 0, REPORT_JSON, false);
	cJSON *o = cJSON_Parse(text);

	check_number(o, "items", "total", 0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(o, "success_rate")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetObjectItem(o, "cost"), "per_accepted_usd")));
	cJSON_Delete(o);
	free(text);
	text = printed(&s, 0, REPORT_TEXT, false);
	assert_non_null(strstr(text, "0 of 0 pictures"));
	free(text);
	store_close(s.store);
}

static void write_failed(struct shop *s, int64_t seq, const char *sku, const char *message, size_t length)
{
	struct err why = { 0 }, e = { 0 };
	struct item_row row = { .seq = seq,
				.line = 4,
				.sku = sku,
				.position = 1,
				.source = "/gone.jpg",
				.status = ITEM_FAILED,
				.err = &why,
				.err_stage = "fetch",
				.confidence = -1 };

	why.code = ERR_SOURCE_MISSING;
	snprintf(why.msg, sizeof(why.msg), "%.*s", (int)length, message);
	assert_int_equal(store_item(s->store, s->run, &row, &e), 0);
}

static void text_says_what_happened(void **state)
{
	struct shop s = open_shop(state);
	struct err e = { 0 };
	struct item_row good = { .seq = 2, .sku = "MUG", .position = 1, .status = ITEM_SUCCEEDED, .confidence = -1 };
	struct item_row unsure = { .seq = 3,
				   .sku = "CUP",
				   .position = 1,
				   .status = ITEM_REVIEW,
				   .confidence = -1,
				   .reasons = "low_contrast" };
	char *text;

	write_failed(&s, 1, "GONE-1", "/gone.jpg does not exist", 100);
	assert_int_equal(store_item(s.store, s.run, &good, &e), 0);
	assert_int_equal(store_item(s.store, s.run, &unsure, &e), 0);
	assert_int_equal(store_run_end(s.store, 1, "finished", &e), 0);
	text = printed(&s, 0, REPORT_TEXT, false);
	assert_non_null(strstr(text, "Run 1 finished: 2 of 3 pictures delivered"));
	assert_non_null(strstr(text, "33.3 %"));
	assert_non_null(strstr(text, "GONE-1 line 4: /gone.jpg does not exist"));
	assert_non_null(strstr(text, err_advice(ERR_SOURCE_MISSING)));
	assert_non_null(strstr(text, "low_contrast"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = printed(&s, 0, REPORT_TEXT, true);
	assert_non_null(strstr(text, "\033[31m"));
	free(text);
	store_close(s.store);
}

static void hostile_text_is_harmless(void **state)
{
	struct shop s = open_shop(state);
	cJSON *o;
	char *text;

	/* A SKU that would clear the screen; a message cut in the middle of a character. */
	write_failed(&s, 1, "X\033[2J\nY\xe2\x80\xae\xff", "\xe6\x9d\xaf\xe5\xad\x90", 5);
	text = printed(&s, 0, REPORT_TEXT, false);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "X?[2J?Y?? line 4: \xe6\x9d\xaf??"));
	free(text);
	text = printed(&s, 0, REPORT_JSON, false);
	o = cJSON_Parse(text);
	assert_non_null(o);
	assert_non_null(strstr(text, "\xe6\x9d\xaf\xef\xbf\xbd\xef\xbf\xbd\""));
	assert_non_null(strstr(text, "X\\u001b[2J\\nY\xe2\x80\xae\xef\xbf\xbd\""));
	cJSON_Delete(o);
	free(text);
	store_close(s.store);
}

static void check_state(const struct shop *s, const char *want)
{
	char *text = printed(s, 0, REPORT_JSON, false);
	cJSON *o = cJSON_Parse(text);

	CHECK_TEXT("state", cJSON_GetObjectItem(o, "state")->valuestring, want);
	cJSON_Delete(o);
	free(text);
}

static void running_means_that_the_process_lives(void **state)
{
	struct shop s = open_shop(state);
	struct lock *lock = NULL;
	struct err e = { 0 };

	check_state(&s, "interrupted"); /* nobody holds the lock */
	assert_int_equal(lock_take(&lock, scratch_path(state, "lock"), &e), 0);
	check_state(&s, "running");
	execute(s.path, "UPDATE runs SET pid = pid + 1"); /* the lock is another run's */
	check_state(&s, "interrupted");
	lock_release(lock);
	assert_int_equal(store_run_end(s.store, 1, "failed", &e), 0);
	check_state(&s, "failed");
	store_close(s.store);
}

static void works_while_another_process_writes(void **state)
{
	struct shop s = open_shop(state);
	int ready[2], go[2], status;
	pid_t child;
	char byte;

	fill(&s, 20);
	store_close(s.store);
	assert_int_equal(pipe(ready) | pipe(go), 0);
	child = fork();
	if (child == 0) { /* keeps a transaction open */
		struct store *st = NULL;
		struct err e = { 0 };
		struct item_row row = { .seq = 1000, .position = 1, .confidence = -1 };

		if (store_open(&st, s.path, &e) != 0 || store_begin(st, &e) != 0 || store_item(st, 1, &row, &e) != 0)
			_exit(1);
		if (write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(2);
		store_commit(st, &e);
		store_close(st);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	for (int i = 0; i < 2; i++) {
		struct report_figures f = figures(&s, 0);

		assert_int_equal(f.total, i == 0 ? 20 : 21);
		report_figures_release(&f);
		if (i == 0) {
			assert_int_equal(write(go[1], "x", 1), 1);
			assert_int_equal(waitpid(child, &status, 0), child);
			assert_int_equal(status, 0);
		}
	}
}

static void says_when_there_is_nothing(void **state)
{
	const char *dir = ((struct scratch *)*state)->dir;
	struct store *st = NULL;
	struct err e = { 0 };
	struct shop s;

	assert_int_equal(report_print(stdout, dir, 0, REPORT_TEXT, false, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_not_equal(access(scratch_path(state, "packshot.db"), F_OK), 0); /* reporting makes nothing */
	err_clear(&e);
	assert_int_equal(store_open(&st, scratch_path(state, "packshot.db"), &e), 0);
	store_close(st);
	assert_int_equal(report_print(stdout, dir, 0, REPORT_TEXT, false, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	err_clear(&e);
	s = open_shop(state);
	assert_int_equal(report_print(stdout, dir, 9, REPORT_TEXT, false, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.msg, "9"));
	store_close(s.store);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(figures_equal_plain_sql),
		TEST(percentiles_of_few),
		TEST(json_has_every_promised_key),
		TEST(an_empty_run_is_a_report_too),
		TEST(text_says_what_happened),
		TEST(hostile_text_is_harmless),
		TEST(running_means_that_the_process_lives),
		TEST(works_while_another_process_writes),
		TEST(says_when_there_is_nothing),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
