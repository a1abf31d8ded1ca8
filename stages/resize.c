/* resize.c - see resize.h. */
#include "stages/resize.h"

#include "stages/compose.h"
#include "stages/edited.h"
#include "stages/road.h"
#include "stages/source.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double made_up = 1.02; /* up to here, more pixels than the source has are rounding */

static bool resize_key(const void *cfg, const struct item *it, struct key *k)
{
	const struct resize_config *c = cfg;
	const struct result *source = &it->results[STAGE_FETCH], *matte = &it->results[STAGE_REMOVE_BACKGROUND];

	if (!source->has_blob || !matte->has_blob)
		return false;
	key_digest(k, "source", &source->blob);
	key_digest(k, "matte", &matte->blob);
	key_text(k, "grade", it->results[STAGE_ENHANCE].facts);
	if (it->results[STAGE_ENHANCE].has_blob)
		key_digest(k, "enhanced", &it->results[STAGE_ENHANCE].blob);
	key_int(k, "width", c->width);
	key_int(k, "height", c->height);
	key_real(k, "fill", c->fill);
	key_text(k, "shadow", shadow_name(c->shadow));
	key_text(k, "format", picture_format_name(c->encoding.format));
	key_int(k, "quality", c->encoding.quality);
	key_int(k, "max_bytes", c->encoding.max_bytes);
	key_int(k, "max_side", c->max_side);
	return true;
}

/* The photo, and where the product goes. A huge photo was reduced while loading; where the product is a small part of
 * it, it is decoded once more with as many pixels as the place needs. */
static int place(const struct resize_config *c, struct item *it, const struct raster *matte,
		 const struct picture **photo, struct placement *p, struct err *e)
{
	struct frame frame = { c->width, c->height, c->fill };
	int max_side = c->max_side;
	struct box product;

	if (placement_find_product(matte, &product, e) != 0)
		return -1;
	if (product.width == 0)
		return err_set(e, ERR_NO_PRODUCT, "the cutout of %s is empty", it->sku);
	for (int tries = 0;; tries++) {
		if (source_picture(it, &c->limits, max_side, photo, e) != 0)
			return -1;
		*p = placement_of(product, matte->width, matte->height, (*photo)->rgb.width, (*photo)->rgb.height,
				  &frame);
		if (p->scale <= 1 || (*photo)->scale >= 1 || tries > 0)
			return 0;
		max_side = (int)fmin(ceil(max_side * p->scale), 1 << 20);
	}
}

static bool add_box(cJSON *o, const char *name, struct box b)
{
	int v[] = { b.left, b.top, b.width, b.height };
	cJSON *array = cJSON_CreateIntArray(v, 4);

	if (array && cJSON_AddItemToObject(o, name, array))
		return true;
	cJSON_Delete(array);
	return false;
}

static double rounded(double v)
{
	return round(v * 1000) / 1000;
}

/* upscaled: frame pixels made of one of the source's. */
static char *facts_of(const struct resize_config *c, int quality, struct box product, struct box painted,
		      double upscaled, enum shadow shadow)
{
	cJSON *o = cJSON_CreateObject();
	double fill = fmax((double)product.width / c->width, (double)product.height / c->height);
	char *text = NULL;

	if (o && cJSON_AddStringToObject(o, "format", picture_format_name(c->encoding.format)) &&
	    cJSON_AddNumberToObject(o, "width", c->width) && cJSON_AddNumberToObject(o, "height", c->height) &&
	    cJSON_AddNumberToObject(o, "quality", quality) && add_box(o, "box", product) &&
	    add_box(o, "painted", painted) && cJSON_AddNumberToObject(o, "fill", rounded(fill)) &&
	    cJSON_AddNumberToObject(o, "upscaled", upscaled > made_up ? rounded(upscaled) : 1) &&
	    cJSON_AddStringToObject(o, "shadow", shadow_name(shadow)))
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

static int make(const struct resize_config *c, struct item *it, const struct raster *matte, struct result *out,
		struct err *e)
{
	struct frame frame = { c->width, c->height, c->fill };
	enum shadow shadow = c->shadow;
	const struct picture *photo;
	struct raster picture;
	struct placement p;
	struct grade grade;
	int quality, rc;

	if (place(c, it, matte, &photo, &p, e) != 0)
		return -1;
	grade_from_json(it->results[STAGE_ENHANCE].facts, &grade);
	if (compose(&photo->rgb, matte, &p, &frame, &grade, &shadow, &picture, e) != 0)
		return -1;
	item_drop_picture(it);
	rc = picture_encode(&picture, &c->encoding, &out->bytes, &quality, e);
	if (rc == 0)
		out->facts = facts_of(c, quality, p.product, compose_painted(&picture, 255), p.scale, shadow);
	raster_release(&picture);
	if (rc == 0 && !out->facts)
		rc = err_set(e, ERR_NOMEM, "no memory for what is known of %s", it->sku);
	return rc;
}

/* Has a model made the picture? Then its bytes: the enhanced one where that was a call of its own. */
static struct bytes *edited_picture(const struct item *it)
{
	const struct result *cut = &it->results[STAGE_REMOVE_BACKGROUND], *enhanced = &it->results[STAGE_ENHANCE];
	cJSON *o = cut->facts ? cJSON_Parse(cut->facts) : NULL;
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "kind"));
	bool edited = kind && strcmp(kind, "edited") == 0;

	cJSON_Delete(o);
	return !edited ? NULL : enhanced->bytes ? enhanced->bytes : cut->bytes;
}

static enum stage_next frame_edited(const struct resize_config *c, struct item *it, const struct bytes *picture,
				    struct result *out, struct err *e)
{
	struct edited_frame frame = { c->width, c->height, c->fill, c->encoding, c->limits };
	struct edited_facts f;

	item_drop_picture(it);
	if (edited_finish(picture, &frame, &out->bytes, &f, e) != 0)
		return STAGE_FAIL;
	out->facts = facts_of(c, f.quality, f.box, f.painted, f.upscaled, c->shadow);
	if (out->facts)
		return STAGE_DONE;
	err_set(e, ERR_NOMEM, "no memory for what is known of %s", it->sku);
	return STAGE_FAIL;
}

static enum stage_next resize_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
				    struct err *e)
{
	const struct bytes *b = it->results[STAGE_REMOVE_BACKGROUND].bytes, *edited = edited_picture(it);
	struct raster matte;
	int rc;

	(void)call;
	if (edited)
		return frame_edited(cfg, it, edited, out, e);
	if (!b)
		err_set(e, ERR_PICTURE, "the matte is missing");
	if (!b || matte_decode(b, &matte, e) != 0)
		return STAGE_FAIL;
	rc = make(cfg, it, &matte, out, e);
	raster_release(&matte);
	return rc == 0 ? STAGE_DONE : STAGE_FAIL;
}

const struct stage stage_resize = {
	.name = "resize",
	.version = 1,
	.needs = 1u << STAGE_FETCH | 1u << STAGE_REMOVE_BACKGROUND | 1u << STAGE_ENHANCE,
	.key = resize_key,
	.begin = resize_begin,
};
