/* inspect.c - see inspect.h. */
#include "stages/inspect.h"

#include "stages/compose.h"
#include "stages/road.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

/*
 * blocks: pixels around the product where an encoder's blocks may leave traces. white: what counts as white in its
 * files. AV1 has blocks of up to 64 pixels, and where a pale product shares one with the background, a few of its
 * pixels come out as 254.
 */
static const struct traces {
	int blocks, white;
} traces_of[] = {
	[FORMAT_JPEG] = { 16, 255 },
	[FORMAT_PNG] = { 0, 255 },
	[FORMAT_WEBP] = { 16, 255 },
	[FORMAT_AVIF] = { 64, 254 },
};

static const double centre_tolerance = 0.02, fill_tolerance = 0.03; /* of the frame: 16 of 800, and some */
static const double frame_full = 0.96; /* from this fill on there is no border to speak of */

static const char *const reason_names[] = {
#define X(id, name) name,
	INSPECT_REASONS(X)
#undef X
};

/* What resize says it did. */
struct claim {
	struct box box, painted;
	double upscaled;
};

struct finding {
	unsigned reasons; /* 1u << enum inspect_reason */
	double background_white, border_white, fill;
	bool centred;
};

static bool take_box(const cJSON *o, const char *name, struct box *b)
{
	const cJSON *a = cJSON_GetObjectItemCaseSensitive(o, name);
	int *to[] = { &b->left, &b->top, &b->width, &b->height };

	for (int i = 0; i < 4; i++) {
		const cJSON *n = cJSON_GetArrayItem(a, i);

		if (!cJSON_IsNumber(n))
			return false;
		*to[i] = n->valueint;
	}
	return true;
}

static bool take_claim(const char *facts, struct claim *c)
{
	cJSON *o = facts ? cJSON_Parse(facts) : NULL;
	const cJSON *upscaled = cJSON_GetObjectItemCaseSensitive(o, "upscaled");
	bool whole = take_box(o, "box", &c->box) && take_box(o, "painted", &c->painted) && cJSON_IsNumber(upscaled);

	c->upscaled = whole ? upscaled->valuedouble : 1;
	cJSON_Delete(o);
	return whole;
}

static struct traces find_traces(enum picture_format format)
{
	return (size_t)format < sizeof(traces_of) / sizeof(traces_of[0]) ? traces_of[format] : traces_of[FORMAT_PNG];
}

static bool is_white(const struct raster *r, int x, int y, int white)
{
	const unsigned char *p = r->data + ((size_t)y * (size_t)r->width + (size_t)x) * 3;

	return p[0] >= white && p[1] >= white && p[2] >= white;
}

static double border_white(const struct raster *r, struct traces t)
{
	int whites = 0, count = 2 * (r->width + r->height);

	for (int x = 0; x < r->width; x++)
		whites += is_white(r, x, 0, t.white) + is_white(r, x, r->height - 1, t.white);
	for (int y = 0; y < r->height; y++)
		whites += is_white(r, 0, y, t.white) + is_white(r, r->width - 1, y, t.white);
	return (double)whites / count;
}

/* Outside what was painted and the blocks around it, where an encoder leaves white alone. */
static double background_white(const struct raster *r, struct box painted, struct traces t)
{
	int left = painted.left - t.blocks, right = painted.left + painted.width + t.blocks;
	int top = painted.top - t.blocks, bottom = painted.top + painted.height + t.blocks;
	int64_t white = 0, count = 0;

	for (int y = 0; y < r->height; y++) {
		bool beside = y >= top && y < bottom;

		for (int x = 0; x < r->width; x++) {
			if (beside && x >= left && x < right)
				continue;
			count++;
			white += is_white(r, x, y, t.white);
		}
	}
	return count ? (double)white / (double)count : 1;
}

/* The product's box as measured, less what the painting reaches beyond it (a shadow), as claimed. */
static void check_place(const struct raster *r, const struct claim *claim, const struct inspect_config *c,
			struct traces t, struct finding *f)
{
	struct box seen = compose_painted(r, t.white);
	double left, right, top, bottom;

	if (seen.width == 0) {
		f->reasons |= 1u << INSPECT_EMPTY;
		return;
	}
	left = seen.left + claim->box.left - claim->painted.left;
	top = seen.top + claim->box.top - claim->painted.top;
	right = seen.left + seen.width + (claim->box.left + claim->box.width) -
		(claim->painted.left + claim->painted.width);
	bottom = seen.top + seen.height + (claim->box.top + claim->box.height) -
		 (claim->painted.top + claim->painted.height);
	f->fill = fmax((right - left) / r->width, (bottom - top) / r->height);
	f->centred = fabs((left + right) / 2 / r->width - 0.5) <= centre_tolerance &&
		     fabs((top + bottom) / 2 / r->height - 0.5) <= centre_tolerance;
	if (!f->centred)
		f->reasons |= 1u << INSPECT_OFF_CENTRE;
	if (f->fill < c->fill - fill_tolerance)
		f->reasons |= 1u << INSPECT_LOW_FILL;
}

static void check(const struct picture *p, const struct claim *claim, const struct inspect_config *c, struct finding *f)
{
	struct traces t = find_traces(p->info.format);

	if (p->info.format != c->format)
		f->reasons |= 1u << INSPECT_WRONG_FORMAT;
	if (p->info.has_alpha)
		f->reasons |= 1u << INSPECT_NOT_OPAQUE;
	if (claim->upscaled > 1)
		f->reasons |= 1u << INSPECT_UPSCALED;
	if (p->rgb.width != c->width || p->rgb.height != c->height) {
		f->reasons |= 1u << INSPECT_WRONG_SIZE;
		return;
	}
	check_place(&p->rgb, claim, c, t, f);
	f->border_white = border_white(&p->rgb, t);
	if (f->border_white < 1 && c->fill < frame_full)
		f->reasons |= 1u << INSPECT_BORDER;
	f->background_white = background_white(&p->rgb, claim->painted, t);
	if (f->background_white < 1)
		f->reasons |= 1u << INSPECT_OFF_WHITE;
}

/* --- what is said of it --- */

static double rounded(double v)
{
	return round(v * 1000) / 1000;
}

/* Not rounded up: 1 means all of them. */
static double share(double v)
{
	return floor(v * 10000) / 10000;
}

static bool copy_reasons(cJSON *list, const cJSON *facts)
{
	const cJSON *reason;

	cJSON_ArrayForEach(reason, cJSON_GetObjectItemCaseSensitive(facts, "reasons"))
	{
		if (cJSON_IsString(reason) && !cJSON_AddItemToArray(list, cJSON_CreateString(reason->valuestring)))
			return false;
	}
	return true;
}

/* The cutout's, the enhancement's, and what was found here. */
static bool add_reasons(cJSON *list, const cJSON *cutout, const cJSON *enhanced, unsigned found)
{
	if (!copy_reasons(list, cutout) || !copy_reasons(list, enhanced))
		return false;
	for (int i = 0; i < INSPECT_REASON_COUNT; i++)
		if (found & 1u << i && !cJSON_AddItemToArray(list, cJSON_CreateString(reason_names[i])))
			return false;
	return true;
}

static char *facts_of(const cJSON *cutout, const cJSON *enhanced, const struct claim *claim, const struct finding *f)
{
	const cJSON *method = cJSON_GetObjectItemCaseSensitive(cutout, "method");
	const cJSON *confidence = cJSON_GetObjectItemCaseSensitive(cutout, "confidence");
	const char *name = cJSON_IsString(method) ? method->valuestring : "unknown";
	cJSON *o = cJSON_CreateObject(), *list = cJSON_CreateArray(), *checks;
	const char *verdict = "succeeded";
	char *text = NULL;

	if (!o || !list || !add_reasons(list, cutout, enhanced, f->reasons)) {
		cJSON_Delete(list);
		goto end;
	}
	if (f->reasons & ((1u << INSPECT_OFF_WHITE) - 1))
		verdict = "rejected";
	else if (cJSON_GetArraySize(list) > 0)
		verdict = "review";
	if (!cJSON_AddStringToObject(o, "verdict", verdict) ||
	    !cJSON_AddNumberToObject(o, "confidence", cJSON_IsNumber(confidence) ? confidence->valuedouble : 0) ||
	    !cJSON_AddStringToObject(o, "method", name)) {
		cJSON_Delete(list);
		goto end;
	}
	cJSON_AddItemToObject(o, "reasons", list);
	checks = cJSON_AddObjectToObject(o, "checks");
	if (checks && cJSON_AddNumberToObject(checks, "background_white", share(f->background_white)) &&
	    cJSON_AddNumberToObject(checks, "border_white", share(f->border_white)) &&
	    cJSON_AddNumberToObject(checks, "fill", rounded(f->fill)) &&
	    cJSON_AddBoolToObject(checks, "centred", f->centred) &&
	    cJSON_AddNumberToObject(checks, "upscaled", rounded(claim->upscaled)) &&
	    cJSON_AddStringToObject(checks, "method", name))
		text = cJSON_PrintUnformatted(o);
end:
	cJSON_Delete(o);
	return text;
}

static bool inspect_key(const void *cfg, const struct item *it, struct key *k)
{
	const struct inspect_config *c = cfg;
	const struct result *made = &it->results[STAGE_RESIZE];

	if (!made->has_blob)
		return false;
	key_digest(k, "picture", &made->blob);
	key_text(k, "made", made->facts);
	key_text(k, "cutout", it->results[STAGE_REMOVE_BACKGROUND].facts);
	key_text(k, "enhanced", it->results[STAGE_ENHANCE].facts);
	key_int(k, "width", c->width);
	key_int(k, "height", c->height);
	key_real(k, "fill", c->fill);
	key_text(k, "format", picture_format_name(c->format));
	return true;
}

static enum stage_next inspect_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
				     struct err *e)
{
	const struct inspect_config *c = cfg;
	const struct result *made = &it->results[STAGE_RESIZE];
	const char *cutout_facts = it->results[STAGE_REMOVE_BACKGROUND].facts;
	const char *enhanced_facts = it->results[STAGE_ENHANCE].facts;
	struct finding f = { 0 };
	struct picture *p;
	struct claim claim;
	cJSON *cutout, *enhanced;

	(void)call;
	if (!made->bytes || !take_claim(made->facts, &claim)) {
		err_set(e, ERR_PICTURE, "there is no finished picture of %s to look at", it->sku);
		return STAGE_FAIL;
	}
	if (picture_decode(made->bytes, &c->limits, 0, &p, e) != 0)
		return STAGE_FAIL;
	check(p, &claim, c, &f);
	picture_free(p);
	cutout = cutout_facts ? cJSON_Parse(cutout_facts) : NULL;
	enhanced = enhanced_facts ? cJSON_Parse(enhanced_facts) : NULL;
	out->facts = facts_of(cutout, enhanced, &claim, &f);
	cJSON_Delete(cutout);
	cJSON_Delete(enhanced);
	if (!out->facts) {
		err_set(e, ERR_NOMEM, "no memory for the verdict on %s", it->sku);
		return STAGE_FAIL;
	}
	return STAGE_DONE;
}

const struct stage stage_inspect = {
	.name = "inspect",
	.version = 1,
	.needs = 1u << STAGE_RESIZE,
	.key = inspect_key,
	.begin = inspect_begin,
};
