/* Text from outside in HTML: nothing of it is ever more than text. */
#include "tests/check.h"

#include "jobs/markup.h"

#include <stdlib.h>
#include <string.h>

static void clip_8(FILE *out, const char *text)
{
	markup_clip(out, text, 8);
}

/* malloc()ed */
static char *written(void (*write)(FILE *, const char *), const char *text)
{
	char *made = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&made, &size);

	write(out, text);
	fclose(out);
	return made;
}

#define LINK "<a rel=\"noopener noreferrer nofollow\" href=\""

static const struct {
	const char *name;
	void (*write)(FILE *, const char *);
	const char *text, *want;
} cases[] = {
	{ "nothing", markup_text, NULL, "" },
	{ "empty", markup_text, "", "" },
	{ "plain", markup_text, "Enamel mug, 8 cm", "Enamel mug, 8 cm" },
	{ "tag", markup_text, "\"><script>alert(1)</script>", "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "attribute", markup_text, "' onload='x", "&#39; onload=&#39;x" },
	{ "entity", markup_text, "&lt;b&gt; &#x3c;", "&amp;lt;b&amp;gt; &amp;#x3c;" },
	{ "end of style", markup_text, "</style>", "&lt;/style&gt;" },
	{ "comment", markup_text, "<!--", "&lt;!--" },
	{ "lines", markup_text, "a\r\n\tb", "a   b" },
	{ "control", markup_text, "a\x1b[2J\x7f", "a[U+001B][2J[U+007F]" },
	{ "direction", markup_text,
	  "a\xe2\x80\xae"
	  "gpj",
	  "a[U+202E]gpj" },
	{ "isolate", markup_text, "\xe2\x81\xa6", "[U+2066]" },
	{ "no width", markup_text,
	  "a\xe2\x80\x8b"
	  "b\xef\xbb\xbf",
	  "a[U+200B]b[U+FEFF]" },
	{ "joiner stays", markup_text, "\xe2\x80\x8d", "\xe2\x80\x8d" },
	{ "tag character", markup_text, "\xf3\xa0\x81\x81", "[U+E0041]" },
	{ "no character", markup_text, "\xef\xbf\xbe\xf0\x9f\xbf\xbf", "[U+FFFE][U+1FFFF]" },
	{ "not UTF-8", markup_text, "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "overlong <", markup_text, "\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "Han", markup_text, "\xe6\x9d\xaf", "\xe6\x9d\xaf" },
	{ "just fits", clip_8, "12345678", "12345678" },
	{ "cut", clip_8, "<<<<<<<<<", "&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;\xe2\x80\xa6" },
	{ "path", markup_path, "images/MUG=l/1.jpg", "images/MUG%3Dl/1.jpg" },
	{ "path with a scheme", markup_path, "javascript:alert(1)", "javascript%3Aalert%281%29" },
	{ "path with quotes", markup_path, "a\" b'#?%", "a%22%20b%27%23%3F%25" },
	{ "path in Han", markup_path, "\xe6\x9d\xaf", "%E6%9D%AF" },
	{ "https", markup_source, "https://shop.example/a%20b.jpg?x=1&y=2#f",
	  LINK "https://shop.example/a%20b.jpg?x=1&amp;y=2#f\">https://shop.example/a%20b.jpg?x=1&amp;y=2#f</a>" },
	{ "capitals", markup_source, "HTTP://x", LINK "HTTP://x\">HTTP://x</a>" },
	{ "URL with quotes", markup_source, "http://x/\"onclick=\"a'<\n",
	  LINK "http://x/%22onclick=%22a%27%3C%0A\">http://x/&quot;onclick=&quot;a&#39;&lt; </a>" },
	{ "script", markup_source, "javascript:alert(1)", "javascript:alert(1)" },
	{ "script behind a space", markup_source, " JavaScript:alert(1)", " JavaScript:alert(1)" },
	{ "data", markup_source, "data:text/html,<script>", "data:text/html,&lt;script&gt;" },
	{ "file", markup_source, "file:///etc/passwd", "file:///etc/passwd" },
	{ "no scheme", markup_source, "//host/a.jpg", "//host/a.jpg" },
	{ "a source's path", markup_source, "/srv/a&b.jpg", "/srv/a&amp;b.jpg" },
	{ "no source", markup_source, NULL, "" },
};

static void escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *made = written(cases[i].write, cases[i].text);

		CHECK_TEXT(cases[i].name, made, cases[i].want);
		free(made);
	}
}

/* Every byte alone, and every pair with a quote: no '<', '>' or '"' of the text is left as it is. */
static void leaves_nothing_behind(void **state)
{
	(void)state;
	for (int b = 1; b < 256; b++) {
		char text[] = { (char)b, '"', '<', (char)b, 0 };
		char *made = written(markup_text, text), *path = written(markup_path, text);

		CHECK_INT("text", strcspn(made, "\"<>'\n"), strlen(made));
		CHECK_INT("path", strcspn(path, "\"<>'&: \n"), strlen(path));
		free(made);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
