/* Which pictures a night's re-run works on, and which it leaves alone. */
#include "tests/check.h"
#include "tests/db.h"

#include "jobs/rerun.h"
#include "pipeline/store_night.h"

#include <string.h>

/* Two runs of one night; what they did not do to pictures that may pass. */
static void fill(const char *path)
{
	struct store *st = open_store(path);

	store_close(st);
	execute(path,
		"INSERT INTO runs (id, command, manifest, version, pid, started, state, base) VALUES"
		" (1, 'nightly', 'm', '1', 1, 1, 'finished', NULL), (2, 'rerun', 'm', '1', 1, 2, 'finished', 1);"
		"INSERT INTO made_items (run, seq, line, sku, position, source, status, error, calls, cost_nano, took, "
		"recorded) VALUES"
		" (1, 1, 1, 'a', 1, 'a.jpg', 'succeeded', NULL, 0, 0, 0, 0),"
		" (1, 2, 2, 'b', 1, 'b.jpg', 'failed', 'lost_answer', 0, 0, 0, 0),"
		" (1, 3, 3, 'c', 1, 'c.jpg', 'failed', 'network', 0, 0, 0, 0),"
		" (1, 4, 4, 'd', 1, 'd.jpg', 'failed', 'out_of_memory', 0, 0, 0, 0),"
		" (1, 5, 5, 'e', 1, 'e.jpg', 'failed', 'no_image', 0, 0, 0, 0),"
		" (1, 6, 6, 'f', 1, 'f.jpg', 'rejected', 'refused', 0, 0, 0, 0);"
		"INSERT INTO calls (run, seq, stage, kind, endpoint, model, state, reserved_nano, settled_nano, error) "
		"VALUES"
		" (1, 1, 'remove_background', 'image', '', 'm', 'settled', 9, 7, NULL),"
		" (1, 2, 'remove_background', 'image', '', 'm', 'unknown', 9, NULL, 'lost_answer'),"
		" (1, 3, 'remove_background', 'image', '', 'm', 'settled', 9, 0, 'model_unavailable'),"
		" (1, 4, 'remove_background', 'image', '', 'm', 'settled', 9, 7, NULL),"
		" (1, 5, 'remove_background', 'image', '', 'm', 'settled', 9, 7, 'no_image'),"
		" (2, 5, 'remove_background', 'image', '', 'm', 'settled', 9, 7, 'no_image')");
}

static void test_limits(void **state)
{
	static const struct {
		const char *name;
		int lost;
		struct rerun_limits limits;
		int64_t want;
	} cases[] = {
		{ "all that may pass", LOST_RETRY, { false, 0 }, 4 },
		{ "lost ones are a person's", LOST_REVIEW, { false, 0 }, 3 },
		{ "lost ones were asked for again", LOST_RETRY, { true, 0 }, 3 },
		{ "what was bought was not kept", LOST_RETRY, { false, 1 }, 3 },
		{ "nothing was bought from here on", LOST_RETRY, { false, 2 }, 4 },
		{ "both", LOST_RETRY, { true, 1 }, 2 },
	};
	const char *path = scratch_path(state, "packshot.db");

	fill(path);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings set = { .lost = cases[i].lost };
		struct err e = { 0 };
		int64_t count = -1;

		if (rerun_count(&set, path, &cases[i].limits, &count, &e) != 0)
			fail_msg("%s: %s", cases[i].name, e.msg);
		CHECK_INT(cases[i].name, count, cases[i].want);
	}
}

static int note(void *ctx, int64_t seq, bool has_bought)
{
	char *said = ctx;

	sprintf(said + strlen(said), "%d%s ", (int)seq, has_bought ? "+" : "");
	return 0;
}

static void test_what_was_paid_for(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store_reader *rd;
	char said[64] = "";
	struct err e = { 0 };

	fill(path);
	rd = open_reader(path);
	assert_int_equal(store_each_paid(rd, 1, 2, note, said, &e), 0);
	CHECK_TEXT("of the night", said, "1+ 2 4+ 5 ");
	said[0] = '\0';
	assert_int_equal(store_each_paid(rd, 2, 2, note, said, &e), 0);
	CHECK_TEXT("of its second run", said, "5 ");
	store_reader_close(rd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_what_was_paid_for, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("rerun", tests, NULL, NULL);
}
