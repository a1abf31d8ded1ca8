/* What `packshot report` prints: the promised keys, the page for people, hostile names, unfinished runs. */
#include "tests/shop.h"

#include "jobs/report.h"
#include "pipeline/lock.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <sys/wait.h>

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
	check_number(o, "cost", "total_usd", (double)(f.cost_nano + f.unknown_nano) / 1e9);
	check_number(o, "cost", "image_usd", (double)f.image_nano / 1e9);
	check_number(o, "cost", "text_usd", (double)f.text_nano / 1e9);
	check_number(o, "cost", "unknown_usd", (double)f.unknown_nano / 1e9);
	check_number(o, "cost", "saved_by_cache_usd", (double)f.saved_nano / 1e9);
	check_number(o, "cost", "per_accepted_usd",
		     (double)(f.cost_nano + f.unknown_nano) / 1e9 / (double)f.status[ITEM_SUCCEEDED]);
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
	check_number(row, "example", "line", (double)f.failures[0].examples[0].line);
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
		TEST(json_has_every_promised_key),
		TEST(an_empty_run_is_a_report_too),
		TEST(text_says_what_happened),
		TEST(hostile_text_is_harmless),
		TEST(running_means_that_the_process_lives),
		TEST(works_while_another_process_writes),
		TEST(says_when_there_is_nothing),
	};

	return cmocka_run_group_tests_name("report_print", tests, NULL, NULL);
}
