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

enum {
	BLOCK = 64
}; /* bytes that are worked on at once: a count that is known lets the compiler make vector code of it */

static unsigned char more(unsigned char a, unsigned char b, unsigned char flip)
{
	a ^= flip;
	b ^= flip;
	return (a > b ? a : b) ^ flip;
}

/* Each byte of `to` becomes the larger of itself and that of `from`; with `flip` 255 the smaller. They do not overlap.
 */
static void take_more(unsigned char *restrict to, const unsigned char *restrict from, size_t count, unsigned char flip)
{
	size_t i = 0;

	for (; i + BLOCK <= count; i += BLOCK) {
		for (size_t j = 0; j < BLOCK; j++)
			to[i + j] = more(to[i + j], from[i + j], flip);
	}
	for (; i < count; i++)
		to[i] = more(to[i], from[i], flip);
}

/* Along the rows into `spare`, then across them back into the mask. */
static int spread(struct raster *mask, int radius, unsigned char flip, struct err *err)
{
	size_t w = (size_t)mask->width, h = (size_t)mask->height, far = (size_t)radius;
	unsigned char *spare = malloc(w * h);

	if (!spare)
		return err_set(err, ERR_NOMEM, "no memory to work on a mask");
	memcpy(spare, mask->data, w * h);
	for (size_t y = 0; y < h; y++) {
		for (size_t d = 1; d <= far && d < w; d++) {
			take_more(spare + y * w, mask->data + y * w + d, w - d, flip);
			take_more(spare + y * w + d, mask->data + y * w, w - d, flip);
		}
	}
	memcpy(mask->data, spare, w * h);
	for (size_t y = 0; y < h; y++) {
		for (size_t d = 1; d <= far; d++) {
			if (y >= d)
				take_more(mask->data + y * w, spare + (y - d) * w, w, flip);
			if (y + d < h)
				take_more(mask->data + y * w, spare + (y + d) * w, w, flip);
		}
	}
	free(spare);
	return 0;
}

int matte_grow(struct raster *mask, int radius, struct err *err)
{
	return spread(mask, radius, 0, err);
}

int matte_shrink(struct raster *mask, int radius, struct err *err)
{
	return spread(mask, radius, 255, err);
}
