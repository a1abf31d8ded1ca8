/* compose.c - see compose.h. */
#include "stages/compose.h"

#include "stages/cutout.h"

#include <stdlib.h>
#include <string.h>

enum {
	HAZE = 8,        /* matte below it is none: what scaling rings up, and what would grey the white */
	SOLID = 247,     /* and above it whole */
	SHARPEN = 90,    /* of 256: how much of the finest detail is added again */
	SHARPEN_MAX = 10 /* at most, in 8-bit steps: detail, not outlines */
};

static void snap(struct raster *matte)
{
	size_t count = (size_t)matte->width * (size_t)matte->height;

	for (size_t i = 0; i < count; i++)
		matte->data[i] = matte->data[i] < HAZE ? 0 : matte->data[i] > SOLID ? 255 : matte->data[i];
}

static unsigned char clamp8(int v)
{
	return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void make_luma(const struct raster *rgb, unsigned char *luma)
{
	size_t count = (size_t)rgb->width * (size_t)rgb->height;

	for (size_t i = 0; i < count; i++) {
		const unsigned char *p = rgb->data + 3 * i;

		luma[i] = (unsigned char)((54 * p[0] + 183 * p[1] + 19 * p[2]) >> 8);
	}
}

/*
 * What reducing a photo softens, in brightness only so that no colour shifts, and only where all neighbours are product
 * too, so that no edge gets a halo against the white.
 */
static int sharpen(struct raster *rgb, const struct raster *matte, struct err *e)
{
	int w = rgb->width, h = rgb->height;
	unsigned char *luma = malloc((size_t)w * (size_t)h);

	if (!luma)
		return err_set(e, ERR_NOMEM, "no memory to sharpen a picture");
	make_luma(rgb, luma);
	for (int y = 1; y < h - 1; y++) {
		for (int x = 1; x < w - 1; x++) {
			const unsigned char *m = matte->data + (size_t)y * (size_t)w + (size_t)x;
			const unsigned char *l = luma + (size_t)y * (size_t)w + (size_t)x;
			unsigned char *p = rgb->data + ((size_t)y * (size_t)w + (size_t)x) * 3;
			int d;

			if ((m[0] & m[-1] & m[1] & m[-w] & m[w] & m[-w - 1] & m[-w + 1] & m[w - 1] & m[w + 1]) != 255)
				continue;
			d = 12 * l[0] - 2 * (l[-1] + l[1] + l[-w] + l[w]) -
			    (l[-w - 1] + l[-w + 1] + l[w - 1] + l[w + 1]);
			d = d * SHARPEN / (16 * 256);
			d = d > SHARPEN_MAX ? SHARPEN_MAX : d < -SHARPEN_MAX ? -SHARPEN_MAX : d;
			for (int c = 0; c < 3; c++)
				p[c] = clamp8(p[c] + d);
		}
	}
	free(luma);
	return 0;
}

static void lay_over(struct raster *frame, struct box at, const struct raster *rgb, const struct raster *matte)
{
	for (int y = 0; y < at.height; y++) {
		const unsigned char *m = matte->data + (size_t)y * (size_t)at.width;
		const unsigned char *from = rgb->data + (size_t)y * (size_t)at.width * 3;
		unsigned char *to = frame->data + ((size_t)(at.top + y) * (size_t)frame->width + (size_t)at.left) * 3;

		for (int x = 0; x < at.width; x++, from += 3, to += 3) {
			if (m[x] == 0)
				continue;
			for (int c = 0; c < 3; c++)
				to[c] = (unsigned char)((from[c] * m[x] + to[c] * (255 - m[x]) + 127) / 255);
		}
	}
}

int compose(const struct raster *photo, const struct raster *matte, const struct placement *p,
	    const struct frame *frame, const struct grade *grade, enum shadow *shadow, struct raster *out,
	    struct err *e)
{
	struct raster rgb = { 0 }, alpha = { 0 };
	int rc = -1, drawn = 0;

	memset(out, 0, sizeof(*out));
	if (raster_scale_window(photo, p->photo, p->drawn.width, p->drawn.height, &rgb, e) != 0 ||
	    raster_scale_window(matte, p->matte, p->drawn.width, p->drawn.height, &alpha, e) != 0)
		goto end;
	snap(&alpha);
	if (cutout_decontaminate(&rgb, &alpha, e) != 0)
		goto end;
	grade_apply(grade, &rgb);
	if (p->scale < 1 && sharpen(&rgb, &alpha, e) != 0)
		goto end;
	if (raster_init(out, frame->width, frame->height, 3, e) != 0)
		goto end;
	memset(out->data, 255, (size_t)out->width * (size_t)out->height * 3);
	if (*shadow == SHADOW_CONTACT)
		drawn = shadow_draw(out, &alpha, p->drawn, p->product, e);
	if (drawn < 0) {
		raster_release(out);
		goto end;
	}
	*shadow = drawn ? SHADOW_CONTACT : SHADOW_NONE;
	lay_over(out, p->drawn, &rgb, &alpha);
	rc = 0;
end:
	raster_release(&rgb);
	raster_release(&alpha);
	return rc;
}

struct box compose_painted(const struct raster *rgb, int white)
{
	int left = rgb->width, right = -1, top = -1, bottom = -1;

	for (int y = 0; y < rgb->height; y++) {
		const unsigned char *row = rgb->data + (size_t)y * (size_t)rgb->width * 3;
		int first = 0, last = rgb->width - 1;

		while (first <= last && row[3 * first] >= white && row[3 * first + 1] >= white &&
		       row[3 * first + 2] >= white)
			first++;
		if (first > last)
			continue;
		while (row[3 * last] >= white && row[3 * last + 1] >= white && row[3 * last + 2] >= white)
			last--;
		left = first < left ? first : left;
		right = last > right ? last : right;
		top = top < 0 ? y : top;
		bottom = y;
	}
	if (right < 0)
		return (struct box){ 0 };
	return (struct box){ left, top, right - left + 1, bottom - top + 1 };
}
