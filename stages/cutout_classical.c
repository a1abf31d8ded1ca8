#include "stages/cutout.h"
#include "stages/flood.h"
#include "stages/objects.h"

#include <stdlib.h>
#include <string.h>

#define MATTE_SIDE 1024 /* the matte's longer side, at most; pixels */
#define FLOOD_SIDE 512  /* the flood's, at most */

/* Limits on reach, as distances in L*a*b*. */
#define LIMIT       2.5f /* of the backdrop */
#define GRAIN_LIMIT 1.8  /* and at least so many times its grain */
#define STRICT      0.6f /* of the limit: where it would be drawn by someone more careful, */
#define LAX         1.3f /* and less */

/* What is no longer fit to be delivered unseen. */
#define PLAIN_NOISE  2.5   /* of a backdrop that is plain: beyond, it has a pattern */
#define PLAIN_GRAIN  2.0   /* and of its grain */
#define PLAIN_RIM    0.75  /* of the photo's rim shows a plain backdrop, at least */
#define DOUBT        0.105 /* of the product's area is in doubt: what changes sides between the limits, */
#define ALIKE_WEIGHT 2.0   /* so many times what could be backdrop, */
#define FAINT_WEIGHT 0.25  /* and so much for an outline that is faint all around */
#define LIKE_COLOUR  5.0f  /* as far as a pixel's colour lies from the backdrop's it could be backdrop, */
#define LIKE_DARK    0.85f /* with a shade in between these; darker: shadow */
#define LIKE_DEEP    0.62f /* a studio casts no darker one */
#define LIKE_LIGHT   1.05f
#define FAINT        0.30  /* so much of it: product and backdrop are alike */
#define OTHERS       0.05  /* left-out regions, of the product's area */
#define TINY_SHARE   0.004 /* of the photo's area */
#define CRACK        2     /* pixels to each side: what the flood came in by is no way in */
#define HOLE_AREA    3e-4  /* of the photo's area: a smaller one is not looked for */
#define HOLE_COLOUR  2.5f  /* how far a hole's colour may lie from the backdrop's around it, */
#define HOLE_DARK    0.88f /* and its shade */
#define HOLE_LIGHT   1.03f

struct scene {
	struct raster photo; /* at the flood's size */
	struct flood flood;
	float limit;           /* on reach, in FLOOD_COSTS */
	struct raster outside; /* 255: backdrop, connected with the border by more than a crack */
	struct raster product; /* 255: the product, holes taken out */
	struct objects objects;
	double doubtful, alike, rim; /* shares: of the product's area, of the photo's rim */
	int edges, faint_edges;      /* pixels; those where product and backdrop hardly differ */
};

static void scene_release(struct scene *s)
{
	raster_release(&s->photo);
	flood_release(&s->flood);
	raster_release(&s->outside);
	raster_release(&s->product);
	objects_release(&s->objects);
}

/* 255 where reach lies in (above, upto]. */
static int reach_mask(const struct flood *f, float above, float upto, struct raster *out, struct err *err)
{
	size_t pixels = (size_t)f->width * (size_t)f->height;

	if (raster_init(out, f->width, f->height, 1, err))
		return -1;
	for (size_t i = 0; i < pixels; i++)
		out->data[i] = (float)f->reach[i] > above && (float)f->reach[i] <= upto ? 255 : 0;
	return 0;
}

/* --- the backdrop --- */

/* What the flood reached, minus what it reached through cracks. */
static int find_outside(struct scene *s, struct err *err)
{
	size_t pixels = (size_t)s->flood.width * (size_t)s->flood.height;
	struct regions wide = { 0 };
	struct raster open = { 0 };
	int rc = -1;

	if (reach_mask(&s->flood, -1, s->limit, &open, err) || reach_mask(&s->flood, -1, s->limit, &s->outside, err) ||
	    matte_shrink(&open, CRACK, err) || matte_regions(&open, 255, 255, false, &wide, err))
		goto done;
	for (size_t i = 0; i < pixels; i++)
		open.data[i] = wide.label[i] && wide.at[wide.label[i] - 1].rim ? 255 : 0;
	if (matte_grow(&open, CRACK + 1, err))
		goto done;
	for (size_t i = 0; i < pixels; i++)
		s->outside.data[i] &= open.data[i];
	rc = 0;
done:
	regions_release(&wide);
	raster_release(&open);
	return rc;
}

/* Pixels that are not outside and look like the backdrop around them would. */
static int hole_candidates(const struct scene *s, struct raster *out, struct err *err)
{
	const struct flood *f = &s->flood;
	double least = 3 * f->backdrop.noise;
	float colour = least > (double)HOLE_COLOUR ? (float)least : HOLE_COLOUR;
	struct backdrop_map map;

	if (raster_init(out, f->width, f->height, 1, err) || backdrop_map_init(&map, f->lab, &s->outside, err))
		return -1;
	for (int y = 0; y < f->height; y++) {
		for (int x = 0; x < f->width; x++) {
			size_t i = (size_t)y * (size_t)f->width + (size_t)x;
			struct departure d;
			float backdrop[3];

			out->data[i] = 0;
			if (s->outside.data[i])
				continue;
			backdrop_map_at(&map, x, y, backdrop);
			d = backdrop_departure(backdrop, f->lab + 3 * i);
			if (d.colour < colour && d.shade > HOLE_DARK && d.shade < HOLE_LIGHT)
				out->data[i] = 255;
		}
	}
	backdrop_map_release(&map);
	return matte_shrink(out, 1, err);
}

/* Holes become springs of the flood; what it reached through cracks it has to reach again, from them. */
static int flood_holes(struct scene *s, struct err *err)
{
	struct flood *f = &s->flood;
	size_t pixels = (size_t)f->width * (size_t)f->height;
	struct raster mask = { 0 };
	struct regions holes = { 0 };
	int rc = -1;

	if (hole_candidates(s, &mask, err) || matte_regions(&mask, 255, 255, false, &holes, err))
		goto done;
	for (size_t i = 0; i < pixels; i++) {
		if (!s->outside.data[i] && (float)f->reach[i] <= s->limit)
			f->reach[i] = FLOOD_COSTS - 1;
	}
	for (size_t i = 0; i < pixels; i++) {
		unsigned char most = (unsigned char)(s->limit * STRICT); /* it looked like the backdrop: no doubt */

		if (holes.label[i] && holes.at[holes.label[i] - 1].area > HOLE_AREA * (double)pixels)
			flood_spring(f, (int)i, f->own[i] < most ? f->own[i] : most);
	}
	flood_run(f);
	rc = reach_mask(f, s->limit, FLOOD_COSTS, &s->product, err);
done:
	raster_release(&mask);
	regions_release(&holes);
	return rc;
}

/* --- how sure --- */

/* The area of a mask without its slivers, which are soft edges. */
static int broad_area(struct raster *mask, struct err *err)
{
	if (matte_shrink(mask, 1, err) || matte_grow(mask, 1, err))
		return -1;
	return matte_area(mask, 128);
}

/* Of the shadowy regions, keeps those with soft edges: where they meet the backdrop they are mostly like it. Things
 * that are only as grey as a shadow have sharp ones. */
static int keep_soft(struct raster *shadow, const struct raster *like, struct raster *backdrop, struct err *err)
{
	size_t pixels = (size_t)shadow->width * (size_t)shadow->height;
	struct regions found = { 0 };

	if (matte_grow(backdrop, 2, err) || matte_regions(shadow, 255, 255, true, &found, err))
		return -1;
	for (int i = 0; i < found.count; i++)
		found.at[i].rim = 0; /* from here on: like the backdrop where they meet, minus unlike */
	for (size_t i = 0; i < pixels; i++) {
		if (found.label[i] && backdrop->data[i])
			found.at[found.label[i] - 1].rim += like->data[i] ? 1 : -1;
	}
	for (size_t i = 0; i < pixels; i++)
		shadow->data[i] = found.label[i] && found.at[found.label[i] - 1].rim > 0 ? 255 : 0;
	regions_release(&found);
	return 0;
}

/* What would be product to someone more careful, or backdrop to someone less. */
static int measure_doubt(struct scene *s, struct err *err)
{
	size_t pixels = (size_t)s->flood.width * (size_t)s->flood.height;
	struct raster mask = { 0 }, faint = { 0 };
	int area = -1;

	if (flood_over_steps(&s->flood, s->limit * STRICT, s->limit, &mask, err) == 0 &&
	    reach_mask(&s->flood, s->limit, s->limit * LAX, &faint, err) == 0) {
		for (size_t i = 0; i < pixels; i++)
			mask.data[i] |= faint.data[i];
		area = broad_area(&mask, err);
	}
	raster_release(&mask);
	raster_release(&faint);
	s->doubtful = (double)area / s->objects.product;
	return area < 0 ? -1 : 0;
}

enum { UNLIKE, LIKE_BACKDROP, LIKE_SHADOW };

static int likeness(struct departure d)
{
	if (d.colour > LIKE_COLOUR || d.shade > LIKE_LIGHT || d.shade < LIKE_DEEP)
		return UNLIKE;
	return d.shade > LIKE_DARK ? LIKE_BACKDROP : LIKE_SHADOW;
}

/* What of the product looks like the backdrop (a hole that was missed, a halo, a white thing on white), or like a
 * soft shadow on it. */
static int measure_likeness(struct scene *s, struct err *err)
{
	const struct flood *f = &s->flood;
	struct raster like = { 0 }, shadow = { 0 }, around = { 0 };
	float *row = malloc((size_t)f->width * 3 * sizeof(*row));
	int area = -1, rc = -1;

	if (!row || raster_init(&like, f->width, f->height, 1, err) ||
	    raster_init(&shadow, f->width, f->height, 1, err) || reach_mask(f, -1, s->limit, &around, err))
		goto done;
	for (int y = 0; y < f->height; y++) {
		backdrop_row(&f->backdrop, y, row);
		for (int x = 0; x < f->width; x++) {
			size_t i = (size_t)y * (size_t)f->width + (size_t)x;
			int l = s->product.data[i] ? likeness(backdrop_departure(row + 3 * x, f->lab + 3 * i)) : UNLIKE;

			like.data[i] = l == LIKE_BACKDROP ? 255 : 0;
			shadow.data[i] = l == UNLIKE ? 0 : 255;
		}
	}
	if (broad_area(&shadow, err) < 0 || keep_soft(&shadow, &like, &around, err))
		goto done;
	area = broad_area(&like, err);
	if (area < 0)
		goto done;
	for (size_t i = 0; i < (size_t)f->width * (size_t)f->height; i++)
		area += shadow.data[i] && !like.data[i];
	s->alike = (double)area / s->objects.product;
	rc = 0;
done:
	free(row);
	raster_release(&like);
	raster_release(&shadow);
	raster_release(&around);
	return rc ? err_set(err, ERR_NOMEM, "no memory to judge a cutout") : 0;
}

/* How much of the rim is backdrop. */
static double rim_outside(const struct raster *outside)
{
	int w = outside->width, h = outside->height, on = 0, all = 0;

	for (int y = 0; y < h; y++) {
		int stride = y == 0 || y == h - 1 || w == 1 ? 1 : w - 1;

		for (int x = 0; x < w; x += stride, all++)
			on += outside->data[(size_t)y * (size_t)w + (size_t)x] != 0;
	}
	return (double)on / all;
}

static int product_on_rim(const struct objects *o)
{
	int rim = 0;

	for (int i = 0; i < o->regions.count; i++)
		rim += o->verdict[i] == VERDICT_PRODUCT ? o->regions.at[i].rim : 0;
	return rim;
}

static void judge(const struct scene *s, struct cutout *out)
{
	double pixels = (double)s->product.width * s->product.height;
	double faint = s->edges ? (double)s->faint_edges / s->edges : 1;
	double doubt = s->doubtful + ALIKE_WEIGHT * s->alike + FAINT_WEIGHT * faint;

	if (s->flood.backdrop.noise > PLAIN_NOISE || s->flood.backdrop.grain > PLAIN_GRAIN || s->rim < PLAIN_RIM)
		out->reasons |= CUTOUT_BACKDROP_NOT_PLAIN;
	if (doubt > DOUBT)
		out->reasons |= CUTOUT_UNSURE;
	if (doubt > FAINT)
		out->reasons |= CUTOUT_LOW_CONTRAST;
	if (product_on_rim(&s->objects) > (s->product.width + s->product.height) / 250)
		out->reasons |= CUTOUT_TOUCHES_BORDER;
	if (s->objects.bystanders > OTHERS * s->objects.product)
		out->reasons |= CUTOUT_OTHER_OBJECTS;
	if (s->objects.product < TINY_SHARE * pixels)
		out->reasons |= CUTOUT_TINY;
	out->confidence = 0.97 - doubt;
	if (out->reasons && out->confidence > 0.5)
		out->confidence = 0.5;
	if (out->confidence < 0.1 || out->reasons & CUTOUT_BACKDROP_NOT_PLAIN)
		out->confidence = 0.1;
}

/* --- the matte --- */

#define EDGE_CONTRAST 24 /* between the two colours of an edge, in sRGB values: less is faint */
#define PURE          4  /* pixels: how far around an edge its two colours are looked for */

/* At a pixel of the flood's size: mean colours of pure product and pure backdrop nearby. false: not both are there, or
 * they are alike. */
static bool edge_colours(const struct scene *s, const struct raster *pure, int cx, int cy, float product[3],
			 float backdrop[3])
{
	int count[2] = { 0, 0 }, sum[2][3] = { { 0 } };
	float apart = 0;

	for (int y = cy > PURE ? cy - PURE : 0; y <= cy + PURE && y < pure->height; y++) {
		for (int x = cx > PURE ? cx - PURE : 0; x <= cx + PURE && x < pure->width; x++) {
			size_t i = (size_t)y * (size_t)pure->width + (size_t)x;
			int side = pure->data[i] == 255;

			if (pure->data[i] != 0 && pure->data[i] != 255)
				continue;
			for (size_t band = 0; band < 3; band++)
				sum[side][band] += s->photo.data[3 * i + band];
			count[side]++;
		}
	}
	if (!count[0] || !count[1])
		return false;
	for (int band = 0; band < 3; band++) {
		backdrop[band] = (float)sum[0][band] / (float)count[0];
		product[band] = (float)sum[1][band] / (float)count[1];
		apart += (product[band] - backdrop[band]) * (product[band] - backdrop[band]);
	}
	return apart > EDGE_CONTRAST * EDGE_CONTRAST;
}

/* 0 pure backdrop, 255 pure product, 128 the edge between them: a pixel to each side. */
static int find_pure(const struct raster *product, struct raster *pure, struct err *err)
{
	size_t pixels = (size_t)product->width * (size_t)product->height;
	struct raster grown = { 0 };
	int rc = -1;

	if (raster_init(pure, product->width, product->height, 1, err) ||
	    raster_init(&grown, product->width, product->height, 1, err))
		goto done;
	memcpy(pure->data, product->data, pixels);
	memcpy(grown.data, product->data, pixels);
	if (matte_shrink(pure, 1, err) || matte_grow(&grown, 1, err))
		goto done;
	for (size_t i = 0; i < pixels; i++)
		pure->data[i] = pure->data[i] == 255 ? 255 : grown.data[i] ? 128 : 0;
	rc = 0;
done:
	raster_release(&grown);
	return rc;
}

/* The part of product in each pixel of the matte's size that lies under one of the flood's size, (cx, cy). */
static void mix_pixel(struct scene *s, const struct raster *pure, const struct raster *fine, int cx, int cy,
		      struct raster *matte)
{
	int x0 = cx * fine->width / pure->width, x1 = (cx + 1) * fine->width / pure->width;
	int y0 = cy * fine->height / pure->height, y1 = (cy + 1) * fine->height / pure->height;
	size_t at = (size_t)cy * (size_t)pure->width + (size_t)cx;
	unsigned char flat = pure->data[at] == 128 ? s->product.data[at] : pure->data[at];
	float product[3], backdrop[3];
	bool mixed = pure->data[at] == 128 && edge_colours(s, pure, cx, cy, product, backdrop);

	s->edges += pure->data[at] == 128;
	s->faint_edges += pure->data[at] == 128 && !mixed;
	for (int y = y0; y < y1; y++) {
		for (int x = x0; x < x1; x++) {
			size_t i = (size_t)y * (size_t)fine->width + (size_t)x;
			float along = 0, length = 0;

			matte->data[i] = flat;
			if (!mixed)
				continue;
			for (size_t band = 0; band < 3; band++) {
				float d = product[band] - backdrop[band];

				along += d * ((float)fine->data[3 * i + band] - backdrop[band]);
				length += d * d;
			}
			along /= length;
			matte->data[i] = along > 0 ? (unsigned char)(along < 1 ? along * 255 + 0.5f : 255) : 0;
		}
	}
}

/* The matte at its own size: from the edge pixels' colours where they tell. */
static int draw_matte(struct scene *s, const struct raster *fine, struct raster *matte, struct err *err)
{
	struct raster pure = { 0 };
	int rc = -1;

	if (raster_init(matte, fine->width, fine->height, 1, err) == 0 && find_pure(&s->product, &pure, err) == 0) {
		for (int y = 0; y < pure.height; y++) {
			for (int x = 0; x < pure.width; x++)
				mix_pixel(s, &pure, fine, x, y, matte);
		}
		rc = 0;
	}
	raster_release(&pure);
	return rc;
}

/* --- */

static int reduce(const struct raster *rgb, int side, struct raster *out, struct err *err)
{
	int longer = rgb->width > rgb->height ? rgb->width : rgb->height;
	double scale = longer > side ? (double)side / longer : 1;
	int w = (int)(rgb->width * scale + 0.5), h = (int)(rgb->height * scale + 0.5);

	return raster_scale(rgb, (struct box){ 0, 0, rgb->width, rgb->height }, w > 0 ? w : 1, h > 0 ? h : 1, out, err);
}

static int look(struct scene *s, const struct raster *fine, struct err *err)
{
	double limit;

	if (reduce(fine, FLOOD_SIDE, &s->photo, err) || flood_init(&s->flood, &s->photo, err))
		return -1;
	limit = GRAIN_LIMIT * s->flood.backdrop.grain;
	s->limit = FLOOD_PER_UNIT * (limit > (double)LIMIT ? (float)limit : LIMIT);
	if (s->limit > FLOOD_COSTS / LAX - 1)
		s->limit = FLOOD_COSTS / LAX - 1;
	if (find_outside(s, err) || flood_holes(s, err) || objects_judge(&s->photo, &s->product, &s->objects, err) ||
	    objects_keep_product(&s->objects, &s->product, 0, err) || measure_doubt(s, err) || measure_likeness(s, err))
		return -1;
	s->rim = rim_outside(&s->outside);
	return 0;
}

int cutout_classical(const struct raster *rgb, struct cutout *out, struct err *err)
{
	struct scene scene = { 0 };
	struct raster fine = { 0 };
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->method = CUTOUT_CLASSICAL;
	if (reduce(rgb, MATTE_SIDE, &fine, err) == 0 && look(&scene, &fine, err) == 0 &&
	    draw_matte(&scene, &fine, &out->matte, err) == 0) {
		judge(&scene, out);
		rc = 0;
	}
	if (rc)
		cutout_release(out);
	scene_release(&scene);
	raster_release(&fine);
	return rc;
}
