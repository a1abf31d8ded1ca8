#include "stages/flood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tuned on rendered studio photos with exact masks, with noise, JPEG and uneven light added: see tests/flow/iou.c. */
#define SHADE_COST 4.0f  /* of a pixel at shade 0, in units of colour distance: shadows pass */
#define LIGHT_COST 25.0f /* of a pixel at shade 2: what is lighter than the backdrop is no shadow on it */

void flood_release(struct flood *f)
{
	free(f->lab);
	free(f->own);
	free(f->reach);
	free(f->waiting);
	memset(f, 0, sizeof(*f));
}

static unsigned char as_cost(float distance)
{
	distance *= FLOOD_PER_UNIT;
	return distance < FLOOD_COSTS - 1 ? (unsigned char)distance : FLOOD_COSTS - 1;
}

/* As far as the backdrop itself lies off its surface, it costs nothing to do so. */
static unsigned char own_cost(struct departure d, float noise)
{
	float cost = d.shade > 1 ? LIGHT_COST * (d.shade - 1) : SHADE_COST * (1 - d.shade);

	if (d.shade < DEEPEST_SHADOW)
		return FLOOD_COSTS - 1;
	d.colour -= noise;
	return as_cost(d.colour > cost ? d.colour : cost);
}

static int weigh_pixels(struct flood *f, struct err *err)
{
	float *row = malloc((size_t)f->width * 3 * sizeof(*row));

	if (!row)
		return err_set(err, ERR_NOMEM, "no memory to compare a photo with its backdrop");
	for (int y = 0; y < f->height; y++) {
		size_t start = (size_t)y * (size_t)f->width;

		backdrop_row(&f->backdrop, y, row);
		for (size_t x = 0; x < (size_t)f->width; x++)
			f->own[start + x] = own_cost(backdrop_departure(row + 3 * x, f->lab + 3 * (start + x)),
						     (float)f->backdrop.noise);
	}
	free(row);
	return 0;
}

int flood_init(struct flood *f, const struct raster *rgb, struct err *err)
{
	size_t pixels = (size_t)rgb->width * (size_t)rgb->height;

	memset(f, 0, sizeof(*f));
	f->width = rgb->width;
	f->height = rgb->height;
	f->lab = backdrop_lab(rgb, err);
	f->own = malloc(pixels);
	f->reach = malloc(pixels);
	f->waiting = malloc(6 * pixels * sizeof(*f->waiting));
	if (!f->lab || !f->own || !f->reach || !f->waiting)
		return err_set(err, ERR_NOMEM, "no memory to cut out a %d x %d photo", f->width, f->height);
	if (backdrop_measure(&f->backdrop, f->lab, f->width, f->height, err) || weigh_pixels(f, err))
		return -1;
	memset(f->reach, FLOOD_COSTS - 1, pixels);
	for (int y = 0; y < f->height; y++) {
		int stride = y == 0 || y == f->height - 1 || f->width == 1 ? 1 : f->width - 1;

		for (int x = 0; x < f->width; x += stride)
			flood_spring(f, y * f->width + x, f->own[y * f->width + x]);
	}
	flood_run(f);
	return 0;
}

/* The reach of a pixel falls to `cost`, if that is less; it then waits to pass it on. */
void flood_spring(struct flood *f, int pixel, unsigned char cost)
{
	if (cost >= f->reach[pixel])
		return;
	f->reach[pixel] = cost;
	f->waiting[f->waits] = (struct flood_wait){ pixel, f->bucket[cost] };
	f->bucket[cost] = ++f->waits;
}

static float step_between(const struct flood *f, int from, int to)
{
	const float *a = f->lab + 3 * (size_t)from, *b = f->lab + 3 * (size_t)to;
	float l = a[0] - b[0], u = a[1] - b[1], v = a[2] - b[2];

	return sqrtf(l * l + u * u + v * v);
}

static void pass_on(struct flood *f, int from, int to)
{
	unsigned char cost;

	if (f->reach[to] <= f->reach[from])
		return;
	cost = as_cost(step_between(f, from, to));
	cost = cost > f->own[to] ? cost : f->own[to];
	flood_spring(f, to, cost > f->reach[from] ? cost : f->reach[from]);
}

/* The lowest first: each pixel's reach is final when it is taken out. */
void flood_run(struct flood *f)
{
	for (int cost = 0; cost < FLOOD_COSTS - 1; cost++) {
		while (f->bucket[cost]) {
			struct flood_wait w = f->waiting[f->bucket[cost] - 1];
			int x = w.pixel % f->width, y = w.pixel / f->width;

			f->bucket[cost] = w.next;
			if (f->reach[w.pixel] != cost)
				continue;
			if (x > 0)
				pass_on(f, w.pixel, w.pixel - 1);
			if (x < f->width - 1)
				pass_on(f, w.pixel, w.pixel + 1);
			if (y > 0)
				pass_on(f, w.pixel, w.pixel - f->width);
			if (y < f->height - 1)
				pass_on(f, w.pixel, w.pixel + f->width);
		}
	}
	f->waits = 0;
	memset(f->bucket, 0, sizeof(f->bucket));
}

int flood_over_steps(const struct flood *f, float step, float limit, struct raster *out, struct err *err)
{
	int pixels = f->width * f->height, count = 0;
	int *stack = malloc((size_t)pixels * sizeof(*stack));

	if (!stack || raster_init(out, f->width, f->height, 1, err)) {
		free(stack);
		return err_set(err, ERR_NOMEM, "no memory to look at the steps of a photo");
	}
	for (int i = 0; i < pixels; i++) {
		bool near = (float)f->reach[i] <= step;

		out->data[i] = !near && (float)f->reach[i] <= limit ? 255 : 0;
		if (near)
			stack[count++] = i;
	}
	while (count) {
		int at = stack[--count], x = at % f->width, y = at / f->width;
		int to[4] = { x > 0 ? at - 1 : at, x < f->width - 1 ? at + 1 : at, y > 0 ? at - f->width : at,
			      y < f->height - 1 ? at + f->width : at };

		for (int i = 0; i < 4; i++) {
			if (out->data[to[i]] && FLOOD_PER_UNIT * step_between(f, at, to[i]) <= step) {
				out->data[to[i]] = 0;
				stack[count++] = to[i];
			}
		}
	}
	free(stack);
	return 0;
}
