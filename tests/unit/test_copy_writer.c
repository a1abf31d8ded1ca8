/* What a text model is asked for, and which of its answers may be said of the product. */
#include "tests/check.h"

#include "pipeline/wire.h"
#include "stages/copy_fields.h"
#include "stages/copy_writer.h"
#include "stages/product.h"
#include "stages/wording.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRODUCT                                                                                                       \
	"{\"sku\":\"M-1\",\"title\":\"Enamel mug\",\"image_url\":\"a.jpg\",\"product_info\":{\"brand\":\"Norrland\"," \
	"\"category\":\"Kitchen\",\"audience\":\"campers\",\"price\":\"299\",\"currency\":\"SEK\","                   \
	"\"attributes\":{\"material\":\"steel\",\"capacity\":\"350 ml\"}}}"

#define TITLE     "\"title\":\"Norrland enamel mug\""
#define TOLD      "\"description\":\"A steel mug by Norrland. It holds 350 ml.\""
#define BULLETS   "\"bullets\":[\"Made of steel\",\"Holds 350 ml\",\"For campers\"]"
#define ALT       "\"alt_text\":\"An enamel mug by Norrland\""
#define KEYWORDS  "\"keywords\":[\"enamel mug\",\"camping\"]"
#define ENGLISH   "{" TITLE "," TOLD "," BULLETS "," ALT "," KEYWORDS "}"
#define EN(parts) "{\"en\":{" parts "}}"

static struct copy_templates *templates;
static struct wording wording;
static struct model model = { .id = (char *)"t-1", .kind = MODEL_TEXT, .dialect = DIALECT_GEMINI };
static const char *const chinese_market[] = { "cn" };
static struct copy_config cfg;

/* An order of the product's copy in these languages. */
struct bench {
	struct product *product;
	struct copy_fields fields;
	const struct copy_template *languages[2];
	struct copy_order order;
};

static void bench_init(struct bench *b, size_t languages)
{
	struct err e = { 0 };
	cJSON *json = cJSON_Parse(PRODUCT);

	memset(b, 0, sizeof(*b));
	b->product = product_create(json, &e);
	cJSON_Delete(json);
	assert_non_null(b->product);
	CHECK_INT(e.msg, copy_fields_read(&b->fields, b->product, &e), 0);
	b->languages[0] = copy_templates_find(templates, "en", &e);
	b->languages[1] = copy_templates_find(templates, "zh-CN", &e);
	b->order = (struct copy_order){ &cfg, &b->fields, b->languages, languages, NULL, FORMAT_JPEG };
}

static void bench_clear(struct bench *b)
{
	copy_fields_release(&b->fields);
	product_unref(b->product);
}

static void test_answers(void **state)
{
	static const struct {
		const char *name, *answer;
		const char *fault; /* part of what is wrong with it; NULL: nothing */
	} cases[] = {
		{ "good", "{\"en\":" ENGLISH "}", NULL },
		{ "more than was asked for", "{\"en\":" ENGLISH ",\"note\":\"done\"}", NULL },
		{ "not JSON", "Here is your copy!", "not the JSON" },
		{ "cut off", "{\"en\":{" TITLE, "not the JSON" },
		{ "another language", "{\"de\":" ENGLISH "}", "en: missing" },
		{ "no title", EN(TOLD "," BULLETS "," ALT "," KEYWORDS), "en title: missing" },
		{ "an empty title", EN("\"title\":\"\"," TOLD "," BULLETS "," ALT "," KEYWORDS), "en title: empty" },
		{ "two bullets",
		  EN(TITLE "," TOLD ",\"bullets\":[\"Made of steel\",\"For campers\"]," ALT "," KEYWORDS),
		  "2 of them" },
		{ "a bullet that is a number", EN(TITLE "," TOLD ",\"bullets\":[1,\"a\",\"b\"]," ALT "," KEYWORDS),
		  "not a text" },
		{ "an invented number", EN(TITLE ",\"description\":\"It holds 500 ml.\"," BULLETS "," ALT "," KEYWORDS),
		  "500" },
		{ "an invented material",
		  EN(TITLE ",\"description\":\"A titanium mug.\"," BULLETS "," ALT "," KEYWORDS), "titanium" },
		{ "another brand", EN("\"title\":\"Stanley mug\"," TOLD "," BULLETS "," ALT "," KEYWORDS),
		  "brand stanley" },
		{ "a number in a keyword", EN(TITLE "," TOLD "," BULLETS "," ALT ",\"keywords\":[\"mug 12 oz\"]"),
		  "12" },
		{ "a link", EN(TITLE ",\"description\":\"See https://x.example\"," BULLETS "," ALT "," KEYWORDS),
		  "a link" },
		{ "HTML", EN(TITLE ",\"description\":\"A <b>steel</b> mug.\\nGood.\"," BULLETS "," ALT "," KEYWORDS),
		  "plain text" },
		{ "Chinese where English was asked for",
		  EN("\"title\":\"北国搪瓷杯\"," TOLD "," BULLETS "," ALT "," KEYWORDS), "not written in en" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct faults faults = { 0 };
		struct err e = { 0 };
		struct bench b;
		cJSON *copy;

		bench_init(&b, 1);
		copy = copy_writer_read(&b.order, cases[i].answer, &faults, &e);
		CHECK_INT(cases[i].name, e.code, ERR_OK);
		if (!cases[i].fault && faults.count > 0)
			fail_msg("%s: %s", cases[i].name, faults.text);
		if (cases[i].fault && !strstr(faults.text, cases[i].fault))
			fail_msg("%s: \"%s\" is not in: %s", cases[i].name, cases[i].fault, faults.text);
		if (!cases[i].fault)
			CHECK_INT(cases[i].name, cJSON_GetArraySize(copy), 1);
		cJSON_Delete(copy);
		bench_clear(&b);
	}
}

/* The superlatives that Chinese advertising law forbids, where that market is named. */
static void test_market(void **state)
{
	static const char answer[] =
		"{\"zh-CN\":{\"title\":\"Norrland 搪瓷杯，全国第一\",\"description\":\"钢制杯子，容量350 "
		"ml，最佳选择。\",\"bullets\":[\"钢制材质好用\",\"容量350 ml左右适中\",\"适合露营的人们使用\"],"
		"\"alt_text\":\"一只Norrland杯子的图片\",\"keywords\":[\"杯子\"]}}";
	struct faults faults = { 0 };
	struct err e = { 0 };
	struct bench b;
	cJSON *copy;

	(void)state;
	bench_init(&b, 2);
	b.order.languages = b.languages + 1;
	b.order.language_count = 1;
	cfg.markets = chinese_market;
	cfg.market_count = 1;
	copy = copy_writer_read(&b.order, answer, &faults, &e);
	cfg.market_count = 0;
	if (!strstr(faults.text, "第一") || !strstr(faults.text, "最佳"))
		fail_msg("found: %s", faults.text);
	cJSON_Delete(copy);
	bench_clear(&b);
}

/* The call's body, as text. */
static char *asked(struct bench *b, const char *faults)
{
	struct call call = { 0 };
	struct err e = { 0 };
	char *text, *at;

	CHECK_INT(e.msg, copy_writer_ask(&b->order, faults, &call, &e), 0);
	text = at = calloc(1, call_body_size(&call) + 1);
	for (int i = 0; i < call.parts; i++) {
		CHECK_INT("no picture goes along", call.body[i].base64, false);
		memcpy(at, call.body[i].bytes->data, call.body[i].bytes->size);
		at += call.body[i].bytes->size;
	}
	call_release(&call);
	return text;
}

static void test_asking(void **state)
{
	const char *const wanted[] = { "Enamel mug",         "Norrland", "350 ml",   "steel",
				       "responseJsonSchema", "zh-CN",    "alt_text", "minItems" };
	struct bench b;
	cJSON *json;
	char *text;

	(void)state;
	bench_init(&b, 2);
	text = asked(&b, NULL);
	json = cJSON_Parse(text);
	assert_non_null(json);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (!strstr(text, wanted[i]))
			fail_msg("%s is not in %s", wanted[i], text);
	}
	cJSON_Delete(json);
	free(text);
	text = asked(&b, "- en title: 500 is in none of the fields");
	assert_non_null(strstr(text, "500 is in none of the fields"));
	free(text);
	bench_clear(&b);
}

static int set_up(void **state)
{
	struct err e = { 0 };

	(void)state;
	if (copy_templates_open(&templates, &e) != 0 || wording_open(&wording, &e) != 0)
		fail_msg("%s", e.msg);
	cfg = (struct copy_config){ .templates = templates, .model = "t-1", .use = { &model, 1 }, .wording = &wording };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	wording_close(&wording);
	copy_templates_close(templates);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_market),
		cmocka_unit_test(test_asking),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
