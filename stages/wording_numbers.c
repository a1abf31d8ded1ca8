/* wording_numbers.c - the numbers of a text, and whether the product's fields have them. */
#include "stages/wording.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 40 /* characters of one; longer ones are compared by their beginning */

/* What a number may mean: as English writes it (1,299.50), and as most of Europe does (1.299,50); NAN where it cannot
 * be written so. */
struct number {
	double english, european;
	const cJSON *unit; /* of the file's list; NULL: none that is known */
	bool in_code;      /* of an article number: no quantity */
	char written[NUMBER_MAX];
};

/* The ASCII digit at s, also of a full-width one; *bytes its length. 0: no digit. */
static char digit_at(const char *s, size_t *bytes)
{
	const unsigned char *u = (const unsigned char *)s;

	*bytes = 1;
	if (isdigit(u[0]))
		return s[0];
	if (u[0] == 0xef && u[1] == 0xbc && u[2] >= 0x90 && u[2] <= 0x99) {
		*bytes = 3;
		return (char)('0' + (u[2] - 0x90));
	}
	return 0;
}

/* Thousands are marked in groups of three, or not at all. */
static bool groups_are_right(const char *written, char thousands, char point)
{
	const char *mark = strchr(written, thousands), *end = strchr(written, point);
	size_t whole = end ? (size_t)(end - written) : strlen(written);

	if (end && (strchr(end + 1, point) || strchr(end, thousands)))
		return false;
	if (!mark)
		return true;
	if (mark == written || mark - written > 3)
		return false;
	for (size_t at = (size_t)(mark - written); at < whole; at += 4) {
		if (written[at] != thousands || whole - at < 4 || strcspn(written + at + 1, ".,") < 3)
			return false;
	}
	return true;
}

static double read_as(const char *written, char thousands, char point)
{
	char plain[NUMBER_MAX];
	size_t n = 0;

	if (!groups_are_right(written, thousands, point))
		return (double)NAN;
	for (const char *s = written; *s; s++) {
		if (*s != thousands)
			plain[n++] = *s == point ? '.' : *s;
	}
	plain[n] = 0;
	return strtod(plain, NULL);
}

/* The unit behind a number: "350 ml", "350ml", "350毫升". */
static const cJSON *unit_at(const struct wording *w, const char *s)
{
	const cJSON *unit, *word, *found = NULL;
	size_t longest = 0;

	s += strspn(s, " -");
	cJSON_ArrayForEach(unit, cJSON_GetObjectItemCaseSensitive(w->root, "units"))
	{
		cJSON_ArrayForEach(word, unit)
		{
			size_t length = strlen(word->valuestring);

			if (length > longest && strncasecmp(s, word->valuestring, length) == 0 &&
			    !(isalpha((unsigned char)word->valuestring[0]) && isalnum((unsigned char)s[length]))) {
				found = unit;
				longest = length;
			}
		}
	}
	return found;
}

static bool is_of_token(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* A token that begins with a letter and has a hyphen: BAG-24-12, but not 350-ml or 2-in-1. */
static bool is_in_code(const char *text, const char *at)
{
	const char *begin = at;
	bool hyphen = false;

	while (begin > text && is_of_token(begin[-1])) {
		begin--;
		hyphen |= *begin != '_' && !isalnum((unsigned char)*begin);
	}
	return hyphen && isalpha((unsigned char)*begin);
}

/* The next number at or behind s, which is in text; NULL: none. Returns what follows it. */
static const char *next_number(const struct wording *w, const char *text, const char *s, struct number *out)
{
	size_t bytes, n = 0;
	char d;

	while (*s && !digit_at(s, &bytes))
		s++;
	if (!*s)
		return NULL;
	out->in_code = is_in_code(text, s);
	while (*s) {
		d = digit_at(s, &bytes);
		if (!d) {
			size_t ignored;

			/* A separator belongs to the number where a digit follows. */
			if ((*s != '.' && *s != ',') || !digit_at(s + 1, &ignored))
				break;
			d = *s;
			bytes = 1;
		}
		if (n + 1 < sizeof(out->written))
			out->written[n++] = d;
		s += bytes;
	}
	out->written[n] = 0;
	out->english = read_as(out->written, ',', '.');
	out->european = read_as(out->written, '.', ',');
	out->unit = unit_at(w, s);
	return s;
}

/* Written out, and read one way or the other: numbers that are equal are the same figure. */
static bool equal(double a, double b)
{
	return a >= b && a <= b; /* NAN equals nothing */
}

static bool same_figure(const struct number *a, const struct number *b)
{
	return equal(a->english, b->english) || equal(a->european, b->european) || equal(a->english, b->european) ||
	       equal(a->european, b->english) || strcmp(a->written, b->written) == 0;
}

static bool known(const struct wording *w, const char *fields, const struct number *n)
{
	struct number f;

	for (const char *s = next_number(w, fields, fields, &f); s; s = next_number(w, fields, s, &f)) {
		if (f.in_code == n->in_code && same_figure(n, &f) && (!n->unit || !f.unit || n->unit == f.unit))
			return true;
	}
	return false;
}

bool wording_number_known(const struct wording *w, const char *fields, double number)
{
	const struct number n = { .english = number, .european = number };

	return known(w, fields, &n);
}

void wording_check_numbers(const struct wording *w, const char *fields, const char *where, const char *text,
			   struct faults *faults)
{
	struct number n;

	for (const char *s = next_number(w, text, text, &n); s; s = next_number(w, text, s, &n)) {
		if (!known(w, fields, &n))
			faults_add(faults, "%s: the number %s%s%s is not in the product's fields", where, n.written,
				   n.unit ? " " : "", n.unit ? n.unit->child->valuestring : "");
	}
}
