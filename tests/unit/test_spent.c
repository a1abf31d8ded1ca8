/* What a run finds spent already of its budget. Run n has paid 2^n, so the sum tells which runs were counted. */
#include "tests/check.h"
#include "tests/db.h"
#include "tests/scratch.h"

#include "pipeline/store_spent.h"

#include <stdio.h>
#include <string.h>

struct history {
	const char *name;
	/* A run each, in order: state f, s, i or r (finished, stopped, interrupted, running); command n(ightly), r(un)
	 * or R(erun); the manifest's letter, or the base's number. The last one asks. */
	const char *runs;
	bool one_night;
	int64_t spent;
};

static const struct history histories[] = {
	{ "the first", "rra", false, 0 },
	{ "after one that finished", "fra rra", false, 0 },
	{ "after one that was killed", "ira rra", false, 2 },
	{ "after one that its budget stopped", "sra rra", false, 2 },
	{ "a chain", "ira sra ira rra", false, 2 + 4 + 8 },
	{ "the chain begins behind what finished", "ira fra sra rra", false, 8 },
	{ "another manifest's run in between", "ira frb rra", false, 2 },
	{ "with the re-runs of what it goes on with", "ira fR1 sR1 rra", false, 2 + 4 + 8 },
	{ "not with those of what finished", "fra fR1 sR1 rra", false, 0 },
	{ "a night that reached its budget has ended", "sna rna", true, 0 },
	{ "a night that was killed has not", "ina rna", true, 2 },
	{ "a finished night's re-run is not the next night's", "fna fR1 rna", true, 0 },
	{ "a re-run alone", "fra rR1", false, 0 },
	{ "a re-run of what did not finish", "sra rR1", false, 2 },
	{ "after re-runs that did not finish", "fra fR1 iR1 sR1 rR1", false, 8 + 16 },
	{ "a night's re-run counts the night", "fna rR1", true, 2 },
	{ "and its re-runs", "fna fR1 rR1", true, 2 + 4 },
	{ "and what the night went on from", "ina ina fna rR3", true, 2 + 4 + 8 },
	{ "not an earlier night", "fna fR1 fna rR3", true, 8 },
};

static void add_run(const char *path, const char *run)
{
	const char *state = *run == 'f'   ? "finished"
			    : *run == 's' ? "stopped"
			    : *run == 'i' ? "interrupted"
					  : "running";
	const char *command = run[1] == 'n' ? "nightly" : run[1] == 'r' ? "run" : "rerun";
	const char *base = run[1] == 'R' ? run + 2 : "NULL";
	char sql[500];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO runs (command, version, pid, started, state, base, manifest)"
		 " VALUES ('%s', '1', 1, 1, '%s', %s, coalesce((SELECT manifest FROM runs WHERE id = %s), '%s'));"
		 "INSERT INTO calls (run, seq, stage, kind, endpoint, model, state, reserved_nano, settled_nano)"
		 " SELECT max(id), 1, 's', 'image', 'e', 'm', iif(max(id) %% 2, 'settled', 'unknown'), 1 << max(id),"
		 " iif(max(id) %% 2, 1 << max(id), NULL) FROM runs",
		 command, state, base, base, run + 2);
	execute(path, sql);
}

static void what_was_spent_before(void **state)
{
	for (size_t i = 0; i < sizeof(histories) / sizeof(*histories); i++) {
		const struct history *h = &histories[i];
		char name[32], runs[100], *rest = runs, *run;
		const char *path;
		struct err e = { 0 };
		struct store *st;
		int64_t nano = -1, count = 0;

		snprintf(name, sizeof(name), "%zu.db", i);
		path = scratch_path(state, name);
		assert_int_equal(store_open(&st, path, &e), 0);
		snprintf(runs, sizeof(runs), "%s", h->runs);
		while ((run = strtok_r(rest, " ", &rest)) != NULL) {
			add_run(path, run);
			count++;
		}
		CHECK_INT(h->name, store_spent_before(st, count, h->one_night, &nano, &e), 0);
		CHECK_INT(h->name, nano, h->spent);
		store_close(st);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_spent_before, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("spent", tests, NULL, NULL);
}
