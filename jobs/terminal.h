/*
 * terminal.h - what packshot needs to know of the terminal a stream leads to.
 *
 * Threads: any.
 */
#ifndef PACKSHOT_JOBS_TERMINAL_H
#define PACKSHOT_JOBS_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* Is it a terminal that can redraw a line? Not where TERM is "dumb". */
bool terminal_is(FILE *);

/* May colour be used? On a terminal, unless NO_COLOR is set and not empty (no-color.org). */
bool terminal_colour(FILE *);

/* Columns; 80 where they cannot be told. */
int terminal_width(FILE *);

#endif
