/*
 * JSON lines: one object a line, so a broken line costs itself and nothing else. Pretty-printed objects are read as
 * well, when they are told apart as every printer does it: "{" alone on its line, what is inside indented, "}" first on
 * the last line.
 */
#include "stages/manifest_format.h"

#include <stdlib.h>
#include <string.h>

struct jsonl {
	struct manifest_input *in;
	int64_t line; /* of the byte at in->start */
	/* The record that begins there, once it was looked for. */
	size_t size;       /* 0: it was not; more than MANIFEST_RECORD_MAX: too long */
	size_t begin, end; /* within it, but for white space around it */
	int64_t lines;
	bool block; /* a pretty-printed object */
	struct digest text;
};

static void *jsonl_open(struct manifest_input *in, int64_t line, struct err *e)
{
	struct jsonl *j = calloc(1, sizeof(*j));

	if (!j) {
		err_set(e, ERR_NOMEM, "no memory to read %s", in->path);
		return NULL;
	}
	j->in = in;
	j->line = line;
	return j;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Gives up on the line that begins at in->start, and inside a pretty-printed object on all up to where the next one may
 * begin. */
static int skip_record(struct jsonl *j, bool block, struct err *e)
{
	for (;;) {
		ptrdiff_t length;
		char first;

		if (manifest_input_skip_line(j->in, e) != 0)
			return -1;
		j->line++;
		if (!block)
			return 0;
		length = manifest_input_line(j->in, 0, "\n", e);
		if (length <= 0)
			return (int)length;
		first = j->in->data[j->in->start];
		if (first == '{')
			return 0;
		block = first != '}';
	}
}

/* Bytes of the pretty-printed object whose first line has `size` bytes: up to a line that begins with "}", or before
 * the next object where there is none. Adds its further lines to *lines. */
static ptrdiff_t block_size(struct jsonl *j, size_t size, int64_t *lines, struct err *e)
{
	while (size <= MANIFEST_RECORD_MAX) {
		ptrdiff_t length = manifest_input_line(j->in, size, "\n", e);
		char first;

		if (length < 0)
			return -1;
		first = length ? j->in->data[j->in->start + size] : '{';
		if (first == '{')
			break;
		size += (size_t)length;
		++*lines;
		if (first == '}')
			break;
	}
	return (ptrdiff_t)size;
}

/* What is left of the line's bytes when white space is taken away around them. */
static void trim(struct jsonl *j)
{
	const char *text = j->in->data + j->in->start;

	j->begin = 0;
	for (j->end = j->size; j->end > 0 && blank(text[j->end - 1]); j->end--)
		;
	while (j->begin < j->end && blank(text[j->begin]))
		j->begin++;
}

/* Passes over empty lines. 1: there is a line, as far as it fits; 0, -1. */
static int find_line(struct jsonl *j, struct err *e)
{
	for (;;) {
		ptrdiff_t size = manifest_input_line(j->in, 0, "\n", e);

		if (size <= 0)
			return (int)size;
		j->size = (size_t)size;
		trim(j);
		if (j->begin < j->end || j->size > MANIFEST_RECORD_MAX)
			return 1;
		j->in->start += j->size;
		j->line++;
	}
}

/* 1: there is a record; 0, -1. */
static int find(struct jsonl *j, struct err *e)
{
	int rc = j->size ? 1 : find_line(j, e);

	if (rc <= 0 || j->lines)
		return rc;
	j->lines = 1;
	j->block = j->end == 1 && j->in->data[j->in->start] == '{';
	if (j->block) {
		ptrdiff_t size = block_size(j, j->size, &j->lines, e);

		if (size < 0) {
			j->size = 0;
			j->lines = 0;
			return -1;
		}
		j->size = (size_t)size;
		trim(j);
	}
	if (j->size <= MANIFEST_RECORD_MAX)
		digest_of(j->in->data + j->in->start + j->begin, j->end - j->begin, &j->text);
	return 1;
}

/* Behind the record. */
static void jsonl_skip(void *state)
{
	struct jsonl *j = state;

	j->in->start += j->size;
	j->line += j->lines;
	j->size = 0;
	j->lines = 0;
}

static int jsonl_peek(void *state, struct manifest_line *out, struct err *e)
{
	struct jsonl *j = state;
	int rc = find(j, e);

	if (rc <= 0 || j->size > MANIFEST_RECORD_MAX)
		return rc < 0 ? -1 : 0;
	*out = (struct manifest_line){ j->line, j->in->data + j->in->start + j->begin, j->end - j->begin, j->text };
	return 1;
}

static int jsonl_next(void *state, struct manifest_entry *out, struct err *e)
{
	struct jsonl *j = state;
	int rc = find(j, e);

	if (rc <= 0)
		return rc;
	out->line = j->line;
	if (j->size > MANIFEST_RECORD_MAX) {
		err_set(&out->err, ERR_LINE, "more than %d bytes in one %s", MANIFEST_RECORD_MAX,
			j->block ? "object" : "line");
		j->size = 0;
		j->lines = 0;
		return skip_record(j, j->block, e) < 0 ? -1 : 1;
	}
	out->has_text = true;
	out->text = j->text;
	rc = manifest_entry_parse(out, j->in->data + j->in->start, j->size, 1, e);
	jsonl_skip(j);
	return rc;
}

const struct manifest_format manifest_jsonl = {
	.name = "jsonl", .open = jsonl_open, .next = jsonl_next, .peek = jsonl_peek, .skip = jsonl_skip, .close = free
};
