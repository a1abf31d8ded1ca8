/* grade.c - see grade.h. */
#include "stages/grade.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

struct grade grade_weaken(const struct grade *g, double strength)
{
	struct grade weak = *g;

	for (int c = 0; c < 3; c++)
		weak.gain[c] = 1 + (g->gain[c] - 1) * strength;
	weak.black = g->black * strength;
	weak.white = 255 + (g->white - 255) * strength;
	weak.contrast = g->contrast * strength;
	return weak;
}

static double rounded(double v)
{
	return round(v * 10000) / 10000;
}

char *grade_to_json(const struct grade *g)
{
	cJSON *o = cJSON_CreateObject(), *gain = cJSON_AddArrayToObject(o, "gain");
	char *text = NULL;
	bool whole = gain != NULL;

	for (int c = 0; whole && c < 3; c++)
		whole = cJSON_AddItemToArray(gain, cJSON_CreateNumber(rounded(g->gain[c])));
	if (whole && cJSON_AddNumberToObject(o, "black", rounded(g->black)) &&
	    cJSON_AddNumberToObject(o, "white", rounded(g->white)) &&
	    cJSON_AddNumberToObject(o, "contrast", rounded(g->contrast)) &&
	    cJSON_AddNumberToObject(o, "drift", rounded(g->drift)))
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

static bool take(const cJSON *number, double low, double high, double *out)
{
	if (!cJSON_IsNumber(number) || !isfinite(number->valuedouble))
		return false;
	*out = fmin(fmax(number->valuedouble, low), high);
	return true;
}

bool grade_from_json(const char *facts, struct grade *out)
{
	cJSON *o = facts ? cJSON_Parse(facts) : NULL;
	const cJSON *gain = cJSON_GetObjectItemCaseSensitive(o, "gain");
	struct grade g = GRADE_NONE;
	bool whole = cJSON_GetArraySize(gain) == 3;

	for (int c = 0; whole && c < 3; c++)
		whole = take(cJSON_GetArrayItem(gain, c), 0.5, 2, &g.gain[c]);
	whole = whole && take(cJSON_GetObjectItemCaseSensitive(o, "black"), 0, 64, &g.black) &&
		take(cJSON_GetObjectItemCaseSensitive(o, "white"), 128, 255, &g.white) &&
		take(cJSON_GetObjectItemCaseSensitive(o, "contrast"), 0, 1, &g.contrast) &&
		take(cJSON_GetObjectItemCaseSensitive(o, "drift"), 0, 1000, &g.drift);
	cJSON_Delete(o);
	*out = whole ? g : GRADE_NONE;
	return whole;
}

void grade_tables(const struct grade *g, struct grade_tables *out)
{
	for (int c = 0; c < 3; c++) {
		for (int v = 0; v < 256; v++) {
			double x = (v * g->gain[c] - g->black) / (g->white - g->black);

			x = fmin(fmax(x, 0), 1);
			x += g->contrast * (x * x * (3 - 2 * x) - x);
			out->value[c][v] = (unsigned char)lrint(x * 255);
		}
	}
}

void grade_apply(const struct grade *g, struct raster *rgb)
{
	size_t count = (size_t)rgb->width * (size_t)rgb->height;
	struct grade_tables t;

	grade_tables(g, &t);
	for (unsigned char *p = rgb->data, *end = p + 3 * count; p < end; p += 3) {
		p[0] = t.value[0][p[0]];
		p[1] = t.value[1][p[1]];
		p[2] = t.value[2][p[2]];
	}
}
