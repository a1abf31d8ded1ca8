#include "pipeline/wire.h"

#include <ctype.h>
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

int call_header(struct call *c, const char *name, const char *value)
{
	size_t room = strlen(name) + 2 + strlen(value) + 1;
	char *line;
	int i = 0;

	while (i < CALL_HEADERS_MAX && c->headers[i])
		i++;
	line = i < CALL_HEADERS_MAX && is_one_line(value) ? malloc(room) : NULL;
	if (!line)
		return -1;
	stpcpy(stpcpy(stpcpy(line, name), ": "), value);
	c->headers[i] = line;
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
