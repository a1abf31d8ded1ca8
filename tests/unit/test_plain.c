#include "tests/check.h"

#include "stages/plain.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *name, *raw;
	size_t max;
	const char *want;
} cases[] = {
	{ "as it is", "Enamel mug", 100, "Enamel mug" },
	{ "white space", "  Enamel\t\r\n mug \xc2\xa0\xe3\x80\x80", 100, "Enamel mug" },
	{ "tags", "<p>Enamel <b class='x>'>mug</b></p>", 100, "Enamel mug" },
	{ "an apostrophe in a tag", "<p don't>mug</p>", 100, "mug" },
	{ "line breaks in HTML", "red<br/>blue", 100, "red blue" },
	{ "script", "mug<script>alert(1)</script>s", 100, "mug s" },
	{ "script never closed", "mug<script>alert(1)", 100, "mug alert(1)" },
	{ "style", "<STYLE>b{}</STYLE>mug", 100, "mug" },
	{ "comment", "mug<!-- no -->", 100, "mug" },
	{ "a tag made of two", "<<b>script>mug</<i>script>", 100, "< script>mug script>" },
	{ "less than", "fits < 5 cm, >3 cm, <3", 100, "fits < 5 cm, >3 cm, <3" },
	{ "never closed", "a <b", 100, "a b" },
	{ "references", "R&amp;D &lt;5&gt; &quot;x&quot; &#39;&#x41;&#23398;", 100, "R&D <5> \"x\" 'A学" },
	{ "a tag as references", "&lt;script&gt;x&lt;/script&gt;mug", 100, "mug" },
	{ "no references", "A&B &co; &# &#x; &#9999999999;", 100, "A&B &co; &# &#x; &#9999999999;" },
	{ "reference to nothing", "a&#0;&#xD800;&#x110000;b", 100, "ab" },
	{ "controls", "a\x01\x1b[31mb\x7f\xc2\x85z", 100, "a[31mb z" },
	{ "direction overrides", "a\xe2\x80\xaexe\xe2\x80\xac", 100, "axe" },
	{ "zero width and BOM", "\xef\xbb\xbfm\xe2\x80\x8bug", 100, "mug" },
	{ "a tag with something invisible in it",
	  "<\xe2\x80\x8b"
	  "b>mug",
	  100, "mug" },
	{ "not UTF-8", "m\xff\xc3ug\xe6\x90", 100, "mug" },
	{ "accents, Han, emoji", "Café 搪瓷杯 👩\xe2\x80\x8d🚀", 100, "Café 搪瓷杯 👩\xe2\x80\x8d🚀" },
	{ "nothing", " <p></p>\x01 ", 100, "" },
	{ "exactly as long", "abcde", 5, "abcde" },
	{ "between words", "Enamel mug with handle", 15, "Enamel mug…" },
	{ "no comma at the cut", "Enamel mug, with", 13, "Enamel mug…" },
	{ "one long word", "abcdefghijkl", 8, "abcdef…" },
	{ "characters count, not bytes", "搪瓷杯搪瓷杯", 5, "搪瓷杯…" },
	{ "Latin in Han stays whole", "搪瓷杯MUG001", 8, "搪瓷杯…" },
	{ "a mark stays with its letter", "abcdefge\xcc\x81i", 9, "abcdefg…" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = plain_text(cases[i].raw, cases[i].max);

		CHECK_TEXT(cases[i].name, text, cases[i].want);
		free(text);
	}
}

/* Whatever is made of pieces of tags and references: nothing that opens a tag is left, and nothing grows. */
static void test_nothing_opens_a_tag(void **state)
{
	static const char *const pieces[] = { "<",    ">",     "b", "/", "script",       "&lt;",
					      "&gt;", "&amp;", "!", " ", "\xe2\x80\x8b", "学" };
	unsigned long seed = 7;
	char raw[256], *text;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		raw[0] = 0;
		for (int n = 0; n < 12; n++) {
			seed = seed * 6364136223846793005ul + 1442695040888963407ul;
			strcat(raw, pieces[(seed >> 33) % (sizeof(pieces) / sizeof(*pieces))]);
		}
		text = plain_text(raw, 300);
		for (const char *p = strchr(text, '<'); p; p = strchr(p + 1, '<'))
			if (strchr("bs/!", p[1]) && p[1])
				fail_msg("%s became %s", raw, text);
		free(text);
	}
}

static void test_cut_at_every_length(void **state)
{
	const char *raw = "Café 搪瓷杯, 350 ml 👩\xe2\x80\x8d🚀 e\xcc\x81nd";
	char text[100];
	uint32_t c;

	(void)state;
	for (size_t max = 4; max < 40; max++) {
		size_t count = 0;

		strcpy(text, raw);
		plain_cut(text, max);
		for (const char *p = text; *p; count++) {
			p += plain_character(p, &c);
			if (c == 0xfffd)
				fail_msg("%zu: a character was cut: %s", max, text);
		}
		if (count > max)
			fail_msg("%zu: %zu characters: %s", max, count, text);
	}
}

/* A manifest line may hold four times as much, and it takes minutes where every tag looks through all that follows. */
static void test_hostile_tags_cost_no_time(void **state)
{
	static const char *const parts[] = { "<a", "<a'>'", "<script>", "<style></x>" };
	const size_t size = 1 << 18;
	char *raw = malloc(size + 1);

	(void)state;
	assert_non_null(raw);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t length = strlen(parts[i]), used = size - size % length;
		clock_t begin = clock();
		char *text;

		for (size_t at = 0; at < used; at++)
			raw[at] = parts[i][at % length];
		raw[used] = 0;
		text = plain_text(raw, 100);
		assert_non_null(text);
		if (strchr(text, '<'))
			fail_msg("%s: a tag is left: %s", parts[i], text);
		if ((double)(clock() - begin) / CLOCKS_PER_SEC > 2)
			fail_msg("%s: takes more than 2 s", parts[i]);
		free(text);
	}
	free(raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nothing_opens_a_tag),
		cmocka_unit_test(test_cut_at_every_length),
		cmocka_unit_test(test_hostile_tags_cost_no_time),
	};
	return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
