/* The workspace's database: opening, refusing, migrating, and what each kind of row comes back as. */
#include "tests/db.h"

#include "pipeline/store_standing.h"
#include "pipeline/store_db.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- opening --- */

static void creates_and_reopens(void **state)
{
	const char *path = scratch_path(state, "packshot.db");

	store_close(open_store(path));
	check_sql(path, "PRAGMA application_id", "1347635284");
	check_sql(path, "PRAGMA user_version", "7");
	check_sql(path, "PRAGMA journal_mode", "wal");
	check_sql(path,
		  "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
		  " AND name NOT LIKE 'sqlite%' ORDER BY name)",
		  "cache calls groups items last_made lines made_items made_stages products run_calls run_groups "
		  "run_latency run_minutes run_stages runs stage_results unchanged v_costs v_failures v_items");
	check_sql(path,
		  "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
		  " AND name NOT LIKE 'sqlite%'",
		  "0");
	execute(path, "INSERT INTO products (sku, run) VALUES ('kept', 1)");
	store_close(open_store(path));
	check_sql(path, "SELECT count(*) FROM products WHERE sku = 'kept'", "1");
	assert_int_not_equal(access(scratch_path(state, "packshot.db-wal"), F_OK), 0);
}

static void refuses_what_is_not_ours(void **state)
{
	static const struct {
		const char *name, *make, *says;
	} cases[] = {
		{ "another program's", "CREATE TABLE bookmarks (url); INSERT INTO bookmarks VALUES ('x')",
		  "another program" },
		{ "another application id", "PRAGMA application_id = 77", "another program" },
		{ "somebody's empty one with a version", "PRAGMA user_version = 3", "another program" },
		{ "another program's, in WAL", "PRAGMA journal_mode = WAL; CREATE TABLE t (x)", "another program" },
		{ "a newer packshot's",
		  "PRAGMA application_id = 1347635284; PRAGMA user_version = 1000; CREATE TABLE runs (id)",
		  "newer packshot" },
		{ "a negative version", "PRAGMA application_id = 1347635284; PRAGMA user_version = -4",
		  "another program" },
		{ "not a database", NULL, "not a database" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = scratch_path(state, "foreign.db");
		char *before, *after;
		size_t size, size_after;
		struct store *st = NULL;
		struct store_reader *rd = NULL;
		struct err e = { 0 }, e2 = { 0 };

		unlink(path);
		if (cases[i].make)
			execute(path, cases[i].make);
		else
			scratch_write(path, "These are my notes, please leave them alone.", 44);
		before = scratch_read(path, &size);
		CHECK_INT(cases[i].name, store_open(&st, path, &e), -1);
		CHECK_INT(cases[i].name, e.code, ERR_STORE);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].name, e.msg, cases[i].says);
		assert_null(st);
		CHECK_INT(cases[i].name, store_reader_open(&rd, path, &e2), -1);
		CHECK_INT(cases[i].name, e2.code, ERR_STORE);
		after = scratch_read(path, &size_after);
		CHECK_INT(cases[i].name, size_after, size);
		CHECK_INT(cases[i].name, memcmp(before, after, size), 0);
		free(before);
		free(after);
	}
}

/* What another program, killed, left in its log is that program's to take in. */
static void leaves_another_programs_log_alone(void **state)
{
	const char *path = scratch_path(state, "foreign.db"), *log = scratch_path(state, "foreign.db-wal");
	char *before[2], *after[2];
	size_t size[2], size_after[2];
	struct store *st = NULL;
	struct err e = { 0 };
	int status;
	pid_t child = fork();

	if (child == 0) {
		sqlite3 *db = NULL;

		sqlite3_open(path, &db);
		sqlite3_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)",
			     NULL, NULL, NULL);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	before[0] = scratch_read(path, &size[0]);
	before[1] = scratch_read(log, &size[1]);
	assert_true(size[1] > 0);
	assert_int_equal(store_open(&st, path, &e), -1);
	assert_int_equal(e.code, ERR_STORE);
	after[0] = scratch_read(path, &size_after[0]);
	after[1] = scratch_read(log, &size_after[1]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(size_after[i], size[i]);
		assert_memory_equal(after[i], before[i], size[i]);
		free(before[i]);
		free(after[i]);
	}
	check_sql(path, "SELECT x FROM theirs", "1");
}

static void says_why_it_cannot_open(void **state)
{
	struct store *st = NULL;
	struct store_reader *rd = NULL;
	struct err e = { 0 };

	assert_int_equal(store_open(&st, scratch_path(state, "no/such/folder/packshot.db"), &e), -1);
	assert_int_equal(e.code, ERR_STORE);
	assert_non_null(strstr(e.msg, "no/such/folder"));
	err_clear(&e);
	assert_int_equal(store_open(&st, scratch_path(state, ""), &e), -1); /* the folder itself */
	assert_int_equal(e.code, ERR_STORE);
	err_clear(&e);
	assert_int_equal(store_reader_open(&rd, scratch_path(state, "absent.db"), &e), -1);
	assert_int_equal(e.code, ERR_STORE);
	assert_int_not_equal(access(scratch_path(state, "absent.db"), F_OK), 0); /* reading makes nothing */
}

/* Root may write anywhere, so a child gives that up first. */
static int open_as_nobody(const char *path)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct store *st = NULL;
		struct err e = { 0 };

		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(3);
		_exit(store_open(&st, path, &e) == -1 && e.code == ERR_STORE ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void refuses_what_is_read_only(void **state)
{
	const char *path = scratch_path(state, "packshot.db"), *dir = scratch_path(state, "");

	store_close(open_store(path));
	chmod(path, 0444);
	chmod(dir, 0555);
	assert_int_equal(open_as_nobody(path), 0);
	assert_int_equal(open_as_nobody(scratch_path(state, "new.db")), 0);
	chmod(dir, 0755);
	check_sql(path, "PRAGMA user_version", "7");
}

static void migrates_step_by_step(void **state)
{
	static const char *const steps[] = {
		"CREATE TABLE a (x); INSERT INTO a VALUES (1)",
		"ALTER TABLE a ADD COLUMN y DEFAULT 5; CREATE TABLE b (z)",
		"CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)",
	};
	static const char *const repaired[] = { NULL, NULL, "CREATE TABLE c (x)" }; /* what is done is not run again */
	const char *path = scratch_path(state, "old.db");
	struct err e = { 0 };
	int version = -1;
	sqlite3 *db;

	assert_int_equal(store_db_open(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &e), 0);
	assert_int_equal(store_db_version(db, &version, &e), 0);
	assert_int_equal(version, 0);
	assert_int_equal(store_migrate(db, steps, 1, &e), 0); /* an older program's database */
	assert_int_equal(store_migrate(db, steps, 2, &e), 0);
	check_sql(path, "SELECT x || '/' || y FROM a", "1/5");
	check_sql(path, "PRAGMA user_version", "2");
	assert_int_equal(store_migrate(db, steps, 3, &e), -1); /* a step that breaks off leaves nothing behind */
	assert_int_equal(e.code, ERR_STORE);
	check_sql(path, "PRAGMA user_version", "2");
	check_sql(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'", "0");
	err_clear(&e);
	assert_int_equal(store_migrate(db, repaired, 3, &e), 0);
	check_sql(path, "PRAGMA user_version", "3");
	assert_int_equal(store_migrate(db, steps, 2, &e), -1); /* and the older program refuses it now */
	assert_non_null(strstr(e.msg, "newer"));
	sqlite3_close(db);
}

static int append(void *ctx, const struct result_row *row)
{
	strcat(ctx, row->json);
	return 0;
}

static void read_results(const char *path, int64_t run, char *text)
{
	struct store_reader *rd;
	struct err e = { 0 };

	text[0] = 0;
	assert_int_equal(store_reader_open(&rd, path, &e), 0);
	assert_int_equal(store_each_result(rd, run, append, text, &e), 0);
	store_reader_close(rd);
}

/* What an older version wrote is read by this one, and goes on: calls that it left open included. */
static void take_over(const char *path, int version)
{
	struct err e = { 0 };
	struct store *st;
	int64_t run = 0;
	sqlite3 *db;
	char text[100];

	assert_int_equal(store_db_open(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &e), 0);
	assert_int_equal(store_migrate(db, store_steps, version, &e), 0);
	sqlite3_close(db);
	execute(path,
		"INSERT INTO runs (command, version, pid, started) VALUES ('run', '0.1', 1, 5);"
		"INSERT INTO calls (run, seq, stage, kind, endpoint, model, state, reserved_nano, settled_nano)"
		" VALUES (1, 1, 's', 'image', 'e', 'm', 'settled', 7, 6), (1, 2, 's', 'image', 'e', 'm', 'sent', "
		"7, NULL);"
		"INSERT INTO items (run, seq, line, sku, position, status, calls, cost_nano, took, recorded, json)"
		" VALUES (1, 1, 1, 'A', 1, 'succeeded', 1, 6, 3, 9, '{\"old\":1}');"
		"INSERT INTO stage_results (run, seq, stage, origin, started, took, cost_nano)"
		" VALUES (1, 1, 'fetch', 'made', 5, 1, 0)");
	st = open_store(path);
	check_sql(path, "PRAGMA user_version", "7");
	check_sql(path, "SELECT group_concat(state || '/' || tries || '/' || coalesce(answer_id, '-')) FROM calls",
		  "settled/0/-,sent/0/-");
	assert_int_equal(store_run_begin(st, "run", "m", NULL, "{}", 0, &run, &e), 0);
	check_sql(path, "SELECT group_concat(state) FROM calls", "settled,unknown");
	check_sql(path, "SELECT sku || status || json || unchanged FROM items", "Asucceeded{\"old\":1}0");
	check_sql(path, "SELECT stage || origin FROM stage_results", "fetchmade");
	check_sql(path, "SELECT finished FROM runs WHERE id = 1", "9");
	check_sql(path, "SELECT count(*) FROM v_items, v_costs, v_failures", "0");
	store_close(st);
	read_results(path, 1, text);
	CHECK_TEXT("an old line", text, "{\"old\":1}");
}

static void takes_over_older_versions(void **state)
{
	take_over(scratch_path(state, "v1.db"), 1);
	take_over(scratch_path(state, "v2.db"), 2);
	take_over(scratch_path(state, "v3.db"), 3);
}

/* What a photo's server is asked by lay in the cache alone before; where that is of another photo by now, it stays
 * there. */
static void finds_what_servers_are_asked_by(void **state)
{
	const char *path = scratch_path(state, "asked.db");
	struct err e = { 0 };
	sqlite3 *db;

	assert_int_equal(store_db_open(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &e), 0);
	assert_int_equal(store_migrate(db, store_steps, 4, &e), 0);
	sqlite3_close(db);
	execute(path, "INSERT INTO runs (command, version, pid, started) VALUES ('run', '0.1', 1, 5);"
		      "WITH one (sku, seq, size) AS (VALUES ('url', 1, NULL), ('url with another photo', 2, NULL), "
		      "('file', 3, 9))"
		      "INSERT INTO last_made (sku, position, signature, source, source_size, output, output_size, "
		      "output_mtime,"
		      " output_inode, run, seq, status, stages, worth_nano, grp)"
		      " SELECT sku, 1, x'', x'01', size, 'o', 1, 1, 1, 1, seq, 'succeeded', 7, 0, 1 FROM one;"
		      "INSERT INTO made_items (run, seq, line, sku, position, source, status, calls, cost_nano, took, "
		      "recorded)"
		      " VALUES (1, 3, 9, 'file', 1, '/photos/1.jpg', 'succeeded', 0, 0, 1, 5);"
		      "INSERT INTO made_stages (run, seq, stage, origin, started, took, cost_nano, key) VALUES"
		      " (1, 1, 'fetch', 'made', 5, 1, 0, x'a1'), (1, 2, 'fetch', 'made', 5, 1, 0, x'a2'), (1, 3, "
		      "'fetch', 'made', 5, 1, 0, x'a3');"
		      "INSERT INTO cache (key, stage, blob, blob_size, facts, run, created, cost_nano) VALUES"
		      " (x'a1', 'fetch', x'01', 1, '{\"etag\":\"\\\"x\\\"\"}', 1, 5, 0), (x'a2', 'fetch', x'02', 1, "
		      "'{\"etag\":2}', 1, 5, 0),"
		      " (x'a3', 'fetch', x'01', 1, '{\"mtime_ns\":1}', 1, 5, 0)");
	store_close(open_store(path));
	check_sql(path,
		  "SELECT group_concat(coalesce(etag, '-') || coalesce(last_modified, '-'), ' ') FROM (SELECT * FROM "
		  "last_made ORDER BY "
		  "seq)",
		  "\"x\"- -- --");
	/* Nobody knows by what line they were made: they are kept, for what was paid for them, and recognised no more.
	 */
	check_sql(path,
		  "SELECT group_concat(run || seq || place || length(shape) || length(text) || source_size, ' ') "
		  "FROM last_made WHERE sku = 'file'",
		  "13/photos/1.jpg009");
}

static void takes_an_empty_file(void **state)
{
	const char *path = scratch_path(state, "packshot.db");

	scratch_write(path, "", 0);
	store_close(open_store(path));
	check_sql(path, "PRAGMA user_version", "7");
}

/* --- rows --- */

static void write_item(struct store *st, int64_t run, const struct item_row *row)
{
	struct err e = { 0 };

	if (store_begin(st, &e) != 0 || store_item(st, run, row, &e) != 0 || store_commit(st, &e) != 0)
		fail_msg("store_item: %s", e.msg);
}

static void runs_left_unfinished_are_interrupted(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct item_row row = { .seq = 1, .position = 1, .confidence = -1 };
	struct err e = { 0 };
	int64_t first = begin_run(st), second, third;

	write_item(st, first, &row);
	assert_int_equal(store_run_end(st, first, "finished", &e), 0);
	second = begin_run(st);
	write_item(st, second, &row);
	check_sql(path, "SELECT state FROM runs WHERE id = 2", "running");
	store_close(st); /* as a killed process leaves it */
	st = open_store(path);
	third = begin_run(st);
	assert_true(first < second && second < third);
	check_sql(path, "SELECT group_concat(state, ' ') FROM (SELECT state FROM runs ORDER BY id)",
		  "finished interrupted running");
	check_sql(path, "SELECT finished = (SELECT recorded FROM items WHERE run = 2) FROM runs WHERE id = 2", "1");
	check_sql(path, "SELECT finished IS NULL AND pid > 0 AND started > 1600000000000000 FROM runs WHERE id = 3",
		  "1");
	assert_int_equal(store_run_end(st, third, "no such state", &e), -1);
	store_close(st);
}

static void items_and_products_come_back(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct err why = { 0 }, e = { 0 };
	int64_t run = begin_run(st);
	struct product_row mug = { "MUG-1", "Mug", "Norrland", "Kitchen", "{}" };
	struct item_row good = { .seq = 1,
				 .line = 3,
				 .sku = "MUG-1",
				 .position = 2,
				 .source = "/a.jpg",
				 .status = ITEM_REVIEW,
				 .err = &e,
				 .confidence = 0.5,
				 .output = "images/MUG-1/2.jpg",
				 .output_bytes = 48211,
				 .calls = 4,
				 .cost_nano = 35500000,
				 .took_us = 1500,
				 .image_model = "local",
				 .text_model = "template",
				 .reasons = "low_contrast",
				 .json = "{\"n\":1}" };
	struct item_row bad = { .seq = 2, .line = 4, .status = ITEM_FAILED, .err = &why, .confidence = -1 };

	err_set(&why, ERR_LINE, "line 4 is not JSON");
	assert_int_equal(store_begin(st, &e), 0);
	assert_int_equal(store_product(st, run, &mug, &e), 0);
	mug.title = "Enamel mug";
	assert_int_equal(store_product(st, run, &mug, &e), 0);
	assert_int_equal(store_commit(st, &e), 0);
	write_item(st, run, &good);
	write_item(st, run, &bad);
	check_sql(path, "SELECT count(*) || title || brand || category FROM products", "1Enamel mugNorrlandKitchen");
	check_sql(path,
		  "SELECT sku || line || position || source || status || reasons || confidence || output || "
		  "output_bytes ||"
		  " calls || cost_nano || took || image_model || text_model || json FROM items WHERE seq = 1 AND error "
		  "IS NULL",
		  "MUG-132/a.jpgreviewlow_contrast0.5images/MUG-1/2.jpg48211435500000"
		  "1500localtemplate{\"n\":1}");
	check_sql(path,
		  "SELECT status || error || error_message FROM items WHERE seq = 2 AND sku IS NULL AND error_stage IS "
		  "NULL AND"
		  " confidence IS NULL AND output IS NULL AND output_bytes IS NULL",
		  "failedbad_lineline 4 is not JSON");
	check_sql(path, "SELECT cost_usd || ' ' || took_ms || ' ' || title FROM v_items WHERE seq = 1",
		  "0.0355 1.5 Enamel mug");
	check_sql(path,
		  "SELECT recorded GLOB "
		  "'20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'"
		  " FROM v_items",
		  "1");
	check_sql(path, "SELECT group_concat(status || ': ' || why, '; ') FROM v_failures",
		  "review: low_contrast; failed: line 4 is not JSON");
	assert_int_equal(store_begin(st, &e), 0);
	assert_int_equal(store_item(st, run, &good, &e), -1); /* an item ends once */
	assert_int_equal(e.code, ERR_STORE);
	store_rollback(st);
	store_close(st);
}

static int collect(void *ctx, const struct result_row *row)
{
	char *all = ctx;

	strcat(all, row->json);
	return strlen(all) >= 4 ? 7 : 0;
}

static void results_come_in_order_and_stop_when_told(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	struct store_reader *rd;
	struct err e = { 0 };
	int64_t other = begin_run(st), run = begin_run(st);
	struct item_row row = { .position = 1, .confidence = -1 };
	static const char *const lines[] = { "a", "b", "c", "d", "e" };
	char all[32] = "";

	for (int i = 2; i >= 0; i--) {
		row.seq = i + 1;
		row.json = lines[i];
		write_item(st, run, &row);
		write_item(st, other, &row);
	}
	rd = open_reader(path);
	assert_int_equal(store_each_result(rd, run, collect, all, &e), 0);
	assert_string_equal(all, "abc");
	for (int i = 3; i < 5; i++) {
		row.seq = i + 1;
		row.json = lines[i];
		write_item(st, run, &row);
	}
	all[0] = 0;
	assert_int_equal(store_each_result(rd, run, collect, all, &e), 7);
	assert_string_equal(all, "abcd");
	store_reader_close(rd);
	store_close(st);
}

static void what_was_committed_survives_a_kill(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct store *st = open_store(path);
		int64_t run = begin_run(st);
		struct item_row row = { .seq = 1, .position = 1, .confidence = -1 };
		struct err e = { 0 };

		write_item(st, run, &row);
		row.seq = 2;
		store_begin(st, &e);
		store_item(st, run, &row, &e);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	store_close(open_store(path));
	check_sql(path, "SELECT count(*) || max(seq) FROM items", "11");
	check_sql(path, "PRAGMA integrity_check", "ok");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creates_and_reopens),
		TEST(refuses_what_is_not_ours),
		TEST(leaves_another_programs_log_alone),
		TEST(says_why_it_cannot_open),
		TEST(refuses_what_is_read_only),
		TEST(migrates_step_by_step),
		TEST(takes_over_older_versions),
		TEST(finds_what_servers_are_asked_by),
		TEST(takes_an_empty_file),
		TEST(runs_left_unfinished_are_interrupted),
		TEST(items_and_products_come_back),
		TEST(results_come_in_order_and_stop_when_told),
		TEST(what_was_committed_survives_a_kill),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
