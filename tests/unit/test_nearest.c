#include "tests/check.h"

#include "pipeline/nearest.h"

#include <string.h>

static const char *const known[] = { "local", "local-neural", "local-classical", "template", NULL, "out", "quality" };

static const struct {
	const char *name, *word, *want; /* want "": none */
} cases[] = {
	{ "the same", "local", "local" },
	{ "one missing", "locl", "local" },
	{ "one too many", "locaal", "local" },
	{ "one wrong", "lokal", "local" },
	{ "two swapped", "loacl", "local" },
	{ "two swapped in a short word", "otu", "out" },
	{ "case", "QUALITY", "quality" },
	{ "the closer one", "local-neurl", "local-neural" },
	{ "further on", "tmeplat", "template" },
	{ "a quarter is wrong", "qualitys", "quality" },
	{ "half is wrong", "quaxxxx", "" },
	{ "nothing like it", "gemini", "" },
	{ "nothing", "", "" },
	{ "one letter", "o", "" },
	{ "very long", "lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll", "" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got = nearest(cases[i].word, known, sizeof(known) / sizeof(*known));

		CHECK_TEXT(cases[i].name, got ? got : "", cases[i].want);
	}
}

static void test_first_of_equals(void **state)
{
	static const char *const two[] = { "abcx", "abcy" };

	(void)state;
	CHECK_TEXT("first", nearest("abcz", two, 2), "abcx");
	assert_null(nearest("abcz", two, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_first_of_equals),
	};
	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
