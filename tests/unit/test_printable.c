/* Text from outside, made fit to print. */
#include "tests/check.h"

#include "jobs/printable.h"

#include <stdlib.h>
#include <string.h>

#define BAD "\xef\xbf\xbd"

static void makes_text_printable(void **state)
{
	static const struct {
		const char *name, *text, *utf8, *line; /* line: at most 6 characters */
	} cases[] = {
		{ "plain", "mug", "mug", "mug" },
		{ "empty", "", "", "" },
		{ "just fits", "123456", "123456", "123456" },
		{ "too long", "1234567", "1234567", "123456..." },
		{ "wide", "\xe6\x9d\xaf\xe5\xad\x90", "\xe6\x9d\xaf\xe5\xad\x90", "\xe6\x9d\xaf\xe5\xad\x90" },
		{ "four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "controls", "a\x1b[\n\x7f", "a\x1b[\n\x7f", "a?[??" },
		{ "C1 control",
		  "\xc2\x9b"
		  "2J",
		  "\xc2\x9b"
		  "2J",
		  "?2J" },
		{ "direction",
		  "a\xe2\x80\xae"
		  "b",
		  "a\xe2\x80\xae"
		  "b",
		  "a?b" },
		{ "lone byte", "a\xff", "a" BAD, "a?" },
		{ "cut character", "a\xe6\x9d", "a" BAD BAD, "a??" },
		{ "overlong", "\xc0\xaf", BAD BAD, "??" },
		{ "overlong, three", "\xe0\x80\xaf", BAD BAD BAD, "???" },
		{ "surrogate", "\xed\xa0\x80", BAD BAD BAD, "???" },
		{ "beyond Unicode", "\xf4\x90\x80\x80", BAD BAD BAD BAD, "????" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *utf8 = printable_utf8(cases[i].text), *line = printable_line(cases[i].text, 6);

		CHECK_TEXT(cases[i].name, utf8, cases[i].utf8);
		CHECK_TEXT(cases[i].name, line, cases[i].line);
		free(utf8);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(makes_text_printable) };

	return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
