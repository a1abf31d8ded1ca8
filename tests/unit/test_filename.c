#include "tests/check.h"

#include "stages/filename.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *sku, *path;
} cases[] = {
	{ "capitals", "MUG-001", "MUG-001" },
	{ "digits", "4006381333931", "4006381333931" },
	{ "dot and underscore within", "A_1.5", "A_1.5" },
	{ "small", "mug-001", "mug-001=l" },
	{ "both", "Mug-001", "Mug-001=m6" },
	{ "both, last", "MUg", "MUg=m4" },
	{ "slash", "A/B", "A=2FB" },
	{ "backslash", "A\\B", "A=5CB" },
	{ "percent", "A%2FB", "A=252FB" },
	{ "equals", "A=2FB", "A=3D2FB" },
	{ "ends like a case mark", "A=l", "A=3Dl=m2" },
	{ "space", "A B ", "A=20B=20" },
	{ "dot", ".", "=2E" },
	{ "dots", "..", "=2E=2E" },
	{ "hidden", ".A", "=2EA" },
	{ "dot at the end", "A.", "A=2E" },
	{ "up and away", "../../ETC", "=2E.=2F..=2FETC" },
	{ "a flag", "-RF", "=2DRF" },
	{ "nothing", "", "=_" },
	{ "device", "CON", "=43ON" },
	{ "device, small", "con", "=63on=l" },
	{ "device with a dot", "NUL.1", "=4EUL.1" },
	{ "device with a number", "LPT9", "=4CPT9" },
	{ "nearly a device", "CON1", "CON1" },
	{ "not a device", "COMB", "COMB" },
	{ "wildcards and quotes", "*?\"<>|:'", "=2A=3F=22=3C=3E=7C=3A=27" },
	{ "Han", "搪瓷杯-红", "搪瓷杯-红" },
	{ "kana", "マグ", "マグ" },
	{ "Hangul", "머그", "머그" },
	{ "Latin with accent", "CAFÉ", "CAF=C3=89" },
	{ "wide letters have case", "Ａ", "=EF=BC=A1" },
	{ "combining mark", "か\xe3\x82\x99", "か=E3=82=99" },
	{ "compatibility ideograph", "\xef\xa4\x80", "=EF=A4=80" },
	{ "emoji", "☕", "=E2=98=95" },
	{ "not UTF-8", "A\xff", "A=FF" },
	{ "tilde", "MUG~1", "MUG=7E1" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *path = filename_encode(cases[i].sku), *back = filename_decode(cases[i].path);

		CHECK_TEXT(cases[i].name, path, cases[i].path);
		CHECK_TEXT(cases[i].name, back, cases[i].sku);
		free(path);
		free(back);
	}
}

static void test_not_ours(void **state)
{
	static const char *const names[] = { "",        ".",    "..",       "mug",    "MUG=l", "A=2f",  "A=41",
					     "A/B",     "A=",   "A=2",      "MUG=m0", "CON",   "A=+",   "É",
					     "A=+/=+B", "A=00", "Mug=m6=l", "=_A",    "A=_",   "MUG=m6" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *sku = filename_decode(names[i]);

		if (sku)
			fail_msg("\"%s\" was read as \"%s\"", names[i], sku);
	}
}

/* Is every part of the path a name that any file system takes? */
static void check_safe(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 0 || length > 255 || path[0] == '.' || path[0] == '-' || path[length - 1] == '.')
			fail_msg("unsafe part: %.*s", (int)length, path);
		for (size_t i = 0; i < length; i++)
			if ((unsigned char)path[i] <= ' ' || strchr("\\:*?\"<>|%~", path[i]))
				fail_msg("unsafe character: %.*s", (int)length, path);
		path += length + (path[length] == '/');
	}
}

static void check_round(const char *sku)
{
	char *path = filename_encode(sku), *back = filename_decode(path);

	check_safe(path);
	CHECK_TEXT(path, back, sku);
	free(path);
	free(back);
}

static unsigned long seed = 20261123;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(seed >> 33) % below;
}

static void draw_sku(char *out, size_t length)
{
	static const char few[] = "aAbB=./-+lmCONcon12";
	bool any = draw(3) == 0;

	for (size_t i = 0; i < length; i++)
		out[i] = any ? (char)(1 + draw(255)) : few[draw(sizeof(few) - 1)];
	out[length] = 0;
}

static void test_any_sku_comes_back(void **state)
{
	char sku[512];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		draw_sku(sku, draw(i % 10 == 0 ? 400 : 12));
		check_round(sku);
	}
}

static int compare(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* All SKUs of up to four of these characters: no two names are alike, not even to a file system that takes no notice of
 * case. */
static void test_no_two_meet(void **state)
{
	static const char few[] = "aAlLmM=+.1fF";
	enum { N = sizeof(few) - 1, COUNT = 1 + N + N * N + N * N * N + N * N * N * N };
	char **names = calloc(COUNT, sizeof(*names));
	size_t count = 0;

	(void)state;
	for (int length = 0, of = 1; length <= 4; length++, of *= N) {
		for (int n = 0; n < of; n++) {
			char sku[5] = "";

			for (int i = 0, rest = n; i < length; i++, rest /= N)
				sku[i] = few[rest % N];
			names[count++] = filename_encode(sku);
		}
	}
	CHECK_INT("all", count, COUNT);
	qsort(names, count, sizeof(*names), compare);
	for (size_t i = 1; i < count; i++)
		if (strcasecmp(names[i - 1], names[i]) == 0)
			fail_msg("%s and %s", names[i - 1], names[i]);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void test_long(void **state)
{
	char sku[201], *path;

	(void)state;
	memset(sku, 'A', 200);
	sku[200] = 0;
	path = filename_encode(sku);
	CHECK_TEXT("fits as it is", path, sku);
	free(path);
	memset(sku, '/', 200);
	path = filename_encode(sku);
	assert_non_null(strstr(path, "=2F=+/=+=2F"));
	CHECK_INT("parts", strlen(path), 3 * 200 + 5 * 2);
	free(path);
	check_round(sku);
	for (size_t i = 0; i < 200; i += 2)
		memcpy(sku + i, i % 4 ? "é" : "aB", 2);
	check_round(sku);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_any_sku_comes_back),
		cmocka_unit_test(test_no_two_meet),
		cmocka_unit_test(test_long),
	};
	return cmocka_run_group_tests_name("filename", tests, NULL, NULL);
}
