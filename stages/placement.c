/* placement.c - see placement.h. */
#include "stages/placement.h"

#include "stages/matte.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	CLEARLY = 48, /* matte from which a pixel counts: translucent parts are part of the product, haze is not */
	CELLS = 256,  /* pieces are told apart on a grid of at most so many cells a side */
	SPECK = 400,  /* a piece so many times smaller than the largest is a speck */
	AROUND = 4,   /* frame pixels drawn around the product's box */
};

/* Each cell is the largest matte value in it. */
static int make_grid(const struct raster *matte, int cell, struct raster *grid, struct err *e)
{
	if (raster_init(grid, (matte->width + cell - 1) / cell, (matte->height + cell - 1) / cell, 1, e) != 0)
		return -1;
	memset(grid->data, 0, (size_t)grid->width * (size_t)grid->height);
	for (int y = 0; y < matte->height; y++) {
		const unsigned char *row = matte->data + (size_t)y * (size_t)matte->width;
		unsigned char *to = grid->data + (size_t)(y / cell) * (size_t)grid->width;

		for (int x = 0; x < matte->width; x++)
			if (row[x] > to[x / cell])
				to[x / cell] = row[x];
	}
	return 0;
}

static void widen(struct box *b, int x, int y)
{
	if (b->width == 0) {
		*b = (struct box){ x, y, 1, 1 };
		return;
	}
	if (x < b->left) {
		b->width += b->left - x;
		b->left = x;
	} else if (x >= b->left + b->width) {
		b->width = x - b->left + 1;
	}
	if (y < b->top) {
		b->height += b->top - y;
		b->top = y;
	} else if (y >= b->top + b->height) {
		b->height = y - b->top + 1;
	}
}

static void box_of_pieces(const struct raster *matte, int cell, const struct regions *pieces, int grid_width,
			  struct box *out)
{
	int largest = regions_largest(pieces), smallest;

	if (largest < 0)
		return;
	smallest = pieces->at[largest].area / SPECK;
	for (int y = 0; y < matte->height; y++) {
		const unsigned char *row = matte->data + (size_t)y * (size_t)matte->width;
		const int *label = pieces->label + (size_t)(y / cell) * (size_t)grid_width;

		for (int x = 0; x < matte->width; x++) {
			int piece = row[x] >= CLEARLY ? label[x / cell] : 0;

			if (piece && pieces->at[piece - 1].area > smallest)
				widen(out, x, y);
		}
	}
}

int placement_find_product(const struct raster *matte, struct box *out, struct err *e)
{
	int longer = matte->width > matte->height ? matte->width : matte->height, cell = (longer - 1) / CELLS + 1;
	struct regions pieces = { 0 };
	struct raster grid;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (make_grid(matte, cell, &grid, e) != 0)
		return -1;
	if (matte_regions(&grid, CLEARLY, 255, true, &pieces, e) == 0) {
		box_of_pieces(matte, cell, &pieces, grid.width, out);
		rc = 0;
	}
	regions_release(&pieces);
	raster_release(&grid);
	return rc;
}

/* One direction: the product covers from..from+length of `size` photo pixels, and gets `place` pixels of a frame of
 * `frame`. */
static void lay(double from, double length, double size, int place, int frame, int *product, int *drawn,
		int *drawn_size, double *window, double *window_size)
{
	double k = place / length;
	int before = (int)fmin(fmin(AROUND, from * k), (frame - place) / 2);
	int after = (int)fmin(fmin(AROUND, (size - from - length) * k), frame - place - (frame - place) / 2);

	/* Never beyond the photo's edge: what it cuts off must not be smeared on. */
	before = before > 0 ? before : 0;
	after = after > 0 ? after : 0;
	*product = (frame - place) / 2;
	*drawn = *product - before;
	*drawn_size = before + place + after;
	*window = from - before / k;
	*window_size = *drawn_size / k;
}

static int at_least_1(double v)
{
	return v < 1 ? 1 : (int)lrint(v);
}

struct placement placement_of(struct box product, int matte_width, int matte_height, int photo_width, int photo_height,
			      const struct frame *frame)
{
	double sx = (double)photo_width / matte_width, sy = (double)photo_height / matte_height;
	double width = product.width * sx, height = product.height * sy;
	struct placement p;

	p.scale = fmin(frame->width * frame->fill / width, frame->height * frame->fill / height);
	p.product.width = at_least_1(width * p.scale);
	p.product.height = at_least_1(height * p.scale);
	lay(product.left * sx, width, photo_width, p.product.width, frame->width, &p.product.left, &p.drawn.left,
	    &p.drawn.width, &p.photo.left, &p.photo.width);
	lay(product.top * sy, height, photo_height, p.product.height, frame->height, &p.product.top, &p.drawn.top,
	    &p.drawn.height, &p.photo.top, &p.photo.height);
	p.matte = (struct window){ p.photo.left / sx, p.photo.top / sy, p.photo.width / sx, p.photo.height / sy };
	return p;
}
