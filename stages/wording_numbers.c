/* wording_numbers.c - the numbers of a text, and whether the product's fields have them. */
#include "stages/wording.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 40 /* characters of one; longer ones are compared by their beginning */

/* What a number may mean: as English writes it (1,299.50), and as most of Europe does (1.299,50). */
struct number {
	double english, european;
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

static double read_as(const char *written, char thousands, char point)
{
	char plain[NUMBER_MAX];
	size_t n = 0;

	for (const char *s = written; *s; s++) {
		if (*s != thousands)
			plain[n++] = *s == point ? '.' : *s;
	}
	plain[n] = 0;
	return strtod(plain, NULL);
}

/* The next number at or behind s; NULL: none. Returns what follows it. */
static const char *next_number(const char *s, struct number *out)
{
	size_t bytes, n = 0;
	char d;

	while (*s && !digit_at(s, &bytes))
		s++;
	if (!*s)
		return NULL;
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
	return s;
}

/* Written out, and read one way or the other: numbers that are equal are the same figure. */
static bool equal(double a, double b)
{
	return !(a < b) && !(a > b);
}

static bool known(const char *fields, const struct number *n)
{
	struct number f;

	for (const char *s = next_number(fields, &f); s; s = next_number(s, &f)) {
		if (equal(n->english, f.english) || equal(n->european, f.european) || equal(n->english, f.european) ||
		    equal(n->european, f.english))
			return true;
	}
	return false;
}

bool wording_number_known(const char *fields, double number)
{
	const struct number n = { .english = number, .european = number };

	return known(fields, &n);
}

void wording_check_numbers(const char *fields, const char *where, const char *text, struct faults *faults)
{
	struct number n;

	for (const char *s = next_number(text, &n); s; s = next_number(s, &n)) {
		if (!known(fields, &n))
			faults_add(faults, "%s: the number %s is not in the product's fields", where, n.written);
	}
}
