#include "jobs/markup.h"

#include "pipeline/utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS    "\xe2\x80\xa6"
#define SOURCE_MAX  300  /* characters of a source that are shown */
#define LINK_MAX    2048 /* bytes of an URL that is a link */

/* Control characters, what changes the direction of writing, what is not seen at all, and what HTML forbids. The
 * joiners U+200C and U+200D stay: scripts are written with them. */
static bool is_hidden(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },     { 0x180e, 0x180e },
		{ 0x200b, 0x200b }, { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return (c & 0xfffe) == 0xfffe; /* the last two of each plane are no characters */
}

static void put_character(FILE *out, const char *s, size_t n)
{
	uint32_t c = n ? utf8_number(s, n) : 0xfffd;

	if (c == '\n' || c == '\r' || c == '\t')
		fputc(' ', out);
	else if (is_hidden(c))
		fprintf(out, "[U+%04X]", (unsigned)c);
	else if (c == '&')
		fputs("&amp;", out);
	else if (c == '<')
		fputs("&lt;", out);
	else if (c == '>')
		fputs("&gt;", out);
	else if (c == '"')
		fputs("&quot;", out);
	else if (c == '\'')
		fputs("&#39;", out);
	else if (n == 0)
		fputs(REPLACEMENT, out);
	else
		fwrite(s, 1, n, out);
}

void markup_clip(FILE *out, const char *text, size_t max)
{
	const char *end = text ? text + strlen(text) : NULL;

	for (size_t count = 0; text < end; count++) {
		size_t n = utf8_character(text, (size_t)(end - text));

		if (count == max) {
			fputs(ELLIPSIS, out);
			return;
		}
		put_character(out, text, n);
		text += n ? n : 1;
	}
}

void markup_text(FILE *out, const char *text)
{
	markup_clip(out, text, SIZE_MAX);
}

/* Bytes that are in `kept` stay, and so do letters and digits. */
static void put_encoded(FILE *out, const char *text, const char *kept)
{
	for (const char *c = text; *c; c++) {
		unsigned char b = (unsigned char)*c;

		if (b < 0x80 && (isalnum(b) || strchr(kept, b)))
			fputc(b, out);
		else
			fprintf(out, "%%%02X", b);
	}
}

void markup_path(FILE *out, const char *path)
{
	if (path)
		put_encoded(out, path, "-._~/");
}

void markup_source(FILE *out, const char *source)
{
	bool is_web = source && strlen(source) <= LINK_MAX &&
		      (strncasecmp(source, "http://", 7) == 0 || strncasecmp(source, "https://", 8) == 0);

	if (is_web) {
		fputs("<a rel=\"noopener noreferrer nofollow\" href=\"", out);
		/* What a URL is made of; & and the quotes are not among it: %26 would be another query. */
		for (const char *c = source; *c; c++) {
			char one[2] = { *c, 0 };

			if (*c == '&')
				fputs("&amp;", out);
			else
				put_encoded(out, one, "-._~/:?#[]@!$()*+,;=%");
		}
		fputs("\">", out);
	}
	markup_clip(out, source, SOURCE_MAX);
	if (is_web)
		fputs("</a>", out);
}
