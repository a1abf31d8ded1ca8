#include "pipeline/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *meaning, *advice;
	int exit;
	bool retry;
} table[ERR_CODES] = {
#define X(code, name, exit, retry, meaning, advice) [code] = { name, meaning, advice, exit, retry },
	ERR_TABLE(X)
#undef X
};

/* Control characters, those of UTF-8 (U+0080 to U+009F) too, become '?'. */
static void make_printable(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
		else if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
}

/* A message that was cut must not end within a character. */
static void drop_half_character(char *s)
{
	size_t end = strlen(s), start = end, length;

	while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)s[start - 1] < 0xc0)
		return;
	start--;
	length = (unsigned char)s[start] >= 0xf0 ? 4 : (unsigned char)s[start] >= 0xe0 ? 3 : 2;
	if (end - start < length)
		s[start] = 0;
}

static void record(struct err *e, enum err_code code, const char *fmt, va_list ap)
{
	e->code = code;
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	drop_half_character(e->msg);
	make_printable(e->msg);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (e && e->code == ERR_OK) {
		va_list ap;

		va_start(ap, fmt);
		record(e, code, fmt, ap);
		va_end(ap);
	}
	return -1;
}

int err_errno(struct err *e, enum err_code code, const char *fmt, ...)
{
	int saved = errno;

	if (e && e->code == ERR_OK) {
		va_list ap;
		char text[80];
		size_t used;

		va_start(ap, fmt);
		record(e, code, fmt, ap);
		va_end(ap);
		used = strlen(e->msg);
		if (strerror_r(saved, text, sizeof(text)) == 0)
			snprintf(e->msg + used, sizeof(e->msg) - used, ": %s", text);
	}
	return -1;
}

void err_clear(struct err *e)
{
	memset(e, 0, sizeof(*e));
}

const char *err_name(enum err_code code)
{
	return table[code].name;
}

const char *err_meaning(enum err_code code)
{
	return table[code].meaning;
}

const char *err_advice(enum err_code code)
{
	return table[code].advice;
}

int err_exit(enum err_code code)
{
	return table[code].exit;
}

/* Status 1 says that a run has finished and some items have failed. A command that ends with an item's kind of trouble,
 * such as missing memory or a model that cannot be loaded, has not finished. */
int err_command_exit(enum err_code code)
{
	return err_ends_run(code) ? err_exit(code) : err_exit(ERR_IO);
}

bool err_retryable(enum err_code code)
{
	return table[code].retry;
}

bool err_halts_run(enum err_code code)
{
	return err_exit(code) == 2 || err_exit(code) == 4;
}

bool err_ends_run(enum err_code code)
{
	return table[code].exit >= 2;
}

bool err_rejects(enum err_code code)
{
	return code == ERR_REFUSED;
}

enum err_code err_by_name(const char *name)
{
	for (int i = 0; i < ERR_CODES; i++) {
		if (strcmp(table[i].name, name) == 0)
			return (enum err_code)i;
	}
	return ERR_CODES;
}
