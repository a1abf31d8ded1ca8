/* What Prometheus reads: names, escapes, exact decimals, buckets; what is counted; where it may listen. */
#include "tests/check.h"

#include "jobs/listen.h"
#include "pipeline/counts.h"
#include "pipeline/decimal.h"
#include "pipeline/metrics.h"
#include "stages/road.h"

#include <pthread.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_decimals(void **state)
{
	static const struct {
		int64_t value;
		int places;
		const char *want;
	} cases[] = {
		{ 0, 0, "0" },
		{ 0, 9, "0" },
		{ 12, 0, "12" },
		{ 120, 0, "120" },
		{ 35500000, 9, "0.0355" },
		{ 1, 9, "0.000000001" },
		{ 12000000, 6, "12" },
		{ 12000001, 6, "12.000001" },
		{ -1, 0, "-1" },
		{ -500, 3, "-0.5" },
		{ INT64_MAX, 9, "9223372036.854775807" },
		{ INT64_MIN, 18, "-9.223372036854775808" },
		{ 1, 18, "0.000000000000000001" },
	};
	char got[DECIMAL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_TEXT("decimal", decimal_text(got, cases[i].value, cases[i].places), cases[i].want);
}

/* --- the page --- */

/* What a print function writes; the caller's. */
#define PRINTED(print)                                   \
	do {                                             \
		size_t size_;                            \
		FILE *f = open_memstream(&text, &size_); \
		assert_non_null(f);                      \
		print;                                   \
		assert_int_equal(fclose(f), 0);          \
	} while (0)

static const int64_t bounds[] = { 1000, 2500000, 0 };
static const struct metric hits = {
	METRIC_COUNTER, "x_hits_total", "Back\\slash and\nline; \"quotes\" stay.", 0, { NULL }, NULL, false
};
static const struct metric calls = { METRIC_COUNTER, "x_calls_total", "Calls.", 9, { "model", "state" }, NULL, false };
static const struct metric faults = { METRIC_COUNTER, "x_faults_total", "Faults.", 0, { "fault" }, NULL, true };
static const struct metric took = { METRIC_HISTOGRAM, "x_seconds", "Time.", 6, { "stage" }, bounds, false };

static const char *const page = "# HELP x_hits_total Back\\\\slash and\\nline; \"quotes\" stay.\n"
				"# TYPE x_hits_total counter\n"
				"x_hits_total 3\n"
				"# HELP x_calls_total Calls.\n"
				"# TYPE x_calls_total counter\n"
				"x_calls_total{model=\"a\\\\b\\\"c\\nd\",state=\"\xc3\xbc\xef\xbf\xbd\"} 0.0355\n"
				"x_calls_total{model=\"m\",state=\"lost\"} 0\n"
				"# HELP x_faults_total Faults.\n"
				"# TYPE x_faults_total counter\n"
				"x_faults_total{fault=\"two\"} 2\n"
				"# HELP x_seconds Time.\n"
				"# TYPE x_seconds histogram\n"
				"x_seconds_bucket{stage=\"s\",le=\"0.001\"} 2\n"
				"x_seconds_bucket{stage=\"s\",le=\"2.5\"} 3\n"
				"x_seconds_bucket{stage=\"s\",le=\"+Inf\"} 4\n"
				"x_seconds_sum{stage=\"s\"} 10.002002\n"
				"x_seconds_count{stage=\"s\"} 4\n";

static void test_page(void **state)
{
	struct metrics *m = metrics_create();
	struct series *h = metrics_add(m, &hits, NULL), *first, *t;
	char *text = NULL;

	(void)state;
	first = metrics_add(m, &calls, (const char *const[]){ "a\\b\"c\nd", "\xc3\xbc\xff" });
	series_add(metrics_add(m, &faults, (const char *const[]){ "none" }), 0);
	metrics_add(m, &calls, (const char *const[]){ "m", "lost" }); /* stands with its own, however late */
	series_add(metrics_add(m, &faults, (const char *const[]){ "two" }), 2);
	t = metrics_add(m, &took, (const char *const[]){ "s" });
	assert_ptr_equal(t, metrics_add(m, &took, (const char *const[]){ "s" }));
	assert_true(metrics_whole(m));
	series_add(h, 1);
	series_add(h, 2);
	series_add(first, 35500000);
	series_observe(t, 1);
	series_observe(t, 1000); /* a bound belongs to its bucket */
	series_observe(t, 1001);
	series_observe(t, 10000000);
	series_add(NULL, 1);
	series_set(NULL, 1);
	series_observe(NULL, 1);
	PRINTED(metrics_print(f, m));
	CHECK_TEXT("page", text, page);
	free(text);
	metrics_free(m);
}

#define THREADS 4
#define ROUNDS  20000

static void *count(void *s)
{
	for (int i = 0; i < ROUNDS; i++)
		series_observe(s, i);
	return NULL;
}

/* In every snapshot, +Inf is the count, and buckets rise. */
static void check_histogram(const char *text)
{
	long long low, high, all, counted;

	assert_int_equal(sscanf(strstr(text, "0.001\"}") + 7, "%lld", &low), 1);
	assert_int_equal(sscanf(strstr(text, "2.5\"}") + 5, "%lld", &high), 1);
	assert_int_equal(sscanf(strstr(text, "+Inf\"}") + 6, "%lld", &all), 1);
	assert_int_equal(sscanf(strstr(text, "_count{stage=\"s\"}") + 17, "%lld", &counted), 1);
	assert_true(low <= high && high <= all);
	CHECK_INT("count", counted, all);
}

static void test_counted_by_many(void **state)
{
	struct metrics *m = metrics_create();
	struct series *s = metrics_add(m, &took, (const char *const[]){ "s" });
	pthread_t threads[THREADS];
	char *text = NULL;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, s), 0);
	for (int i = 0; i < 50; i++) {
		PRINTED(metrics_print(f, m));
		check_histogram(text);
		free(text);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT("sum", series_value(s), (int64_t)THREADS * ROUNDS * (ROUNDS - 1) / 2);
	metrics_free(m);
}

/* --- the counts of a run --- */

static const struct service services[] = { { .name = "m", .endpoints = { "http://a", "http://b" }, .concurrency = 8 },
					   { .name = "m", .endpoints = { "http://a" }, .concurrency = 8 } };

static struct counts *some_counts(void)
{
	static const char *const kinds[] = { "image", "text" };
	const struct counts_config cfg = { road_stages, STAGE_COUNT, services, kinds, 2, 25000000000 };
	struct counts *c = counts_create(&cfg);

	assert_non_null(c);
	return c;
}

static void check_line(const char *text, const char *line)
{
	char whole[200];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text, whole))
		fail_msg("the page lacks \"%s\":\n%s", line, text);
}

static void count_items(struct counts *c)
{
	struct item it = { .status = ITEM_SUCCEEDED };

	it.results[STAGE_FETCH] = (struct result){ .origin = ORIGIN_CACHE, .has_key = true };
	it.results[STAGE_RESIZE] = (struct result){ .origin = ORIGIN_MADE, .has_key = true, .took_us = 20000 };
	it.results[STAGE_PUBLISH] = (struct result){ .origin = ORIGIN_MADE, .took_us = 1000 };
	counts_item(c, &it);
	it.status = ITEM_FAILED;
	it.results[STAGE_RESIZE].origin = ORIGIN_FAILED;
	err_set(&it.err, ERR_PICTURE, "x");
	counts_item(c, &it);
	counts_unchanged(c, ITEM_REVIEW, 6);
}

static void count_calls(struct counts *c)
{
	counts_call(c, &(struct counts_call){ "m", "image", true, 35500000, 3, ERR_OK });
	counts_call(c, &(struct counts_call){ "m", "image", false, 40000000, 1, ERR_LOST });
	counts_call(c, &(struct counts_call){ "m", "text", true, 100, 1, ERR_OK });
	counts_call(c, &(struct counts_call){ "another", "text", true, 100, 1, ERR_OK }); /* of no service */
	counts_answer(c, 0, 3000000);
	counts_lane(c, 1, 7, 2);
	counts_endpoint(c, 0, 1, 2.5, true, false);
	counts_fetch(c, 3);
	counts_fetch(c, 0);
	counts_fetching(c, 4);
	counts_depths(c, &(struct counts_depths){ 9, 1, 2, 3, 1 << 20, 24000000000 });
}

static const char *const lines[] = {
	"packshot_items_total{status=\"succeeded\"} 1",
	"packshot_items_total{status=\"failed\"} 1",
	"packshot_items_total{status=\"review\"} 1",
	"packshot_items_total{status=\"skipped\"} 0",
	"packshot_items_unchanged_total 1",
	"packshot_item_errors_total{error=\"broken_picture\"} 1",
	"packshot_stage_results_total{stage=\"fetch\",origin=\"cache\"} 2",
	"packshot_stage_results_total{stage=\"resize\",origin=\"failed\"} 1",
	"packshot_stage_duration_seconds_sum{stage=\"publish\"} 0.002",
	"packshot_stage_duration_seconds_bucket{stage=\"resize\",le=\"0.01\"} 0",
	"packshot_stage_duration_seconds_bucket{stage=\"resize\",le=\"0.025\"} 1",
	"packshot_cache_hits_total 8",
	"packshot_cache_misses_total 2",
	"packshot_calls_total{model=\"m\",kind=\"image\",state=\"settled\"} 1",
	"packshot_calls_total{model=\"m\",kind=\"image\",state=\"unknown\"} 1",
	"packshot_call_errors_total{model=\"m\",kind=\"image\",error=\"lost_answer\"} 1",
	"packshot_cost_usd_total{model=\"m\",kind=\"image\",state=\"unknown\"} 0.04",
	"packshot_cost_usd_total{model=\"m\",kind=\"text\",state=\"settled\"} 0.0000001",
	"packshot_retries_total{model=\"m\",kind=\"image\"} 2",
	"packshot_call_duration_seconds_count{model=\"m\",kind=\"image\"} 1",
	"packshot_call_duration_seconds_count{model=\"m\",kind=\"text\"} 0",
	"packshot_calls_waiting{model=\"m\",kind=\"text\"} 7",
	"packshot_calls_in_flight{model=\"m\",kind=\"text\"} 2",
	"packshot_endpoint_calls_allowed{model=\"m\",kind=\"image\",endpoint=\"http://b\"} 2.5",
	"packshot_endpoint_throttled{model=\"m\",kind=\"image\",endpoint=\"http://b\"} 1",
	"packshot_endpoint_breaker_open{model=\"m\",kind=\"image\",endpoint=\"http://b\"} 0",
	"packshot_fetches_total 3",
	"packshot_fetch_retries_total 2",
	"packshot_fetches_in_flight 4",
	"packshot_items_in_flight 9",
	"packshot_queue_length{queue=\"recorder\"} 3",
	"packshot_bytes_in_memory 1048576",
	"packshot_budget_usd 25",
	"packshot_budget_remaining_usd 24",
	"packshot_run_info{run=\"12\",command=\"run\",version=\"1.2\"} 1",
	"packshot_run_start_time_seconds 1.5",
};

static void test_counts(void **state)
{
	struct counts *c = some_counts();
	char *text = NULL;

	(void)state;
	CHECK_INT("begun", counts_run(c, 12, "run", "1.2", 1500000), 0);
	count_items(c);
	count_calls(c);
	PRINTED(counts_print(f, c));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_line(text, lines[i]);
	check_line(text, "packshot_run_exit_status -1");
	check_line(text, "packshot_run_end_time_seconds 0");
	assert_null(strstr(text, "error=\"usage\"")); /* what never happens is not shown */
	free(text);
	counts_run_ended(c, 2000000, 0);
	PRINTED(counts_print(f, c));
	check_line(text, "packshot_run_success 1");
	check_line(text, "packshot_run_end_time_seconds 2");
	free(text);
	counts_free(c);
}

static void test_nobody_watches(void **state)
{
	struct item it = { 0 };

	(void)state;
	count_calls(NULL);
	counts_item(NULL, &it);
	counts_unchanged(NULL, ITEM_REVIEW, 6);
	CHECK_INT("begun", counts_run(NULL, 12, "run", "1.2", 1500000), 0);
	counts_run_ended(NULL, 1, 0);
	counts_free(NULL);
}

/* As `promtool check metrics` has it: each name once, base units, _total on counters and on nothing else. */
static void test_names(void **state)
{
	struct counts *c = some_counts();
	char *text = NULL, name[100], type[20], seen[8000] = " ", found[102];
	regex_t good;

	(void)state;
	assert_int_equal(regcomp(&good, "^packshot_[a-z0-9_]+$", REG_EXTENDED | REG_NOSUB), 0);
	PRINTED(counts_print(f, c));
	for (const char *at = text; (at = strstr(at, "# TYPE ")) != NULL; at++) {
		const char *total;

		assert_int_equal(sscanf(at, "# TYPE %99s %19s", name, type), 2);
		CHECK_INT(name, regexec(&good, name, 0, NULL, 0), 0);
		total = strstr(name, "_total");
		CHECK_INT(name, total && !total[6], strcmp(type, "counter") == 0);
		assert_null(strstr(name, "_ms"));
		assert_null(strstr(name, "_count"));
		snprintf(found, sizeof(found), " %s ", name);
		CHECK_INT(name, strstr(seen, found) == NULL, 1);
		strcat(seen, found + 1);
	}
	regfree(&good);
	free(text);
	counts_free(c);
}

/* --- where it may listen --- */

static void test_listen(void **state)
{
	static const char *const bad[] = { "",         "9464",  "127.0.0.1", "127.0.0.1:",   "127.0.0.1:x",
					   "::1:9464", "[::1]", "[::1:9464", "host:9464",    "1.2.3:70000",
					   ":-1",      ": 1",   ":65536",    "127.0.0.1:+1", "256.0.0.1:80",
					   "[]:80" };
	char name[LISTEN_NAME_MAX], taken[LISTEN_NAME_MAX];
	struct err e = { 0 };
	int fd = listen_on(":0", "--flag", taken, &e), second;

	(void)state;
	CHECK_INT(e.msg, fd >= 0, 1);
	CHECK_INT(taken, strncmp(taken, "127.0.0.1:", 10), 0);
	CHECK_INT(taken, atoi(taken + 10) > 0, 1);
	CHECK_INT("taken", listen_on(taken, "--flag", name, &e), -1);
	CHECK_INT("taken", e.code, ERR_CONFIG);
	assert_non_null(strstr(e.msg, "--flag 127.0.0.1:"));
	assert_non_null(strstr(e.msg, "in use"));
	close(fd);
	err_clear(&e);
	second = listen_on(taken, "--flag", name, &e); /* free again at once */
	CHECK_INT(e.msg, second >= 0, 1);
	CHECK_TEXT("the same", name, taken);
	close(second);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		CHECK_INT(bad[i], listen_on(bad[i], "--flag", name, &e), -1);
		CHECK_INT(bad[i], e.code, ERR_CONFIG);
	}
	fd = listen_on("[::1]:0", "--flag", name, &e);
	if (fd >= 0) /* a machine may have no IPv6 */
		CHECK_INT(name, strncmp(name, "[::1]:", 6), 0);
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimals), cmocka_unit_test(test_page),  cmocka_unit_test(test_counted_by_many),
		cmocka_unit_test(test_counts),   cmocka_unit_test(test_names), cmocka_unit_test(test_nobody_watches),
		cmocka_unit_test(test_listen),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
