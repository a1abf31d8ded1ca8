/*
 * backdrop.h - the plain backdrop of a photo, as its border shows it: a smooth surface of colour, and how far from it things are.
 *
 * Colours are CIE L*a*b* (D65), three floats a pixel. Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_BACKDROP_H
#define PACKSHOT_STAGES_BACKDROP_H

#include "stages/picture.h"

#define BACKDROP_TERMS 6 /* 1, x, y, xx, xy, yy */

struct backdrop {
	int width, height;
	double surface[3][BACKDROP_TERMS]; /* of L, a, b over x and y from -1 to 1 */
	double noise; /* the median distance of the border from the surface */
	double grain; /* nine in ten steps from one pixel of the border to the next are smaller */
};

/* sRGB to L*a*b*: width * height * 3 floats, malloc()ed; NULL with ERR_NOMEM. */
float *backdrop_lab(const struct raster *rgb, struct err *);

/* Fits a surface of the second degree to the border, whatever stands in less than about a third of it being left out. ERR_NOMEM. */
int backdrop_measure(struct backdrop *out, const float *lab, int width, int height, struct err *);

/* The surface's colours along row y: width * 3 floats. */
void backdrop_row(const struct backdrop *, int y, float *lab);

/* How a pixel departs from the backdrop's colour there. A shadow on the backdrop is darker and keeps its hue: X, Y and Z fall by
 * one factor, hence L + 16, a and b by its cube root. */
struct departure {
	float shade;  /* (L + 16) over the backdrop's: below 1 darker, above 1 lighter */
	float colour; /* distance in a, b from the backdrop shaded so */
};
struct departure backdrop_departure(const float *backdrop, const float *pixel);

/* The backdrop where it is known, carried on into where it is hidden: mean colours of cells, from the outside in. */
struct backdrop_map {
	int width, height; /* in cells */
	float *lab;
};
/* known: the pixels that are backdrop are not 0. With none of them the map is of no use. ERR_NOMEM. */
int backdrop_map_init(struct backdrop_map *, const float *lab, const struct raster *known, struct err *);
/* The colour at a pixel. */
void backdrop_map_at(const struct backdrop_map *, int x, int y, float lab[3]);
void backdrop_map_release(struct backdrop_map *);

#endif
