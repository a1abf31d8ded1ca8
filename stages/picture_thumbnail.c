/* picture_thumbnail.c - a small picture of a picture, for pages that show many. */
#include "stages/picture.h"

#include <stdlib.h>

#define PAPER   255 /* what shines through where the picture is transparent */
#define QUALITY 72

static void lay_on_paper(struct raster *rgb, const struct raster *alpha)
{
	size_t count = (size_t)rgb->width * (size_t)rgb->height;

	for (size_t i = 0; alpha->data && i < count; i++) {
		unsigned a = alpha->data[i];

		for (size_t c = 3 * i; c < 3 * i + 3; c++)
			rgb->data[c] = (unsigned char)((rgb->data[c] * a + PAPER * (255 - a) + 127) / 255);
	}
}

int picture_thumbnail(const struct bytes *b, const struct picture_limits *limits, int side, struct bytes **out,
		      struct err *e)
{
	const struct encoding jpeg = { FORMAT_JPEG, QUALITY, 0 };
	struct picture *p;
	int rc;

	*out = NULL;
	if (picture_decode(b, limits, side, &p, e) != 0)
		return -1;
	lay_on_paper(&p->rgb, &p->alpha);
	rc = picture_encode(&p->rgb, &jpeg, out, NULL, e);
	picture_free(p);
	return rc;
}
