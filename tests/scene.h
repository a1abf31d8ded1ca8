/* scene.h - photos of simple products with exact mattes, for the tests of what comes after the cutout. */
#ifndef PACKSHOT_TESTS_SCENE_H
#define PACKSHOT_TESTS_SCENE_H

#include "tests/painting.h"

#include "pipeline/stage.h"
#include "stages/road.h"

#include <cjson/cJSON.h>

struct scene {
	int width, height;
	struct box product;
	unsigned char backdrop[3], colour[3];
	int noise; /* of the product: +- so much */
};

/* Fills photo and matte: a rectangle with a hole (its middle ninth). */
static inline void scene_paint(const struct scene *s, struct raster *photo, struct raster *matte)
{
	struct box p = s->product;
	unsigned seed = 5;
	struct err e = { 0 };

	assert_int_equal(raster_init(photo, s->width, s->height, 3, &e), 0);
	assert_int_equal(raster_init(matte, s->width, s->height, 1, &e), 0);
	for (int y = 0; y < s->height; y++)
		for (int x = 0; x < s->width; x++) {
			int u = x - p.left, v = y - p.top, i = y * s->width + x;
			bool in = u >= 0 && v >= 0 && u < p.width && v < p.height;

			if (in && u >= p.width / 3 && u < p.width * 2 / 3 && v >= p.height / 3 && v < p.height * 2 / 3)
				in = false;
			seed = seed * 1103515245u + 12345u;
			for (int c = 0; c < 3; c++) {
				int value = s->colour[c] +
					    (s->noise ? (int)(seed >> 16) % (2 * s->noise + 1) - s->noise : 0);

				photo->data[3 * i + c] = in ? (unsigned char)(value < 0     ? 0
									      : value > 255 ? 255
											    : value)
							    : s->backdrop[c];
			}
			matte->data[i] = in ? 255 : 0;
		}
}

/* An item that stands before `enhance`: PNG source, PNG matte, a cutout's facts. The rasters are released. */
static inline struct item *scene_item(struct raster *photo, struct raster *matte, const char *cutout_facts)
{
	struct item *it = item_create(1, 1, "SKU", 1, "photo.png", NULL, NULL);
	struct result *source, *cut;
	struct err e = { 0 };

	assert_non_null(it);
	source = &it->results[STAGE_FETCH];
	cut = &it->results[STAGE_REMOVE_BACKGROUND];
	assert_int_equal(picture_encode(photo, &(struct encoding){ FORMAT_PNG, 0, 0 }, &source->bytes, NULL, &e), 0);
	assert_int_equal(matte_encode(matte, &cut->bytes, &e), 0);
	cut->facts = strdup(cutout_facts);
	digest_of(source->bytes->data, source->bytes->size, &source->blob);
	digest_of(cut->bytes->data, cut->bytes->size, &cut->blob);
	source->has_blob = cut->has_blob = true;
	raster_release(photo);
	raster_release(matte);
	return it;
}

/* Runs a stage that never calls; its result stands in the item as the machinery would leave it. */
static inline enum stage_next scene_run(const struct stage *s, const void *cfg, struct item *it, int at, struct err *e)
{
	struct result *r = &it->results[at];
	struct call call = { 0 };
	enum stage_next next;

	result_release(r);
	next = s->begin(cfg, it, r, &call, e);
	if (r->bytes) {
		digest_of(r->bytes->data, r->bytes->size, &r->blob);
		r->has_blob = true;
	}
	return next;
}

static inline struct digest scene_key(const struct stage *s, const void *cfg, const struct item *it)
{
	struct key *k = key_create(s->name, s->version);
	struct digest d;

	assert_true(s->key(cfg, it, k));
	key_final(k, &d);
	return d;
}

static inline double fact_number(const char *facts, const char *name)
{
	cJSON *o = cJSON_Parse(facts);
	const cJSON *n = cJSON_GetObjectItem(o, name);
	double v;

	if (!cJSON_IsNumber(n))
		n = cJSON_GetObjectItem(cJSON_GetObjectItem(o, "checks"), name);
	if (!cJSON_IsNumber(n))
		fail_msg("no number %s in %s", name, facts);
	v = n->valuedouble;
	cJSON_Delete(o);
	return v;
}

#endif
