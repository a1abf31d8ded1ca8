#include "pipeline/wire.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void call_release(struct call *c)
{
	free(c->url);
	for (int i = 0; i < CALL_HEADERS_MAX; i++)
		free(c->headers[i]);
	for (int i = 0; i < c->parts; i++)
		bytes_unref(c->body[i].bytes);
	free(c->body);
	memset(c, 0, sizeof(*c));
}

static bool is_one_line(const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text) && *text != '\t')
			return false;
	}
	return true;
}

static char *format(const char *fmt, va_list ap)
{
	va_list again;
	char most[256], *text;
	int size;

	va_copy(again, ap);
	size = vsnprintf(most, sizeof(most), fmt, again);
	va_end(again);
	if (size >= 0 && (size_t)size < sizeof(most))
		return strdup(most);
	text = size < 0 ? NULL : malloc((size_t)size + 1);
	if (text)
		vsnprintf(text, (size_t)size + 1, fmt, ap);
	return text;
}

int call_header(struct call *c, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int i = 0;

	while (i < CALL_HEADERS_MAX && c->headers[i])
		i++;
	if (i == CALL_HEADERS_MAX)
		return -1;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (!text || !is_one_line(text)) {
		free(text);
		return -1;
	}
	c->headers[i] = text;
	return 0;
}

int call_part(struct call *c, struct bytes *b, bool base64)
{
	if (!c->body) /* most calls have none */
		c->body = malloc(CALL_PARTS_MAX * sizeof(*c->body));
	if (!b || !c->body || c->parts >= CALL_PARTS_MAX) {
		bytes_unref(b);
		return -1;
	}
	c->body[c->parts++] = (struct part){ b, base64 };
	return 0;
}

size_t call_body_size(const struct call *c)
{
	size_t size = 0;

	for (int i = 0; i < c->parts; i++)
		size += c->body[i].base64 ? (c->body[i].bytes->size + 2) / 3 * 4 : c->body[i].bytes->size;
	return size;
}

int call_copy(struct call *copy, const struct call *c)
{
	bool whole;

	*copy = *c;
	copy->body = NULL;
	copy->parts = 0;
	memset(copy->headers, 0, sizeof(copy->headers));
	copy->url = c->url ? strdup(c->url) : NULL;
	whole = !c->url || copy->url;
	for (int i = 0; i < CALL_HEADERS_MAX && c->headers[i]; i++)
		whole = (copy->headers[i] = strdup(c->headers[i])) != NULL && whole;
	for (int i = 0; i < c->parts; i++)
		whole = call_part(copy, bytes_ref(c->body[i].bytes), c->body[i].base64) == 0 && whole;
	if (whole)
		return 0;
	call_release(copy);
	return -1;
}
