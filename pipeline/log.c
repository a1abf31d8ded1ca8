#include "pipeline/log.h"

#include "pipeline/clock.h"
#include "pipeline/decimal.h"
#include "pipeline/json_string.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 1024  /* longer ones are cut: a line that fills the screen is not read either */
#define JSON_MAX_BYTES 16384 /* of a JSON line: each byte of a text may become six */

static atomic_int loudest = LOG_WARN;
static atomic_int format = LOG_TEXT;
static atomic_llong run;
static void (*curtain_down)(void);
static void (*curtain_up)(void);

void log_level(enum log_level level)
{
	atomic_store(&loudest, (int)level);
}

void log_format(enum log_format f)
{
	atomic_store(&format, (int)f);
}

bool log_is_json(void)
{
	return atomic_load(&format) == LOG_JSON;
}

void log_run(int64_t number)
{
	atomic_store(&run, number);
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

/* stderr has no buffer: one write, so lines of several threads do not mix. */
static void write_line(const char *line, size_t length)
{
	if (curtain_down)
		curtain_down();
	fwrite(line, 1, length, stderr);
	if (curtain_up)
		curtain_up();
}

/* --- as text --- */

static void write_text(enum log_level level, const struct log_subject *about, const char *message)
{
	static const char *const words[] = { "error: ", "warning: ", "", "" };
	const char *sku = about && about->sku ? about->sku : "";
	char line[LINE_MAX_BYTES + 1];
	size_t room = sizeof(line) - 1; /* one byte is kept for the newline */
	int wanted = snprintf(line, room, "packshot: %s%s%s%s", words[level], sku, *sku ? ": " : "", message);
	size_t used = (size_t)wanted < room ? (size_t)wanted : cut(line, room - 1);

	line[used] = '\0';
	make_printable(line);
	line[used] = '\n';
	write_line(line, used + 1);
}

/* --- as JSON --- */

struct json_line {
	char text[JSON_MAX_BYTES];
	size_t used;
};

/* A member, its value written already; one that does not fit is left out. */
static void put(struct json_line *l, const char *name, const char *value)
{
	size_t room = sizeof(l->text) - 3 - l->used; /* "}", newline, zero byte */
	int wanted = snprintf(l->text + l->used, room, "%s\"%s\":%s", l->used > 1 ? "," : "", name, value);

	if ((size_t)wanted < room)
		l->used += (size_t)wanted;
}

static void put_text(struct json_line *l, const char *name, const char *text)
{
	char value[6 * LINE_MAX_BYTES + 3];

	if (!text)
		return;
	json_string(value, sizeof(value), text);
	put(l, name, value);
}

static void put_number(struct json_line *l, const char *name, int64_t number, int places)
{
	char value[DECIMAL_MAX];

	put(l, name, decimal_text(value, number, places));
}

/* RFC 3339, in UTC. */
static void put_time(struct json_line *l, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	char day[32], text[48];

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03dZ", day, (int)(us / 1000 % 1000));
	put_text(l, "time", text);
}

static void write_json(enum log_level level, const struct log_subject *about, const char *message,
		       const struct log_field *fields, int count)
{
	static const char *const words[] = { "error", "warning", "info", "debug" };
	struct json_line l = { .text = "{", .used = 1 };
	int64_t number = atomic_load(&run);

	put_time(&l, clock_wall_us());
	put_text(&l, "level", words[level]);
	put_text(&l, "message", message);
	if (number)
		put_number(&l, "run", number, 0);
	if (about) {
		put_text(&l, "sku", about->sku);
		if (about->position)
			put_number(&l, "position", about->position, 0);
		put_text(&l, "stage", about->stage);
	}
	for (int i = 0; i < count; i++) {
		if (fields[i].text)
			put_text(&l, fields[i].name, fields[i].text);
		else
			put_number(&l, fields[i].name, fields[i].number, fields[i].places);
	}
	l.text[l.used++] = '}';
	l.text[l.used++] = '\n';
	write_line(l.text, l.used);
}

/* --- the doors --- */

static void say(enum log_level level, const struct log_subject *about, const char *fmt, va_list ap)
{
	char message[LINE_MAX_BYTES + 1];
	int wanted;

	if ((int)level > atomic_load(&loudest))
		return;
	wanted = vsnprintf(message, sizeof(message), fmt, ap);
	if (wanted < 0)
		return;
	if ((size_t)wanted >= sizeof(message))
		message[cut(message, sizeof(message) - 1)] = '\0';
	if (log_is_json())
		write_json(level, about, message, NULL, 0);
	else
		write_text(level, about, message);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(level, NULL, fmt, ap);
	va_end(ap);
}

void log_about(enum log_level level, const struct log_subject *about, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(level, about, fmt, ap);
	va_end(ap);
}

void log_event(enum log_level level, const char *message, const struct log_field *fields, int count)
{
	if (log_is_json())
		write_json(level, NULL, message, fields, count);
	else
		write_text(level, NULL, message);
}
