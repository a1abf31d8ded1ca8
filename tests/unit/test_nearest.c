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

static void test_slips(void **state)
{
	static const struct {
		const char *a, *b;
		int slips;
	} pairs[] = { { "MUG-001", "mug-001", 0 },
		      { "MUG-001", "NUG-001", 1 },
		      { "MUG-001", "UMG-001", 1 },
		      { "MUG-001", "UG-001", 1 },
		      { "MUG-001", "xMUG-001", 1 },
		      { "MUG-001", "MUG-010", 1 },
		      { "MUG-001", "UMG-010", 2 },
		      { "MUG-001", "xyMUG-001", 2 },
		      { "MUG-001", "NUG-002", 2 },
		      { "MUG-001", "NAG-002", 3 },
		      { "MUG-001", "UMG-010x", 3 },
		      { "MUG-001", "", 7 },
		      { "", "", 0 },
		      { "abcdef", "badcfe", 3 },
		      { "MUG-001", "LAMP-77", 7 },
		      { "abcdefgh", "xbadcefgh", 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		for (int most = 0; most < 9; most++) {
			int want = pairs[i].slips <= most ? pairs[i].slips : most + 1;

			CHECK_INT(pairs[i].b, nearest_slips(pairs[i].a, pairs[i].b, most), want);
			CHECK_INT(pairs[i].b, nearest_slips(pairs[i].b, pairs[i].a, most), want);
		}
	}
	CHECK_INT("long", nearest_slips(cases[14].word, cases[14].word, 2), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_first_of_equals),
		cmocka_unit_test(test_slips),
	};
	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
