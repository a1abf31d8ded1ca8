#include "stages/plain.h"

#include "pipeline/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ELLIPSIS    "…"
#define REPLACEMENT 0xfffd

size_t plain_character(const char *text, uint32_t *c)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t size = utf8_character(text, 4); /* the zero at the end is no continuation: nothing beyond it is read */

	*c = size ? (unsigned char)text[0] & lead[size] : REPLACEMENT;
	for (size_t i = 1; i < size; i++)
		*c = *c << 6 | ((unsigned char)text[i] & 0x3f);
	return size ? size : 1;
}

bool plain_is_unspaced(uint32_t c)
{
	return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff00 && c <= 0xffef) ||
	       (c >= 0x20000 && c <= 0x3ffff);
}

static bool is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Controls, and marks that nobody sees but that change how the rest is shown. The joiners U+200C and U+200D stay: some
 * scripts and emoji need them. */
static bool is_invisible(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x200b || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffd) || (c & 0xfffe) == 0xfffe || (c >= 0xe0000 && c <= 0xe007f);
}

/* Belongs to the character before it. */
static bool is_mark(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0x200d || c == 0x3099 ||
	       c == 0x309a || (c >= 0x1f3fb && c <= 0x1f3ff) || (c >= 0x20d0 && c <= 0x20ff);
}

/* --- character references --- */

static size_t put_character(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* "&#65;" or "&#x41;" at s: its length, 0 where it is none. */
static size_t number_reference(const char *s, uint32_t *c)
{
	bool hex = s[2] == 'x' || s[2] == 'X';
	const char *digits = s + 2 + hex;
	size_t count = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	unsigned long value;

	if (count == 0 || count > 8 || digits[count] != ';')
		return 0;
	value = strtoul(digits, NULL, hex ? 16 : 10);
	*c = value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) || value == 0 ? REPLACEMENT : (uint32_t)value;
	return (size_t)(digits - s) + count + 1;
}

static size_t reference(const char *s, uint32_t *c)
{
	static const struct {
		const char *name;
		uint32_t c;
	} names[] = { { "&amp;", '&' },  { "&lt;", '<' },    { "&gt;", '>' },
		      { "&quot;", '"' }, { "&apos;", '\'' }, { "&nbsp;", ' ' } };

	if (s[1] == '#')
		return number_reference(s, c);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strncmp(s, names[i].name, strlen(names[i].name)) == 0) {
			*c = names[i].c;
			return strlen(names[i].name);
		}
	}
	return 0;
}

/* A reference is never shorter than what it stands for, so this works in place. */
static void read_references(char *text)
{
	char *to = text;
	uint32_t c;

	for (const char *from = text; *from;) {
		size_t size = *from == '&' ? reference(from, &c) : 0;

		if (size)
			to += put_character(to, c);
		else
			*to++ = *from;
		from += size ? size : 1;
	}
	*to = 0;
}

/* --- tags --- */

static bool opens_tag(const char *s)
{
	return s[0] == '<' && ((s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z') || s[1] == '/' ||
			       s[1] == '!' || s[1] == '?');
}

/* What has been looked for up to the end of the text in vain, and need not be again: a hostile megabyte of "<a<a<a"
 * would take minutes. */
struct tags {
	bool no_quotes; /* quotes do not match: they count for nothing */
	bool no_end;    /* there is no '>' */
	bool no_close[2];
};

/* The '>' that ends the tag at s: the first outside quotes, or the first at all where the quotes do not match. NULL:
 * none. */
static const char *tag_end(struct tags *known, const char *s)
{
	const char *end = NULL;
	char quote = 0;

	for (const char *p = s; *p && !known->no_quotes; p++) {
		if (!quote && *p == '>')
			return p;
		if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? 0 : *p;
	}
	known->no_quotes = true;
	if (!known->no_end)
		end = strchr(s, '>');
	known->no_end = !end;
	return end;
}

/* Where the text goes on behind the tag at s; what a script or style holds is no text either. */
static const char *behind_tag(struct tags *known, const char *s)
{
	static const char *const silent[] = { "script", "style" };
	const char *end = tag_end(known, s);

	if (!end)
		return s + 1;
	for (size_t i = 0; i < 2; i++) {
		size_t length = strlen(silent[i]);

		if (known->no_close[i] || strncasecmp(s + 1, silent[i], length) != 0)
			continue;
		for (const char *p = strstr(end, "</"); p; p = strstr(p + 1, "</"))
			if (strncasecmp(p + 2, silent[i], length) == 0)
				return p; /* a tag as well: the caller meets it next */
		known->no_close[i] = true;
	}
	return end + 1;
}

/* One pass. Was there a tag? */
static bool strip_tags(char *text)
{
	struct tags known = { 0 };
	bool any = false;
	char *to = text;

	for (const char *from = text; *from;) {
		if (opens_tag(from)) {
			from = behind_tag(&known, from);
			*to++ = ' ';
			any = true;
		} else {
			*to++ = *from++;
		}
	}
	*to = 0;
	return any;
}

/* --- the whole --- */

static void squeeze(char *text)
{
	bool gap = false;
	char *to = text;
	uint32_t c;

	for (const char *from = text; *from;) {
		size_t size = plain_character(from, &c);

		if (is_space(c)) {
			gap = to > text;
		} else if (!is_invisible(c)) {
			if (gap)
				*to++ = ' ';
			gap = false;
			memmove(to, from, size);
			to += size;
		}
		from += size;
	}
	*to = 0;
}

char *plain_text(const char *raw, size_t max)
{
	char *text = strdup(raw);

	if (!text)
		return NULL;
	read_references(text);
	squeeze(text); /* first, so that nothing invisible hides a tag */
	while (strip_tags(text))
		squeeze(text);
	plain_cut(text, max);
	return text;
}

void plain_cut(char *text, size_t max)
{
	size_t at = 0, end = 0, gap = 0;
	uint32_t c = 0, before = 0;

	if (utf8_length(text, strlen(text)) <= max)
		return;
	/* `end` ends up behind character max - 2 at most, so that what is cut off leaves room for the ellipsis' three
	 * bytes; `gap` at the last place between words. */
	for (size_t count = 0; count < max - 1; count++) {
		size_t size = plain_character(text + at, &c);

		if (c == ' ' || plain_is_unspaced(c) || plain_is_unspaced(before))
			gap = at;
		if (!is_mark(c) && before != 0x200d)
			end = at;
		before = c;
		at += size;
	}
	if (gap > end / 2)
		end = gap;
	while (end > 0 && strchr(" ,;:-", text[end - 1]))
		end--;
	memcpy(text + end, ELLIPSIS, sizeof(ELLIPSIS));
}
