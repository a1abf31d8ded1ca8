/*
 * border.h - the border of a picture as one closed ring of lightness: the backdrop, and what crosses the frame.
 *
 * A backdrop may be off white and get darker towards a side, but it does so smoothly; where something reaches the frame, the ring has a
 * step. So the backdrop is what goes on smoothly from the middle of all values.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_BORDER_H
#define PACKSHOT_STAGES_BORDER_H

#include <stddef.h>

struct border {
	int usual;      /* the middle one of all values */
	int least;      /* that all but a hair of the backdrop reaches */
	double crossed; /* share of the ring that is not backdrop, 0..1 */
};

/* `ring`: count values (at least 4) in order around the picture, each for a few pixels: single ones are noise. */
void border_read(const unsigned char *ring, size_t count, struct border *out);

#endif
