/* Which items a report shows: those that stand, in order, each once, and never more than asked for. */
#include "tests/shop.h"

#include "pipeline/store_gallery.h"

struct seen {
	int64_t seq[512], run[512];
	double confidence[512];
	bool unchanged[512];
	int stages, count, stop_after;
};

static int see(void *ctx, const struct gallery_item *x)
{
	struct seen *s = ctx;

	assert_in_range(s->count, 0, 511);
	s->seq[s->count] = x->seq;
	s->run[s->count] = x->run;
	s->unchanged[s->count] = x->unchanged;
	s->confidence[s->count++] = x->confidence;
	s->stages += x->stage_count;
	return s->count == s->stop_after ? 7 : 0;
}

static int shown(const struct shop *shop, enum report_reach reach, int64_t run, enum item_status status, size_t most,
		 struct seen *s)
{
	struct report_scope scope = { .reach = reach, .run = run };
	struct store_reader *rd = NULL;
	struct report_figures f = { 0 };
	struct err e = { 0 };
	int rc, stop = s->stop_after;

	*s = (struct seen){ .stop_after = stop };
	if (store_reader_open(&rd, shop->path, &e) != 0 || store_report(rd, &scope, &f, &e) != 0)
		fail_msg("%s", e.msg);
	rc = store_gallery(rd, &f, status, most, see, s, &e);
	if (rc < 0)
		fail_msg("%s", e.msg);
	report_figures_release(&f);
	store_reader_close(rd);
	return rc;
}

static void shows_all_of_a_status(void **state)
{
	struct shop s = open_shop(state);
	struct report_figures f;
	struct seen seen = { 0 };

	fill(&s, 300);
	execute(s.path, "UPDATE made_items SET confidence = (seq * 7 % 100) / 100.0 WHERE seq % 5");
	f = figures(&s, 1);
	for (int i = 0; i < ITEM_STATUSES; i++) {
		assert_int_equal(shown(&s, REPORT_ONE_RUN, 1, (enum item_status)i, 400, &seen), 0);
		CHECK_INT(item_status_name((enum item_status)i), seen.count, f.status[i]);
		for (int k = 1; k < seen.count; k++)
			assert_true(seen.confidence[k - 1] <= seen.confidence[k]);
	}
	shown(&s, REPORT_LAST, 0, ITEM_SUCCEEDED, 5, &seen);
	assert_int_equal(seen.count, 5);
	assert_true(seen.stages > 0);
	seen.stop_after = 2; /* the caller's word ends it */
	assert_int_equal(shown(&s, REPORT_LAST, 0, ITEM_SUCCEEDED, 5, &seen), 7);
	assert_int_equal(seen.count, 2);
	report_figures_release(&f);
	store_close(s.store);
}

/* Run 2 works again on what failed in run 1, of which half succeeds; one is skipped. Run 3 finds pictures of both
 * unchanged. */
static void shows_what_stands(void **state)
{
	struct shop s = open_shop(state);
	struct seen seen = { 0 };

	execute(s.path,
		"INSERT INTO made_items (run, seq, line, sku, position, status, confidence, calls, cost_nano, took, "
		"recorded) VALUES"
		" (1, 1, 1, 'a', 1, 'succeeded', 0.9, 0, 0, 1, 1), (1, 2, 2, 'b', 1, 'failed', NULL, 0, 0, 1, 1),"
		" (1, 3, 3, 'c', 1, 'failed', NULL, 0, 0, 1, 1), (1, 4, 4, 'd', 1, 'review', 0.4, 0, 0, 1, 1),"
		" (1, 5, 5, 'e', 1, 'failed', NULL, 0, 0, 1, 1);"
		"UPDATE runs SET state = 'finished';"
		"INSERT INTO runs (id, command, manifest, version, pid, started, state, base) VALUES"
		" (2, 'rerun', 'catalog.jsonl', '1', 1, 2000000000000000, 'finished', 1);"
		"INSERT INTO made_items (run, seq, line, sku, position, status, confidence, calls, cost_nano, took, "
		"recorded) VALUES"
		" (2, 2, 2, 'b', 1, 'succeeded', 0.1, 0, 0, 1, 1), (2, 3, 3, 'c', 1, 'failed', NULL, 0, 0, 1, 1),"
		" (2, 5, 5, 'e', 1, 'skipped', NULL, 0, 0, 1, 1)");
	shown(&s, REPORT_ONE_RUN, 1, ITEM_FAILED, 10, &seen);
	assert_int_equal(seen.count, 3);
	shown(&s, REPORT_LAST, 0, ITEM_FAILED, 10, &seen);
	assert_int_equal(seen.count, 2); /* c as the re-run saw it, e as it was */
	assert_int_equal(seen.run[0] * 10 + seen.seq[0], 15);
	assert_int_equal(seen.run[1] * 10 + seen.seq[1], 23);
	shown(&s, REPORT_LAST, 0, ITEM_SKIPPED, 10, &seen);
	assert_int_equal(seen.count, 0);
	shown(&s, REPORT_LAST, 0, ITEM_SUCCEEDED, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.seq[0], 2); /* less sure than a */

	execute(s.path, "INSERT INTO groups (id, status) VALUES (901, 'succeeded'), (902, 'review');"
			"INSERT INTO runs (id, command, manifest, version, pid, started, state) VALUES"
			" (3, 'run', 'catalog.jsonl', '1', 1, 2000000100000000, 'finished');"
			"INSERT INTO unchanged (run, seq, line, requests, took, recorded, made_run, made_seq, "
			"worth_nano, grp) VALUES"
			" (3, 1, 9, 0, 1, 1, 1, 1, 0, 901), (3, 2, 8, 0, 1, 1, 2, 2, 0, 901), (3, 3, 7, 0, 1, 1, 1, 4, "
			"0, 902)");
	shown(&s, REPORT_LAST, 0, ITEM_SUCCEEDED, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.run[0] * 10 + seen.seq[0], 22);
	assert_true(seen.unchanged[0] && seen.unchanged[1]);
	shown(&s, REPORT_LAST, 0, ITEM_REVIEW, 10, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.seq[0], 4);
	shown(&s, REPORT_RANGE, 0, ITEM_SUCCEEDED, 10, &seen); /* seen in two nights, shown once, as worked on */
	assert_int_equal(seen.count, 2);
	assert_false(seen.unchanged[0]);
	store_close(s.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shows_all_of_a_status, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(shows_what_stands, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
