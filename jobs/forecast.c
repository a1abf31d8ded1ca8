#include "jobs/forecast.h"

#include "stages/model.h"

#include <string.h>

#define LATENCY_US   10000000 /* of an answer, where none has been seen yet: the order of what image models take */
#define PROMPT_WORDS 300      /* tokens of a prompt, and of a product's fields */
#define COPY_TOKENS  500      /* of one language */

int forecast_call(struct forecast *f, struct store_reader *reader, const struct settings *set,
		  const struct model_use *use, bool image, struct err *e)
{
	int side = set->size.width > set->size.height ? set->size.width : set->size.height;
	struct purchase most = { 0 };
	struct call_mean mean;
	char day[11];
	int seen;

	memset(f, 0, sizeof(*f));
	if (use->service == 0)
		return 0;
	model_today(day);
	model_reserve(use->model, day, PROMPT_WORDS, image ? 1 : 0, image ? model_size_for(use->model, side) : NULL,
		      image ? 0 : COPY_TOKENS * set->locales.count, &most);
	seen = reader ? store_mean_call(reader, use->model->id, &mean, e) : 0;
	if (seen < 0)
		return -1;
	f->seen = seen > 0;
	f->took_us = seen ? mean.took_us : LATENCY_US;
	f->tokens = seen ? mean.tokens_in + mean.tokens_out : most.tokens;
	f->low_nano = seen ? mean.nano : most.reserve_nano;
	f->high_nano = most.reserve_nano > f->low_nano ? most.reserve_nano : f->low_nano;
	f->high_nano *= image ? 1 + set->quality_retries : 2; /* a poor picture is asked for again, poor copy once */
	if (!model_prices_on(use->model, day))
		f->low_nano = f->high_nano = -1;
	return 0;
}

int64_t forecast_time(const struct forecast *f, const struct settings *set, const struct service *v, int64_t calls)
{
	double per_s = (double)set->concurrency * 1e6 / (double)(f->took_us > 0 ? f->took_us : LATENCY_US);

	if (v->rpm > 0 && v->rpm / 60 < per_s)
		per_s = v->rpm / 60;
	if (v->tpm > 0 && f->tokens > 0 && v->tpm / 60 / (double)f->tokens < per_s)
		per_s = v->tpm / 60 / (double)f->tokens;
	if (v->usd_per_10min > 0 && f->low_nano > 0 && v->usd_per_10min * 1e9 / 600 / (double)f->low_nano < per_s)
		per_s = v->usd_per_10min * 1e9 / 600 / (double)f->low_nano;
	return (int64_t)((double)calls / per_s * 1e6);
}
