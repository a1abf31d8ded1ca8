/*
 * flood.h - a plain backdrop, flooded from the photo's border.
 *
 * Water crosses from one pixel to the next at a cost: the difference of their colours, and how far the next one departs from the
 * backdrop's surface; a darker shade of the backdrop's own hue, a shadow, costs little. `reach` of a pixel is the
 * highest cost on the cheapest way to it, so one flood answers for all limits at once: what is product at every
 * sensible limit is sure, what changes sides between them is not.
 *
 * Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_FLOOD_H
#define PACKSHOT_STAGES_FLOOD_H

#include "stages/backdrop.h"

#define FLOOD_COSTS 256       /* levels of reach; the last one stands for more */
#define FLOOD_PER_UNIT 10.0f  /* of them, per unit of distance in L*a*b* */
#define DEEPEST_SHADOW 0.45f  /* shade (see backdrop.h) below which nothing is taken for a shadow */

struct flood {
	int width, height;
	float *lab; /* the photo */
	struct backdrop backdrop;
	unsigned char *own;   /* cost of each pixel itself */
	unsigned char *reach; /* as above */

	struct flood_wait {
		int pixel, next;
	} *waiting; /* a pixel waits once for each time its reach falls: from the start, and from four sides */
	int waits;
	int bucket[FLOOD_COSTS]; /* first of those that wait at this reach, + 1; 0: none */
};

/* Measures the backdrop and floods from the border. ERR_NOMEM; flood_release() after that too. */
int flood_init(struct flood *, const struct raster *rgb, struct err *);
void flood_release(struct flood *);

/* Further springs, each at a pixel and a cost; then flood_run(). Between two runs a pixel is a spring once. */
void flood_spring(struct flood *, int pixel, unsigned char cost);
void flood_run(struct flood *);

/* What the flood reached only by steps of colour greater than `step`: 255 for such pixels of reach up to `limit`, else 0. Slow
 * changes of light across the backdrop are crossed by small steps; the edges of things that were flooded by mistake are not. */
int flood_over_steps(const struct flood *, float step, float limit, struct raster *out, struct err *);

#endif
