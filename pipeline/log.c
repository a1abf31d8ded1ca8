#include "pipeline/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 1024 /* longer ones are cut: a line that fills the screen is not read either */

static atomic_int loudest = LOG_WARN;
static void (*curtain_down)(void);
static void (*curtain_up)(void);

void log_level(enum log_level level)
{
	atomic_store(&loudest, (int)level);
}

void log_curtain(void (*down)(void), void (*up)(void))
{
	curtain_down = down;
	curtain_up = up;
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* What a hostile file name must not do to a terminal: control characters, those of Latin-1 as UTF-8 writes them
 * included. */
static void make_printable(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s; s++) {
		if (*s < 0x20 || *s == 0x7f)
			*s = '?';
		else if (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
}

/* Ends a text of `len` bytes that did not fit with "...", at the beginning of a character. */
static size_t cut(char *text, size_t len)
{
	len -= 3;
	while (len && continues(text[len]))
		len--;
	memcpy(text + len, "...", 3);
	return len + 3;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const words[] = { "error: ", "warning: ", "", "" };
	char line[LINE_MAX_BYTES + 1];
	va_list ap;
	size_t used, room;
	int wanted;

	if ((int)level > atomic_load(&loudest))
		return;
	used = (size_t)snprintf(line, sizeof(line), "packshot: %s", words[level]);
	room = sizeof(line) - 1 - used; /* one byte is kept for the newline */
	va_start(ap, fmt);
	wanted = vsnprintf(line + used, room, fmt, ap);
	va_end(ap);
	if (wanted < 0)
		return;
	used = (size_t)wanted < room ? used + (size_t)wanted : cut(line, used + room - 1);
	line[used] = '\0';
	make_printable(line);
	line[used] = '\n';
	if (curtain_down)
		curtain_down();
	fwrite(line, 1, used + 1, stderr); /* stderr has no buffer: one write, so lines of several threads do not mix */
	if (curtain_up)
		curtain_up();
}
