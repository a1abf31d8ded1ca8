#include "stages/objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPECK          0.004 /* of the main region's area: dust, left out without a word */
#define COMPANION_AREA 0.5   /* of the main one: may be the other one of a pair */
#define COMPANION_COLOUR \
	14.0            /* how far the mean colours of two alike may lie apart: 0..255, root mean square of the bands */
#define OFF_CENTRE 0.25 /* of the longer side: so far from the middle, a region weighs 1/e of its area */
#define NEAR       0.012 /* of the longer side: a part that is so close belongs to the product */

struct colour {
	double band[3];
};

/* The photographer put the product in the middle: the region with the most area, weighed down by its distance from
 * there. */
static int main_region(const struct raster *mask, const struct regions *r)
{
	double longer = mask->width > mask->height ? mask->width : mask->height, most = 0;
	int best = -1;

	for (int i = 0; i < r->count; i++) {
		const struct box *b = &r->at[i].box;
		double dx = (b->left + b->width / 2.0 - mask->width / 2.0) / longer;
		double dy = (b->top + b->height / 2.0 - mask->height / 2.0) / longer;
		double weight = r->at[i].area * exp(-(dx * dx + dy * dy) / (OFF_CENTRE * OFF_CENTRE));

		if (weight > most) {
			most = weight;
			best = i;
		}
	}
	return best;
}

static void mean_colours(const struct raster *rgb, const struct regions *r, struct colour *mean)
{
	size_t pixels = (size_t)rgb->width * (size_t)rgb->height;

	for (size_t i = 0; i < pixels; i++) {
		if (r->label[i]) {
			for (size_t band = 0; band < 3; band++)
				mean[r->label[i] - 1].band[band] += rgb->data[3 * i + band];
		}
	}
	for (int i = 0; i < r->count; i++) {
		for (int band = 0; band < 3; band++)
			mean[i].band[band] /= r->at[i].area;
	}
}

static double colour_distance(const struct colour *a, const struct colour *b)
{
	double sum = 0;

	for (int band = 0; band < 3; band++)
		sum += (a->band[band] - b->band[band]) * (a->band[band] - b->band[band]);
	return sqrt(sum / 3);
}

/* Largest first; then, again and again, whatever is near to a part already taken. */
static int take_near_parts(const struct raster *mask, struct objects *j, struct err *err)
{
	int reach = (int)(NEAR * (mask->width > mask->height ? mask->width : mask->height));
	size_t pixels = (size_t)mask->width * (size_t)mask->height;
	struct raster around = { 0 };

	if (raster_init(&around, mask->width, mask->height, 1, err))
		return -1;
	for (size_t i = 0; i < pixels; i++) {
		int l = j->regions.label[i];

		around.data[i] = l && j->verdict[l - 1] == VERDICT_PRODUCT ? 255 : 0;
	}
	if (matte_grow(&around, reach, err)) {
		raster_release(&around);
		return -1;
	}
	for (size_t i = 0; i < pixels; i++) {
		int l = j->regions.label[i];

		if (l && around.data[i] && j->verdict[l - 1] != VERDICT_PRODUCT)
			j->verdict[l - 1] = VERDICT_PRODUCT;
	}
	raster_release(&around);
	return 0;
}

int objects_judge(const struct raster *rgb, const struct raster *mask, struct objects *j, struct err *err)
{
	struct colour *mean = NULL;
	int first;

	memset(j, 0, sizeof(*j));
	if (matte_regions(mask, 128, 255, true, &j->regions, err))
		return -1;
	first = main_region(mask, &j->regions);
	if (first < 0)
		return err_set(err, ERR_NO_PRODUCT, "nothing in the picture stands out as a product");
	mean = calloc((size_t)j->regions.count, sizeof(*mean));
	j->verdict = calloc((size_t)j->regions.count, sizeof(*j->verdict));
	if (!mean || !j->verdict) {
		free(mean);
		return err_set(err, ERR_NOMEM, "no memory to judge the cutout");
	}
	mean_colours(rgb, &j->regions, mean);
	for (int i = 0; i < j->regions.count; i++) {
		double share = (double)j->regions.at[i].area / j->regions.at[first].area;

		if (share < SPECK)
			j->verdict[i] = VERDICT_DUST;
		else if (i == first || (share >= COMPANION_AREA && share <= 1 / COMPANION_AREA &&
					colour_distance(&mean[i], &mean[first]) < COMPANION_COLOUR))
			j->verdict[i] = VERDICT_PRODUCT;
	}
	free(mean);
	if (take_near_parts(mask, j, err))
		return -1;
	for (int i = 0; i < j->regions.count; i++) {
		j->product += j->verdict[i] == VERDICT_PRODUCT ? j->regions.at[i].area : 0;
		j->bystanders += j->verdict[i] == VERDICT_BYSTANDER ? j->regions.at[i].area : 0;
	}
	return 0;
}

int objects_keep_product(const struct objects *j, struct raster *matte, int around, struct err *err)
{
	size_t pixels = (size_t)matte->width * (size_t)matte->height;
	struct raster parts = { 0 };

	if (raster_init(&parts, matte->width, matte->height, 1, err))
		return -1;
	for (size_t i = 0; i < pixels; i++) {
		int l = j->regions.label[i];

		parts.data[i] = l && j->verdict[l - 1] == VERDICT_PRODUCT ? 255 : 0;
	}
	if (matte_grow(&parts, around, err)) {
		raster_release(&parts);
		return -1;
	}
	for (size_t i = 0; i < pixels; i++) {
		int l = j->regions.label[i];

		if (!parts.data[i] || (l && j->verdict[l - 1] != VERDICT_PRODUCT))
			matte->data[i] = 0;
	}
	raster_release(&parts);
	return 0;
}

void objects_release(struct objects *j)
{
	regions_release(&j->regions);
	free(j->verdict);
	memset(j, 0, sizeof(*j));
}
