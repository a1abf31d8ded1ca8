#include "stages/json_text.h"
#include "stages/product.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct json_place top = { 1, 1 };

static struct product *product_of(const char *name, const char *text)
{
	struct err e = { ERR_OK, "" };
	cJSON *line = json_parse(text, strlen(text), top, &e);
	struct product *p = line ? product_create(line, &e) : NULL;

	cJSON_Delete(line);
	if (!p)
		fail_msg("%s: %s", name, e.msg);
	return p;
}

static char *reason_of(const char *text)
{
	static struct err e;
	cJSON *line;

	err_clear(&e);
	line = json_parse(text, strlen(text), top, &e);
	if (line) {
		char **images;
		size_t count;
		struct product *p = product_create(line, &e);

		if (p && product_images(line, &images, &count, &e) == 0)
			product_images_free(images, count);
		product_unref(p);
	}
	cJSON_Delete(line);
	return e.msg;
}

/* Every field as it is kept, "-" where it is absent. */
static void render(const struct product *p, char *out, size_t room)
{
	const char *texts[] = { p->sku, p->title, p->category, p->brand, p->audience, p->price, p->currency, p->group };
	char *attributes = p->attributes ? cJSON_PrintUnformatted(p->attributes) : NULL;
	size_t used = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		used += (size_t)snprintf(out + used, room - used, "%s ", texts[i] ? texts[i] : "-");
	used += (size_t)snprintf(out + used, room - used, "%d %s", p->priority, attributes ? attributes : "-");
	for (size_t i = 0; i < p->locale_count; i++)
		used += (size_t)snprintf(out + used, room - used, " %s", p->locales[i]);
	cJSON_free(attributes);
}

#define PIC "\"image_url\":\"a.jpg\""

static void fields(void **state)
{
	static const struct {
		const char *name, *line, *want;
	} cases[] = {
		{ "everything",
		  "{\"sku\":\"M\",\"title\":\"t\",\"images\":[\"a\"],\"product_info\":{\"category\":\"c\",\"brand\":"
		  "\"b\","
		  "\"audience\":\"a\",\"price\":299.99,\"currency\":\"SEK\",\"attributes\":{\"m\":\"steel\"}},"
		  "\"group\":\"g\","
		  "\"priority\":-3,\"locales\":[\"en\",\"zh-CN\",\"en\"]}",
		  "M t c b a 299.99 SEK g -3 {\"m\":\"steel\"} en zh-CN" },
		{ "nothing but the picture", "{\"sku\":\"M\"," PIC "}", "M - - - - - - - 0 -" },
		{ "fields at the top",
		  "{\"sku\":\"M\",\"brand\":\"b\",\"price\":\"from 5\",\"attributes\":{\"x\":1}," PIC "}",
		  "M - - b - from 5 - - 0 {\"x\":\"1\"}" },
		{ "product_info wins",
		  "{\"sku\":\"M\",\"brand\":\"top\",\"product_info\":{\"brand\":\"info\"}," PIC "}",
		  "M - - info - - - - 0 -" },
		{ "empty in product_info does not",
		  "{\"sku\":\"M\",\"brand\":\"top\",\"product_info\":{\"brand\":\"\"}," PIC "}",
		  "M - - top - - - - 0 -" },
		{ "empty and null are absent", "{\"sku\":\"M\",\"title\":\"\",\"group\":null," PIC "}",
		  "M - - - - - - - 0 -" },
		{ "a price keeps its zeros", "{\"sku\":\"M\",\"price\":299.90," PIC "}", "M - - - - 299.90 - - 0 -" },
		{ "a whole price", "{\"sku\":\"M\",\"price\":19," PIC "}", "M - - - - 19 - - 0 -" },
		{ "a price with an exponent", "{\"sku\":\"M\",\"price\":1e3," PIC "}", "M - - - - 1e3 - - 0 -" },
		{ "a price of 20 digits", "{\"sku\":\"M\",\"price\":12345678901234567890.10," PIC "}",
		  "M - - - - 12345678901234567890.10 - - 0 -" },
		{ "a SKU of 18 digits", "{\"sku\":123456789012345678," PIC "}",
		  "123456789012345678 - - - - - - - 0 -" },
		{ "a SKU that is a number", "{\"sku\":1001," PIC "}", "1001 - - - - - - - 0 -" },
		{ "a brand that is a number", "{\"sku\":\"M\",\"brand\":361," PIC "}", "M - - 361 - - - - 0 -" },
		{ "attributes become text",
		  "{\"sku\":\"M\",\"attributes\":{\"n\":1.50,\"t\":true,\"f\":false,\"x\":null,\"e\":\"\"}," PIC "}",
		  "M - - - - - - - 0 {\"n\":\"1.50\",\"t\":\"true\",\"f\":\"false\",\"e\":\"\"}" },
		{ "names that only begin like a field's",
		  "{\"sku\":\"M\",\"titl\":\"x\",\"titles\":\"x\",\"title\":\"t\",\"Brand\":\"x\",\"\":\"x\"," PIC "}",
		  "M t - - - - - - 0 -" },
		{ "digits inside text are not numbers",
		  "{\"sku\":\"1.0\",\"title\":\"5 \\\" 6.00\",\"price\":7.00," PIC "}",
		  "1.0 5 \" 6.00 - - - 7.00 - - 0 -" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct product *p = product_of(cases[i].name, cases[i].line);
		char got[500];

		render(p, got, sizeof(got));
		CHECK_TEXT(cases[i].name, got, cases[i].want);
		product_unref(p);
	}
}

static void reasons(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "{\"sku\":\"A\"}", "no picture: \"image_url\" or \"images\" must name at least one" },
		{ "{}", "no picture: \"image_url\" or \"images\" must name at least one" },
		{ "[]", "a product must be an object, not a list" },
		{ "{\"sku\":\"\"," PIC "}", "\"sku\" is empty" },
		{ "{\"sku\":true," PIC "}", "\"sku\" must be a whole number, not true or false" },
		{ "{\"sku\":1.5," PIC "}", "\"sku\" must be a whole number" },
		{ "{\"sku\":\"ab\\nc\"," PIC "}", "\"sku\" holds a control character, after: ab" },
		{ "{\"images\":[\"a\",5]}", "picture 2 of \"images\" must be text, not a number" },
		{ "{\"image_url\":\" \"}", "\"image_url\" is empty" },
		{ "{\"images\":\"a\"}", "\"images\" must be a list of text, not text" },
		{ "{\"price\":[]," PIC "}", "\"price\" must be text or a number, not a list" },
		{ "{\"product_info\":{\"price\":-2.50}," PIC "}", "\"price\" is negative: -2.50" },
		{ "{\"product_info\":[]," PIC "}", "\"product_info\" must be an object, not a list" },
		{ "{\"attributes\":{\"d\":{}}," PIC "}",
		  "attribute \"d\" must be text, a number, true or false, not an object" },
		{ "{\"priority\":\"1\"," PIC "}", "\"priority\" must be a whole number, not text" },
		{ "{\"priority\":2000000," PIC "}", "\"priority\" must be from -1000000 to 1000000" },
		{ "{\"locales\":[\"english!\"]," PIC "}",
		  "\"locales\": \"english!\" is not a language tag like en or zh-CN" },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "the key \"a\" stands twice in one object" },
		{ "{\"a\":01}", "not JSON: column 7: a number that begins with 0, at: 1}" },
		{ "{\"a\" 1}", "not JSON: column 6: a colon is expected after the key, at: 1}" },
		{ "{\"\xe6\x9d\xaf\": nope}", "not JSON: column 7: a value is expected here (text in double quotes, a "
					      "number, true, false, null, { or [), "
					      "at: nope}" },
		{ "{\n\"a\":\n}",
		  "not JSON: line 3, column 1: a value is expected here (text in double quotes, a number, true, "
		  "false, null, { or [), at: }" },
		{ "{\"a\":\"x", "not JSON: column 8: the text ends in the middle" },
		{ "{\"a\":\"\t\"}", "not JSON: column 7: a raw control character in a text (write \\t or \\u00..)" },
		{ "{\"a\":\"\\u0000\"}", "not JSON: column 9: \\u0000 is not a character of a text, at: 0000\"}" },
		{ "{\"a\":\"\\ud83dx\"}", "not JSON: column 13: half a surrogate pair, at: x\"}" },
		{ "{\"a\":\"\xff\"}", "not JSON: column 7: bytes that are not UTF-8" },
		{ "{\"a\":\"\xc0\xaf\"}", "not JSON: column 7: bytes that are not UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "not JSON: column 7: bytes that are not UTF-8" },
		{ "{} {}", "not JSON: column 4: something follows after the end of the value, at: {}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_TEXT(cases[i].line, reason_of(cases[i].line), cases[i].want);
}

static void derived_skus(void **state)
{
	static const struct {
		const char *url, *stem;
	} cases[] = {
		{ "https://shop.example/p/Red%20mug.jpg?w=800#x", "Red-mug-" },
		{ "https://shop.example/p/Red%20mug.jpg?w=801#x", "Red-mug-" },
		{ "photos/a.b.c.png", "a-b-c-" },
		{ "https://shop.example/", "picture-" },
		{ "https://shop.example/.jpg", "jpg-" },
		{ "\xe6\x9d\xaf.jpg", "picture-" },
		{ "x/%", "picture-" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jpg",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-" },
	};
	char line[200], first[80] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct product *p, *again;

		snprintf(line, sizeof(line), "{\"image_url\":\"%s\",\"images\":[\"other.jpg\"]}", cases[i].url);
		p = product_of(cases[i].url, line);
		again = product_of(cases[i].url, line);
		CHECK_TEXT(cases[i].url, again->sku, p->sku);
		CHECK_INT(cases[i].url, strlen(p->sku), strlen(cases[i].stem) + 16);
		CHECK_INT(cases[i].url, strncmp(p->sku, cases[i].stem, strlen(cases[i].stem)), 0);
		if (i < 2) /* one file name, two URLs */
			assert_string_not_equal(p->sku, first);
		snprintf(first, sizeof(first), "%s", p->sku);
		product_unref(p);
		product_unref(again);
	}
	/* A promise: databases of users hold it. It is sha256("a.jpg"). */
	struct product *p = product_of("stable", "{" PIC "}");

	CHECK_TEXT("stable", p->sku, "a-509b0d4641a7c3ba");
	product_unref(p);
}

static void images_are_joined(void **state)
{
	static const char text[] = "{\"image_url\":\"b\",\"images\":[\"a\",\"b\",\"c\",\"a\"]}";
	struct err e = { ERR_OK, "" };
	cJSON *line = json_parse(text, strlen(text), top, &e);
	char **images;
	size_t count;

	(void)state;
	assert_int_equal(product_images(line, &images, &count, &e), 0);
	assert_int_equal(count, 3);
	assert_string_equal(images[0], "b");
	assert_string_equal(images[1], "a");
	assert_string_equal(images[2], "c");
	product_images_free(images, count);
	cJSON_Delete(line);
}

static void the_line_is_kept(void **state)
{
	static const char text[] =
		"{ \"sku\" : \"A\",\n \"image_url\":\"a\", \"x\": {\"y\":[1.50, 1e2, -0, 12345678901234567890]} }";
	struct product *p = product_of("kept", text);

	(void)state;
	CHECK_TEXT("kept", p->json,
		   "{\"sku\":\"A\",\"image_url\":\"a\",\"x\":{\"y\":[1.50,1e2,-0,12345678901234567890]}}");
	product_unref(p);
}

static void references_are_counted(void **state)
{
	struct product *p = product_of("counted", "{\"sku\":\"A\"," PIC "}");

	(void)state;
	assert_ptr_equal(product_ref(p), p);
	product_unref(p);
	assert_string_equal(p->sku, "A"); /* under ASan: still there */
	product_unref(p);
	product_unref(NULL);
}

/* However many keys an object has, and so by whatever way they are compared, of two twins the first by the alphabet is
 * named. */
static void twins(void **state)
{
	(void)state;
	for (int keys = 0; keys < 40; keys++) {
		char keyed[500] = "", text[600];
		struct err e = { ERR_OK, "" };
		size_t used = 0;
		cJSON *tree;

		for (int i = 0; i < keys; i++)
			used += (size_t)snprintf(keyed + used, sizeof(keyed) - used, ",\"k%d\":1", i);
		snprintf(text, sizeof(text), "[{\"z\":1,\"b\":1%s}]", keyed);
		tree = json_parse(text, strlen(text), top, &e);
		assert_non_null(tree);
		cJSON_Delete(tree);
		snprintf(text, sizeof(text), "[{\"z\":1,\"b\":1%s,\"z\":2,\"b\":2}]", keyed);
		assert_null(json_parse(text, strlen(text), top, &e));
		CHECK_TEXT(text, e.msg, "the key \"b\" stands twice in one object");
	}
}

/* 100,000 keys in one object are told apart in no time, the twin among them is found. */
static void many_keys(void **state)
{
	const int keys = 100000;
	char *text = malloc((size_t)keys * 16 + 100);
	struct err e = { ERR_OK, "" };
	size_t used = 1;

	(void)state;
	text[0] = '{';
	for (int i = 0; i < keys; i++)
		used += (size_t)sprintf(text + used, "\"k%d\":1,", i);
	used += (size_t)sprintf(text + used, "\"k500\":1}");
	assert_null(json_parse(text, used, top, &e));
	assert_string_equal(e.msg, "the key \"k500\" stands twice in one object");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(reasons),
		cmocka_unit_test(derived_skus),
		cmocka_unit_test(images_are_joined),
		cmocka_unit_test(the_line_is_kept),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(twins),
		cmocka_unit_test(many_keys),
	};

	return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
