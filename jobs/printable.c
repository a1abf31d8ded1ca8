#include "jobs/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Length in bytes of the character at s, its number in *c; 0: not UTF-8 (overlong forms and surrogates are not). */
static size_t decode(const unsigned char *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;

	if (n <= 1) {
		*c = s[0];
		return n;
	}
	*c = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff) ? 0 : n;
}

char *printable_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	char *out = malloc(3 * strlen(text) + 1), *to = out;
	uint32_t c;

	while (out && *s) {
		size_t n = decode(s, &c);

		memcpy(to, n ? (const char *)s : "\xef\xbf\xbd", n ? n : 3);
		to += n ? n : 3;
		s += n ? n : 1;
	}
	if (out)
		*to = 0;
	return out;
}

static bool moves_text(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *printable_line(const char *text, size_t max)
{
	const unsigned char *s = (const unsigned char *)text;
	char *out = malloc(strlen(text) + 4), *to = out;
	uint32_t c;

	for (size_t count = 0; out && *s; count++) {
		size_t n = decode(s, &c);

		if (count == max) {
			to = memcpy(to, "...", 3);
			to += 3;
			break;
		}
		if (n == 0 || moves_text(c))
			*to++ = '?';
		else
			to = (char *)memcpy(to, s, n) + n;
		s += n ? n : 1;
	}
	if (out)
		*to = 0;
	return out;
}
