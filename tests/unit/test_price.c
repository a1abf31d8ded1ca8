#include "tests/check.h"

#include "stages/model.h"

#include <string.h>

#define DAY "2026-11-25"

static struct models *table(void)
{
	struct models *ms;
	struct err e = { 0 };

	CHECK_INT(e.msg, models_open(&ms, NULL, &e), 0);
	return ms;
}

/* What an answer costs, in nano-dollars, by the model that gave it. */
static void test_receipts(void **state)
{
	static const struct {
		const char *name, *asked, *version, *day;
		enum model_kind kind;
		int64_t text_in, image_in, text_out, image_out, nano;
	} cases[] = {
		{ "2.1 1K", "gemini-nano-banana-2.1", "", DAY, MODEL_IMAGE, 0, 0, 0, 1120, 33600000 },
		{ "2.1 2K", "gemini-nano-banana-2.1", "", DAY, MODEL_IMAGE, 0, 0, 0, 1680, 50400000 },
		{ "2.1 4K", "gemini-nano-banana-2.1", "", DAY, MODEL_IMAGE, 0, 0, 0, 3780, 113400000 },
		{ "edit", "gemini-nano-banana-2.1", "", DAY, MODEL_IMAGE, 150, 1120, 0, 1120, 35505000 },
		{ "pro 4K", "gemini-3-pro-image", "", DAY, MODEL_IMAGE, 0, 0, 0, 2000, 240000000 },
		{ "another answered", "gemini-3.1-flash-image", "models/gemini-nano-banana-2.1", DAY, MODEL_IMAGE, 0, 0,
		  0, 1120, 33600000 },
		{ "version behind it", "gemini-3.8-flash", "gemini-3.5-flash-lite-001", DAY, MODEL_TEXT, 1000, 0, 1000,
		  0, 2800000 },
		{ "unknown answered", "gemini-3.5-flash-lite", "who", DAY, MODEL_TEXT, 1000, 0, 1000, 0, 2800000 },
		{ "the last day", "gemini-3.8-flash", "", "2026-12-31", MODEL_TEXT, 1000, 0, 1000, 0, 4500000 },
		{ "the new price", "gemini-3.8-flash", "", "2027-01-01", MODEL_TEXT, 1000, 0, 1000, 0, 9000000 },
		{ "copy", "gemini-3.5-flash-lite", "", DAY, MODEL_TEXT, 600, 1120, 250, 0, 1141000 },
	};
	struct models *ms = table();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err e = { 0 };
		struct receipt r = { .known = true,
				     .text_in = cases[i].text_in,
				     .image_in = cases[i].image_in,
				     .text_out = cases[i].text_out,
				     .image_out = cases[i].image_out };

		strcpy(r.model, cases[i].version);
		receipt_price(&r, ms, models_find(ms, cases[i].kind, cases[i].asked, &e), cases[i].day);
		assert_true(r.known);
		CHECK_INT(cases[i].name, r.cost_nano, cases[i].nano);
	}
	models_close(ms);
}

/* A relay's price for a call holds, whatever it says who answered, and also where it says nothing of tokens. */
static void test_flat_prices(void **state)
{
	static const char relay[] =
		"{\"models\":[{\"id\":\"gemini-x\",\"kind\":\"image\",\"dialect\":\"gemini\",\"about\":\"its maker's\","
		"\"endpoint\":\"https://"
		"a\",\"status\":\"stable\",\"prices\":{\"text_in\":1,\"image_in\":1,\"text_out\":1,\"image_out\":"
		"30},\"source\":\"s\",\"as_of\":\"2026-11-01\"},"
		"{\"id\":\"relay\",\"kind\":\"image\",\"dialect\":\"openai-chat\",\"about\":\"a "
		"relay's\",\"status\":\"stable\","
		"\"prices\":{\"text_in\":0,\"image_in\":0,\"text_out\":0,\"image_out\":0,\"call\":0.045},\"source\":"
		"\"s\",\"as_of\":"
		"\"2026-11-01\"}]}";
	struct receipt said = { .known = true, .image_out = 1120, .model = "gemini-x" }, silent = { .known = false };
	struct models *ms;
	struct err e = { 0 };

	(void)state;
	CHECK_INT(e.msg, models_parse(&ms, relay, &e), 0);
	receipt_price(&said, ms, models_find(ms, MODEL_IMAGE, "relay", &e), DAY);
	CHECK_INT("tokens and another's name", said.cost_nano, 45000000);
	receipt_price(&silent, ms, models_find(ms, MODEL_IMAGE, "relay", &e), DAY);
	CHECK_INT("nothing said", silent.known, true);
	CHECK_INT("nothing said", silent.cost_nano, 45000000);
	models_close(ms);
}

static void test_no_price_is_unknown(void **state)
{
	struct models *ms = table();
	struct err e = { 0 };
	struct receipt r = { .known = true, .text_in = 10 };

	(void)state;
	receipt_price(&r, ms, models_find(ms, MODEL_TEXT, "gemini-3.6-flash", &e), DAY);
	assert_false(r.known);
	models_close(ms);
}

static void test_alive(void **state)
{
	static const struct {
		const char *id, *day, *says;
		enum model_kind kind;
		int rc;
	} cases[] = {
		{ "gemini-nano-banana-2.1", DAY, "", MODEL_IMAGE, 0 },
		{ "gemini-3.1-flash-image", DAY, "use gemini-nano-banana-2.1", MODEL_IMAGE, 1 },
		{ "gemini-2.5-flash-image", DAY, "use gemini-nano-banana-2.1", MODEL_IMAGE, -1 },
		{ "gpt-image-1.5", "2026-11-30", "use gpt-image-2", MODEL_IMAGE, 1 },
		{ "gpt-image-1.5", "2026-12-01", "use gpt-image-2", MODEL_IMAGE, -1 },
		{ "gemini-3.1-flash-lite", DAY, "", MODEL_TEXT, 0 },
		{ "gemini-3.1-flash-lite", "2027-05-07", "2027-05-07", MODEL_TEXT, -1 },
	};
	struct models *ms = table();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err e = { 0 };

		CHECK_INT(cases[i].id, model_alive(models_find(ms, cases[i].kind, cases[i].id, &e), cases[i].day, &e),
			  cases[i].rc);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("%s: \"%s\" does not say %s", cases[i].id, e.msg, cases[i].says);
	}
	models_close(ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receipts),
		cmocka_unit_test(test_flat_prices),
		cmocka_unit_test(test_no_price_is_unknown),
		cmocka_unit_test(test_alive),
	};
	return cmocka_run_group_tests_name("prices", tests, NULL, NULL);
}
