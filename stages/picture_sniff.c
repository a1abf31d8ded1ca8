/* picture_sniff.c - what the first bytes say a file is, and what formats are called. */
#include "stages/picture.h"

#include <string.h>
#include <strings.h>

/* name, other spelling, extension; in the order of enum picture_format. */
static const struct {
	const char *name, *alias, *extension;
} formats[] = {
	[FORMAT_UNKNOWN] = { "unknown", "", "bin" }, [FORMAT_JPEG] = { "jpeg", "jpg", "jpg" },
	[FORMAT_PNG] = { "png", "", "png" },         [FORMAT_WEBP] = { "webp", "", "webp" },
	[FORMAT_AVIF] = { "avif", "", "avif" },      [FORMAT_HEIF] = { "heif", "heic", "heif" },
	[FORMAT_GIF] = { "gif", "", "gif" },         [FORMAT_TIFF] = { "tiff", "tif", "tif" },
	[FORMAT_SVG] = { "svg", "", "svg" },         [FORMAT_PDF] = { "pdf", "", "pdf" },
	[FORMAT_BMP] = { "bmp", "", "bmp" },
};

#define FORMATS ((int)(sizeof(formats) / sizeof(formats[0])))

const char *picture_format_name(enum picture_format f)
{
	return formats[(int)f < FORMATS ? f : FORMAT_UNKNOWN].name;
}

const char *picture_format_extension(enum picture_format f)
{
	return formats[(int)f < FORMATS ? f : FORMAT_UNKNOWN].extension;
}

enum picture_format picture_format_by_name(const char *name)
{
	for (int i = FORMAT_UNKNOWN + 1; name && *name && i < FORMATS; i++)
		if (strcasecmp(name, formats[i].name) == 0 || strcasecmp(name, formats[i].alias) == 0)
			return (enum picture_format)i;
	return FORMAT_UNKNOWN;
}

static const struct {
	size_t at, size;
	const char *magic;
	enum picture_format format;
} magics[] = {
	{ 0, 3, "\xff\xd8\xff", FORMAT_JPEG }, { 0, 8, "\x89PNG\r\n\x1a\n", FORMAT_PNG },
	{ 8, 4, "WEBP", FORMAT_WEBP }, /* and RIFF at 0, which the loader looks at */
	{ 0, 6, "GIF87a", FORMAT_GIF },        { 0, 6, "GIF89a", FORMAT_GIF },
	{ 0, 4, "II*\0", FORMAT_TIFF },        { 0, 4, "MM\0*", FORMAT_TIFF },
	{ 0, 4, "II+\0", FORMAT_TIFF },        { 0, 4, "MM\0+", FORMAT_TIFF },
	{ 0, 5, "%PDF-", FORMAT_PDF },
};

/* ISO base media: the brands of its first box. A generic brand leaves the word to the compatible ones. */
static enum picture_format sniff_brands(const unsigned char *p, size_t size)
{
	static const char heif[][5] = { "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1" };
	size_t box = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	enum picture_format found = FORMAT_UNKNOWN;

	if (box > size)
		box = size;
	for (size_t at = 8; at + 4 <= box && at < 256; at += at == 8 ? 8 : 4) {
		if (memcmp(p + at, "avif", 4) == 0 || memcmp(p + at, "avis", 4) == 0)
			return FORMAT_AVIF;
		for (size_t i = 0; i < sizeof(heif) / sizeof(heif[0]); i++)
			if (memcmp(p + at, heif[i], 4) == 0)
				found = FORMAT_HEIF;
	}
	return found;
}

/* XML that names <svg early on, however it begins. */
static bool looks_like_svg(const unsigned char *p, size_t size)
{
	size_t end = size < 4096 ? size : 4096, at = 0;

	if (end >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < end && strchr(" \t\r\n", p[at]) && p[at])
		at++;
	if (at == end || p[at] != '<')
		return false;
	for (; at + 4 <= end; at++)
		if (strncasecmp((const char *)p + at, "<svg", 4) == 0)
			return true;
	return false;
}

enum picture_format picture_sniff(const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (size >= magics[i].at + magics[i].size &&
		    memcmp(p + magics[i].at, magics[i].magic, magics[i].size) == 0)
			return magics[i].format;
	if (size >= 16 && memcmp(p + 4, "ftyp", 4) == 0)
		return sniff_brands(p, size);
	if (size >= 18 && p[0] == 'B' && p[1] == 'M' && memcmp(p + 6, "\0\0\0\0", 4) == 0)
		return FORMAT_BMP;
	return looks_like_svg(p, size) ? FORMAT_SVG : FORMAT_UNKNOWN;
}
