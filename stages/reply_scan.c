#include "stages/reply_scan.h"

#include "pipeline/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text without its long strings, as it grows. */
struct rest {
	char *data;
	size_t size, room;
};

static int put(struct rest *r, const char *data, size_t size, struct err *e)
{
	if (size > SCAN_TREE_MAX - r->size)
		return err_set(e, ERR_ANSWER, "the answer holds more than an answer should");
	if (r->size + size > r->room) {
		size_t room = 2 * (r->size + size);
		char *data_now = realloc(r->data, room);

		if (!data_now)
			return err_set(e, ERR_NOMEM, "no memory to read an answer");
		r->data = data_now;
		r->room = room;
	}
	memcpy(r->data + r->size, data, size);
	r->size += size;
	return 0;
}

/* The quote that ends a string whose text begins at `at`; NULL: there is none. */
static const char *closing_quote(const char *at, const char *end)
{
	const char *quote = at;

	while ((quote = memchr(quote, '"', (size_t)(end - quote))) != NULL) {
		const char *before = quote;

		while (before > at && before[-1] == '\\')
			before--;
		if ((quote - before) % 2 == 0)
			return quote;
		quote++;
	}
	return NULL;
}

static int put_string(struct reply_scan *s, struct rest *r, const char *text, size_t size, struct err *e)
{
	char mark[16];

	if (size <= SCAN_SPAN_MIN)
		return put(r, text - 1, size + 2, e);
	if (s->span_count == SCAN_SPANS_MAX)
		return err_set(e, ERR_ANSWER, "the answer holds more long texts than an answer should");
	snprintf(mark, sizeof(mark), "\"@%d\"", s->span_count);
	s->spans[s->span_count++] = (struct span){ text, size };
	return put(r, mark, strlen(mark), e);
}

/* Everything between strings is copied as it is: cJSON says whether it makes sense. */
static int cut_out(struct reply_scan *s, struct rest *r, const char *text, size_t size, struct err *e)
{
	const char *at = text, *end = text + size;

	while (at < end) {
		const char *quote = memchr(at, '"', (size_t)(end - at)), *close;

		if (!quote)
			return put(r, at, (size_t)(end - at), e);
		if (put(r, at, (size_t)(quote - at), e) != 0)
			return -1;
		close = closing_quote(quote + 1, end);
		if (!close)
			return err_set(e, ERR_ANSWER, "the answer is cut off");
		if (put_string(s, r, quote + 1, (size_t)(close - quote - 1), e) != 0)
			return -1;
		at = close + 1;
	}
	return 0;
}

int reply_scan(struct reply_scan *s, const char *text, size_t size, struct err *e)
{
	struct rest r = { 0 };
	int rc;

	memset(s, 0, sizeof(*s));
	rc = cut_out(s, &r, text, size, e);
	if (rc == 0)
		rc = put(&r, "", 1, e); /* a zero byte: nothing may follow the value */
	if (rc == 0)
		s->root = cJSON_ParseWithLengthOpts(r.data, r.size, NULL, true);
	free(r.data);
	if (rc == 0 && !s->root)
		rc = err_set(e, ERR_ANSWER, "the answer is not JSON");
	return rc;
}

void reply_scan_release(struct reply_scan *s)
{
	cJSON_Delete(s->root);
	memset(s, 0, sizeof(*s));
}

/* The span that a node stands for, or NULL. */
static const struct span *span_of(const struct reply_scan *s, const cJSON *node)
{
	const char *text = cJSON_GetStringValue(node);
	char *end;
	long n;

	if (!text || text[0] != '@')
		return NULL;
	n = strtol(text + 1, &end, 10);
	return end > text + 1 && *end == '\0' && n >= 0 && n < s->span_count ? &s->spans[n] : NULL;
}

struct span scan_text(const struct reply_scan *s, const cJSON *node)
{
	const struct span *span = span_of(s, node);
	const char *text = cJSON_GetStringValue(node);

	if (span)
		return *span;
	return (struct span){ text, text ? strlen(text) : 0 };
}

char *scan_copy(const struct reply_scan *s, const cJSON *node)
{
	const struct span *span = span_of(s, node);
	const char *text = cJSON_GetStringValue(node);
	cJSON *string;
	char *copy;

	if (!span)
		return text ? strdup(text) : NULL;
	/* The quotes stand around it. */
	string = cJSON_ParseWithLength(span->text - 1, span->size + 2);
	text = cJSON_GetStringValue(string);
	copy = text ? strdup(text) : NULL;
	cJSON_Delete(string);
	return copy;
}

/* The character that an escape at `at` stands for, in *length bytes; -1: none of ASCII, or no escape. */
static int unescape(const char *at, size_t room, size_t *length)
{
	char digits[5] = { 0 };
	const char *name = "/\"\\nrtbf", *means = "/\"\\\n\r\t\b\f", *known;
	char *end;
	long code;

	if (room < 2 || at[0] != '\\' || !at[1])
		return -1;
	*length = 2;
	known = strchr(name, at[1]);
	if (known)
		return means[known - name];
	if (at[1] != 'u' || room < 6)
		return -1;
	*length = 6;
	memcpy(digits, at + 2, 4);
	code = strtol(digits, &end, 16);
	return end == digits + 4 && code > 0 && code < 128 ? (int)code : -1;
}

/* Base64 without what may stand in it: line ends and spaces, as they are or escaped, and the escapes that writers of
 * JSON are free to use ("\/", "\u002B"). Returns what is left. */
static size_t clean(struct span in, char *out)
{
	size_t size = 0;

	for (size_t i = 0, length; i < in.size; i += length) {
		int c = unescape(in.text + i, in.size - i, &length);

		if (c < 0) {
			c = in.text[i];
			length = 1;
		}
		if (c != '\n' && c != '\r' && c != '\t' && c != ' ')
			out[size++] = (char)c;
	}
	return size;
}

/* Bytes decoded, -1: no base64, -2: no memory. */
static ptrdiff_t decode_untidy(struct span text, unsigned char *out)
{
	char *cleaned = malloc(text.size + 1);
	ptrdiff_t size = cleaned ? base64_decode(cleaned, clean(text, cleaned), out) : -2;

	free(cleaned);
	return size;
}

struct bytes *scan_base64(struct span text, struct err *e)
{
	unsigned char *data = malloc(text.size / 4 * 3 + 4);
	ptrdiff_t size = data ? 0 : -2;
	struct bytes *b = NULL;

	if (data && text.size > 0) {
		size = base64_decode(text.text, text.size, data);
		if (size < 0 && (memchr(text.text, '\\', text.size) || memchr(text.text, '\n', text.size)))
			size = decode_untidy(text, data);
	}
	if (size > 0) {
		data[size] = 0;
		b = bytes_adopt(data, (size_t)size);
	}
	if (b)
		return b;
	free(data);
	if (size == 0 || size == -1)
		err_set(e, ERR_ANSWER, "the answer's picture is not base64");
	else
		err_set(e, ERR_NOMEM, "no memory for the answer's picture");
	return NULL;
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
	       c == '=';
}

/* Bytes of base64 at the start of a text, escaped characters of it included: what follows it may begin with an escape
 * too. */
static size_t base64_run(struct span text)
{
	size_t size = 0, length;

	while (size < text.size) {
		int c = unescape(text.text + size, text.size - size, &length);

		if (c < 0) {
			c = text.text[size];
			length = 1;
		}
		if (!is_base64((char)c))
			break;
		size += length;
	}
	return size;
}

/* What follows `word` in the text; text NULL: it is not there. */
static struct span after(struct span in, const char *word, size_t reach)
{
	size_t length = strlen(word);
	const char *at = in.text, *end = in.text + in.size;

	if (reach < in.size)
		end = in.text + reach;
	while (at && (size_t)(end - at) >= length &&
	       (at = memchr(at, word[0], (size_t)(end - at) - length + 1)) != NULL) {
		if (memcmp(at, word, length) == 0)
			return (struct span){ at + length, in.size - (size_t)(at + length - in.text) };
		at++;
	}
	return (struct span){ NULL, 0 };
}

struct bytes *scan_data_uri(struct span text, struct err *e)
{
	struct span type = after(text, "data:image", text.size), data;

	if (!type.text)
		return NULL;
	data = after(type, ";base64,", 64);
	if (!data.text)
		return NULL;
	data.size = base64_run(data);
	return scan_base64(data, e);
}
