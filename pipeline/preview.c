#include "pipeline/preview.h"

#include <string.h>

/* 1: the stage's result has an identity; 0: it has none; -1: no memory. */
static int find_key(const struct road *road, int i, struct item *it, struct err *e)
{
	const struct stage *s = road->stages[i];
	struct result *res = &it->results[i];
	struct key *k = s->key ? key_create(s->name, s->version) : NULL;

	if (!s->key)
		return 0;
	if (!k)
		return err_set(e, ERR_NOMEM, "no memory to look at %s", it->sku);
	res->has_key = s->key(road->cfgs[i], it, k);
	key_final(k, &res->key);
	return res->has_key;
}

/* Does what is stored still hold, as far as this machine can tell? */
static bool holds(const struct road *road, int i, struct item *it, struct result *found, struct preview *out)
{
	const struct stage *s = road->stages[i];
	bool is_remote = found->has_blob && !found->path, fresh;

	if (!s->fresh)
		return true;
	it->stale = *found;
	fresh = s->fresh(road->cfgs[i], it);
	*found = it->stale;
	memset(&it->stale, 0, sizeof(it->stale));
	out->asks |= !fresh && is_remote;
	return fresh || is_remote;
}

static int look_up(const struct road *road, int i, struct store_reader *reader, struct item *it, struct preview *out,
		   struct err *e)
{
	struct result *res = &it->results[i], found = { 0 };
	struct digest key;
	bool this_run;
	int rc = find_key(road, i, it, e);

	if (rc > 0)
		rc = reader ? store_cache_get(reader, 0, &res->key, &found, &this_run, e) : 0;
	if (rc < 0)
		return -1;
	if (rc == 0 || !holds(road, i, it, &found, out)) {
		out->missing |= 1u << i;
		result_release(&found);
		return 0;
	}
	key = res->key;
	result_release(res);
	*res = found;
	res->has_key = true;
	res->key = key;
	return 0;
}

int preview_item(const struct road *road, struct store_reader *reader, struct item *it, struct preview *out,
		 struct err *e)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < road->count; i++) {
		if (look_up(road, i, reader, it, out, e) != 0)
			return -1;
	}
	return 0;
}
