#include "stages/manifest_csv.h"
#include "pipeline/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the GB18030 character at s; 0: it is none, or cut off. *common: it is one of GB 2312's, as most of a Chinese
 * text is. */
static size_t gb18030_character(const unsigned char *s, size_t size, bool *common)
{
	*common = false;
	if (s[0] < 0x80)
		return 1;
	if (s[0] == 0x80 || s[0] == 0xff || size < 2)
		return 0;
	*common = s[0] >= 0xa1 && s[1] >= 0xa1 && s[1] != 0xff;
	if (s[1] >= 0x40 && s[1] != 0x7f && s[1] != 0xff)
		return 2;
	if (size < 4 || s[1] < 0x30 || s[1] > 0x39 || s[2] < 0x81 || s[2] == 0xff || s[3] < 0x30 || s[3] > 0x39)
		return 0;
	return 4;
}

/* In Chinese most characters stand beside another; four bytes beyond ASCII in a row do not happen in Latin-1. */
static bool looks_like_gb18030(const char *bytes, size_t size, bool cut)
{
	size_t in_words = 0, all = 0, run = 0, at = 0;

	while (at < size) {
		const unsigned char *s = (const unsigned char *)bytes + at;
		bool common;
		size_t length = gb18030_character(s, size - at, &common);

		if (length == 0)
			break;
		all += length > 1;
		run = common ? run + 1 : 0;
		in_words += run == 2 ? 2 : run > 2;
		at += length;
	}
	return at + (cut ? 3 : 0) >= size && 2 * in_words >= all;
}

enum encoding encoding_tell(const char *bytes, size_t size, bool cut)
{
	size_t ascii = 0, valid;

	while (ascii < size && (unsigned char)bytes[ascii] < 0x80)
		ascii++;
	if (ascii == size)
		return ENCODING_ASCII;
	valid = utf8_prefix(bytes, size);
	if (valid + (cut ? 3 : 0) >= size)
		return ENCODING_UTF8;
	return looks_like_gb18030(bytes, size, cut) ? ENCODING_GB18030 : ENCODING_UTF8;
}

char *encoding_from_gb18030(const char *text, struct err *e)
{
	size_t left = strlen(text), room = 2 * left + 4; /* two bytes become three, four stay four */
	char *from = (char *)text, *out = malloc(room + 1), *to = out;
	iconv_t gb;
	size_t bad;

	if (!out) {
		err_set(e, ERR_NOMEM, "no memory for a text of %zu bytes", left);
		return NULL;
	}
	gb = iconv_open("UTF-8", "GB18030");
	if (gb == (iconv_t)-1) {
		err_set(e, ERR_MANIFEST,
			"the file is GB18030, which this machine's iconv does not know: save it as UTF-8");
		goto fail;
	}
	bad = iconv(gb, &from, &left, &to, &room);
	iconv_close(gb);
	*to = 0;
	if (bad == 0 && left == 0)
		return out;
	err_set(e, ERR_LINE, "the file is GB18030, but this is not: byte 0x%02x after \"%.*s\"", (unsigned char)*from,
		utf8_clip(out, 60), out);
fail:
	free(out);
	return NULL;
}
