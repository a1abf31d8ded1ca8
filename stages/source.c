/* source.c - see source.h. */
#include "stages/source.h"

#include "stages/road.h"

static bool has_enough(const struct picture *p, int max_side)
{
	int side = p->rgb.width > p->rgb.height ? p->rgb.width : p->rgb.height;

	return p->scale >= 1 || (max_side > 0 && side + 2 >= max_side); /* 2: loaders round */
}

int source_picture(struct item *it, const struct picture_limits *limits, int max_side, const struct picture **out,
		   struct err *e)
{
	const struct bytes *b = it->results[STAGE_FETCH].bytes;

	*out = NULL;
	if (it->picture && !has_enough(it->picture, max_side))
		item_drop_picture(it);
	if (!it->picture) {
		if (!b)
			return err_set(e, ERR_SOURCE_MISSING, "%s was not fetched", it->source ? it->source : it->sku);
		if (picture_decode(b, limits, max_side, &it->picture, e) != 0)
			return -1;
		it->picture_free = picture_free;
	}
	*out = it->picture;
	return 0;
}
