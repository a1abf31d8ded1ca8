/* What a run says of an item: its status, its row, its line of results.jsonl. */
#include "tests/check.h"

#include "stages/json_text.h"
#include "stages/outcome.h"
#include "stages/product.h"
#include "stages/road.h"

#include <stdlib.h>
#include <string.h>

static const struct outcome_config cfg = { "local", "template" };

static const char *const facts[STAGE_COUNT] = {
	[STAGE_FETCH] = "{\"type\":\"jpeg\",\"bytes\":5000}",
	[STAGE_REMOVE_BACKGROUND] = "{\"method\":\"neural\",\"confidence\":0.5,\"reasons\":[]}",
	[STAGE_ENHANCE] = "{\"gain\":[1,1,1]}",
	[STAGE_RESIZE] = "{\"format\":\"jpeg\",\"width\":800,\"height\":800,\"quality\":88}",
	[STAGE_INSPECT] = "{\"verdict\":\"succeeded\",\"confidence\":0.97,\"method\":\"neural\",\"reasons\":[],"
			  "\"checks\":{\"background_white\":1,\"fill\":0.85,\"centred\":true,\"method\":\"neural\"}}",
	[STAGE_COPY] =
		"{\"texts\":{\"en\":{\"title\":\"Mug\",\"description\":\"Mug.\",\"bullets\":[\"a\",\"b\",\"c\"],\"alt_"
		"text\":\"Mug\","
		"\"keywords\":[\"Mug\"]}},\"model\":\"template\",\"reasons\":[]}",
	[STAGE_PUBLISH] = "{\"path\":\"images/MUG-001/2.jpg\",\"bytes\":48211,\"sha256\":"
			  "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"mtime_ns\":\"1\","
			  "\"inode\":\"2\"}",
};

#define LINE                                                                                                           \
	"{\"sku\":\"MUG-001\",\"title\":\"Mug\",\"images\":[\"a\",\"b\"],\"group\":\"G\",\"priority\":1,\"locales\":[" \
	"\"EN\",\"de\"],"                                                                                              \
	"\"supplier\":\"S\",\"cost\":19.90,\"product_info\":{\"brand\":\"B\",\"price\":1,\"ean\":123456789012345678}}"

static struct product *product_of(const char *line)
{
	struct err e = { 0 };
	cJSON *json = json_parse(line, strlen(line), (struct json_place){ 1, 1 }, &e);
	struct product *p = product_create(json, &e);

	if (!p)
		fail_msg("%s", e.msg);
	cJSON_Delete(json);
	return p;
}

/* An item that came to the stage `end` and has a result of each stage before it. */
static struct item *item_at(const char *line, int end)
{
	struct item *it = item_create(5, 3, "MUG-001", 2, "/photos/mug.jpg", product_of(line), product_unref);

	for (int i = 0; i < end; i++) {
		it->results[i].origin = i == STAGE_FETCH ? ORIGIN_CACHE : ORIGIN_MADE;
		it->results[i].facts = strdup(facts[i]);
		it->results[i].took_us = 1000 * i + 499;
	}
	it->calls = 3;
	return it;
}

static void set_facts(struct item *it, enum road_stage stage, const char *text)
{
	free(it->results[stage].facts);
	it->results[stage].facts = strdup(text);
}

static void check_line(const char *name, const struct item_row *row, const char *want)
{
	CHECK_TEXT(name, row->json, want);
}

static void has(const struct item_row *row, const char *part)
{
	if (!strstr(row->json, part))
		fail_msg("no %s in %s", part, row->json);
}

static void has_not(const struct item_row *row, const char *part)
{
	if (strstr(row->json, part))
		fail_msg("%s in %s", part, row->json);
}

static void test_succeeded(void **state)
{
	struct item *it = item_at(LINE, STAGE_COUNT);
	struct item_row row = { 0 };

	(void)state;
	CHECK_INT("concluded", outcome_conclude(&cfg, it, 4321, &row), 0);
	check_line(
		"line", &row,
		"{\"sku\":\"MUG-001\",\"position\":2,\"line\":3,\"source\":\"/photos/"
		"mug.jpg\",\"status\":\"succeeded\","
		"\"output\":{\"path\":\"images/MUG-001/2.jpg\",\"width\":800,\"height\":800,\"bytes\":48211,\"sha256\":"
		"\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"format\":\"jpeg\"},"
		"\"derivatives\":[],"
		"\"image_model\":\"local\",\"text_model\":\"template\",\"attempts\":3,\"cost_usd\":0,\"cached\":["
		"\"fetch\"],"
		"\"stages_ms\":{\"fetch\":0,\"remove_background\":1,\"enhance\":2,\"resize\":3,\"inspect\":4,\"copy\":"
		"5,\"publish\":6},"
		"\"confidence\":0.97,\"checks\":{\"background_white\":1,\"fill\":0.85,\"centred\":true,\"method\":"
		"\"neural\","
		"\"reasons\":[],\"copy_without\":[\"de\"]},\"copy\":{\"en\":{\"title\":\"Mug\",\"description\":\"Mug."
		"\",\"bullets\":"
		"[\"a\",\"b\",\"c\"],\"alt_text\":\"Mug\",\"keywords\":[\"Mug\"]}},\"product\":{\"supplier\":\"S\","
		"\"cost\":19.90,"
		"\"product_info\":{\"ean\":123456789012345678}},\"error\":null}");
	CHECK_INT("seq", row.seq, 5);
	CHECK_INT("status", row.status, ITEM_SUCCEEDED);
	CHECK_TEXT("output", row.output, "images/MUG-001/2.jpg");
	CHECK_INT("bytes", row.output_bytes, 48211);
	CHECK_INT("took", row.took_us, 4321);
	CHECK_INT("calls", row.calls, 3);
	CHECK_INT("confidence", row.confidence * 100 + 0.5, 97);
	assert_null(row.reasons);
	assert_null(row.err_stage);
	outcome_free_row(&row);
	item_free(it);
}

static void test_review_and_rejected(void **state)
{
	struct item *it = item_at("{\"sku\":\"A\",\"image_url\":\"a\"}", STAGE_COUNT);
	struct item_row row = { 0 };

	(void)state;
	set_facts(it, STAGE_INSPECT,
		  "{\"verdict\":\"review\",\"confidence\":0.4,\"reasons\":[\"upscaled\",\"low_fill\"],\"checks\":{}}");
	CHECK_INT("review", outcome_conclude(&cfg, it, 1, &row), 0);
	CHECK_INT("the item's status", it->status, ITEM_REVIEW);
	CHECK_INT("the row's status", row.status, ITEM_REVIEW);
	CHECK_TEXT("reasons", row.reasons, "upscaled,low_fill");
	has(&row, "\"status\":\"review\"");
	has(&row, "\"checks\":{\"reasons\":[\"upscaled\",\"low_fill\"]}");
	has(&row, "\"output\":{\"path\"");
	has_not(&row, "\"product\":");
	outcome_free_row(&row);

	set_facts(it, STAGE_INSPECT, "{\"verdict\":\"rejected\",\"reasons\":[\"wrong_size\"]}");
	result_release(&it->results[STAGE_PUBLISH]);
	memset(&row, 0, sizeof(row));
	CHECK_INT("rejected", outcome_conclude(&cfg, it, 1, &row), 0);
	CHECK_INT("status", it->status, ITEM_REJECTED);
	has(&row, "\"output\":null");
	has(&row, "\"error\":null");
	assert_null(row.output);
	outcome_free_row(&row);
	item_free(it);
}

static void test_failed_on_the_road(void **state)
{
	struct item *it = item_at("{\"sku\":\"A\",\"image_url\":\"a\"}", STAGE_ENHANCE);
	struct item_row row = { 0 };

	(void)state;
	it->results[STAGE_ENHANCE].origin = ORIGIN_FAILED;
	it->results[STAGE_ENHANCE].took_us = 7000;
	it->err_stage = STAGE_ENHANCE;
	it->status = ITEM_FAILED;
	err_set(&it->err, ERR_PICTURE, "cut \"short\"");
	CHECK_INT("failed", outcome_conclude(&cfg, it, 1, &row), 0);
	has(&row, "\"status\":\"failed\",\"output\":null");
	has(&row, "\"error\":{\"code\":\"broken_picture\",\"message\":\"cut "
		  "\\\"short\\\"\",\"stage\":\"enhance\",\"retryable\":false}");
	has(&row, "\"stages_ms\":{\"fetch\":0,\"remove_background\":1,\"enhance\":7}");
	has(&row, "\"confidence\":0.5,\"checks\":null,\"copy\":null");
	CHECK_TEXT("stage", row.err_stage, "enhance");
	CHECK_INT("err", row.err->code, ERR_PICTURE);
	outcome_free_row(&row);
	item_free(it);
}

/* A disk that fails at the last stage: what was published before is not this run's output. */
static void test_failed_after_all(void **state)
{
	struct item *it = item_at("{\"sku\":\"A\",\"image_url\":\"a\"}", STAGE_COUNT);
	struct item_row row = { 0 };

	(void)state;
	it->results[STAGE_PUBLISH].origin = ORIGIN_FAILED;
	it->err_stage = STAGE_PUBLISH;
	it->status = ITEM_FAILED;
	err_set(&it->err, ERR_NETWORK, "gone");
	CHECK_INT("failed", outcome_conclude(&cfg, it, 1, &row), 0);
	has(&row, "\"status\":\"failed\",\"output\":null");
	has(&row, "\"retryable\":true");
	assert_null(row.output);
	outcome_free_row(&row);
	item_free(it);
}

static void test_bad_line(void **state)
{
	struct item *it = item_create(1, 9, NULL, 0, NULL, NULL, NULL);
	const struct outcome_config no_copy = { "local", NULL };
	struct item_row row = { 0 };

	(void)state;
	it->status = ITEM_FAILED;
	err_set(&it->err, ERR_LINE, "not JSON");
	CHECK_INT("bad line", outcome_conclude(&no_copy, it, 1, &row), 0);
	check_line("line", &row,
		   "{\"sku\":null,\"position\":0,\"line\":9,\"source\":null,\"status\":\"failed\",\"output\":null,"
		   "\"derivatives\":[],"
		   "\"image_model\":\"local\",\"text_model\":null,\"attempts\":0,\"cost_usd\":0,\"cached\":[],\"stages_"
		   "ms\":{},"
		   "\"confidence\":null,\"checks\":null,\"copy\":null,\"error\":{\"code\":\"bad_line\",\"message\":"
		   "\"not JSON\","
		   "\"stage\":null,\"retryable\":false}}");
	assert_true(row.confidence < 0);
	outcome_free_row(&row);
	item_free(it);
}

static void test_skipped(void **state)
{
	struct item *it = item_create(1, 9, "A", 1, "a\xff.jpg", NULL, NULL);
	struct item_row row = { 0 };

	(void)state;
	it->status = ITEM_SKIPPED;
	err_set(&it->err, ERR_STOPPED, "not worked on");
	CHECK_INT("skipped", outcome_conclude(&cfg, it, 1, &row), 0);
	CHECK_INT("status", row.status, ITEM_SKIPPED);
	has(&row, "\"status\":\"skipped\"");
	has(&row, "\"source\":\"a?.jpg\"");
	outcome_free_row(&row);
	item_free(it);
}

/* Facts may be missing, or be anything: the item is recorded all the same. */
static void test_odd_facts(void **state)
{
	static const char *const odd[] = {
		"",
		"[]",
		"{}",
		"3",
		"{\"verdict\":7,\"reasons\":\"x\",\"checks\":[],\"confidence\":\"high\",\"path\":[]}",
		"{\"reasons\":[1,null,\"\"],\"confidence\":1e999,\"verdict\":\"nonsense\",\"bytes\":\"many\"}"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct item *it = item_at("{\"sku\":\"A\",\"image_url\":\"a\"}", STAGE_COUNT);
		struct item_row row = { 0 };
		cJSON *line;

		for (int s = 0; s < STAGE_COUNT; s++)
			set_facts(it, (enum road_stage)s, odd[i]);
		CHECK_INT(odd[i], outcome_conclude(&cfg, it, 1, &row), 0);
		CHECK_INT(odd[i], row.status, ITEM_SUCCEEDED);
		line = cJSON_Parse(row.json);
		assert_true(cJSON_IsNull(cJSON_GetObjectItem(line, "output")));
		cJSON_Delete(line);
		outcome_free_row(&row);
		item_free(it);
	}
	outcome_free_row(&(struct item_row){ 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_succeeded),          cmocka_unit_test(test_review_and_rejected),
		cmocka_unit_test(test_failed_on_the_road), cmocka_unit_test(test_failed_after_all),
		cmocka_unit_test(test_bad_line),           cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_odd_facts),
	};
	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
