#include "stages/matte.h"

#include <stdlib.h>
#include <string.h>

/* --- regions --- */

void regions_release(struct regions *r)
{
	free(r->at);
	free(r->label);
	memset(r, 0, sizeof(*r));
}

/* Provisional labels form a forest: parent[i] <= i, a root is its own parent. */
static int root_of(int *parent, int i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

static int join(int *parent, int a, int b)
{
	a = root_of(parent, a);
	b = root_of(parent, b);
	if (a < b)
		return parent[b] = a;
	return parent[a] = b;
}

/* Gives each pixel that counts a provisional label, joined with those of its neighbours above and to the left. */
static int label_pixels(const struct raster *mask, int low, int high, bool corners, int *label, int *parent)
{
	int w = mask->width, next = 1;

	for (int y = 0; y < mask->height; y++) {
		const unsigned char *row = mask->data + (size_t)y * (size_t)w;
		int *here = label + (size_t)y * (size_t)w, *above = y ? here - w : NULL;

		for (int x = 0; x < w; x++) {
			int l = 0;

			here[x] = 0;
			if (row[x] < low || row[x] > high)
				continue;
			if (x && here[x - 1])
				l = here[x - 1];
			for (int dx = corners ? -1 : 0; above && dx <= (corners ? 1 : 0); dx++) {
				if (x + dx < 0 || x + dx >= w || !above[x + dx])
					continue;
				l = l ? join(parent, l, above[x + dx]) : above[x + dx];
			}
			if (!l) {
				l = next++;
				parent[l] = l;
			}
			here[x] = l;
		}
	}
	return next;
}

static void measure(const struct raster *mask, struct regions *r)
{
	int w = mask->width, h = mask->height;

	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			int l = r->label[(size_t)y * (size_t)w + (size_t)x];
			struct region *g;

			if (!l)
				continue;
			g = &r->at[l - 1];
			if (!g->area++)
				g->box = (struct box){ x, y, x, y }; /* corners until the end */
			g->box.left = x < g->box.left ? x : g->box.left;
			g->box.width = x > g->box.width ? x : g->box.width;
			g->box.height = y;
			g->rim += x == 0 || y == 0 || x == w - 1 || y == h - 1;
		}
	}
	for (int i = 0; i < r->count; i++) {
		struct box *b = &r->at[i].box;

		b->width -= b->left - 1;
		b->height -= b->top - 1;
	}
}

int matte_regions(const struct raster *mask, int low, int high, bool corners, struct regions *out, struct err *err)
{
	size_t pixels = (size_t)mask->width * (size_t)mask->height;
	int *parent = malloc((pixels + 2) * sizeof(*parent));
	int labels;

	memset(out, 0, sizeof(*out));
	out->label = malloc((pixels + 1) * sizeof(*out->label));
	if (!parent || !out->label)
		goto no_memory;
	labels = label_pixels(mask, low, high, corners, out->label, parent);
	/* Roots are numbered in the order of their first pixels; parent[] becomes the final number, a parent always
	 * being done before. */
	for (int i = 1; i < labels; i++)
		parent[i] = parent[i] == i ? ++out->count : parent[parent[i]];
	for (size_t i = 0; i < pixels; i++)
		out->label[i] = out->label[i] ? parent[out->label[i]] : 0;
	out->at = calloc((size_t)out->count + 1, sizeof(*out->at));
	if (!out->at)
		goto no_memory;
	free(parent);
	measure(mask, out);
	return 0;
no_memory:
	free(parent);
	regions_release(out);
	return err_set(err, ERR_NOMEM, "no memory for the regions of a %d x %d mask", mask->width, mask->height);
}

int regions_largest(const struct regions *r)
{
	int best = -1;

	for (int i = 0; i < r->count; i++) {
		if (best < 0 || r->at[i].area > r->at[best].area)
			best = i;
	}
	return best;
}

/* --- measures --- */

struct box matte_box(const struct raster *mask, int low)
{
	int left = mask->width, right = -1, top = -1, bottom = -1;

	for (int y = 0; y < mask->height; y++) {
		const unsigned char *row = mask->data + (size_t)y * (size_t)mask->width;
		int first = 0, last = mask->width - 1;

		while (first < mask->width && row[first] < low)
			first++;
		if (first == mask->width)
			continue;
		while (row[last] < low)
			last--;
		left = first < left ? first : left;
		right = last > right ? last : right;
		top = top < 0 ? y : top;
		bottom = y;
	}
	if (top < 0)
		return (struct box){ 0, 0, 0, 0 };
	return (struct box){ left, top, right - left + 1, bottom - top + 1 };
}

int matte_area(const struct raster *mask, int low)
{
	size_t pixels = (size_t)mask->width * (size_t)mask->height;
	int area = 0;

	for (size_t i = 0; i < pixels; i++)
		area += mask->data[i] >= low;
	return area;
}

double matte_iou(const struct raster *a, const struct raster *b)
{
	size_t pixels = (size_t)a->width * (size_t)a->height;
	long both = 0, either = 0;

	for (size_t i = 0; i < pixels; i++) {
		bool in_a = a->data[i] >= 128, in_b = b->data[i] >= 128;

		both += in_a && in_b;
		either += in_a || in_b;
	}
	return either ? (double)both / (double)either : 1;
}

/* --- growing and shrinking --- */

/* One pass along lines of `count` pixels, `step` apart. `flip` is 0 for the largest, 255 for the smallest. */
static void pass(unsigned char *data, int count, size_t step, int radius, unsigned char flip, unsigned char *line)
{
	for (int i = 0; i < count; i++)
		line[i] = data[(size_t)i * step] ^ flip;
	for (int i = 0; i < count; i++) {
		int from = i - radius < 0 ? 0 : i - radius, to = i + radius >= count ? count - 1 : i + radius;
		unsigned char most = 0;

		for (int j = from; j <= to && most < 255; j++)
			most = line[j] > most ? line[j] : most;
		data[(size_t)i * step] = most ^ flip;
	}
}

static int both_passes(struct raster *mask, int radius, unsigned char flip, struct err *err)
{
	int w = mask->width, h = mask->height;
	unsigned char *line = malloc((size_t)(w > h ? w : h));

	if (!line)
		return err_set(err, ERR_NOMEM, "no memory to work on a mask");
	for (int y = 0; y < h; y++)
		pass(mask->data + (size_t)y * (size_t)w, w, 1, radius, flip, line);
	for (int x = 0; x < w; x++)
		pass(mask->data + x, h, (size_t)w, radius, flip, line);
	free(line);
	return 0;
}

int matte_grow(struct raster *mask, int radius, struct err *err)
{
	return both_passes(mask, radius, 0, err);
}

int matte_shrink(struct raster *mask, int radius, struct err *err)
{
	return both_passes(mask, radius, 255, err);
}

/* --- the guided filter --- */

/* Mean of the square that reaches `radius` pixels around each value, in place; the cost does not depend on the radius.
 * Along the rows into spare, then down the columns with one running sum for each. */
static void mean_around(float *v, float *spare, float *sum, int w, int h, int radius)
{
	for (int y = 0; y < h; y++) {
		const float *row = v + (size_t)y * (size_t)w;
		float *to = spare + (size_t)y * (size_t)w, run = 0;
		int from = 0, end = 0;

		for (int x = 0; x < w; x++) {
			while (end < w && end <= x + radius)
				run += row[end++];
			while (from < x - radius)
				run -= row[from++];
			to[x] = run / (float)(end - from);
		}
	}
	memset(sum, 0, (size_t)w * sizeof(*sum));
	for (int y = 0, from = 0, end = 0; y < h; y++) {
		float *to = v + (size_t)y * (size_t)w;

		for (; end < h && end <= y + radius; end++) {
			for (int x = 0; x < w; x++)
				sum[x] += spare[(size_t)end * (size_t)w + (size_t)x];
		}
		for (; from < y - radius; from++) {
			for (int x = 0; x < w; x++)
				sum[x] -= spare[(size_t)from * (size_t)w + (size_t)x];
		}
		for (int x = 0; x < w; x++)
			to[x] = sum[x] / (float)(end - from);
	}
}

/* Around each pixel: alpha = slope * brightness + offset, by least squares. In: guide and matte as 0..1; out: slope,
 * offset. */
struct fit {
	float *guide, *matte, *square, *product, *spare, *sum;
};

/* What brightness differences count as an edge: below about 4 levels of 255 it is noise. */
#define EDGE_VARIANCE 2e-4f

static void fit_lines(struct fit *f, int w, int h, int radius)
{
	size_t pixels = (size_t)w * (size_t)h;

	for (size_t i = 0; i < pixels; i++) {
		f->square[i] = f->guide[i] * f->guide[i];
		f->product[i] = f->guide[i] * f->matte[i];
	}
	mean_around(f->guide, f->spare, f->sum, w, h, radius);
	mean_around(f->matte, f->spare, f->sum, w, h, radius);
	mean_around(f->square, f->spare, f->sum, w, h, radius);
	mean_around(f->product, f->spare, f->sum, w, h, radius);
	for (size_t i = 0; i < pixels; i++) {
		float variance = f->square[i] - f->guide[i] * f->guide[i];
		float slope = (f->product[i] - f->guide[i] * f->matte[i]) / (variance + EDGE_VARIANCE);

		f->matte[i] -= slope * f->guide[i];
		f->guide[i] = slope;
	}
	mean_around(f->guide, f->spare, f->sum, w, h, radius);
	mean_around(f->matte, f->spare, f->sum, w, h, radius);
}

/* The band of pixels near a partly transparent one: 255 there. */
static int edge_band(const struct raster *matte, int radius, struct raster *band, struct err *err)
{
	size_t pixels = (size_t)matte->width * (size_t)matte->height;

	if (raster_init(band, matte->width, matte->height, 1, err))
		return -1;
	for (size_t i = 0; i < pixels; i++)
		band->data[i] = matte->data[i] > 5 && matte->data[i] < 250 ? 255 : 0;
	return matte_grow(band, radius, err);
}

int matte_follow_edges(struct raster *matte, const struct raster *guide, int radius, struct err *err)
{
	int w = matte->width, h = matte->height, rc = -1;
	size_t pixels = (size_t)w * (size_t)h;
	float *room = malloc((5 * pixels + (size_t)w) * sizeof(*room));
	struct fit f = {
		room, room + pixels, room + 2 * pixels, room + 3 * pixels, room + 4 * pixels, room + 5 * pixels
	};
	struct raster band = { 0 };

	if (!room) {
		err_set(err, ERR_NOMEM, "no memory to refine a %d x %d matte", w, h);
		goto done;
	}
	if (edge_band(matte, radius, &band, err))
		goto done;
	for (size_t i = 0; i < pixels; i++) {
		f.guide[i] = (float)guide->data[i] / 255;
		f.matte[i] = (float)matte->data[i] / 255;
	}
	fit_lines(&f, w, h, radius);
	for (size_t i = 0; i < pixels; i++) {
		float alpha = f.guide[i] * (float)guide->data[i] / 255 + f.matte[i];

		if (band.data[i])
			matte->data[i] = alpha > 0 ? (unsigned char)(alpha < 1 ? alpha * 255 + 0.5f : 255) : 0;
	}
	rc = 0;
done:
	raster_release(&band);
	free(room);
	return rc;
}
