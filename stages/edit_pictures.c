#include "stages/edit_pictures.h"

#include <math.h>
#include <string.h>

#define SENT_QUALITY 92 /* what is converted is seen by a model, which then makes a picture of its own */

void sent_picture_release(struct sent_picture *p)
{
	bytes_unref(p->bytes);
	memset(p, 0, sizeof(*p));
}

static bool goes_as_it_is(const struct picture_info *info, size_t size, const struct model *m)
{
	int side = info->width > info->height ? info->width : info->height;

	return (m->takes & 1u << info->format) && (m->max_side == 0 || side <= m->max_side) &&
	       (m->max_picture_bytes == 0 || (int64_t)size <= m->max_picture_bytes) && info->orientation <= 1 &&
	       info->frames <= 1;
}

static void put_on_white(struct picture *p)
{
	size_t pixels = (size_t)p->rgb.width * (size_t)p->rgb.height;

	for (size_t i = 0; p->alpha.data && i < pixels; i++) {
		for (size_t band = 0; band < 3; band++) {
			unsigned char *v = &p->rgb.data[3 * i + band];

			*v = (unsigned char)(255 - (255 - *v) * p->alpha.data[i] / 255);
		}
	}
}

static int scaled(const struct raster *rgb, int max_side, struct raster *out, struct err *e)
{
	double k = (double)max_side / (rgb->width > rgb->height ? rgb->width : rgb->height);
	int width = (int)fmax(1, rgb->width * k), height = (int)fmax(1, rgb->height * k);

	return raster_scale(rgb, (struct box){ 0, 0, rgb->width, rgb->height }, width, height, out, e);
}

static int convert(struct picture *p, const struct model *m, struct sent_picture *out, struct err *e)
{
	struct encoding enc = { FORMAT_JPEG, SENT_QUALITY, m->max_picture_bytes };
	int side = p->rgb.width > p->rgb.height ? p->rgb.width : p->rgb.height, rc;
	struct raster small;

	put_on_white(p);
	out->format = FORMAT_JPEG;
	if (m->max_side == 0 || side <= m->max_side)
		return picture_encode(&p->rgb, &enc, &out->bytes, NULL, e);
	if (scaled(&p->rgb, m->max_side, &small, e) != 0)
		return -1;
	rc = picture_encode(&small, &enc, &out->bytes, NULL, e);
	raster_release(&small);
	return rc;
}

int sent_picture_make(struct bytes *file, const struct model *m, const struct picture_limits *limits,
		      struct sent_picture *out, struct err *e)
{
	struct picture_info info;
	struct picture *p;
	int rc;

	memset(out, 0, sizeof(*out));
	if (picture_probe(file, limits, &info, e) != 0)
		return -1;
	if (goes_as_it_is(&info, file->size, m)) {
		*out = (struct sent_picture){ bytes_ref(file), info.format };
		return 0;
	}
	if (picture_decode(file, limits, m->max_side, &p, e) != 0)
		return -1;
	rc = convert(p, m, out, e);
	picture_free(p);
	return rc;
}
