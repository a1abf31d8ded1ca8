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

static int jsonl_next(void *state, struct manifest_entry *out, struct err *e)
{
	struct jsonl *j = state;

	for (;;) {
		ptrdiff_t size = manifest_input_line(j->in, 0, "\n", e);
		const char *text;
		size_t begin = 0, end;
		int64_t lines = 1;
		bool block;
		int got;

		if (size <= 0)
			return (int)size;
		text = j->in->data + j->in->start;
		for (end = (size_t)size; end > 0 && blank(text[end - 1]); end--)
			;
		while (begin < end && blank(text[begin]))
			begin++;
		if (begin == end && size <= MANIFEST_RECORD_MAX) {
			j->in->start += (size_t)size;
			j->line++;
			continue;
		}
		out->line = j->line;
		block = end == 1 && *text == '{';
		if (block)
			size = block_size(j, (size_t)size, &lines, e);
		if (size < 0)
			return -1;
		if (size > MANIFEST_RECORD_MAX) {
			err_set(&out->err, ERR_LINE, "more than %d bytes in one %s", MANIFEST_RECORD_MAX,
				block ? "object" : "line");
			return skip_record(j, block, e) < 0 ? -1 : 1;
		}
		text = j->in->data + j->in->start; /* block_size() may have moved it */
		got = manifest_entry_parse(out, text, (size_t)size, 1, e);
		j->in->start += (size_t)size;
		j->line += lines;
		return got;
	}
}

const struct manifest_format manifest_jsonl = { "jsonl", jsonl_open, jsonl_next, free };
