/* price.c - what calls cost: model.h's part about money. */
#include "stages/model.h"

#include "pipeline/stage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define RETIRES_SOON_DAYS 60

void model_today(char day[11])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(day, 11, "%Y-%m-%d", &tm);
}

/* The day so many days later. */
static void later(const char *day, int days, char out[11])
{
	struct tm tm = { 0 };
	time_t t;

	if (sscanf(day, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		memset(&tm, 0, sizeof(tm));
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = timegm(&tm) + (time_t)days * 86400;
	gmtime_r(&t, &tm);
	strftime(out, 11, "%Y-%m-%d", &tm);
}

int model_alive(const struct model *m, const char *day, struct err *e)
{
	const char *use = m->replaced_by ? "; use " : "", *other = m->replaced_by ? m->replaced_by : "";
	char soon[11];

	later(day, RETIRES_SOON_DAYS, soon);
	if (strcmp(m->status, "retired") == 0 || (m->retires[0] && strcmp(m->retires, day) <= 0)) {
		if (m->retires[0])
			return err_set(e, ERR_RETIRED, "%s was shut down on %s%s%s", m->id, m->retires, use, other);
		return err_set(e, ERR_RETIRED, "%s was shut down%s%s", m->id, use, other);
	}
	if (m->retires[0] && strcmp(m->retires, soon) <= 0)
		err_set(e, ERR_RETIRED, "%s will be shut down on %s%s%s", m->id, m->retires, use, other);
	else if (strcmp(m->status, "deprecated") == 0)
		err_set(e, ERR_RETIRED, "%s is deprecated%s%s", m->id, use, other);
	else
		return 0;
	return 1;
}

/* Those of a day; NULL where none are known. */
const struct model_prices *model_prices_on(const struct model *m, const char *day)
{
	const struct model_prices *p = NULL;

	for (int i = 0; i < m->price_count; i++) {
		if (strcmp(m->prices[i].from, day) <= 0)
			p = &m->prices[i];
	}
	return p;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* By the call, whatever it uses. */
static bool is_flat(const struct model_prices *p)
{
	for (int i = 0; i < MODALITIES; i++) {
		if (p->per_token[i] != 0)
			return false;
	}
	return p->per_call > 0;
}

/* The entry that a modelVersion means: "models/ID", an ID, or an ID with a version behind it
 * ("gemini-3.5-flash-lite-001"). */
static const struct model *answering(const struct models *ms, const struct model *asked, const char *version)
{
	const struct model *best = NULL;
	size_t longest = 0;

	if (strncmp(version, "models/", 7) == 0)
		version += 7;
	for (size_t i = 0; i < models_count(ms); i++) {
		const struct model *m = models_at(ms, i);
		size_t length = strlen(m->id);
		const char *rest = version + length;

		if (!is_same(m->endpoint, asked->endpoint)) /* a relay's prices are its own */
			continue;
		if (m->kind != asked->kind || strncmp(version, m->id, length) != 0 || length <= longest)
			continue;
		if (*rest && (*rest != '-' || strspn(rest + 1, "0123456789-") != strlen(rest + 1)))
			continue;
		best = m;
		longest = length;
	}
	return best ? best : asked;
}

void receipt_price(struct receipt *r, const struct models *ms, const struct model *asked, const char *day)
{
	const struct model_prices *own = model_prices_on(asked, day), *p;

	r->known |= own && is_flat(own);
	if (!r->known || r->cost_nano > 0) /* unknown, or the service named the price itself */
		return;
	p = r->model[0] && !(own && own->per_call > 0) ? model_prices_on(answering(ms, asked, r->model), day) : own;
	if (!p)
		p = own;
	if (!p) {
		r->known = false; /* tokens without a price are no cost */
		return;
	}
	r->cost_nano = p->per_call + r->text_in * p->per_token[TEXT_IN] + r->image_in * p->per_token[IMAGE_IN] +
		       r->text_out * p->per_token[TEXT_OUT] + r->image_out * p->per_token[IMAGE_OUT];
}

void model_reserve(const struct model *m, const char *day, int64_t text_tokens, int pictures,
		   const struct model_size *size, int64_t out_tokens, struct purchase *out)
{
	const struct model_prices *p = model_prices_on(m, day);
	int64_t image_in = pictures * m->image_in_tokens;

	out->paid = true;
	out->kind = m->kind == MODEL_IMAGE ? "image" : "text";
	out->model = m->id;
	out->tokens = text_tokens + image_in;
	out->reserve_nano = 0;
	if (p)
		out->reserve_nano = p->per_call + text_tokens * p->per_token[TEXT_IN] +
				    image_in * p->per_token[IMAGE_IN] +
				    (out_tokens + m->thinking_tokens) * p->per_token[TEXT_OUT] +
				    (size ? size->tokens * p->per_token[IMAGE_OUT] : 0);
}
