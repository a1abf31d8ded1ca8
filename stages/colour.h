/*
 * colour.h - sRGB to CIELAB, and how far apart two colours look.
 *
 * Threads: pure functions, any thread.
 */
#ifndef PACKSHOT_STAGES_COLOUR_H
#define PACKSHOT_STAGES_COLOUR_H

struct lab {
	double l, a, b; /* L* 0..100 */
};

/* IEC 61966-2-1 to CIE 1976 L*a*b*, white D65. */
struct lab colour_lab(const unsigned char rgb[3]);

/* The CIEDE2000 difference with kL = kC = kH = 1. About 1 is just noticeable. Source: G. Sharma, W. Wu, E. N. Dalal, "The
 * CIEDE2000 color-difference formula", Color Research and Application 30 (2005), whose test pairs it reproduces. */
double colour_difference(struct lab, struct lab);

#endif
