/* raster.c - blocks of 8-bit pixels: made, freed, scaled. */
#include "stages/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The scaler: Catmull-Rom, stretched to cover what a result's pixel stands for when it reduces. Written out here
 * because windows fall between pixels (a matte and its photo differ in size, and half a pixel apart is a fringe). Rows
 * are added up first, one result's row at a time, in blocks that a compiler turns into vector code; then columns.
 */
enum { WEIGHT_BITS = 14, WEIGHT_ONE = 1 << WEIGHT_BITS, BLOCK = 32 };

/* The loop that sees every pixel is compiled for processors with AVX2 as well, and chosen when the program starts. A
 * sanitizer's runtime is not ready that early. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define WIDE_VECTORS
#endif

struct taps {
	int span;        /* pixels that the filter covers */
	int reach;       /* source pixels that one result's pixel takes from: the span, or all there are */
	int *first;      /* of each result's pixel */
	int16_t *weight; /* reach of each; their sum is WEIGHT_ONE */
	float *share;    /* the same as shares of one */
};

/* A pixel of three bands in one register; the fourth lane is idle. */
typedef float pixel __attribute__((vector_size(16)));

int raster_init(struct raster *r, int width, int height, int bands, struct err *e)
{
	memset(r, 0, sizeof(*r));
	if (width <= 0 || height <= 0 || (size_t)width > SIZE_MAX / 4 / (size_t)height)
		return err_set(e, ERR_NOMEM, "no memory for a picture of %d x %d pixels", width, height);
	r->data = malloc((size_t)width * (size_t)height * (size_t)bands);
	if (!r->data)
		return err_set(e, ERR_NOMEM, "no memory for a picture of %d x %d pixels", width, height);
	r->width = width;
	r->height = height;
	r->bands = bands;
	return 0;
}

void raster_release(struct raster *r)
{
	free(r->data);
	memset(r, 0, sizeof(*r));
}

static double catmull_rom(double x)
{
	x = fabs(x);
	if (x < 1)
		return (1.5 * x - 2.5) * x * x + 1;
	if (x < 2)
		return ((-0.5 * x + 2.5) * x - 4) * x + 2;
	return 0;
}

static void taps_release(struct taps *t)
{
	free(t->first);
	free(t->weight);
	free(t->share);
	memset(t, 0, sizeof(*t));
}

static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

/* The weights of one result's pixel whose middle is at `at` of the source. Taps beyond the rim go to the rim's pixel.
 */
static void weigh(struct taps *t, int i, double at, double stretch, int size)
{
	int16_t *weight = t->weight + (size_t)i * (size_t)t->reach;
	int low = (int)floor(at - 2 * stretch), first = clamp(low, 0, size - t->reach);
	int left = WEIGHT_ONE, largest = 0;
	double sum = 0;

	for (int k = 0; k < t->span; k++)
		sum += catmull_rom((low + k + 0.5 - at) / stretch);
	memset(weight, 0, (size_t)t->reach * sizeof(*weight));
	for (int k = 0; k < t->span; k++) {
		int w = (int)lrint(catmull_rom((low + k + 0.5 - at) / stretch) / sum * WEIGHT_ONE);
		int slot = clamp(low + k - first, 0, t->reach - 1);

		weight[slot] = (int16_t)(weight[slot] + w);
		left -= w;
	}
	for (int k = 1; k < t->reach; k++)
		if (weight[k] > weight[largest])
			largest = k;
	weight[largest] = (int16_t)(weight[largest] + left);
	t->first[i] = first;
}

static int taps_init(struct taps *t, double from, double length, int size, int count)
{
	double step = length / count, stretch = step > 1 ? step : 1;

	t->span = (int)ceil(4 * stretch) + 1;
	t->reach = t->span < size ? t->span : size;
	t->first = calloc((size_t)count, sizeof(*t->first));
	t->weight = calloc((size_t)count * (size_t)t->reach, sizeof(*t->weight));
	t->share = calloc((size_t)count * (size_t)t->reach, sizeof(*t->share));
	if (!t->first || !t->weight || !t->share)
		return -1;
	for (int i = 0; i < count; i++)
		weigh(t, i, from + (i + 0.5) * step, stretch, size);
	for (size_t i = 0; i < (size_t)count * (size_t)t->reach; i++)
		t->share[i] = (float)t->weight[i] / WEIGHT_ONE;
	return 0;
}

static unsigned char settle(int sum)
{
	return (unsigned char)clamp(sum >> WEIGHT_BITS, 0, 255);
}

/* One line of sums over rows. `rows` is the first of reach rows. */
WIDE_VECTORS static void add_rows(const unsigned char *rows, size_t stride, const int16_t *weight, int reach,
				  int length, unsigned char *line)
{
	int x = 0;

	for (; x + BLOCK <= length; x += BLOCK) {
		const unsigned char *from = rows + x;
		int sum[BLOCK];

		for (int j = 0; j < BLOCK; j++)
			sum[j] = WEIGHT_ONE / 2;
		for (int k = 0; k < reach; k++, from += stride)
			for (int j = 0; j < BLOCK; j++)
				sum[j] += weight[k] * (int16_t)from[j];
		for (int j = 0; j < BLOCK; j++)
			line[x + j] = settle(sum[j]);
	}
	for (; x < length; x++) {
		int sum = WEIGHT_ONE / 2;

		for (int k = 0; k < reach; k++)
			sum += weight[k] * rows[(size_t)k * stride + (size_t)x];
		line[x] = settle(sum);
	}
}

static void add_columns(const unsigned char *line, const struct taps *t, int count, unsigned char *out)
{
	for (int i = 0; i < count; i++) {
		const unsigned char *from = line + t->first[i];
		const int16_t *weight = t->weight + (size_t)i * (size_t)t->reach;
		int sum = WEIGHT_ONE / 2;

		for (int k = 0; k < t->reach; k++)
			sum += weight[k] * from[k];
		*out++ = settle(sum);
	}
}

static void spread(const unsigned char *line, int from, int to, pixel *out)
{
	for (int x = from; x < to; x++)
		out[x] = (pixel){ line[3 * x], line[3 * x + 1], line[3 * x + 2], 0 };
}

static void add_pixel_columns(const pixel *line, const struct taps *t, int count, unsigned char *out)
{
	for (int i = 0; i < count; i++) {
		const pixel *from = line + t->first[i];
		const float *share = t->share + (size_t)i * (size_t)t->reach;
		pixel sum = { 0.5F, 0.5F, 0.5F, 0 };

		for (int k = 0; k < t->reach; k++)
			sum += share[k] * from[k];
		for (int c = 0; c < 3; c++)
			*out++ = (unsigned char)clamp((int)sum[c], 0, 255);
	}
}

/* Row after row: the taps of `down` into one line, then the taps of `across` along it. Only the columns that they
 * touch. */
static void scale_rows(const struct raster *src, const struct taps *across, const struct taps *down,
		       unsigned char *line, pixel *wide, struct raster *out)
{
	size_t stride = (size_t)src->width * (size_t)src->bands;
	int from = across->first[0], to = across->first[out->width - 1] + across->reach;
	int left = from * src->bands;

	for (int y = 0; y < out->height; y++) {
		unsigned char *to_row = out->data + (size_t)y * (size_t)out->width * (size_t)out->bands;

		add_rows(src->data + (size_t)down->first[y] * stride + left, stride,
			 down->weight + (size_t)y * (size_t)down->reach, down->reach, to * src->bands - left,
			 line + left);
		if (src->bands == 1) {
			add_columns(line, across, out->width, to_row);
			continue;
		}
		spread(line, from, to, wide);
		add_pixel_columns(wide, across, out->width, to_row);
	}
}

int raster_scale_window(const struct raster *src, struct window from, int width, int height, struct raster *out,
			struct err *e)
{
	struct taps across = { 0 }, down = { 0 };
	unsigned char *line = malloc((size_t)src->width * (size_t)src->bands);
	pixel *wide = malloc((size_t)src->width * sizeof(*wide));
	int rc = -1;

	if (raster_init(out, width, height, src->bands, e) != 0)
		goto end;
	if (!line || !wide || taps_init(&across, from.left, from.width, src->width, width) != 0 ||
	    taps_init(&down, from.top, from.height, src->height, height) != 0) {
		err_set(e, ERR_NOMEM, "no memory to scale a picture to %d x %d pixels", width, height);
		raster_release(out);
		goto end;
	}
	scale_rows(src, &across, &down, line, wide, out);
	rc = 0;
end:
	taps_release(&across);
	taps_release(&down);
	free(line);
	free(wide);
	return rc;
}

int raster_scale(const struct raster *src, struct box from, int width, int height, struct raster *out, struct err *e)
{
	struct window w = { from.left, from.top, from.width, from.height };

	return raster_scale_window(src, w, width, height, out, e);
}
