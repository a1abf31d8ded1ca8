/* What copy must not say, and what the product's fields must bear out. */
#include "tests/check.h"

#include "stages/wording.h"

#include <stdio.h>
#include <string.h>

static struct wording wording;

static int set_up(void **state)
{
	struct err e = { 0 };

	(void)state;
	return wording_open(&wording, &e);
}

static int tear_down(void **state)
{
	(void)state;
	wording_close(&wording);
	return 0;
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *word;
		bool has;
	} cases[] = {
		{ "The best mug", "best", true },
		{ "The Best, of course", "best", true },
		{ "An asbestos-free mug", "best", false },
		{ "bestow", "best", false },
		{ "two steels", "steel", true },
		{ "steely", "steel", false },
		{ "steel杯", "steel", true },
		{ "不锈钢杯", "钢", true },
		{ "it is #1 here", "#1", true },
		{ "100% cotton", "100%", true },
		{ "No. 1 choice", "no. 1", true },
		{ "", "best", false },
		{ "text", "", false },
		{ "Crème", "cr", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_INT(cases[i].text, wording_has(cases[i].text, cases[i].word), cases[i].has);
}

#define SHIRT "{\"title\":\"Shirt\",\"attributes\":{\"fabric\":\"100% cotton, biodegradable\"}}"

static void test_forbidden(void **state)
{
	static const char *const cn[] = { "cn" }, *const us[] = { "us" };
	static const struct {
		const char *locale, *brand, *text;
		const char *const *markets;
		int market_count, faults;
	} cases[] = {
		{ "en", NULL, "The best mug there is.", NULL, 0, 1 },
		{ "en-GB", NULL, "The best mug there is.", NULL, 0, 1 },
		{ "en", NULL, "A mug for campers.", NULL, 0, 0 },
		{ "en", "Best", "A mug by Best.", NULL, 0, 0 },
		{ "en", NULL, "Guaranteed eco-friendly and clinically proven.", NULL, 0, 3 },
		{ "zh-CN", NULL, "全国销量第一的最佳水杯", NULL, 0, 2 },
		{ "zh-CN", NULL, "全国销量第一的最佳水杯", cn, 1, 2 },
		{ "zh-CN", NULL, "全国销量第一的最佳水杯", us, 1, 0 },
		{ "en", NULL, "The best mug there is.", us, 1, 1 },
		{ "zh-CN", NULL, "适合露营的搪瓷杯", NULL, 0, 0 },
		{ "de", NULL, "best", NULL, 0, 0 },
		{ "en", NULL, "Made of 100% cotton, which is biodegradable.", NULL, 0, 0 }, /* its fields say so */
		{ "zh-CN", NULL, "面料为100%棉", cn, 1, 0 },
		{ "zh-CN", NULL, "第一次使用前请清洗", cn, 1, 0 },
		{ "eng", NULL, "best", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct faults f = { 0 };

		wording_check(&wording, cases[i].locale, cases[i].markets, cases[i].market_count, cases[i].brand, SHIRT,
			      "text", cases[i].text, &f);
		CHECK_INT(cases[i].text, f.count, cases[i].faults);
	}
}

#define MUG                                                                                           \
	"{\"title\":\"Enamel mug\",\"brand\":\"Norrland\",\"audience\":\"campers\",\"amount\":"       \
	"\"1299.50\",\"currency\":\"SEK\",\"attributes\":{\"material\":\"steel\",\"capacity\":\"350 " \
	"ml\",\"lid\":\"2 parts\"}}"

static void test_truth(void **state)
{
	static const struct {
		const char *text;
		int faults;
	} cases[] = {
		{ "A steel mug by Norrland for campers.", 0 },
		{ "A mug of stainless steel.", 1 },
		{ "A copper mug.", 1 },
		{ "A mug with the look of a Stanley.", 2 }, /* a known brand, and a name */
		{ "Made by Norrland in Sweden.", 1 },
		{ "The lid has two parts.", 0 },
		{ "The lid has three parts.", 1 },
		{ "Campers love it. It holds coffee. \"Warm\" is what it stays.", 0 },
		{ "An enamelled mug.", 0 },
		{ "北国钢杯", 0 },
		{ "玻璃杯", 1 },
		{ "三件套", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct faults f = { 0 };

		wording_check_truth(&wording, "en", MUG, "en description", cases[i].text, &f);
		CHECK_INT(cases[i].text, f.count, cases[i].faults);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		int faults;
	} cases[] = {
		{ "It holds 350 ml and costs 1299.50.", 0 },
		{ "1,299.50 SEK", 0 },
		{ "1.299,50 SEK", 0 },
		{ "1299.5", 0 },
		{ "350.00", 0 },
		{ "３５０毫升", 0 },
		{ "351 ml", 1 },
		{ "3.5 dl", 1 },
		{ "0.35 l", 1 },
		{ "A 12-month warranty, 24/7.", 3 },
		{ "no figures at all.", 0 },
		{ "9999999999999999999999999999999999999999999999999999999999", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct faults f = { 0 };

		wording_check_numbers(&wording, MUG, "text", cases[i].text, &f);
		CHECK_INT(cases[i].text, f.count, cases[i].faults);
	}
}

/* A field, and what a text makes of it. */
static void test_field_against_text(void **state)
{
	static const struct {
		const char *field, *text;
		int faults;
	} cases[] = {
		/* figures */
		{ "1.5 l", "It holds 1.5 l.", 0 },
		{ "1.5 l", "It holds 15 l.", 1 },
		{ "1,5 l", "It holds 1.5 litres.", 0 },
		{ "2.5 kg", "25 kg", 1 },
		{ "1299", "1,299", 0 },
		{ "1299", "1.299", 0 },
		{ "12345678", "12,345,678", 0 },
		{ "1234", "12,34", 1 },
		{ "350 ml", "350ml", 0 },
		{ "350 ml", "350 millilitres", 0 },
		{ "350 ml", "350毫升", 0 },
		{ "350 ml", "350 cm tall", 1 },
		{ "350", "350 ml", 0 }, /* the unit may stand in the field's name */
		{ "24 h", "for 24 hours", 0 },
		{ "BAG-24-12", "keeps cold for 24 hours", 1 },
		{ "BAG-24-12", "The BAG-24-12 is here.", 0 },
		{ "350-ml", "350 ml", 0 },
		{ "2-in-1", "a 2-in-1 tool", 0 },
		{ "v1.2.3", "version 1.2.3", 0 },
		/* materials */
		{ "stainless steel", "a steel mug", 0 },
		{ "stainless steel", "a metal mug", 0 },
		{ "steel", "stainless steel", 1 },
		{ "faux leather", "faux leather", 0 },
		{ "faux leather", "leather", 1 },
		{ "faux leather", "genuine leather", 1 },
		{ "faux leather", "真皮", 1 },
		{ "leather", "genuine leather", 1 },
		{ "silver", "银色", 0 },
		{ "silver", "纯银", 1 },
		{ "gold", "a golden shine", 0 },
		{ "gold", "gold-plated", 1 },
		{ "gold", "黄金", 1 },
		{ "oak", "wooden legs", 0 },
		{ "cotton", "a shirt you can iron", 0 },
		{ "cotton", "folds down flat", 0 },
		{ "cotton", "近地铁", 0 },
		{ "不锈钢", "stainless steel", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct faults f = { 0 };
		char fields[200];

		snprintf(fields, sizeof(fields), "{\"attributes\":{\"detail\":\"%s\"}}", cases[i].field);
		wording_check_numbers(&wording, fields, "text", cases[i].text, &f);
		wording_check_materials(&wording, fields, "text", cases[i].text, &f);
		if (f.count != cases[i].faults)
			fail_msg("%s: \"%s\" has %d faults, not %d: %s", cases[i].field, cases[i].text, f.count,
				 cases[i].faults, f.text);
	}
}

/* Any number of faults is counted, and told as far as there is room. */
static void test_faults_are_bounded(void **state)
{
	struct faults f = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		faults_add(&f, "fault number %d of a good many", i);
	CHECK_INT("count", f.count, 1000);
	CHECK_INT("text", strlen(f.text) < FAULTS_TEXT_MAX && strlen(f.text) > FAULTS_TEXT_MAX - 100, true);
	CHECK_INT("last line is whole", f.text[strlen(f.text) - 1], '\n');
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_truth),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_field_against_text),
		cmocka_unit_test(test_faults_are_bounded),
	};

	return cmocka_run_group_tests_name("wording", tests, set_up, tear_down);
}
