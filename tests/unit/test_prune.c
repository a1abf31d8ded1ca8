/* What tidying up lets go, and what it keeps: all that pictures stand on. */
#include "tests/standing.h"

#include "pipeline/store_prune.h"
#include "pipeline/store_sums.h"

/* Runs that were worked through and saw nothing that the tests know of. */
static void pass_nights(struct bench *b, int count)
{
	struct err e = { 0 };

	for (int i = 0; i < count; i++) {
		assert_int_equal(store_run_end(b->store, b->run, "finished", &e), 0);
		assert_int_equal(store_run_begin(b->store, "run", "m", NULL, "{}", 0, &b->run, &e), 0);
	}
}

static void what_stands_outlives_its_run(void **state)
{
	struct pruned pruned;
	struct err e = { 0 };
	struct bench b;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	make(&b, 2, "gone from the catalogue", true);
	next_run(&b);
	record(&b);
	end_run(&b);
	pass_nights(&b, 6);
	CHECK_INT(e.msg, store_prune(b.store, INT64_MAX, &pruned, &e), 0);
	CHECK_INT("without sums nothing goes", pruned.items, 0);
	assert_int_equal(store_sums_keep(b.store, &e), 0);
	CHECK_INT(e.msg, store_prune(b.store, INT64_MAX, &pruned, &e), 0);
	CHECK_INT("the last seven, however old", pruned.items, 0);
	next_run(&b);
	record(&b);
	end_run(&b);
	assert_int_equal(store_sums_keep(b.store, &e), 0);
	CHECK_INT(e.msg, store_prune(b.store, INT64_MAX, &pruned, &e), 0);
	CHECK_INT("of the first run", pruned.items, 1);
	check_sql(b.db, "SELECT group_concat(tidied, '') FROM runs", "100000000");
	check_sql(b.db, "SELECT group_concat(run || sku, ' ') FROM made_items", "1A");
	check_sql(b.db, "SELECT group_concat(run || sku, ' ') FROM last_made", "1A");
	check_sql(b.db,
		  "SELECT count(*) || (SELECT count(*) FROM lines) || (SELECT count(*) FROM cache) FROM made_stages",
		  "111");
	check_sql(b.db, "SELECT group_concat(run || sku, ' ') FROM items", "1A 2A 9A");
	store_close(b.store);
}

/* A night in which the photo's disk was away is no reason to forget what was made of it. */
static void a_bad_night_forgets_nothing(void **state)
{
	struct item_row failed = {
		.seq = 1, .line = 1, .sku = "A", .position = 1, .confidence = -1, .status = ITEM_FAILED, .stands = true
	};
	struct pruned pruned;
	struct err e = { 0 };
	struct bench b;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	pass_nights(&b, 8);
	assert_int_equal(store_sums_keep(b.store, &e), 0);
	assert_int_equal(store_begin(b.store, &e), 0);
	assert_int_equal(store_item(b.store, b.run, &failed, &e), 0);
	assert_int_equal(store_commit(b.store, &e), 0);
	CHECK_INT(e.msg, store_prune(b.store, INT64_MAX, &pruned, &e), 0);
	check_sql(b.db, "SELECT group_concat(run || sku || status, ' ') FROM made_items", "1Asucceeded 9Afailed");
	check_sql(b.db, "SELECT count(*) FROM cache", "1");
	failed.stands = false; /* its line is another one: what was made is in the cache alone */
	failed.seq = 2;
	assert_int_equal(store_begin(b.store, &e), 0);
	assert_int_equal(store_item(b.store, b.run, &failed, &e), 0);
	assert_int_equal(store_commit(b.store, &e), 0);
	check_sql(b.db, "SELECT count(*) FROM last_made", "0");
	store_close(b.store);
}

/* Each of many manifests keeps its last catalogue. */
static void another_manifest_is_kept(void **state)
{
	struct pruned pruned;
	struct err e = { 0 };
	struct bench b;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	assert_int_equal(store_run_end(b.store, b.run, "finished", &e), 0);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(store_run_begin(b.store, "run", "other", NULL, "{}", 0, &b.run, &e), 0);
		assert_int_equal(store_run_end(b.store, b.run, "finished", &e), 0);
	}
	assert_int_equal(store_sums_keep(b.store, &e), 0);
	CHECK_INT(e.msg, store_prune(b.store, INT64_MAX, &pruned, &e), 0);
	check_sql(b.db, "SELECT group_concat(run || sku, ' ') FROM made_items", "1A");
	check_sql(b.db, "SELECT group_concat(tidied, '') FROM runs", "01110000000");
	store_close(b.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_stands_outlives_its_run, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_bad_night_forgets_nothing, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(another_manifest_is_kept, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
