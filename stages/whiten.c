/*
 * whiten.c - see whiten.h. A megapixel goes through here for every edited picture, so the work is done by rows: runs of
 * light pixels are joined (union-find) rather than pixels flooded, and inner loops have 16 steps, which compilers turn
 * into vectors.
 */
#include "stages/whiten.h"

#include "stages/border.h"
#include "stages/placement.h"

#include <stdlib.h>
#include <string.h>

#define PLACE      8   /* pixels of the border that are looked at as one */
#define NOISE      2   /* by which the backdrop's pixels differ from such a mean */
#define CLEAN      253 /* a border lighter than this is as white as it need be */
#define CLEAN_FROM 246 /* from here on it is a white one */
#define SPAN       16  /* of lightness that is stretched, below what the border has */
#define SPAN_CLEAN 5   /* the same, where it is white */
#define NEUTRAL    5   /* chroma beside the border's that is still the backdrop's */
#define FAINT      252 /* lighter than this is not worth a box: where a shadow runs out */
#define PLAIN      247 /* and lighter than this not worth the box's last pixels: a JPEG's ringing */
#define COARSE     8   /* pixels of a cell in which the product is looked for first */
#define STEP       16  /* pixels at a time; rows are padded to it (PLANE_PAD) */

struct run {
	int first, end; /* columns */
	int parent;     /* index; its own: a root */
	bool open;      /* of a root: connected with the border */
};

struct work {
	struct planes *p;
	int width, height, across, down; /* shifts from the luma's pixels to the chroma's */
	size_t stride;                   /* of level */
	int tint[2];                     /* Cb and Cr of the backdrop */
	int span, low, high;             /* lightness that stays, and that becomes white */
	unsigned char *level;            /* lightness of the backdrop's pixels; 0: product. Padded with 255 */
	struct run *runs;
	int run_count, run_room;
	int *row_runs; /* index of each row's first run, and the end of all */
};

static unsigned char *luma_row(const struct work *w, int y)
{
	return w->p->p[0].data + (size_t)y * w->p->p[0].stride;
}

static unsigned char *level_row(const struct work *w, int y)
{
	return w->level + (size_t)y * w->stride;
}

/* --- how light is the border? --- */

/* Means of a few pixels at a time, once around: along x or y from (x, y), `length` pixels, appended to ring. */
static size_t follow_side(const struct plane *p, int x, int y, int dx, int dy, int length, unsigned char *ring)
{
	size_t n = 0;

	for (int i = 0; i < length; i += PLACE) {
		int sum = 0, k;

		for (k = 0; k < PLACE && i + k < length; k++)
			sum += p->data[(size_t)(y + dy * (i + k)) * p->stride + (size_t)(x + dx * (i + k))];
		ring[n++] = (unsigned char)(sum / k);
	}
	return n;
}

static size_t follow_border(const struct plane *p, unsigned char *ring)
{
	size_t n = follow_side(p, 0, 0, 1, 0, p->width, ring);

	n += follow_side(p, p->width - 1, 0, 0, 1, p->height, ring + n);
	n += follow_side(p, p->width - 1, p->height - 1, -1, 0, p->width, ring + n);
	n += follow_side(p, 0, p->height - 1, 0, -1, p->height, ring + n);
	return n;
}

/* Where the border is clean, next to nothing is touched: a white product on white keeps its shading and its tint. */
static bool set_limits(struct work *w)
{
	unsigned char *ring = malloc(2 * ((size_t)w->width + (size_t)w->height) / PLACE + 8);
	struct border luma, colour;

	if (!ring)
		return false;
	border_read(ring, follow_border(&w->p->p[0], ring), &luma);
	for (int k = 0; k < 2; k++) {
		border_read(ring, follow_border(&w->p->p[1 + k], ring), &colour);
		w->tint[k] = colour.usual;
	}
	free(ring);
	w->high = luma.least - NOISE;
	w->high = w->high < WHITEN_NEAR ? WHITEN_NEAR : w->high > CLEAN ? CLEAN : w->high;
	w->span = w->high >= CLEAN_FROM ? SPAN_CLEAN : SPAN;
	w->low = w->high - w->span;
	return true;
}

/* --- what is connected with it --- */

/* 255 where a row's colours are neutral, else 0, for each of the chroma's pixels; padded. */
static void find_neutral(const struct work *w, int y, unsigned char *restrict out)
{
	const struct plane *c = w->p->p + 1;
	const unsigned char *cb = c[0].data + (size_t)y * c[0].stride, *cr = c[1].data + (size_t)y * c[1].stride;
	unsigned char b_least = (unsigned char)(w->tint[0] - NEUTRAL), r_least = (unsigned char)(w->tint[1] - NEUTRAL);

	for (int x = 0; x < c[0].width; x += STEP) {
		for (int k = 0; k < STEP; k++) {
			unsigned char b = (unsigned char)(cb[x + k] - b_least);
			unsigned char r = (unsigned char)(cr[x + k] - r_least);

			out[x + k] = (unsigned char)-((b <= 2 * NEUTRAL) & (r <= 2 * NEUTRAL));
		}
	}
}

/* 255 where a row's pixel is light and neutral, else 0; padded. */
static void find_light(const struct work *w, int y, const unsigned char *neutral, unsigned char *restrict out)
{
	const unsigned char *luma = luma_row(w, y);
	unsigned char low = (unsigned char)w->low;

	for (int x = 0; x < w->width; x += STEP) {
		unsigned char wide[STEP];

		for (int k = 0; k < STEP / 2; k++)
			wide[2 * k] = wide[2 * k + 1] = neutral[x / 2 + k];
		if (!w->across)
			memcpy(wide, neutral + x, STEP);
		for (int k = 0; k < STEP; k++)
			out[x + k] = wide[k] & (unsigned char)-(luma[x + k] >= low);
	}
	out[w->width] = 0; /* ends the last run */
}

static int root_of(struct work *w, int i)
{
	while (w->runs[i].parent != i)
		i = w->runs[i].parent = w->runs[w->runs[i].parent].parent;
	return i;
}

static void join(struct work *w, int a, int b)
{
	a = root_of(w, a);
	b = root_of(w, b);
	w->runs[b].parent = a;
	w->runs[a].open |= w->runs[b].open;
}

static bool add_run(struct work *w, int first, int end, bool open)
{
	if (w->run_count == w->run_room) {
		int room = w->run_room ? 2 * w->run_room : 4 * w->height;
		struct run *grown = realloc(w->runs, (size_t)room * sizeof(*grown));

		if (!grown)
			return false;
		w->runs = grown;
		w->run_room = room;
	}
	w->runs[w->run_count] = (struct run){ first, end, w->run_count, open };
	w->run_count++;
	return true;
}

/* The row's runs, each joined with those of the row above that it touches. */
static bool add_row(struct work *w, int y, const unsigned char *light)
{
	int above = y ? w->row_runs[y - 1] : 0, last_above = y ? w->row_runs[y] : 0;
	const unsigned char *at = light, *end = light + w->width;
	bool edge = y == 0 || y == w->height - 1;

	w->row_runs[y] = w->run_count;
	while (at < end && (at = memchr(at, 255, (size_t)(end - at))) != NULL) {
		int first = (int)(at - light), stop, me = w->run_count;

		at = memchr(at, 0, (size_t)(end + 1 - at));
		stop = (int)(at - light);
		if (!add_run(w, first, stop, edge || first == 0 || stop == w->width))
			return false;
		while (above < last_above && w->runs[above].end <= first)
			above++;
		for (int i = above; i < last_above && w->runs[i].first < stop; i++)
			join(w, me, i);
	}
	w->row_runs[y + 1] = w->run_count;
	return true;
}

static bool find_backdrop(struct work *w)
{
	size_t row = w->stride + STEP;
	unsigned char *light = malloc(2 * row);
	bool good = light != NULL;

	for (int y = 0; y < w->height && good; y++) {
		if (!w->down || y % 2 == 0)
			find_neutral(w, y >> w->down, light + row);
		find_light(w, y, light + row, light);
		good = add_row(w, y, light);
	}
	free(light);
	return good;
}

/* --- to white --- */

/* Lightness from low..high to low..255, of pixels that are not darker than low. */
static void stretch(unsigned char *v, int count, int low, int span)
{
	/* Times 255 - low it fits 16 bits, as low is over 200. */
	unsigned short factor = (unsigned short)((255 - low) * 256 / span);

	for (int x = 0; x < count; x++) {
		unsigned short over = (unsigned short)((unsigned short)((v[x] - low) * factor) >> 8);

		v[x] = (unsigned char)(over > 255 - low ? 255 : low + over);
	}
}

static void whiten_luma(struct work *w)
{
	for (int y = 0; y < w->height; y++) {
		unsigned char *luma = luma_row(w, y), *level = level_row(w, y);

		memset(level, 0, (size_t)w->width);
		memset(level + w->width, 255, w->stride - (size_t)w->width);
		for (int i = w->row_runs[y]; i < w->row_runs[y + 1]; i++) {
			const struct run *r = &w->runs[i];

			if (!w->runs[root_of(w, i)].open)
				continue;
			stretch(luma + r->first, r->end - r->first, w->low, w->span);
			memcpy(level + r->first, luma + r->first, (size_t)(r->end - r->first));
		}
	}
}

/* The least level that each chroma sample of a row covers, into out (padded with 255). */
static void least_levels(const struct work *w, int y, unsigned char *out)
{
	int below = (y << w->down) + w->down;
	const unsigned char *a = level_row(w, y << w->down),
			    *b = level_row(w, below < w->height ? below : y << w->down);
	int width = w->p->p[1].width;

	memset(out + width, 255, STEP);
	if (!w->across) {
		for (int x = 0; x < width; x++)
			out[x] = a[x] < b[x] ? a[x] : b[x];
		return;
	}
	for (int x = 0; x < width; x++) {
		unsigned char top = a[2 * x] < a[2 * x + 1] ? a[2 * x] : a[2 * x + 1];
		unsigned char bottom = b[2 * x] < b[2 * x + 1] ? b[2 * x] : b[2 * x + 1];

		out[x] = top < bottom ? top : bottom;
	}
}

/* Are all STEP of them so? */
static bool all_are(const unsigned char *v, unsigned char value)
{
	unsigned char differ = 0;

	for (int k = 0; k < STEP; k++)
		differ |= v[k] ^ value;
	return !differ;
}

static void fade(const struct work *w, unsigned char *v, const unsigned char *least)
{
	for (int k = 0; k < STEP; k++) {
		int keep = 255 - (least[k] < w->low ? w->low : least[k]);

		v[k] = (unsigned char)(128 + (v[k] - 128) * keep / (255 - w->low));
	}
}

/* Colour fades to none where the backdrop becomes white. A sample that covers some of the product keeps its colour.
 * Most of a picture is wholly product or wholly white. */
static bool fade_chroma(const struct work *w)
{
	const struct plane *c = &w->p->p[1];
	unsigned char *least = malloc((size_t)c->width + STEP);

	for (int y = 0; least && y < c->height; y++) {
		least_levels(w, y, least);
		for (int x = 0; x < c->width; x += STEP) {
			if (all_are(least + x, 0))
				continue;
			for (int k = 1; k < 3; k++) {
				unsigned char *v = w->p->p[k].data + (size_t)y * c->stride + (size_t)x;

				if (all_are(least + x, 255))
					memset(v, 128, STEP);
				else
					fade(w, v, least + x);
			}
		}
	}
	free(least);
	return least != NULL;
}

/* --- the product --- */

static bool is_there(const struct work *w, int x, int y)
{
	return level_row(w, y)[x] < PLAIN;
}

static bool row_is_empty(const struct work *w, const struct box *b, int y)
{
	for (int x = b->left; x < b->left + b->width; x++) {
		if (is_there(w, x, y))
			return false;
	}
	return true;
}

static bool column_is_empty(const struct work *w, const struct box *b, int x)
{
	for (int y = b->top; y < b->top + b->height; y++) {
		if (is_there(w, x, y))
			return false;
	}
	return true;
}

/* From cells to pixels. */
static void refine(const struct work *w, struct box *b)
{
	*b = (struct box){ b->left * COARSE, b->top * COARSE, b->width * COARSE, b->height * COARSE };
	b->width = b->left + b->width > w->width ? w->width - b->left : b->width;
	b->height = b->top + b->height > w->height ? w->height - b->top : b->height;
	for (int i = 1; i < COARSE && b->height > 1 && row_is_empty(w, b, b->top); i++, b->height--)
		b->top++;
	for (int i = 1; i < COARSE && b->height > 1 && row_is_empty(w, b, b->top + b->height - 1); i++)
		b->height--;
	for (int i = 1; i < COARSE && b->width > 1 && column_is_empty(w, b, b->left); i++, b->width--)
		b->left++;
	for (int i = 1; i < COARSE && b->width > 1 && column_is_empty(w, b, b->left + b->width - 1); i++)
		b->width--;
}

/* A row of cells: 255 where any of its pixels is there. `least` has room for a row of levels. */
static void fill_cells(const struct work *w, int top, unsigned char *restrict least, unsigned char *out)
{
	int rows = w->height - top < COARSE ? w->height - top : COARSE;

	memcpy(least, level_row(w, top), w->stride);
	for (int y = 1; y < rows; y++) {
		const unsigned char *level = level_row(w, top + y);

		for (size_t x = 0; x < w->stride; x++)
			least[x] = level[x] < least[x] ? level[x] : least[x];
	}
	for (int x = 0; x < w->width; x += COARSE) {
		bool there = false;

		for (int k = 0; k < COARSE; k++)
			there |= least[x + k] < FAINT;
		out[x / COARSE] = there ? 255 : 0;
	}
}

static int find_product(const struct work *w, struct box *out, struct err *e)
{
	unsigned char *least = malloc(w->stride);
	struct raster cells;
	int rc;

	if (!least)
		return -1;
	if (raster_init(&cells, (w->width + COARSE - 1) / COARSE, (w->height + COARSE - 1) / COARSE, 1, e) != 0) {
		free(least);
		return -1;
	}
	for (int y = 0; y < w->height; y += COARSE)
		fill_cells(w, y, least, cells.data + (size_t)(y / COARSE) * (size_t)cells.width);
	free(least);
	rc = placement_find_product(&cells, out, e);
	raster_release(&cells);
	if (rc == 0 && out->width > 0)
		refine(w, out);
	return rc;
}

int whiten(struct planes *p, struct box *product, struct err *e)
{
	struct work w = { .p = p,
			  .width = p->p[0].width,
			  .height = p->p[0].height,
			  .across = p->p[1].width < p->p[0].width,
			  .down = p->p[1].height < p->p[0].height,
			  .stride = p->p[0].stride };
	int rc = -1;

	w.level = malloc(w.stride * (size_t)w.height);
	w.row_runs = malloc(((size_t)w.height + 1) * sizeof(*w.row_runs));
	if (w.level && w.row_runs) {
		if (set_limits(&w) && find_backdrop(&w)) {
			whiten_luma(&w);
			if (fade_chroma(&w))
				rc = find_product(&w, product, e);
		}
	}
	free(w.level);
	free(w.row_runs);
	free(w.runs);
	if (rc != 0)
		err_set(e, ERR_NOMEM, "no memory to whiten a picture of %d x %d", w.width, w.height);
	return rc;
}
