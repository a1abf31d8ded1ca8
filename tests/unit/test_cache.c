/* Cache entries: written with a stage, found by key, confirmed, expired. */
#include "tests/db.h"

#include <time.h>

static void write_stage(struct store *st, int64_t run, const struct stage_row *row)
{
	struct err e = { 0 };

	if (store_begin(st, &e) != 0 || store_stage(st, run, row, &e) != 0 || store_commit(st, &e) != 0)
		fail_msg("store_stage: %s", e.msg);
}

static struct result made(const char *key, const char *content)
{
	struct result r = { .origin = ORIGIN_MADE, .has_key = true, .started_us = 1, .took_us = 2 };

	digest_of(key, strlen(key), &r.key);
	if (content) {
		digest_of(content, strlen(content), &r.blob);
		r.has_blob = true;
		r.blob_size = (int64_t)strlen(content);
	}
	return r;
}

/* What the cache says of a key: "none", or what was stored, in one line. */
static const char *cached(struct store_reader *rd, int64_t run, const char *key, char out[200])
{
	struct result want = made(key, NULL), r = { 0 };
	struct err e = { 0 };
	bool this_run = false;
	int rc = store_cache_get(rd, run, &want.key, &r, &this_run, &e);

	if (rc < 0)
		fail_msg("store_cache_get: %s", e.msg);
	if (rc == 0)
		return "none";
	assert_int_equal(r.origin, ORIGIN_CACHE);
	assert_true(r.has_key && digest_equal(&r.key, &want.key));
	assert_null(r.bytes);
	snprintf(out, 200, "%s blob %d size %lld path %s facts %s", this_run ? "this run" : "earlier", r.has_blob,
		 (long long)r.blob_size, r.path ? r.path : "-", r.facts ? r.facts : "-");
	result_release(&r);
	return out;
}

static void cache_entries_come_back(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct store_reader *rd = open_reader(path);
	int64_t run = begin_run(st), later;
	struct result blob = made("k1", "bytes"), file = made("k2", "12"), facts = made("k3", NULL),
		      none = made("k4", "x");
	struct stage_row row = { 1, "fetch", &blob, NULL, true, 0, 0 };
	char line[200];

	file.path = (char *)"/photos/a.jpg";
	facts.facts = (char *)"{\"a\":1}";
	assert_string_equal(cached(rd, run, "k1", line), "none");
	write_stage(st, run, &row);
	row.result = &file;
	write_stage(st, run, &row);
	row.result = &facts;
	write_stage(st, run, &row);
	row.keep = false;
	row.result = &none;
	write_stage(st, run, &row);
	none.origin = ORIGIN_FAILED;
	row.keep = true;
	row.error = "timeout";
	write_stage(st, run, &row);
	none.origin = ORIGIN_NONE;
	row.stage = "never";
	write_stage(st, run, &row);
	assert_string_equal(cached(rd, run, "k1", line), "this run blob 1 size 5 path - facts -");
	assert_string_equal(cached(rd, run, "k2", line), "this run blob 1 size 2 path /photos/a.jpg facts -");
	assert_string_equal(cached(rd, run, "k3", line), "this run blob 0 size 0 path - facts {\"a\":1}");
	assert_string_equal(cached(rd, run, "k4", line), "none");
	later = begin_run(st);
	assert_string_equal(cached(rd, later, "k1", line), "earlier blob 1 size 5 path - facts -");
	check_sql(path, "SELECT count(*) || max(stage) || max(error) FROM stage_results",
		  "1fetchtimeout"); /* replaced each time */
	store_reader_close(rd);
	store_close(st);
}

static void confirmed_entries_keep_age_and_price(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct store_reader *rd = open_reader(path);
	int64_t run = begin_run(st), later;
	struct result r = made("k", "bytes");
	struct stage_row row = { 1, "enhance", &r, NULL, true, 35500000, 0 };
	char line[200], created[200];

	write_stage(st, run, &row);
	look(path, "SELECT created FROM cache", created);
	later = begin_run(st);
	r.origin = ORIGIN_CACHE;
	row.cost_nano = 0;
	r.facts = (char *)"{\"etag\":2}";
	write_stage(st, later, &row);
	assert_string_equal(cached(rd, later, "k", line), "this run blob 1 size 5 path - facts {\"etag\":2}");
	check_sql(path, "SELECT cost_nano FROM cache", "35500000");
	check_sql(path, "SELECT created FROM cache", created);
	check_sql(path, "SELECT group_concat(origin || cost_nano, ' ') FROM stage_results",
		  "made35500000 cache35500000");
	r.origin = ORIGIN_MADE; /* made anew: at a new price */
	row.cost_nano = 7;
	write_stage(st, later, &row);
	check_sql(path, "SELECT cost_nano FROM cache", "7");
	store_reader_close(rd);
	store_close(st);
}

static void expired_entries_are_none(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct store_reader *rd = open_reader(path);
	int64_t run = begin_run(st);
	struct result brief = made("brief", "1"), lasting = made("lasting", "1"), endless = made("endless", "1");
	struct stage_row row = { 1, "copy", &brief, NULL, true, 0, 1 };
	char line[200];

	write_stage(st, run, &row);
	row.result = &lasting;
	row.ttl_us = 3600000000;
	write_stage(st, run, &row);
	row.result = &endless;
	row.ttl_us = 0;
	write_stage(st, run, &row);
	assert_string_equal(cached(rd, run, "brief", line), "none");
	assert_string_not_equal(cached(rd, run, "lasting", line), "none");
	assert_string_not_equal(cached(rd, run, "endless", line), "none");
	check_sql(path, "SELECT count(*) FROM cache", "3");
	begin_run(st);
	check_sql(path, "SELECT count(*) FROM cache", "2");
	store_reader_close(rd);
	store_close(st);
}

static void readers_see_what_is_committed(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct store_reader *rd = open_reader(path);
	int64_t run = begin_run(st);
	struct result r = made("k", "1");
	struct stage_row row = { 1, "copy", &r, NULL, true, 0, 0 };
	struct err e = { 0 };
	char line[200];

	assert_int_equal(store_begin(st, &e), 0);
	assert_int_equal(store_stage(st, run, &row, &e), 0);
	assert_string_equal(cached(rd, run, "k", line), "none");
	store_rollback(st);
	store_rollback(st); /* harmless */
	assert_string_equal(cached(rd, run, "k", line), "none");
	write_stage(st, run, &row);
	assert_string_not_equal(cached(rd, run, "k", line), "none");
	store_reader_close(rd);
	store_close(st);
}

static void looking_up_is_quick(void **state)
{
	enum { ENTRIES = 20000 };
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct store_reader *rd;
	int64_t run = begin_run(st);
	clock_t began;
	struct err e = { 0 };
	char key[24];

	store_begin(st, &e);
	for (int i = 0; i < ENTRIES; i++) {
		struct result r;
		struct stage_row row = { i, "fetch", &r, NULL, true, 0, 0 };

		snprintf(key, sizeof(key), "%d", i);
		r = made(key, "content");
		assert_int_equal(store_stage(st, run, &row, &e), 0);
	}
	store_commit(st, &e);
	rd = open_reader(path);
	began = clock(); /* processor time: the machine may be busy */
	for (int i = 0; i < ENTRIES; i++) {
		struct result r = { 0 };
		struct digest d;
		bool this_run;

		snprintf(key, sizeof(key), "%d", i);
		digest_of(key, strlen(key), &d);
		assert_int_equal(store_cache_get(rd, run, &d, &r, &this_run, &e), 1);
		result_release(&r);
	}
	printf("| cache lookup: %.1f us\n", (double)(clock() - began) * 1e6 / CLOCKS_PER_SEC / ENTRIES);
	store_reader_close(rd);
	store_close(st);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cache_entries_come_back),  TEST(confirmed_entries_keep_age_and_price),
		TEST(expired_entries_are_none), TEST(readers_see_what_is_committed),
		TEST(looking_up_is_quick),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
