#include "stages/filename.h"

#include "stages/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PART_MARK      "=+"
#define PART_MARK_SIZE 2

static const char hex_digits[] = "0123456789ABCDEF";

static bool is_small(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_letter(unsigned char c)
{
	return is_small(c) || (c >= 'A' && c <= 'Z');
}

/* Letters of scripts without case whose characters no Unicode normalisation turns into another plain one: file
 * systems that normalise or fold names leave them apart. */
static bool is_plain_script(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||                /* Han */
	       (c >= 0x3041 && c <= 0x3096) || (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc || /* kana */
	       (c >= 0xac00 && c <= 0xd7a3);                                                  /* Hangul syllables */
}

/* What Windows takes for a device, whatever follows the first dot. */
static bool is_device(const char *sku)
{
	static const char *const names[] = { "CON", "PRN", "AUX", "NUL" };
	size_t length = strcspn(sku, ".");

	for (size_t i = 0; length == 3 && i < sizeof(names) / sizeof(*names); i++)
		if (strncasecmp(sku, names[i], 3) == 0)
			return true;
	return length == 4 && sku[3] >= '0' && sku[3] <= '9' &&
	       (strncasecmp(sku, "COM", 3) == 0 || strncasecmp(sku, "LPT", 3) == 0);
}

/* How many bytes at `at` stay as they are; 0: the byte there is escaped. */
static size_t plain_here(const char *sku, size_t at, size_t length)
{
	uint32_t c;
	size_t size = plain_character(sku + at, &c);

	if (c >= 0x80)
		return is_plain_script(c) ? size : 0;
	if (c == '.')
		return at != 0 && at + 1 != length;
	if (c == '-')
		return at != 0;
	if (at == 0 && is_device(sku))
		return 0;
	return is_letter((unsigned char)c) || (c >= '0' && c <= '9') || c == '_';
}

/* --- writing --- */

struct writer {
	char *out;
	size_t used, part; /* where the part at work begins */
};

static void put(struct writer *w, const char *text, size_t size)
{
	if (w->used + size + PART_MARK_SIZE > w->part + FILENAME_PART_MAX) {
		memcpy(w->out + w->used, PART_MARK "/" PART_MARK, 2 * PART_MARK_SIZE + 1);
		w->used += 2 * PART_MARK_SIZE + 1;
		w->part = w->used - PART_MARK_SIZE;
	}
	memcpy(w->out + w->used, text, size);
	w->used += size;
}

/* Says which of the plain letters are small. Nothing where none is. */
static void put_case(struct writer *w, const bool *small, size_t letters)
{
	size_t count = 0;

	for (size_t i = 0; i < letters; i++)
		count += small[i];
	if (count == 0)
		return;
	if (count == letters) {
		put(w, "=l", 2);
		return;
	}
	put(w, "=m", 2);
	for (size_t i = 0; i < letters; i += 4) {
		unsigned nibble = 0;

		for (size_t j = i; j < letters && j < i + 4; j++)
			nibble |= (unsigned)small[j] << (j - i);
		put(w, &hex_digits[nibble], 1);
	}
}

static void put_sku(struct writer *w, const char *sku, size_t length, bool *small)
{
	size_t letters = 0;

	for (size_t at = 0; at < length;) {
		size_t size = plain_here(sku, at, length);
		unsigned char c = (unsigned char)sku[at];
		char escape[3] = { '=', hex_digits[c >> 4], hex_digits[c & 15] };

		if (size && is_letter(c))
			small[letters++] = is_small(c);
		put(w, size ? sku + at : escape, size ? size : sizeof(escape));
		at += size ? size : 1;
	}
	put_case(w, small, letters);
}

char *filename_encode(const char *sku)
{
	size_t length = strlen(sku);
	/* Three bytes for each, four letters' case in one, and five for each part begun: at worst this. */
	size_t room = length * 4 + 16 + 5 * (length * 4 / (FILENAME_PART_MAX - 8) + 1);
	struct writer w = { malloc(room), 0, 0 };
	bool *small = calloc(length + 1, sizeof(*small));

	if (w.out && small) {
		if (length == 0)
			put(&w, "=_", 2);
		put_sku(&w, sku, length, small);
		w.out[w.used] = 0;
	} else {
		free(w.out);
		w.out = NULL;
	}
	free(small);
	return w.out;
}

/* --- reading --- */

static int hex(char c)
{
	const char *at = c ? strchr(hex_digits, c) : NULL;

	return at ? (int)(at - hex_digits) : -1;
}

/* Takes what encode does to a SKU off again, without asking whether encode would have done it. */
static void strip(const char *path, char *sku)
{
	while (*path && strcmp(path, "=l") != 0 && strncmp(path, "=m", 2) != 0 && strcmp(path, "=_") != 0) {
		if (strncmp(path, PART_MARK "/" PART_MARK, 5) == 0) {
			path += 5;
		} else if (path[0] == '=' && hex(path[1]) >= 0 && hex(path[2]) >= 0) {
			*sku++ = (char)(hex(path[1]) << 4 | hex(path[2]));
			path += 3;
		} else {
			*sku++ = *path++;
		}
	}
	*sku = 0;
}

char *filename_decode(const char *path)
{
	char *sku = malloc(strlen(path) + 1), *again;

	if (!sku)
		return NULL;
	strip(path, sku);
	again = filename_encode(sku); /* only what encode gives is a name of ours */
	if (!again || strcmp(again, path) != 0) {
		free(sku);
		sku = NULL;
	}
	free(again);
	return sku;
}
