#include "pipeline/item.h"

#include "pipeline/last_made.h"

#include <stdlib.h>
#include <string.h>

const char *item_status_name(enum item_status s)
{
	static const char *const names[ITEM_STATUSES] = { "succeeded", "failed", "rejected", "review", "skipped" };

	return names[s];
}

struct item *item_create(int64_t seq, int64_t line, const char *sku, int position, const char *source,
			 struct product *product, void (*product_free)(struct product *))
{
	struct item *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->seq = seq;
	it->line = line;
	it->sku = sku ? strdup(sku) : NULL;
	it->source = source ? strdup(source) : NULL;
	it->position = position;
	it->err_stage = -1;
	if ((sku && !it->sku) || (source && !it->source)) {
		item_free(it);
		return NULL;
	}
	it->product = product;
	it->product_free = product_free;
	return it;
}

void item_drop_work(struct item *it)
{
	if (it->work && it->work_free)
		it->work_free(it->work);
	it->work = NULL;
	it->work_free = NULL;
}

void item_free(struct item *it)
{
	if (!it)
		return;
	item_drop_picture(it);
	item_drop_work(it);
	for (int i = 0; i < STAGES_MAX; i++)
		result_release(&it->results[i]);
	result_release(&it->stale);
	last_made_free(it->was);
	if (it->product && it->product_free)
		it->product_free(it->product);
	free(it->sku);
	free(it->source);
	free(it);
}

void item_drop_picture(struct item *it)
{
	if (it->picture && it->picture_free)
		it->picture_free(it->picture);
	it->picture = NULL;
}

void result_release(struct result *r)
{
	bytes_unref(r->bytes);
	free(r->path);
	free(r->facts);
	memset(r, 0, sizeof(*r));
}

int result_copy(struct result *dst, const struct result *src)
{
	char *path = src->path ? strdup(src->path) : NULL;
	char *facts = src->facts ? strdup(src->facts) : NULL;

	if ((src->path && !path) || (src->facts && !facts)) {
		free(path);
		free(facts);
		return -1;
	}
	result_release(dst);
	*dst = *src;
	dst->path = path;
	dst->facts = facts;
	bytes_ref(dst->bytes);
	return 0;
}
