/*
 * paint.h - the few colours of a page of text. p: a struct with a member `colour`; where that is false they are nothing.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_PAINT_H
#define PACKSHOT_JOBS_PAINT_H

#include <stdbool.h>

static inline const char *paint(bool colour, const char *code)
{
	return colour ? code : "";
}

#define BOLD(p)  paint((p)->colour, "\033[1m")
#define GREEN(p) paint((p)->colour, "\033[32m")
#define AMBER(p) paint((p)->colour, "\033[33m")
#define RED(p)   paint((p)->colour, "\033[31m")
#define FAINT(p) paint((p)->colour, "\033[2m")
#define PLAIN(p) paint((p)->colour, "\033[0m")

#endif
