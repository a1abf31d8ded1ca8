/* enhance.c - see enhance.h. */
#include "stages/enhance.h"

#include "stages/colour.h"
#include "stages/road.h"
#include "stages/source.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	SOLID = 250,       /* matte from which a pixel is wholly the product's */
	GRID = 192,        /* the sample: so many pixels along the longer side */
	SAMPLES_MIN = 200, /* fewer say nothing */
	DRIFT_SAMPLES = 1500,
	TRIES = 8
};

/* How far a grade may go, before the drift has its say. */
static const double gain_max = 0.06;    /* either way */
static const double cast_trusted = 0.5; /* part of a measured cast that is taken out */
static const double black_max = 16, white_min = 232;
static const double contrast_max = 0.15;

struct sample {
	unsigned char (*rgb)[3];
	int count;
};

/* Every so many pixels of the photo, where the product is solid. */
static int take_sample(const struct raster *rgb, const struct raster *matte, struct sample *s, struct err *e)
{
	int longer = rgb->width > rgb->height ? rgb->width : rgb->height, step = longer / GRID + 1;

	s->count = 0;
	s->rgb = malloc((size_t)(rgb->width / step + 1) * (size_t)(rgb->height / step + 1) * sizeof(*s->rgb));
	if (!s->rgb)
		return err_set(e, ERR_NOMEM, "no memory to look at the product's colours");
	for (int y = step / 2; y < rgb->height; y += step) {
		const unsigned char *row = matte->data +
					   (size_t)((int64_t)y * matte->height / rgb->height) * (size_t)matte->width;

		for (int x = step / 2; x < rgb->width; x += step)
			if (row[(int64_t)x * matte->width / rgb->width] >= SOLID)
				memcpy(s->rgb[s->count++], rgb->data + ((size_t)y * (size_t)rgb->width + (size_t)x) * 3,
				       3);
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct spread {
	double low, middle, high; /* quartiles */
};

static struct spread quartiles(double *v, int count)
{
	qsort(v, (size_t)count, sizeof(*v), by_value);
	return (struct spread){ v[count / 4], v[count / 2], v[count * 3 / 4] };
}

/*
 * White balance, only where the product has something to say of it: enough pixels that are nearly neutral, neither
 * black nor burnt out, and that agree on one cast. A red product has none, a patterned one does not agree; both are
 * left alone. What is cream rather than tinted light cannot be told apart, hence half the cast, and at most gain_max.
 */
static int balance(const struct sample *s, struct grade *g, struct err *e)
{
	double *red = malloc((size_t)s->count * 2 * sizeof(*red)), *blue;
	struct spread r, b;
	int neutral = 0;

	if (!red)
		return err_set(e, ERR_NOMEM, "no memory to look at the product's colours");
	blue = red + s->count;
	for (int i = 0; i < s->count; i++) {
		const unsigned char *p = s->rgb[i];
		struct lab c;

		if (p[0] < 30 || p[1] < 30 || p[2] < 30 || p[0] > 250 || p[1] > 250 || p[2] > 250)
			continue;
		c = colour_lab(p);
		if (hypot(c.a, c.b) >= 12)
			continue;
		red[neutral] = log((double)p[1] / p[0]);
		blue[neutral++] = log((double)p[1] / p[2]);
	}
	if (neutral >= SAMPLES_MIN / 2 && neutral * 5 >= s->count) {
		r = quartiles(red, neutral);
		b = quartiles(blue, neutral);
		if (r.high - r.low < 0.06 && b.high - b.low < 0.06) {
			double gr = exp(cast_trusted * r.middle), gb = exp(cast_trusted * b.middle);
			double luma = 0.2126 * gr + 0.7152 + 0.0722 * gb; /* brightness is not balance's business */

			g->gain[0] = fmin(fmax(gr / luma, 1 - gain_max), 1 + gain_max);
			g->gain[1] = fmin(fmax(1 / luma, 1 - gain_max), 1 + gain_max);
			g->gain[2] = fmin(fmax(gb / luma, 1 - gain_max), 1 + gain_max);
		}
	}
	free(red);
	return 0;
}

static int percentile(const int histogram[256], int count, double share)
{
	int sum = 0, v = 0;

	for (; v < 255; v++) {
		sum += histogram[v];
		if (sum > share * count)
			break;
	}
	return v;
}

/*
 * Levels and contrast from the spread of brightness. A product without lights is dark and one without shadows is pale:
 * neither is stretched to what it is not.
 */
static void stretch(const struct sample *s, struct grade *g)
{
	int histogram[256] = { 0 }, low, high, p10, p90;

	for (int i = 0; i < s->count; i++)
		histogram[(54 * s->rgb[i][0] + 183 * s->rgb[i][1] + 19 * s->rgb[i][2]) >> 8]++;
	low = percentile(histogram, s->count, 0.005);
	high = percentile(histogram, s->count, 0.995);
	p10 = percentile(histogram, s->count, 0.10);
	p90 = percentile(histogram, s->count, 0.90);
	if (low < 60)
		g->black = fmin(low * 0.6, black_max);
	if (high > 180)
		g->white = fmax(high + (255 - high) * 0.4, white_min);
	if (p90 - p10 < 120)
		g->contrast = contrast_max * (120 - (p90 - p10)) / 120;
}

static double drift_of(const struct sample *s, const struct grade *g)
{
	int step = s->count / DRIFT_SAMPLES + 1, count = 0;
	struct grade_tables t;
	double sum = 0;

	grade_tables(g, &t);
	for (int i = 0; i < s->count; i += step, count++) {
		const unsigned char *p = s->rgb[i];
		unsigned char q[3] = { t.value[0][p[0]], t.value[1][p[1]], t.value[2][p[2]] };

		if (memcmp(p, q, 3) != 0)
			sum += colour_difference(colour_lab(p), colour_lab(q));
	}
	return count ? sum / count : 0;
}

/* Weakens the grade until its drift is within bounds: it grows nearly in proportion, so a try or two do. */
static struct grade bounded(const struct sample *s, const struct grade *full, double max_drift)
{
	double strength = 1;
	struct grade g = *full;

	for (int i = 0; i < TRIES; i++) {
		g.drift = drift_of(s, &g);
		if (g.drift <= max_drift)
			return g;
		strength *= 0.97 * max_drift / g.drift;
		g = grade_weaken(full, strength);
	}
	return GRADE_NONE;
}

int enhance_grade(const struct raster *rgb, const struct raster *matte, double max_drift, struct grade *out,
		  struct err *e)
{
	struct sample s;
	int rc = 0;

	*out = GRADE_NONE;
	if (take_sample(rgb, matte, &s, e) != 0)
		return -1;
	if (s.count >= SAMPLES_MIN) {
		rc = balance(&s, out, e);
		stretch(&s, out);
		*out = bounded(&s, out, max_drift);
	}
	free(s.rgb);
	return rc;
}

/* A picture that a model has made; *whole: it was enhanced in the same call. */
static bool is_edited(const struct item *it, bool *whole)
{
	const char *facts = it->results[STAGE_REMOVE_BACKGROUND].facts;
	cJSON *o = facts ? cJSON_Parse(facts) : NULL;
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "kind"));
	bool edited = kind && strcmp(kind, "edited") == 0;

	*whole = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "whole"));
	cJSON_Delete(o);
	return edited;
}

static bool enhance_key(const void *cfg, const struct item *it, struct key *k)
{
	const struct enhance_config *c = cfg;
	const struct result *source = &it->results[STAGE_FETCH], *matte = &it->results[STAGE_REMOVE_BACKGROUND];

	if (!source->has_blob || !matte->has_blob)
		return false;
	key_digest(k, "source", &source->blob);
	key_digest(k, "matte", &matte->blob);
	key_int(k, "max_side", c->max_side);
	key_real(k, "max_drift", c->max_drift);
	key_int(k, "off", c->off);
	key_text(k, "cutout", it->results[STAGE_REMOVE_BACKGROUND].facts);
	return !c->edit || edit_key(c->edit, it, &matte->blob, k);
}

static enum stage_next say(struct item *it, struct result *out, const char *facts, struct err *e)
{
	out->facts = strdup(facts);
	if (out->facts)
		return STAGE_DONE;
	err_set(e, ERR_NOMEM, "no memory for the grade of %s", it->sku);
	return STAGE_FAIL;
}

/* What the second call came to. Where no model enhances it, the cutout that was paid for is delivered as it is, for a
 * person to see. */
static enum stage_next follow(struct item *it, enum edit_next next, struct result *out, struct err *e)
{
	if (next == EDIT_DONE)
		return STAGE_DONE;
	if (next == EDIT_CALL)
		return STAGE_CALL;
	if (next == EDIT_FAIL && (err_ends_run(e->code) || e->code == ERR_LOST || e->code == ERR_NOMEM))
		return STAGE_FAIL;
	out->fleeting = next == EDIT_LOCAL || err_retryable(e->code);
	err_clear(e);
	return say(it, out, "{\"kind\":\"edited\",\"reasons\":[\"not_enhanced\"]}", e);
}

static enum stage_next enhance_accept(const void *cfg, struct item *it, const struct reply *reply, struct result *out,
				      struct call *call, struct receipt *receipt, struct err *e)
{
	const struct enhance_config *c = cfg;

	return follow(
		it, edit_accept(c->edit, it, it->results[STAGE_REMOVE_BACKGROUND].bytes, reply, out, call, receipt, e),
		out, e);
}

static enum stage_next enhance_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
				     struct err *e)
{
	const struct enhance_config *c = cfg;
	const struct picture *photo;
	struct raster matte = { 0 };
	struct grade g = GRADE_NONE;
	bool whole;
	int rc;

	if (is_edited(it, &whole)) {
		if (whole || !c->edit)
			return say(it, out, "{\"kind\":\"edited\",\"reasons\":[]}", e);
		return follow(it, edit_begin(c->edit, it, it->results[STAGE_REMOVE_BACKGROUND].bytes, out, call, e),
			      out, e);
	}
	if (!c->off) {
		if (source_picture(it, &c->limits, c->max_side, &photo, e) != 0)
			return STAGE_FAIL;
		if (!it->results[STAGE_REMOVE_BACKGROUND].bytes) {
			err_set(e, ERR_PICTURE, "the matte is missing");
			return STAGE_FAIL;
		}
		if (matte_decode(it->results[STAGE_REMOVE_BACKGROUND].bytes, &matte, e) != 0)
			return STAGE_FAIL;
		rc = enhance_grade(&photo->rgb, &matte, c->max_drift, &g, e);
		raster_release(&matte);
		if (rc != 0)
			return STAGE_FAIL;
	}
	out->facts = grade_to_json(&g);
	if (!out->facts) {
		err_set(e, ERR_NOMEM, "no memory for the grade of %s", it->sku);
		return STAGE_FAIL;
	}
	return STAGE_DONE;
}

const struct stage stage_enhance = {
	.name = "enhance",
	.version = 2,
	.needs = 1u << STAGE_FETCH | 1u << STAGE_REMOVE_BACKGROUND,
	.key = enhance_key,
	.begin = enhance_begin,
	.accept = enhance_accept,
};
