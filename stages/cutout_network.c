#include "stages/cutout.h"
#include "stages/objects.h"

#include <string.h>

/* Sizes are in pixels of the working matte, whose longer side is WORK_SIDE or less. */
#define WORK_SIDE 1024
#define OTHERS    0.08 /* left-out regions of this much of the product's area are worth a look */
#define EDGE      8    /* how far soft edges reach */

/* The area that is neither in nor out, edges not counted: what is left of the doubtful pixels when they are shrunk past
 * an edge's width. */
static int doubtful_area(const struct raster *matte, struct err *err)
{
	size_t pixels = (size_t)matte->width * (size_t)matte->height;
	struct raster doubt = { 0 };
	int area = -1;

	if (raster_init(&doubt, matte->width, matte->height, 1, err))
		return -1;
	for (size_t i = 0; i < pixels; i++)
		doubt.data[i] = matte->data[i] > 40 && matte->data[i] < 215 ? 255 : 0;
	if (matte_shrink(&doubt, 3, err) == 0 && matte_grow(&doubt, 3, err) == 0)
		area = matte_area(&doubt, 128);
	raster_release(&doubt);
	return area;
}

static int rim_pixels(const struct raster *matte)
{
	int w = matte->width, h = matte->height, count = 0;

	for (int x = 0; x < w; x++)
		count += (matte->data[x] >= 128) + (matte->data[(size_t)(h - 1) * (size_t)w + (size_t)x] >= 128);
	for (int y = 1; y < h - 1; y++)
		count += (matte->data[(size_t)y * (size_t)w] >= 128) +
			 (matte->data[(size_t)y * (size_t)w + (size_t)(w - 1)] >= 128);
	return count;
}

static int conclude(const struct objects *j, int doubtful, struct cutout *out)
{
	double product = j->product, doubt = doubtful / product;
	size_t pixels = (size_t)out->matte.width * (size_t)out->matte.height;

	if (doubt > 0.03)
		out->reasons |= CUTOUT_UNSURE;
	if (j->bystanders > OTHERS * product)
		out->reasons |= CUTOUT_OTHER_OBJECTS;
	if (rim_pixels(&out->matte) > (out->matte.width + out->matte.height) / 250)
		out->reasons |= CUTOUT_TOUCHES_BORDER;
	if (product < 0.004 * (double)pixels)
		out->reasons |= CUTOUT_TINY;
	out->confidence = 0.99 - 3 * doubt;
	if (out->reasons & CUTOUT_OTHER_OBJECTS)
		out->confidence -= 0.25;
	if (out->reasons & (CUTOUT_TOUCHES_BORDER | CUTOUT_TINY))
		out->confidence -= 0.15;
	out->confidence = out->confidence > 0.05 ? out->confidence : 0.05;
	return 0;
}

/* The photo and the network's alpha at the working size. */
static int bring_to_size(const struct raster *rgb, const struct raster *alpha, struct raster *photo,
			 struct raster *matte, struct err *err)
{
	int w = rgb->width, h = rgb->height, longer = w > h ? w : h;

	if (longer > WORK_SIDE) {
		w = (int)((double)w * WORK_SIDE / longer + 0.5);
		h = (int)((double)h * WORK_SIDE / longer + 0.5);
		w = w > 0 ? w : 1;
		h = h > 0 ? h : 1;
	}
	if (raster_scale(rgb, (struct box){ 0, 0, rgb->width, rgb->height }, w, h, photo, err))
		return -1;
	return raster_scale(alpha, (struct box){ 0, 0, alpha->width, alpha->height }, w, h, matte, err);
}

/* Deep inside, a network's slight doubt (pale print, gloss) is no transparency: taken for an edge, it would have the
 * print painted over. Only what lies within EDGE of the background may be partly clear. */
static int make_inside_solid(struct raster *matte, struct err *err)
{
	size_t pixels = (size_t)matte->width * (size_t)matte->height;
	struct raster outside;

	if (raster_init(&outside, matte->width, matte->height, 1, err))
		return -1;
	for (size_t i = 0; i < pixels; i++)
		outside.data[i] = matte->data[i] < 128 ? 255 : 0;
	if (matte_grow(&outside, EDGE, err)) {
		raster_release(&outside);
		return -1;
	}
	for (size_t i = 0; i < pixels; i++)
		if (outside.data[i] < 128)
			matte->data[i] = 255;
	raster_release(&outside);
	return 0;
}

int cutout_from_network(const struct raster *rgb, const struct raster *alpha, struct cutout *out, struct err *err)
{
	struct objects j = { 0 };
	struct raster photo = { 0 };
	int doubtful, rc = -1;

	memset(out, 0, sizeof(*out));
	out->method = CUTOUT_NEURAL;
	if (bring_to_size(rgb, alpha, &photo, &out->matte, err) || objects_judge(&photo, &out->matte, &j, err) ||
	    objects_keep_product(&j, &out->matte, EDGE, err))
		goto done;
	doubtful = doubtful_area(&out->matte, err);
	if (doubtful < 0 || make_inside_solid(&out->matte, err))
		goto done;
	rc = conclude(&j, doubtful, out);
done:
	if (rc)
		cutout_release(out);
	objects_release(&j);
	raster_release(&photo);
	return rc;
}
