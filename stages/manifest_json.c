/*
 * One JSON array of objects, however it is laid out. The elements are cut out of the stream by their brackets and
 * quotes alone and then parsed one by one, so a bad element costs itself. Where the brackets themselves are broken,
 * reading goes on at the next line that begins with "{", which is how the objects of an array stand in a file made for
 * people.
 */
#include "stages/json_text.h"
#include "stages/manifest_format.h"

#include <stdlib.h>
#include <string.h>

enum expects { FIRST, ELEMENT, COMMA, NOTHING };
/* How the cutting out of an element ended. */
enum cut { CUT_WHOLE, CUT_SHORT, CUT_BROKEN, CUT_ERROR };

struct array {
	struct manifest_input *in;
	struct json_place at; /* of the byte at in->start */
	enum expects expects;
};

#define KINDS 64 /* brackets whose kind is remembered: bits of a word; what is deeper, the parser refuses anyhow */

/* An element in the making. */
struct element {
	size_t size;    /* bytes of it after in->start */
	bool dropped;   /* it is too long and is only followed to its end */
	uint64_t kinds; /* one bit an open bracket, 1 for "{"; the lowest is the innermost */
	int depth;
	bool in_text, escaped;
};

static void consume(struct array *a, size_t size)
{
	json_place_advance(&a->at, a->in->data + a->in->start, size);
	a->in->start += size;
}

static void *array_open(struct manifest_input *in, int64_t line, struct err *e)
{
	struct array *a = calloc(1, sizeof(*a));

	if (!a) {
		err_set(e, ERR_NOMEM, "no memory to read %s", in->path);
		return NULL;
	}
	a->in = in;
	a->at = (struct json_place){ line, 1 };
	consume(a, 1); /* the bracket by which the format was told */
	return a;
}

/* The next character that is not white space, not consumed; 0 at the end of the file, -1 ERR_MANIFEST. */
static int peek(struct array *a, struct err *e)
{
	for (;;) {
		char c;

		if (a->in->start == a->in->end) {
			int more = manifest_input_more(a->in, e);

			if (more <= 0)
				return more;
		}
		c = a->in->data[a->in->start];
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return c ? (unsigned char)c : '?';
		consume(a, 1);
	}
}

/* Takes one more character into the element; false: the element ended before it, or breaks on it. */
static bool take(struct element *el, char c, enum cut *how)
{
	*how = CUT_BROKEN;
	if (el->in_text) {
		if (c == '\n')
			return false;
		el->in_text = el->escaped || c != '"';
		el->escaped = !el->escaped && c == '\\';
		return true;
	}
	switch (c) {
	case '"':
		el->in_text = true;
		return true;
	case '{':
	case '[':
		if (el->depth++ < KINDS)
			el->kinds = el->kinds << 1 | (c == '{');
		return true;
	case '}':
	case ']':
		*how = c == ']' && el->depth == 0 ? CUT_WHOLE : CUT_BROKEN;
		if (el->depth == 0 || (el->depth <= KINDS && (el->kinds & 1) != (c == '}')))
			return false;
		if (el->depth-- <= KINDS)
			el->kinds >>= 1;
		return true;
	case ',':
		*how = CUT_WHOLE;
		return el->depth > 0;
	default:
		return true;
	}
}

/* Follows an element that begins at in->start to its end. */
static enum cut cut_out(struct array *a, struct element *el, struct err *e)
{
	for (;;) {
		enum cut how;
		bool open = el->depth > 0;

		if (a->in->start + el->size == a->in->end) {
			int more = manifest_input_more(a->in, e);

			if (more <= 0)
				return more < 0 ? CUT_ERROR : CUT_SHORT;
		}
		if (!take(el, a->in->data[a->in->start + el->size], &how))
			return how;
		el->size++;
		if (open && el->depth == 0)
			return CUT_WHOLE;
		if (el->size > MANIFEST_RECORD_MAX) {
			el->dropped = true;
			consume(a, el->size);
			el->size = 0;
		}
	}
}

/* After broken brackets: on to a line that begins with "{" (a comma may stand before it), or with "]" that is not
 * indented. */
static int resync(struct array *a, struct err *e)
{
	for (;;) {
		int c;

		if (manifest_input_skip_line(a->in, e) != 0)
			return -1;
		a->at.line++;
		a->at.column = 1;
		c = peek(a, e);
		if (c == ',') {
			consume(a, 1);
			c = peek(a, e);
		}
		if (c < 0)
			return -1;
		a->expects = c == '{' ? FIRST : COMMA;
		if (c == 0 || c == '{' || (c == ']' && a->at.column == 1))
			return 0;
	}
}

static int element(struct array *a, struct manifest_entry *out, struct err *e)
{
	const int64_t column = a->at.column;
	struct element el = { 0 };
	enum cut how;
	int got = 1;

	out->line = a->at.line;
	how = cut_out(a, &el, e);
	if (how == CUT_ERROR)
		return -1;
	if (el.dropped)
		err_set(&out->err, ERR_LINE, "more than %d bytes in one object", MANIFEST_RECORD_MAX);
	else
		got = manifest_entry_parse(out, a->in->data + a->in->start, el.size + (how == CUT_BROKEN), column, e);
	consume(a, el.size);
	a->expects = COMMA;
	if (how == CUT_BROKEN && resync(a, e) != 0)
		return -1;
	return got;
}

static int bad_separator(struct array *a, struct manifest_entry *out, const char *why)
{
	out->line = a->at.line;
	err_set(&out->err, ERR_LINE, "the array is broken at column %lld: %s", (long long)a->at.column, why);
	return 1;
}

static int array_next(void *state, struct manifest_entry *out, struct err *e)
{
	struct array *a = state;

	for (;;) {
		int c = peek(a, e);

		if (c < 0 || (c == 0 && a->expects == NOTHING))
			return c;
		if (c == 0)
			return err_set(e, ERR_MANIFEST,
				       "%s: line %lld: the file ends before its array is closed with ]", a->in->path,
				       (long long)a->at.line);
		if (a->expects == NOTHING)
			return err_set(e, ERR_MANIFEST, "%s: line %lld: something follows after the end of the array",
				       a->in->path, (long long)a->at.line);
		if (a->expects == COMMA && c != ',' && c != ']') {
			a->expects = ELEMENT;
			return bad_separator(a, out, "a comma is missing here");
		}
		if (c != ',' && c != ']')
			return element(a, out, e);
		if (c == ']' ? a->expects == ELEMENT : a->expects != COMMA) {
			int got = bad_separator(a, out, "a product is missing at this comma or bracket");

			a->expects = c == ']' ? NOTHING : ELEMENT;
			consume(a, 1);
			return got;
		}
		a->expects = c == ']' ? NOTHING : ELEMENT;
		consume(a, 1);
	}
}

const struct manifest_format manifest_json = { .name = "json", .open = array_open, .next = array_next, .close = free };
