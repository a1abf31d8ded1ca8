#include "pipeline/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t utf8_character(const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;

	if (size == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || size < 2 || !continues(s[1]))
		return 0;
	if (s[0] < 0xe0)
		return 2;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || size < 3 || !continues(s[2]))
		return 0;
	if (s[0] < 0xf0)
		return 3;
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) || s[0] > 0xf4)
		return 0;
	return size >= 4 && continues(s[3]) ? 4 : 0;
}

size_t utf8_prefix(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		uint64_t eight;
		size_t length;

		/* Catalogues are mostly ASCII: eight bytes at a step while that holds. */
		while (size - at >= sizeof(eight)) {
			memcpy(&eight, text + at, sizeof(eight));
			if (eight & UINT64_C(0x8080808080808080))
				break;
			at += sizeof(eight);
		}
		length = utf8_character(text + at, size - at);
		if (length == 0)
			break;
		at += length;
	}
	return at;
}

uint32_t utf8_number(const char *text, size_t n)
{
	uint32_t c = n == 1 ? (unsigned char)text[0] : (unsigned char)text[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	return c;
}

size_t utf8_length(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += !continues((unsigned char)text[i]);
	return count;
}

int utf8_clip(const char *text, int most)
{
	int size = (int)strnlen(text, (size_t)most + 1);

	if (size <= most)
		return size;
	while (most > 0 && continues((unsigned char)text[most]))
		most--;
	return most;
}

const char *utf8_control(const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s; s++)
		if (*s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0))
			return (const char *)s;
	return NULL;
}
