/*
 * chart.h - the pieces of which the report's charts are drawn: scales, bars and columns in SVG, and a table of the same numbers.
 *
 * A drawing fits any width: what lies across is in percent, what stands up is in pixels, and text keeps its size. Scales of bars and
 * columns begin at 0. Colours are classes of schemas/report/report.css. Text is escaped here.
 * Threads: no state. Trouble with the stream is left to ferror().
 */
#ifndef PACKSHOT_JOBS_CHART_H
#define PACKSHOT_JOBS_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- scales --- */

/* From 0 in equal steps to step * steps, which is not below the largest value. */
struct chart_scale {
	double step;
	int steps;
};
/* Steps of 1, 2 or 5 times a power of ten, 2 to 5 of them; whole: none below 1. Nothing to show: one step of 1. */
struct chart_scale chart_scale_for(double most, bool whole);
double chart_scale_top(struct chart_scale);

/* Where value lies between 0 and top, or logarithmically between low and high (both above 0): 0 to 1, and never outside. */
double chart_place(double value, double top);
double chart_place_log(double value, double low, double high);

/* --- a figure: heading, unit, drawing, numbers --- */

void chart_begin(FILE *, const char *title, const char *unit);
void chart_end(FILE *);
void chart_nothing(FILE *, const char *sentence); /* in place of a drawing */

/* What the colours mean: class and name of each. */
struct chart_colour {
	const char *class, *name;
};
void chart_key(FILE *, const struct chart_colour *, size_t count);

/* --- drawings; `says` is what somebody hears who does not see them --- */

#define CHART_PARTS 5 /* of a bar or column, one upon the other */
#define CHART_TEXT  64

struct chart_bar {
	const char *label;
	double part[CHART_PARTS];
	char value[CHART_TEXT]; /* at its end */
	char tip[2 * CHART_TEXT];
};

/* One below the other, each with its label and value; the longest fills the width. */
void chart_bars(FILE *, const char *says, const struct chart_bar *, size_t count, const struct chart_colour *, int parts);

struct chart_columns {
	const struct chart_bar *list; /* label: below the axis; "" where there is none */
	size_t count;
	const struct chart_colour *colours;
	int parts;
	struct chart_scale scale;
	void (*tick)(double value, char out[CHART_TEXT]);
	size_t slots; /* places along the axis, at least `count`: few columns stay slim */
	bool joined;  /* no gaps: a course of time */
};
void chart_columns(FILE *, const char *says, const struct chart_columns *);

/* --- the same numbers as a table, folded away --- */

/* head: names of the columns, '|' between them. */
void chart_table_begin(FILE *, const char *title, const char *head);
void chart_table_row(FILE *, const char *first, const char *format, ...) __attribute__((format(printf, 3, 4))); /* cells, '|' between */
void chart_table_end(FILE *);

#endif
