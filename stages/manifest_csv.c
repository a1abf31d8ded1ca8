/*
 * CSV with a header, cut into cells by libcsv: "," ";" or tab (what stands most often in the header's first line),
 * quotes with line ends inside, CRLF. White space around a cell without quotes is not part of it. Rows without any text
 * are skipped.
 *
 * A quote that is never closed swallows what follows. Where no end is found within MANIFEST_RECORD_MAX, or in the file,
 * the row's first line is the bad one and reading goes on behind that; the REREAD_MAX-th time what was swallowed is
 * given up instead, so a hostile file cannot make a megabyte be read for each of its lines.
 */
#include "stages/manifest_csv.h"
#include "stages/manifest_format.h"
#include "pipeline/utf8.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#define REREAD_MAX 100

/* libcsv's states that its header does not name. */
#define BETWEEN_ROWS 0
#define INSIDE_CELL  2

struct csv {
	struct manifest_input *in;
	struct csv_parser parser;
	struct columns *columns;
	enum encoding encoding;
	int64_t line;  /* of the byte at in->start */
	bool after_cr; /* that byte's line may begin with the second half of a CRLF */
	int reread;    /* unclosed quotes so far */

	/* The row in the making: its cells one after the other, each with a final zero. */
	char *text;
	size_t used, room;
	size_t *begins;
	size_t count, begins_room;
	bool complete, no_memory;
};

/* How reading a row ended. */
enum row { ROW_END, ROW_WHOLE, ROW_UNCLOSED, ROW_LONG, ROW_ERROR };

static void *grown(void *block, size_t *room, size_t needed, size_t each)
{
	size_t more = *room ? *room : 256;
	void *bigger;

	if (needed <= *room)
		return block;
	while (more < needed)
		more *= 2;
	bigger = realloc(block, more * each);
	if (bigger)
		*room = more;
	return bigger;
}

/* libcsv's word of one cell. */
static void on_cell(void *cell, size_t size, void *data)
{
	struct csv *c = data;
	char *text = grown(c->text, &c->room, c->used + size + 1, 1);
	size_t *begins;

	if (text)
		c->text = text;
	begins = grown(c->begins, &c->begins_room, c->count + 1, sizeof(*begins));
	if (begins)
		c->begins = begins;
	if (!text || !begins) {
		c->no_memory = true;
		return;
	}
	c->begins[c->count++] = c->used;
	if (size)
		memcpy(c->text + c->used, cell, size);
	c->used += size;
	c->text[c->used++] = 0;
}

static void on_row(int end, void *data)
{
	(void)end;
	((struct csv *)data)->complete = true;
}

static int restart_parser(struct csv *c, char delimiter)
{
	csv_free(&c->parser);
	if (csv_init(&c->parser, 0) != 0)
		return -1;
	csv_set_delim(&c->parser, (unsigned char)delimiter);
	csv_set_blk_size(&c->parser, 64 * 1024); /* it grows by so much each time */
	return 0;
}

static void csv_close(void *state)
{
	struct csv *c = state;

	if (!c)
		return;
	csv_free(&c->parser);
	columns_free(c->columns);
	free(c->text);
	free(c->begins);
	free(c);
}

/* Takes `size` bytes at in->start as read, counting their lines: a CR, an LF and a CRLF end one each. */
static void consume(struct csv *c, size_t size)
{
	const char *p = c->in->data + c->in->start;

	for (const char *end = p + size; p < end; p++) {
		if (*p == '\r' || (*p == '\n' && !c->after_cr))
			c->line++;
		c->after_cr = *p == '\r';
	}
	c->in->start += size;
}

/* Parses on until one row is complete; *size: its bytes from in->start, to be consumed by the caller. Lines without a
 * cell are consumed here. A line's end is fed with it, so at most one row completes at a time. */
static enum row read_row(struct csv *c, size_t *size, struct err *e)
{
	c->used = c->count = *size = 0;
	c->complete = false;
	for (;;) {
		ptrdiff_t length = manifest_input_line(c->in, *size, "\n\r", e);
		size_t fed;

		if (length < 0)
			return ROW_ERROR;
		if (*size + (size_t)length > MANIFEST_RECORD_MAX)
			return *size ? ROW_UNCLOSED : ROW_LONG;
		if (length == 0) {
			if (c->parser.quoted && c->parser.pstate == INSIDE_CELL)
				return ROW_UNCLOSED;
			if (csv_fini(&c->parser, on_cell, on_row, c) != 0)
				c->no_memory = true;
			break;
		}
		fed = csv_parse(&c->parser, c->in->data + c->in->start + *size, (size_t)length, on_cell, on_row, c);
		if (fed != (size_t)length)
			c->no_memory = true;
		*size += (size_t)length;
		if (c->complete || c->no_memory)
			break;
		if (c->parser.pstate == BETWEEN_ROWS) { /* the line was blank */
			consume(c, *size);
			*size = 0;
		}
	}
	if (!c->no_memory)
		return c->complete ? ROW_WHOLE : ROW_END;
	err_set(e, ERR_NOMEM, "no memory for a row of %s", c->in->path);
	return ROW_ERROR;
}

/* Every cell is nothing but its final zero. */
static bool is_blank(const struct csv *c)
{
	return c->used == c->count;
}

/* Tells the encoding when its first sign is seen, and checks the row of `size` bytes at in->start. */
static int check_bytes(struct csv *c, size_t size, struct err *e)
{
	const char *row = c->in->data + c->in->start;
	size_t valid;

	if (c->encoding == ENCODING_ASCII && encoding_tell(row, size, false) != ENCODING_ASCII)
		c->encoding = encoding_tell(row, c->in->end - c->in->start, !c->in->ended);
	if (memchr(row, 0, size))
		return err_set(e, ERR_LINE, "a zero byte in the row");
	if (c->encoding == ENCODING_GB18030)
		return 0;
	valid = utf8_prefix(row, size);
	return valid == size
		       ? 0
		       : err_set(e, ERR_LINE,
				 "byte %zu of the row, 0x%02x, is neither UTF-8 nor GB18030: save the file as UTF-8",
				 valid + 1, (unsigned char)row[valid]);
}

/* The row's cells as UTF-8: *out is an array of c->count texts; free it with free_cells(). */
static void free_cells(char **cells, size_t count, bool owned)
{
	for (size_t i = 0; cells && owned && i < count; i++)
		free(cells[i]);
	free(cells);
}

static char **utf8_cells(struct csv *c, struct err *e)
{
	char **cells = calloc(c->count + 1, sizeof(*cells));

	if (!cells)
		err_set(e, ERR_NOMEM, "no memory for a row of %zu cells", c->count);
	for (size_t i = 0; cells && i < c->count; i++) {
		cells[i] = c->text + c->begins[i];
		if (c->encoding == ENCODING_GB18030 && !(cells[i] = encoding_from_gb18030(cells[i], e))) {
			free_cells(cells, i, true);
			return NULL;
		}
	}
	return cells;
}

/* The delimiter that stands most often outside quotes in the header's first line. */
static char tell_delimiter(const char *line, size_t size)
{
	static const char candidates[] = { ',', ';', '\t' };
	size_t counts[3] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		quoted = quoted != (line[i] == '"');
		for (size_t k = 0; k < 3 && !quoted; k++)
			counts[k] += line[i] == candidates[k];
	}
	for (size_t k = 1; k < 3; k++)
		if (counts[k] > counts[best])
			best = k;
	return candidates[best];
}

static int read_header(struct csv *c, struct err *e)
{
	ptrdiff_t length = manifest_input_line(c->in, 0, "\n\r", e);
	struct err why = { ERR_OK, "" };
	size_t size, count;
	char **cells;
	enum row got;

	if (length < 0)
		return -1;
	if (restart_parser(c, tell_delimiter(c->in->data + c->in->start, (size_t)length)) != 0)
		return err_set(e, ERR_NOMEM, "no memory to read %s", c->in->path);
	got = read_row(c, &size, e);
	if (got == ROW_ERROR)
		return -1;
	if (got != ROW_WHOLE)
		return err_set(e, ERR_MANIFEST, "%s: neither JSON nor CSV: the header does not end", c->in->path);
	count = c->count;
	cells = check_bytes(c, size, &why) == 0 ? utf8_cells(c, &why) : NULL;
	if (!cells)
		return err_set(e, why.code == ERR_NOMEM ? ERR_NOMEM : ERR_MANIFEST, "%s: the header: %s", c->in->path,
			       why.msg);
	c->columns = columns_create((const char *const *)cells, count, c->in->path, e);
	free_cells(cells, count, c->encoding == ENCODING_GB18030);
	consume(c, size);
	return c->columns ? 0 : -1;
}

static void *csv_open(struct manifest_input *in, int64_t line, struct err *e)
{
	struct csv *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(e, ERR_NOMEM, "no memory to read %s", in->path);
		return NULL;
	}
	c->in = in;
	c->line = line;
	if (csv_init(&c->parser, 0) == 0 && read_header(c, e) == 0)
		return c;
	csv_close(c);
	return NULL;
}

/* A row without an end. */
static int give_up(struct csv *c, enum row how, size_t size, struct manifest_entry *out, struct err *e)
{
	char delimiter = (char)c->parser.delim_char;
	const char *begin = c->in->data + c->in->start, *newline;

	out->line = c->line;
	if (how == ROW_LONG) {
		err_set(&out->err, ERR_LINE, "more than %d bytes in one line", MANIFEST_RECORD_MAX);
		c->line++;
		c->after_cr = false;
		if (manifest_input_skip_line(c->in, e) != 0)
			return -1;
	} else {
		err_set(&out->err, ERR_LINE, "a quote opens in this row and is not closed");
		newline = memchr(begin, '\n', size);
		if (newline && c->reread++ < REREAD_MAX)
			size = (size_t)(newline + 1 - begin);
		consume(c, size);
	}
	return restart_parser(c, delimiter) == 0 ? 1 : err_set(e, ERR_NOMEM, "no memory to read %s", c->in->path);
}

static int fill_entry(struct csv *c, size_t size, struct manifest_entry *out, struct err *e)
{
	char **cells;

	if (check_bytes(c, size, &out->err) == 0 && (cells = utf8_cells(c, &out->err)) != NULL) {
		out->object = columns_object(c->columns, (const char *const *)cells, c->count, &out->sku, &out->err);
		free_cells(cells, c->count, c->encoding == ENCODING_GB18030);
	}
	if (out->err.code == ERR_NOMEM || out->err.code == ERR_MANIFEST)
		return err_set(e, out->err.code, "%s", out->err.msg);
	return 1;
}

static int csv_next(void *state, struct manifest_entry *out, struct err *e)
{
	struct csv *c = state;

	for (;;) {
		size_t size;
		enum row how = read_row(c, &size, e);
		int got;

		if (how == ROW_END)
			return 0;
		if (how == ROW_ERROR)
			return -1;
		if (how != ROW_WHOLE)
			return give_up(c, how, size, out, e);
		if (is_blank(c)) {
			consume(c, size);
			continue;
		}
		out->line = c->line;
		got = fill_entry(c, size, out, e);
		consume(c, size);
		return got;
	}
}

const struct manifest_format manifest_csv = { .name = "csv", .open = csv_open, .next = csv_next, .close = csv_close };
