#include "pipeline/json_string.h"

#include "pipeline/utf8.h"

#include <stdio.h>
#include <string.h>

#define PIECE_MAX 8 /* "\u001f" and its zero byte */

/* What stands for the character of n bytes at `text` (0: a byte that is none). Returns its length. */
static size_t escape(char piece[PIECE_MAX], const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;

	if (n == 0)
		return (size_t)snprintf(piece, PIECE_MAX, "\xef\xbf\xbd");
	if (*s == '"' || *s == '\\')
		return (size_t)snprintf(piece, PIECE_MAX, "\\%c", *s);
	if (*s < 0x20 || *s == 0x7f)
		return (size_t)snprintf(piece, PIECE_MAX, "\\u%04x", *s);
	if (*s == 0xc2 && s[1] < 0xa0) /* a terminal may obey these as well */
		return (size_t)snprintf(piece, PIECE_MAX, "\\u%04x", s[1]);
	memcpy(piece, text, n);
	return n;
}

size_t json_string(char *out, size_t room, const char *text)
{
	const char *end = text + strlen(text);
	size_t used = 1;

	out[0] = '"';
	while (text < end) {
		size_t n = utf8_character(text, (size_t)(end - text));
		char piece[PIECE_MAX];
		size_t length = escape(piece, text, n);

		if (used + length + 2 > room)
			break;
		memcpy(out + used, piece, length);
		used += length;
		text += n ? n : 1;
	}
	out[used++] = '"';
	out[used] = '\0';
	return used;
}
