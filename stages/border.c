#include "stages/border.h"

#include <stdlib.h>

#define STEP 6    /* from one place to the next: a backdrop gets darker by less */
#define HAIR 0.02 /* share of the backdrop that may be darker than the rest: noise, a shadow that runs out */

/* The value that no more than `share` of the counted ones are below. */
static int quantile(const size_t counts[256], size_t total, double share)
{
	size_t seen = 0;
	int v = 0;

	while (v < 255 && (double)(seen += counts[v]) <= share * (double)total)
		v++;
	return v;
}

static size_t nearest(const unsigned char *ring, size_t count, int value)
{
	size_t best = 0;

	for (size_t i = 1; i < count; i++) {
		if (abs(ring[i] - value) < abs(ring[best] - value))
			best = i;
	}
	return best;
}

void border_read(const unsigned char *ring, size_t count, struct border *out)
{
	size_t counts[256] = { 0 }, backdrop[256] = { 0 }, start, reached = 0;
	int here;

	for (size_t i = 0; i < count; i++)
		counts[ring[i]]++;
	out->usual = quantile(counts, count, 0.5);
	start = nearest(ring, count, out->usual);
	here = ring[start];
	/* Once around. Behind what crosses the frame the backdrop goes on as it was before. */
	for (size_t i = 0; i < count; i++) {
		int v = ring[(start + i) % count];

		if (abs(v - here) >= STEP)
			continue;
		here = v;
		backdrop[v]++;
		reached++;
	}
	out->least = quantile(backdrop, reached, HAIR);
	out->crossed = 1 - (double)reached / (double)count;
}
