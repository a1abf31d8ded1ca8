/* reply_scan.h: what becomes a span, what is noticed, and base64 as services write it. */
#include "tests/check.h"

#include "stages/reply_scan.h"

#include <stdlib.h>
#include <string.h>

#define LONG (SCAN_SPAN_MIN + 4)

/* HEAD, LONG times 'A', TAIL. */
static void around(char text[LONG + 100], const char *head, const char *tail)
{
	size_t before = strlen(head);

	memcpy(text, head, before);
	memset(text + before, 'A', LONG);
	strcpy(text + before + LONG, tail);
}

static void test_bad_replies(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = { { "empty", "" },
		      { "blank", "  \n" },
		      { "cut in a string", "{\"a\":\"b" },
		      { "cut behind an escaped quote", "{\"a\":\"b\\\"}" },
		      { "cut behind a string", "{\"a\":\"b\"" },
		      { "more behind it", "{} {}" },
		      { "html", "<html><body class=\"x\">502</body></html>" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reply_scan s;
		struct err e = { 0 };

		CHECK_INT(cases[i].name, reply_scan(&s, cases[i].text, strlen(cases[i].text), &e), -1);
		CHECK_INT(cases[i].name, e.code, ERR_ANSWER);
		reply_scan_release(&s);
	}
}

static void test_spans(void **state)
{
	char text[LONG + 100], *copy;
	struct reply_scan s;
	struct err e = { 0 };

	(void)state;
	around(text, "{\"a\":\"\\\"\\\\", "\",\"b\":\"x\\/y\",\"c\":\"@7\"}");
	assert_int_equal(reply_scan(&s, text, strlen(text), &e), 0);
	assert_int_equal(s.span_count, 1);
	assert_int_equal(scan_text(&s, cJSON_GetObjectItem(s.root, "a")).size, LONG + 4);
	copy = scan_copy(&s, cJSON_GetObjectItem(s.root, "a"));
	assert_non_null(copy);
	assert_int_equal(strlen(copy), LONG + 2);
	assert_memory_equal(copy, "\"\\AAA", 5);
	free(copy);
	assert_string_equal(scan_text(&s, cJSON_GetObjectItem(s.root, "b")).text, "x/y");
	assert_string_equal(scan_text(&s, cJSON_GetObjectItem(s.root, "c")).text, "@7");
	assert_null(scan_text(&s, s.root).text);
	assert_null(scan_copy(&s, NULL));
	reply_scan_release(&s);
}

static void test_base64(void **state)
{
	static const struct {
		const char *text, *plain; /* NULL: refused */
	} cases[] = { { "Zm9vYmFy", "foobar" },
		      { "Zm9v\nYmFy\r\n", "foobar" },
		      { "Zm9v\\nYmFy", "foobar" },
		      { "Pz8\\/", "???" },
		      { "Pj4\\u002b", ">>>" },
		      { "Zg\\u003d\\u003D", "f" },
		      { "Zm9vY", NULL },
		      { "Zm9v\\", NULL },
		      { "Zm9v\\u00", NULL },
		      { "Zm9*", NULL },
		      { "", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err e = { 0 };
		struct bytes *b = scan_base64((struct span){ cases[i].text, strlen(cases[i].text) }, &e);

		CHECK_INT(cases[i].text, b != NULL, cases[i].plain != NULL);
		CHECK_INT(cases[i].text, e.code, b ? ERR_OK : ERR_ANSWER);
		if (b)
			CHECK_TEXT(cases[i].text, (const char *)b->data, cases[i].plain);
		bytes_unref(b);
	}
}

static void test_data_uris(void **state)
{
	static const struct {
		const char *text, *plain; /* NULL: there is none, which is no error */
	} cases[] = { { "data:image/png;base64,Zm9v", "foo" },
		      { "see ![it](data:image/png;base64,Zm9vYg==) there", "foob" },
		      { "data:image/png;base64,Zm9v\\n\\nHere it is", "foo" },
		      { "<img src=\\\"data:image/png;base64,Zm9v\\\">", "foo" },
		      { "data:image\\/png;base64,Pz8\\/)", "???" },
		      { "no picture", NULL },
		      { "data:image/svg+xml,<svg/>", NULL },
		      { "data:ima", NULL },
		      { "", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err e = { 0 };
		struct bytes *b = scan_data_uri((struct span){ cases[i].text, strlen(cases[i].text) }, &e);

		CHECK_INT(cases[i].text, e.code, ERR_OK);
		CHECK_INT(cases[i].text, b != NULL, cases[i].plain != NULL);
		if (b)
			CHECK_TEXT(cases[i].text, (const char *)b->data, cases[i].plain);
		bytes_unref(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_replies),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_data_uris),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
