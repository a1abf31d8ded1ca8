#include "stages/json_text.h"
#include "pipeline/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text under the reader's finger. The first fault sticks. */
struct scan {
	const char *p, *end;
	const char *number; /* the first one; NULL: none so far */
	const char *why;    /* NULL: nothing wrong so far */
	int depth;
};

static bool fault(struct scan *s, const char *why)
{
	s->why = s->p >= s->end && s->why == NULL ? "the text ends in the middle" : why;
	return false;
}

static void blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool digit(const struct scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

/* Four hex digits at p; -1: they are not there. */
static long hex4(const char *p, const char *end)
{
	char four[5] = "";

	if (end - p < 4 || strspn(memcpy(four, p, 4), "0123456789abcdefABCDEF") < 4)
		return -1;
	return strtol(four, NULL, 16);
}

/* After "\u". */
static bool unicode_escape(struct scan *s)
{
	long unit = hex4(s->p, s->end), low;

	if (unit < 0)
		return fault(s, "\\u needs four hex digits");
	if (unit == 0)
		return fault(s, "\\u0000 is not a character of a text");
	s->p += 4;
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' ? hex4(s->p + 2, s->end) : -1;
	if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return fault(s, "half a surrogate pair");
	s->p += 6;
	return true;
}

static bool string(struct scan *s)
{
	s->p++;
	while (s->p < s->end) {
		unsigned char c = (unsigned char)*s->p;

		if (c == '"') {
			s->p++;
			return true;
		}
		if (c < 0x20)
			return fault(s, c == '\n' || c == '\r'
						? "a text runs over the end of its line (a quote is missing)"
						: "a raw control character in a text (write \\t or \\u00..)");
		s->p++;
		if (c != '\\')
			continue;
		if (s->p == s->end)
			break;
		c = (unsigned char)*s->p;
		if (!c || !strchr("\"\\/bfnrtu", c))
			return fault(s, "an escape that JSON does not have");
		s->p++;
		if (c == 'u' && !unicode_escape(s))
			return false;
	}
	return fault(s, "");
}

static bool number(struct scan *s)
{
	const char *begin = s->p;

	if (!s->number)
		s->number = begin;
	s->p += *s->p == '-';
	if (!digit(s))
		return fault(s, "a number without digits");
	if (*s->p == '0') {
		s->p++;
		if (digit(s))
			return fault(s, "a number that begins with 0");
	}
	while (digit(s))
		s->p++;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!digit(s))
			return fault(s, "a number without digits after its point");
		while (digit(s))
			s->p++;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		s->p += s->p < s->end && (*s->p == '+' || *s->p == '-');
		if (!digit(s))
			return fault(s, "a number without digits in its exponent");
		while (digit(s))
			s->p++;
	}
	return s->p - begin <= JSON_NUMBER_MAX || fault(s, "a number of more than 63 characters");
}

static bool literal(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t length = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= length && memcmp(s->p, words[i], length) == 0) {
			s->p += length;
			return true;
		}
	}
	return fault(s, "a value is expected here (text in double quotes, a number, true, false, null, { or [)");
}

static bool value(struct scan *s);

static bool key(struct scan *s)
{
	if (s->p == s->end || *s->p != '"')
		return fault(s, "a key in double quotes is expected here");
	if (!string(s))
		return false;
	blanks(s);
	if (s->p == s->end || *s->p != ':')
		return fault(s, "a colon is expected after the key");
	s->p++;
	return true;
}

static bool container(struct scan *s)
{
	bool object = *s->p == '{';
	char close = object ? '}' : ']';

	if (++s->depth > JSON_DEPTH_MAX)
		return fault(s, "more than 64 brackets within brackets");
	s->p++;
	blanks(s);
	if (s->p < s->end && *s->p == close)
		goto closed;
	for (;;) {
		blanks(s);
		if (object && !key(s))
			return false;
		blanks(s);
		if (!value(s))
			return false;
		blanks(s);
		if (s->p < s->end && *s->p == close)
			break;
		if (s->p == s->end || *s->p != ',')
			return fault(s, object ? "a comma or } is expected here" : "a comma or ] is expected here");
		s->p++;
	}
closed:
	s->p++;
	s->depth--;
	return true;
}

static bool value(struct scan *s)
{
	if (s->p == s->end)
		return fault(s, "");
	if (*s->p == '{' || *s->p == '[')
		return container(s);
	if (*s->p == '"')
		return string(s);
	if (*s->p == '-' || digit(s))
		return number(s);
	return literal(s);
}

static bool document(struct scan *s)
{
	blanks(s);
	if (!value(s))
		return false;
	blanks(s);
	return s->p == s->end || fault(s, "something follows after the end of the value");
}

void json_place_advance(struct json_place *at, const char *text, size_t size)
{
	const char *end = text + size, *newline;

	while ((newline = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		at->line++;
		at->column = 1;
		text = newline + 1;
	}
	at->column += (int64_t)utf8_length(text, (size_t)(end - text));
}

/* ERR_LINE with the place of the fault and what stands there. */
static void explain(const char *text, const struct scan *s, struct json_place begin, struct err *e)
{
	struct json_place at = begin;
	char line[32] = "", near[64] = "";
	size_t shown = 0, n;

	json_place_advance(&at, text, (size_t)(s->p - text));
	if (at.line != begin.line)
		snprintf(line, sizeof(line), "line %lld, ", (long long)at.line);
	while (shown < 24 && (n = utf8_character(s->p + shown, (size_t)(s->end - s->p) - shown)) > 0 &&
	       (unsigned char)s->p[shown] >= ' ')
		shown += n;
	if (shown)
		snprintf(near, sizeof(near), ", at: %.*s", (int)shown, s->p);
	err_set(e, ERR_LINE, "not JSON: %scolumn %lld: %s%s", line, (long long)at.column, s->why, near);
}

/* The next number of valid JSON text, from *p on; *p moves behind it. There is one. */
static const char *next_number(const char **p, const char *end, size_t *length)
{
	const char *s = *p, *begin;

	while (*s != '-' && (*s < '0' || *s > '9')) {
		if (*s++ != '"')
			continue;
		for (; *s != '"'; s++)
			s += *s == '\\';
		s++;
	}
	begin = s;
	while (s < end && (*s == '-' || *s == '+' || *s == '.' || *s == 'e' || *s == 'E' || (*s >= '0' && *s <= '9')))
		s++;
	*length = (size_t)(s - begin);
	*p = s;
	return begin;
}

static bool plain_integer(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* The tree's numbers come in the order of the text's. */
static bool keep_digits(cJSON *node, const char **p, const char *end)
{
	for (; node; node = node->next) {
		const char *text;
		size_t length;

		if (node->child && !keep_digits(node->child, p, end))
			return false;
		if (!cJSON_IsNumber(node))
			continue;
		text = next_number(p, end, &length);
		if (length <= 15 && plain_integer(text, length))
			continue;
		node->valuestring = cJSON_malloc(length + 1);
		if (!node->valuestring)
			return false;
		memcpy(node->valuestring, text, length);
		node->valuestring[length] = 0;
		node->type = cJSON_Raw;
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first by the alphabet of the keys that stand twice in an object, or NULL; each is held against each, which is
 * cheapest for few. */
static const char *twice_of_few(const cJSON *object)
{
	const char *found = NULL;
	const cJSON *a;

	cJSON_ArrayForEach(a, object)
	{
		for (const cJSON *b = a->next; b; b = b->next)
			if (*a->string == *b->string && strcmp(a->string, b->string) == 0 &&
			    (!found || strcmp(a->string, found) < 0))
				found = a->string;
	}
	return found;
}

/* The same of an object of 100,000 keys, which must not take a minute. */
static const char *twice_of_many(const cJSON *object, size_t size, struct err *e)
{
	const char **keys = malloc(size * sizeof(*keys)), *found = NULL;
	const cJSON *child;
	size_t count = 0;

	if (!keys) {
		err_set(e, ERR_NOMEM, "no memory for an object of %zu keys", size);
		return NULL;
	}
	cJSON_ArrayForEach(child, object) keys[count++] = child->string;
	qsort(keys, count, sizeof(*keys), by_name);
	for (size_t i = 1; i < count && !found; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			found = keys[i];
	free(keys);
	return found;
}

/* A key that stands twice in one object of the tree, or NULL. */
static const char *twice(const cJSON *node, struct err *e)
{
	const char *found = NULL;

	if (cJSON_IsObject(node)) {
		size_t size = (size_t)cJSON_GetArraySize(node);

		found = size > 16 ? twice_of_many(node, size, e) : twice_of_few(node);
	}
	for (node = node->child; node && !found; node = node->next)
		if (node->child)
			found = twice(node, e);
	return found;
}

cJSON *json_parse(const char *text, size_t size, struct json_place at, struct err *e)
{
	size_t valid = utf8_prefix(text, size);
	struct scan s = { .p = text, .end = text + valid };
	const char *key_twice;
	struct err found = { ERR_OK, "" };
	cJSON *tree;

	if (!document(&s) || valid < size) {
		if (valid < size && s.p == s.end) {
			s.end = s.p;
			s.why = "bytes that are not UTF-8";
		}
		explain(text, &s, at, e);
		return NULL;
	}
	tree = cJSON_ParseWithLength(text, size);
	if (!tree || (s.number && !keep_digits(tree, &s.number, s.end))) {
		err_set(e, ERR_NOMEM, "no memory for a JSON text of %zu bytes", size);
		goto fail;
	}
	key_twice = twice(tree, &found);
	if (key_twice)
		err_set(&found, ERR_LINE, "the key \"%.*s\" stands twice in one object", utf8_clip(key_twice, 60),
			key_twice);
	if (found.code == ERR_OK)
		return tree;
	err_set(e, found.code, "%s", found.msg);
fail:
	cJSON_Delete(tree);
	return NULL;
}

bool json_is_number(const cJSON *node)
{
	return cJSON_IsNumber(node) || cJSON_IsRaw(node);
}

const char *json_number_text(const cJSON *node, char *buf)
{
	const double value = node->valuedouble;

	if (cJSON_IsRaw(node))
		return node->valuestring;
	if (value > -1e15 && value < 1e15 && value == (double)(long long)value)
		snprintf(buf, JSON_NUMBER_MAX + 1, "%lld", (long long)value);
	else
		snprintf(buf, JSON_NUMBER_MAX + 1, "%.15g", value);
	return buf;
}

const char *json_kind(const cJSON *node)
{
	if (!node)
		return "nothing";
	if (json_is_number(node))
		return "a number";
	switch (node->type & 0xff) {
	case cJSON_True:
	case cJSON_False:
		return "true or false";
	case cJSON_NULL:
		return "null";
	case cJSON_String:
		return "text";
	case cJSON_Array:
		return "a list";
	default:
		return "an object";
	}
}
