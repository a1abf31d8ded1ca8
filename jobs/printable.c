#include "jobs/printable.h"

#include "pipeline/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

char *printable_utf8(const char *text)
{
	const char *end = text + strlen(text);
	char *out = malloc(3 * strlen(text) + 1), *to = out;

	while (out && text < end) {
		size_t n = utf8_character(text, (size_t)(end - text));

		memcpy(to, n ? text : "\xef\xbf\xbd", n ? n : 3);
		to += n ? n : 3;
		text += n ? n : 1;
	}
	if (out)
		*to = 0;
	return out;
}

/* Control characters, line separators, and what changes the direction of writing. */
static bool moves_text(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *printable_line(const char *text, size_t max)
{
	const char *end = text + strlen(text);
	char *out = malloc(strlen(text) + 4), *to = out;

	for (size_t count = 0; out && text < end; count++) {
		size_t n = utf8_character(text, (size_t)(end - text));

		if (count == max) {
			memcpy(to, "...", 3);
			to += 3;
			break;
		}
		if (n == 0 || moves_text(utf8_number(text, n)))
			*to++ = '?';
		else
			to = (char *)memcpy(to, text, n) + n;
		text += n ? n : 1;
	}
	if (out)
		*to = 0;
	return out;
}
