#include "jobs/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *field_of(struct settings *s, const struct option *o)
{
	return (char *)s + o->field;
}

static const void *field_in(const struct settings *s, const struct option *o)
{
	return (const char *)s + o->field;
}

/* Digits only, so no sign, no space, no hex and no exponent gets through. */
static bool whole(const char *text, size_t len, double *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) || *out > 1e15)
			return false;
		*out = *out * 10 + (text[i] - '0');
	}
	return len > 0;
}

static bool real(const char *text, double *out)
{
	size_t digits = strspn(text, "0123456789.");
	char *end;

	if (!digits || text[digits] || !strpbrk(text, "0123456789"))
		return false;
	*out = strtod(text, &end);
	return *end == '\0';
}

static bool within(const struct option *o, double v)
{
	return v >= o->min && v <= o->max;
}

static bool parse_flag(const char *text, bool *out)
{
	static const char *const yes[] = { "true", "1", "yes", "on" }, *const no[] = { "false", "0", "no", "off" };

	for (int i = 0; i < 4; i++) {
		*out = strcmp(text, yes[i]) == 0;
		if (*out || strcmp(text, no[i]) == 0)
			return true;
	}
	return false;
}

static bool parse_int(const struct option *o, const char *text, int64_t *out)
{
	double v;
	size_t len = strlen(text);

	if (!whole(text, len, &v) || !within(o, v))
		return false;
	*out = (int64_t)v;
	return true;
}

static bool parse_bytes(const struct option *o, const char *text, int64_t *out)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	double v, factor = 1;
	const char *unit = len ? strchr(units, toupper((unsigned char)text[len - 1])) : NULL;

	if (unit) {
		len--;
		for (const char *u = units; u <= unit; u++)
			factor *= 1024;
	}
	if (!whole(text, len, &v) || !within(o, v * factor))
		return false;
	*out = (int64_t)(v * factor);
	return true;
}

static bool parse_size(const struct option *o, const char *text, struct frame_size *out)
{
	const char *x = strpbrk(text, "xX");
	double w, h;

	if (!x || !whole(text, (size_t)(x - text), &w) || !whole(x + 1, strlen(x + 1), &h) || !within(o, w) ||
	    !within(o, h))
		return false;
	*out = (struct frame_size){ (int)w, (int)h };
	return true;
}

static bool parse_failures(const struct option *o, const char *text, struct failure_limit *out)
{
	struct failure_limit limit = { 0 };
	char share[16];
	size_t len = strlen(text);

	if (len && len < sizeof(share) && text[len - 1] == '%') {
		memcpy(share, text, len - 1);
		share[len - 1] = '\0';
		if (!real(share, &limit.percent) || limit.percent <= 0 || limit.percent > 100)
			return false;
	} else if (!parse_int(o, text, &limit.count)) {
		return false;
	}
	*out = limit;
	return true;
}

/* The shape of a language tag: "en", "zh-CN", "sr-Latn-RS". Which ones there are copy texts for is not decided here. */
static bool is_tag(const char *text, size_t len)
{
	size_t part = 0, parts = 1;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '-') {
			if (part < 2)
				return false;
			part = 0;
			parts++;
		} else if (!isalnum((unsigned char)text[i]) || (parts == 1 && !isalpha((unsigned char)text[i])) ||
			   ++part > (parts == 1 ? 3u : 8u)) {
			return false;
		}
	}
	return part >= 2;
}

/* 1: added (or there already), 0: not a tag or too many, -1: no memory. */
static int add_tag(struct texts *tags, const char *text, size_t len)
{
	char *copy;

	if (!is_tag(text, len))
		return 0;
	for (int i = 0; i < tags->count; i++) {
		if (strlen(tags->v[i]) == len && memcmp(tags->v[i], text, len) == 0)
			return 1;
	}
	if (tags->count == TEXTS_MAX)
		return 0;
	copy = strndup(text, len);
	if (!copy)
		return -1;
	tags->v[tags->count++] = copy;
	return 1;
}

static int parse_tags(const char *text, struct texts *tags)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		int added = add_tag(tags, text, len);

		if (added <= 0 || !text[len])
			return added;
		text += len + 1;
	}
}

/* One a time: a URL may hold commas. What is there already is not added. */
static int parse_texts(const char *text, struct texts *texts)
{
	for (int i = 0; i < texts->count; i++) {
		if (strcmp(texts->v[i], text) == 0)
			return 1;
	}
	if (!*text || texts->count == TEXTS_MAX)
		return 0;
	texts->v[texts->count] = strdup(text);
	return texts->v[texts->count] ? ++texts->count : -1;
}

static bool parse_choice(const struct option *o, const char *text, int *out)
{
	for (const struct choice *c = o->choices; c->name; c++) {
		if (strcmp(c->name, text) == 0) {
			*out = c->value;
			return true;
		}
	}
	return false;
}

static int parse_text(const char *text, char **out)
{
	char *copy;

	if (!*text)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -1;
	free(*out);
	*out = copy;
	return 1;
}

/* 1: set, 0: not a value of this option, -1: no memory. */
static int parse(struct settings *s, const struct option *o, const char *text)
{
	void *field = field_of(s, o);
	double v;

	if (o->word && strcmp(text, o->word) == 0) {
		value_clear(s, o);
		return 1;
	}
	switch (o->type) {
	case OPTION_FLAG:
		return parse_flag(text, field);
	case OPTION_INT:
		return parse_int(o, text, field);
	case OPTION_BYTES:
		return parse_bytes(o, text, field);
	case OPTION_REAL:
		if (!real(text, &v) || !within(o, v))
			return 0;
		*(double *)field = v;
		return 1;
	case OPTION_TEXT:
		return parse_text(text, field);
	case OPTION_CHOICE:
		return parse_choice(o, text, field);
	case OPTION_SIZE:
		return parse_size(o, text, field);
	case OPTION_FAILURES:
		return parse_failures(o, text, field);
	case OPTION_TAGS:
		return parse_tags(text, field);
	case OPTION_TEXTS:
		return parse_texts(text, field);
	}
	return 0;
}

int value_set(struct settings *s, const struct option *o, const char *text, const char *label, enum err_code code,
	      struct err *err)
{
	char expected[VALUE_TEXT_MAX];
	int rc = parse(s, o, text);

	if (rc > 0)
		return 0;
	if (rc < 0)
		return err_set(err, ERR_NOMEM, "no memory for the settings");
	value_expected(o, expected, sizeof(expected));
	return err_set(err, code, "%s must be %s, not \"%.40s\"", label, expected, text);
}

void value_clear(struct settings *s, const struct option *o)
{
	void *field = field_of(s, o);
	struct texts *tags = field;

	switch (o->type) {
	case OPTION_FLAG:
		*(bool *)field = false;
		break;
	case OPTION_INT:
	case OPTION_BYTES:
		*(int64_t *)field = 0;
		break;
	case OPTION_REAL:
		*(double *)field = 0;
		break;
	case OPTION_TEXT:
		free(*(char **)field);
		*(char **)field = NULL;
		break;
	case OPTION_CHOICE:
		*(int *)field = 0;
		break;
	case OPTION_SIZE:
		*(struct frame_size *)field = (struct frame_size){ 0 };
		break;
	case OPTION_FAILURES:
		*(struct failure_limit *)field = (struct failure_limit){ 0 };
		break;
	case OPTION_TAGS:
	case OPTION_TEXTS:
		while (tags->count)
			free(tags->v[--tags->count]);
		break;
	}
}

static void show_number(const struct option *o, int64_t v, char *out, size_t size)
{
	if (v == 0 && o->word)
		snprintf(out, size, "%s", o->word);
	else
		snprintf(out, size, "%lld", (long long)v);
}

static void show_choice(const struct option *o, int value, char *out, size_t size)
{
	for (const struct choice *c = o->choices; c->name; c++) {
		if (c->value == value)
			snprintf(out, size, "%s", c->name);
	}
}

static void show_failures(const struct option *o, const struct failure_limit *limit, char *out, size_t size)
{
	if (limit->percent > 0)
		snprintf(out, size, "%g%%", limit->percent);
	else
		show_number(o, limit->count, out, size);
}

static void show_tags(const struct texts *tags, char *out, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < tags->count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "," : "", tags->v[i]);
}

void value_show(const struct settings *s, const struct option *o, char *out, size_t size)
{
	const void *field = field_in(s, o);
	const struct frame_size *frame = field;
	char *const *text = field;

	out[0] = '\0';
	switch (o->type) {
	case OPTION_FLAG:
		snprintf(out, size, "%s", *(const bool *)field ? "true" : "false");
		break;
	case OPTION_INT:
	case OPTION_BYTES:
		show_number(o, *(const int64_t *)field, out, size);
		break;
	case OPTION_REAL:
		if (*(const double *)field == 0 && o->word)
			snprintf(out, size, "%s", o->word);
		else
			snprintf(out, size, "%g", *(const double *)field);
		break;
	case OPTION_TEXT:
		snprintf(out, size, "%s", *text ? *text : "");
		break;
	case OPTION_CHOICE:
		show_choice(o, *(const int *)field, out, size);
		break;
	case OPTION_SIZE:
		snprintf(out, size, "%dx%d", frame->width, frame->height);
		break;
	case OPTION_FAILURES:
		show_failures(o, field, out, size);
		break;
	case OPTION_TAGS:
	case OPTION_TEXTS:
		show_tags(field, out, size);
		break;
	}
}

static void expect_choice(const struct option *o, char *out, size_t size)
{
	size_t used = 0;

	for (const struct choice *c = o->choices; c->name && used < size; c++) {
		const char *joint = c == o->choices ? "" : c[1].name ? ", " : " or ";

		used += (size_t)snprintf(out + used, size - used, "%s%s", joint, c->name);
	}
}

void value_expected(const struct option *o, char *out, size_t size)
{
	const char * or = o->word ? " or " : "", *word = o->word ? o->word : "";

	switch (o->type) {
	case OPTION_FLAG:
		snprintf(out, size, "true or false");
		break;
	case OPTION_INT:
		snprintf(out, size, "a whole number from %.0f to %.0f%s%s", o->min, o->max, or, word);
		break;
	case OPTION_BYTES:
		snprintf(out, size, "bytes from %.0f to %.0f (K, M, G for KiB, MiB, GiB)%s%s", o->min, o->max, or,
			 word);
		break;
	case OPTION_REAL:
		snprintf(out, size, "a number from %g to %g%s%s", o->min, o->max, or, word);
		break;
	case OPTION_TEXT:
		snprintf(out, size, "a text that is not empty");
		break;
	case OPTION_CHOICE:
		expect_choice(o, out, size);
		break;
	case OPTION_SIZE:
		snprintf(out, size, "WIDTHxHEIGHT, each side from %.0f to %.0f pixels", o->min, o->max);
		break;
	case OPTION_FAILURES:
		snprintf(out, size, "a whole number from %.0f to %.0f, a share from above 0%% to 100%%%s%s", o->min,
			 o->max, or, word);
		break;
	case OPTION_TAGS:
		snprintf(out, size, "language tags such as en or zh-CN, at most %d", TEXTS_MAX);
		break;
	case OPTION_TEXTS:
		snprintf(out, size, "a text that is not empty, at most %d times", TEXTS_MAX);
		break;
	}
}
