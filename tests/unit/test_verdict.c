/* The night in one sentence, and which runs make a night. */
#include "tests/check.h"

#include "jobs/report_html.h"
#include "jobs/report_nights.h"

#include <stdlib.h>
#include <string.h>

static void says_what_happened(void **state)
{
	static const struct {
		const char *want;
		const char *state;
		int64_t succeeded, failed, rejected, review, skipped;
		int64_t cost, unknown; /* thousandths of a dollar */
		enum report_reach reach;
	} cases[] = {
		{ "3 of 1,204 pictures failed and 41 need a look; the night cost $41.20, 0.9 % of it for answers that "
		  "were lost.",
		  "finished", 1160, 3, 0, 41, 0, 40829, 371, REPORT_LAST },
		{ "All 1,204 pictures succeeded; the run cost nothing.", "finished", 1204, 0, 0, 0, 0, 0, 0,
		  REPORT_ONE_RUN },
		{ "The only picture succeeded; the run cost $0.0360.", "finished", 1, 0, 0, 0, 0, 36, 0,
		  REPORT_ONE_RUN },
		{ "1 of 1 picture failed; the run cost nothing.", "finished", 0, 1, 0, 0, 0, 0, 0, REPORT_ONE_RUN },
		{ "1 of 2 pictures needs a look; the run cost nothing.", "finished", 1, 0, 0, 1, 0, 0, 0,
		  REPORT_ONE_RUN },
		{ "1 of 10 pictures failed, 2 were rejected, 3 were skipped and 1 needs a look; these runs cost $1.00, "
		  "<0.1 % "
		  "of it for "
		  "answers that were lost. It was stopped by a limit; the same command goes on.",
		  "stopped", 3, 1, 2, 1, 3, 1000, 0, REPORT_RANGE },
		{ "No picture was worked on; the run cost nothing. It is still running.", "running", 0, 0, 0, 0, 0, 0,
		  0, REPORT_ONE_RUN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char ended[16];
		struct report_run run = { .state = ended };
		struct report_figures f = { .runs = &run, .run_count = 1, .scope.reach = cases[i].reach };
		char *text;

		snprintf(ended, sizeof(ended), "%s", cases[i].state);
		f.status[ITEM_SUCCEEDED] = cases[i].succeeded;
		f.status[ITEM_FAILED] = cases[i].failed;
		f.status[ITEM_REJECTED] = cases[i].rejected;
		f.status[ITEM_REVIEW] = cases[i].review;
		f.status[ITEM_SKIPPED] = cases[i].skipped;
		for (int s = 0; s < ITEM_STATUSES; s++)
			f.total += f.status[s];
		f.cost_nano = cases[i].cost * 1000000;
		f.unknown_nano = cases[i].unknown * 1000000 + (cases[i].reach == REPORT_RANGE ? 1000 : 0);
		text = report_verdict(&f);
		CHECK_TEXT("verdict", text, cases[i].want);
		free(text);
	}
}

static void puts_runs_into_nights(void **state)
{
	char a[] = "a.jsonl", b[] = "b.jsonl";
	struct report_run runs[] = {
		{ .id = 1, .manifest = a, .total = 10, .cost_nano = 1, .status = { 10 } },
		{ .id = 2, .manifest = a, .base = 1, .total = 0, .cost_nano = 2, .status = { 1, -1 } },
		{ .id = 3, .manifest = a, .gone_on_with = true, .cost_nano = 4, .unknown_nano = 8 },
		{ .id = 4, .manifest = b, .total = 5, .cost_nano = 16 },
		{ .id = 5, .manifest = a, .total = 11, .cost_nano = 32 }, /* goes on with 3 */
		{ .id = 6, .manifest = b, .base = 4, .cost_nano = 64 },
		{ .id = 7, .manifest = a, .base = 99, .total = 1 }, /* of a night before these */
	};
	struct report_figures f = { .runs = runs, .run_count = 7 };
	const struct {
		int64_t first, last, total, cost;
	} want[] = { { 1, 2, 10, 3 }, { 3, 5, 11, 36 }, { 4, 6, 5, 80 }, { 7, 7, 1, 0 } };
	size_t count;
	struct night *nights = nights_of(&f, &count);

	(void)state;
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(nights[i].first_run, want[i].first);
		assert_int_equal(nights[i].last_run, want[i].last);
		assert_int_equal(nights[i].total, want[i].total);
		assert_int_equal(nights[i].cost_nano, want[i].cost);
	}
	assert_int_equal(nights[0].status[ITEM_SUCCEEDED], 11);
	assert_int_equal(nights[1].unknown_nano, 8);
	free(nights);
	f.run_count = 0;
	assert_null(nights_of(&f, &count));
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_happened),
		cmocka_unit_test(puts_runs_into_nights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
