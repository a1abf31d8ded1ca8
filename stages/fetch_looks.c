#include "stages/fetch_looks.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LOOK_AT 512 /* bytes that are looked at */

static const struct {
	const char *begins, *words; /* letters in any case */
} texts[] = {
	{ "<!doctype html", "an HTML page" },
	{ "<html", "an HTML page" },
	{ "<head", "an HTML page" },
	{ "<body", "an HTML page" },
	{ "<script", "an HTML page" },
	{ "<!--", "an HTML page" },
	{ "<?xml", "an XML document" },
	{ "{", "JSON" },
	{ "[", "JSON" },
};

static const struct {
	const char *begins;
	size_t size;
	const char *words;
} binaries[] = {
	{ "PK\3\4", 4, "a ZIP archive" },
	{ "\x1f\x8b", 2, "gzip-compressed data" },
	{ "Rar!", 4, "a RAR archive" },
	{ "8BPS", 4, "a Photoshop file" },
	{ "\x7f"
	  "ELF",
	  4, "a program" },
	{ "OggS", 4, "an Ogg stream" },
	{ "\x1a\x45\xdf\xa3", 4, "a Matroska or WebM video" },
};

static bool is_text(const unsigned char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (iscntrl(data[i]) && !isspace(data[i]))
			return false;
	}
	return true;
}

static bool is_zeros(const unsigned char *data, size_t size)
{
	size_t i = 0;

	while (i < size && data[i] == 0)
		i++;
	return i == size;
}

static const char *look_at_binary(const unsigned char *data, size_t size)
{
	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
		if (size >= binaries[i].size && memcmp(data, binaries[i].begins, binaries[i].size) == 0)
			return binaries[i].words;
	}
	if (size >= 12 && memcmp(data + 4, "ftyp", 4) == 0)
		return "a video, or another MP4-like file";
	return is_zeros(data, size) ? "nothing but zero bytes" : "data of an unknown kind";
}

const char *looks_like(const void *content, size_t size)
{
	const unsigned char *data = content;

	if (size == 0)
		return "empty";
	if (size > LOOK_AT)
		size = LOOK_AT;
	if (!is_text(data, size))
		return look_at_binary(data, size);
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		data += 3;
		size -= 3;
	}
	while (size > 0 && isspace(*data)) {
		data++;
		size--;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t length = strlen(texts[i].begins);

		if (size >= length && strncasecmp((const char *)data, texts[i].begins, length) == 0)
			return texts[i].words;
	}
	return size ? "text" : "blank text";
}
