#include "stages/remove_background.h"

#include "stages/cutout.h"
#include "stages/road.h"
#include "stages/source.h"

#include <cjson/cJSON.h>

static bool remove_background_key(const void *cfg, const struct item *it, struct key *k)
{
	const struct remove_background_config *c = cfg;
	const struct result *source = &it->results[STAGE_FETCH];

	if (!source->has_blob)
		return false;
	if (c->edit)
		return edit_key(c->edit, it, &source->blob, k);
	key_digest(k, "source", &source->blob);
	key_text(k, "method", c->neural ? neural_identity(c->neural) : "classical");
	key_int(k, "max_side", c->max_side);
	return true;
}

/* Transparent corners of a few pixels, or a hair less than opaque all over, are an accident of some editor. */
static bool is_cut_out(const struct raster *alpha)
{
	size_t pixels = (size_t)alpha->width * (size_t)alpha->height, clear = 0;

	for (size_t i = 0; alpha->data && i < pixels; i++)
		clear += alpha->data[i] < 128;
	return clear > pixels / 1000;
}

static int cut_out(const struct remove_background_config *c, const struct picture *photo, struct cutout *out,
		   struct err *e)
{
	struct raster alpha;
	int rc;

	if (is_cut_out(&photo->alpha))
		return cutout_from_alpha(&photo->alpha, out, e);
	if (!c->neural)
		return cutout_classical(&photo->rgb, out, e);
	if (neural_alpha(c->neural, &photo->rgb, &alpha, e))
		return -1;
	rc = cutout_from_network(&photo->rgb, &alpha, out, e);
	raster_release(&alpha);
	return rc;
}

/* fallback: the model on this machine, where it was to be one that is called and none served; else NULL. */
static char *facts_of(const struct cutout *cutout, const struct model *fallback)
{
	cJSON *o = cJSON_CreateObject(), *reasons = NULL;
	bool whole = cJSON_AddStringToObject(o, "method", cutout_method_name(cutout->method)) &&
		     cJSON_AddNumberToObject(o, "confidence", (int)(cutout->confidence * 100 + 0.5) / 100.0) &&
		     (reasons = cJSON_AddArrayToObject(o, "reasons")) &&
		     cJSON_AddNumberToObject(o, "width", cutout->matte.width) &&
		     cJSON_AddNumberToObject(o, "height", cutout->matte.height);
	char *text;

	if (whole && fallback)
		whole = cJSON_AddItemToArray(reasons, cJSON_CreateString("fallback")) &&
			cJSON_AddStringToObject(o, "model", fallback->id);
	for (int bit = 0; whole && bit < CUTOUT_REASON_COUNT; bit++) {
		if (cutout->reasons >> bit & 1)
			whole = cJSON_AddItemToArray(reasons, cJSON_CreateString(cutout_reason_name(bit)));
	}
	text = whole ? cJSON_PrintUnformatted(o) : NULL;
	cJSON_Delete(o);
	return text;
}

static enum stage_next work_here(const struct remove_background_config *c, struct item *it,
				 const struct model *fallback, struct result *out, struct err *e)
{
	const struct picture *photo;
	struct cutout cutout;
	int rc;

	if (source_picture(it, &c->limits, c->max_side, &photo, e) || cut_out(c, photo, &cutout, e))
		return STAGE_FAIL;
	rc = matte_encode(&cutout.matte, &out->bytes, e);
	if (rc == 0) {
		out->facts = facts_of(&cutout, fallback);
		if (!out->facts)
			rc = err_set(e, ERR_NOMEM, "no memory for what is known of the cutout of %s", it->sku);
	}
	cutout_release(&cutout);
	return rc ? STAGE_FAIL : STAGE_DONE;
}

static enum stage_next follow(const struct remove_background_config *c, struct item *it, enum edit_next next,
			      struct result *out, struct err *e)
{
	switch (next) {
	case EDIT_DONE:
		return STAGE_DONE;
	case EDIT_CALL:
		return STAGE_CALL;
	case EDIT_LOCAL:
		return work_here(c, it, c->edit->uses[c->edit->use_count - 1].model, out, e);
	default:
		return STAGE_FAIL;
	}
}

/* Does the source hold its own cutout? Only one that may is decoded to see. 1: yes, 0: no, -1: err. */
static int is_own_cutout(const struct remove_background_config *c, struct item *it, struct err *e)
{
	const struct picture *photo;
	struct picture_info info;

	if (picture_probe(it->results[STAGE_FETCH].bytes, &c->limits, &info, e) != 0)
		return -1;
	if (!info.has_alpha)
		return 0;
	return source_picture(it, &c->limits, c->max_side, &photo, e) ? -1 : is_cut_out(&photo->alpha);
}

static enum stage_next remove_background_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
					       struct err *e)
{
	const struct remove_background_config *c = cfg;
	struct bytes *source = it->results[STAGE_FETCH].bytes;
	int own;

	if (!c->edit)
		return work_here(c, it, NULL, out, e);
	if (!source) {
		err_set(e, ERR_SOURCE_MISSING, "%s was not fetched", it->source ? it->source : it->sku);
		return STAGE_FAIL;
	}
	own = is_own_cutout(c, it, e);
	if (own != 0)
		return own < 0 ? STAGE_FAIL : work_here(c, it, NULL, out, e);
	item_drop_picture(it);
	return follow(c, it, edit_begin(c->edit, it, source, out, call, e), out, e);
}

static enum stage_next remove_background_accept(const void *cfg, struct item *it, const struct reply *reply,
						struct result *out, struct call *call, struct receipt *receipt,
						struct err *e)
{
	const struct remove_background_config *c = cfg;
	struct bytes *source = it->results[STAGE_FETCH].bytes;

	return follow(c, it, edit_accept(c->edit, it, source, reply, out, call, receipt, e), out, e);
}

const struct stage stage_remove_background = {
	.name = "remove_background",
	.version = 2,
	.needs = 1u << STAGE_FETCH,
	.key = remove_background_key,
	.begin = remove_background_begin,
	.accept = remove_background_accept,
};
