#include "stages/edited.h"

#include "stages/border.h"
#include "stages/compose.h"
#include "stages/picture_planes.h"
#include "stages/placement.h"
#include "stages/whiten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_SIDE    128  /* pixels, about: each stands for a block of the picture */
#define NEAR_WHITE   240  /* of a border's block, in its darkest channel */
#define TINT         14   /* between its channels */
#define DARK         200  /* in a border's block: that is no backdrop any more, but the product */
#define CROSSED_MOST 0.01 /* of the border that may be specks; more is something pale that reaches the frame */
#define INK          245  /* darker than this somewhere, or there is nothing in the picture */
#define INK_LEAST    0.0005
#define JPEG_LOWEST  46   /* quality: below it white is not white any more (picture_encode()) */
#define MADE_UP      1.02 /* up to here, more pixels than the source has are rounding */

/* --- a look --- */

static int look_decode(const struct bytes *b, const struct picture_limits *limits, struct picture **out, struct err *e)
{
	struct err why = { 0 };

	if (picture_decode(b, limits, LOOK_SIDE, out, &why) == 0)
		return 0;
	return err_set(e, why.code == ERR_TOO_LARGE || why.code == ERR_NOMEM ? why.code : ERR_ANSWER,
		       "the model's picture: %s", why.msg);
}

static void channels(const struct raster *r, int x, int y, int *low, int *high)
{
	const unsigned char *p = r->data + ((size_t)y * (size_t)r->width + (size_t)x) * 3;

	*low = p[0] < p[1] ? p[0] : p[1];
	*low = p[2] < *low ? p[2] : *low;
	*high = p[0] > p[1] ? p[0] : p[1];
	*high = p[2] > *high ? p[2] : *high;
}

/* The border's blocks, once around, as the darkest of their channels; *tinted: how many have a colour. malloc()ed;
 * NULL: no memory. */
static unsigned char *ring_of(const struct raster *r, size_t *count, size_t *tinted)
{
	size_t across = (size_t)r->width, down = (size_t)r->height - 1, n = 0;
	unsigned char *ring = malloc(2 * (across + down) + 4);

	*tinted = 0;
	for (size_t i = 0; ring && i < 2 * (across + down); i++) {
		int x = (int)(i < across              ? i
			      : i < across + down     ? across - 1
			      : i < 2 * across + down ? 2 * across + down - 1 - i
						      : 0);
		int y = (int)(i < across              ? 0
			      : i < across + down     ? i - across + 1
			      : i < 2 * across + down ? down
						      : 2 * (across + down) - i - 1);
		int low, high;

		channels(r, x, y, &low, &high);
		ring[n++] = (unsigned char)low;
		*tinted += high - low > TINT;
	}
	*count = n;
	return ring;
}

static double ink(const struct raster *r)
{
	size_t dark = 0, pixels = (size_t)r->width * (size_t)r->height;
	int low, high;

	for (int y = 0; y < r->height; y++) {
		for (int x = 0; x < r->width; x++) {
			channels(r, x, y, &low, &high);
			dark += low < INK;
		}
	}
	return (double)dark / (double)pixels;
}

int edited_look(const struct bytes *b, const struct picture_limits *limits, struct edited_look *out, struct err *e)
{
	const struct raster *r;
	struct border border;
	struct picture *p;
	size_t count, tinted, white = 0;
	unsigned char *ring;

	memset(out, 0, sizeof(*out));
	if (look_decode(b, limits, &p, e) != 0)
		return -1;
	r = &p->rgb;
	ring = ring_of(r, &count, &tinted);
	if (!ring) {
		picture_free(p);
		return err_set(e, ERR_NOMEM, "no memory to look at the model's picture");
	}
	border_read(ring, count, &border);
	for (size_t i = 0; i < count; i++) {
		white += ring[i] >= NEAR_WHITE;
		out->touches_border |= ring[i] < DARK;
	}
	free(ring);
	out->width = p->info.width;
	out->height = p->info.height;
	out->border_white = (double)(white > tinted ? white - tinted : 0) / (double)count;
	out->touches_border |= border.crossed > CROSSED_MOST;
	out->empty = ink(r) < INK_LEAST;
	out->confidence = out->empty ? 0 : out->border_white * (out->touches_border ? 0.5 : 0.98);
	picture_free(p);
	return 0;
}

/* --- into the frame --- */

/* What the model sent, as planes; over a transparent picture's own white. */
static int take_planes(const struct bytes *b, const struct picture_limits *limits, struct planes *out, struct err *e)
{
	struct picture *p;
	int rc = planes_from_jpeg(b, limits, out, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (picture_decode(b, limits, 0, &p, e) != 0)
		return -1;
	for (size_t i = 0; p->alpha.data && i < (size_t)p->rgb.width * (size_t)p->rgb.height; i++) {
		for (size_t band = 0; band < 3; band++) {
			unsigned char *v = &p->rgb.data[3 * i + band];

			*v = (unsigned char)(255 - (255 - *v) * p->alpha.data[i] / 255);
		}
	}
	rc = planes_from_raster(&p->rgb, out, e);
	picture_free(p);
	return rc;
}

static void fill_white(const struct planes *p)
{
	for (int c = 0; c < 3; c++)
		memset(p->p[c].data, c ? 128 : 255, p->p[c].stride * (size_t)p->p[c].height);
}

/* The windows of `count` planes of one size, into their place in the frame. */
static int draw(const struct plane *from, int count, const struct planes *source, const struct placement *at,
		struct plane *room, struct plane *frame, struct err *e)
{
	double across = (double)from->width / source->p[0].width, down = (double)from->height / source->p[0].height;
	struct window w = { at->photo.left * across, at->photo.top * down, at->photo.width * across,
			    at->photo.height * down };

	if (plane_scale(from, w, room, count, e) != 0)
		return -1;
	for (int i = 0; i < count; i++) {
		for (int y = 0; y < room[i].height; y++)
			memcpy(frame[i].data + (size_t)(at->drawn.top + y) * frame[i].stride + (size_t)at->drawn.left,
			       room[i].data + (size_t)y * room[i].stride, (size_t)room[i].width);
	}
	return 0;
}

/* Everything outside the drawn box is white; so is what scaling leaves a hair below it. */
static int compose_planes(const struct planes *source, const struct placement *at, const struct edited_frame *f,
			  struct planes *out, struct err *e)
{
	struct planes room;
	int rc;

	if (planes_init(out, f->width, f->height, false, false, e) != 0)
		return -1;
	fill_white(out);
	if (planes_init(&room, at->drawn.width, at->drawn.height, false, false, e) != 0) {
		planes_release(out);
		return -1;
	}
	rc = draw(source->p, 1, source, at, room.p, out->p, e);
	if (rc == 0)
		rc = draw(source->p + 1, 2, source, at, room.p + 1, out->p + 1, e);
	planes_release(&room);
	if (rc != 0)
		planes_release(out);
	return rc;
}

/* The box of what is not white; width 0: nothing. */
static struct box painted_box(const struct planes *p)
{
	int left = p->p[0].width, right = -1, top = -1, bottom = -1;

	for (int y = 0; y < p->p[0].height; y++) {
		const unsigned char *v = p->p[0].data + (size_t)y * p->p[0].stride;
		const unsigned char *b = p->p[1].data + (size_t)y * p->p[1].stride;
		const unsigned char *r = p->p[2].data + (size_t)y * p->p[2].stride;
		int first = 0, last = p->p[0].width - 1;

		while (first <= last && v[first] == 255 && b[first] == 128 && r[first] == 128)
			first++;
		while (last > first && v[last] == 255 && b[last] == 128 && r[last] == 128)
			last--;
		if (first > last)
			continue;
		top = top < 0 ? y : top;
		bottom = y;
		left = first < left ? first : left;
		right = last > right ? last : right;
	}
	if (right < 0)
		return (struct box){ 0 };
	return (struct box){ left, top, right - left + 1, bottom - top + 1 };
}

static int encode(const struct planes *p, const struct encoding *enc, struct bytes **out, int *quality, struct err *e)
{
	struct raster rgb;
	int rc;

	if (enc->format == FORMAT_JPEG && enc->max_bytes == 0) {
		*quality = enc->quality < JPEG_LOWEST ? JPEG_LOWEST : enc->quality;
		return planes_to_jpeg(p, *quality, out, e);
	}
	if (planes_to_raster(p, &rgb, e) != 0)
		return -1;
	rc = picture_encode(&rgb, enc, out, quality, e);
	raster_release(&rgb);
	return rc;
}

static int finish(struct planes *source, const struct edited_frame *f, struct bytes **out, struct edited_facts *facts,
		  struct err *e)
{
	struct frame frame = { f->width, f->height, f->fill };
	struct placement at;
	struct planes made;
	struct box product;
	int rc;

	if (whiten(source, &product, e) != 0)
		return -1;
	if (product.width == 0)
		return err_set(e, ERR_NO_PRODUCT, "the model's picture is empty");
	at = placement_of(product, source->p[0].width, source->p[0].height, source->p[0].width, source->p[0].height,
			  &frame);
	if (compose_planes(source, &at, f, &made, e) != 0)
		return -1;
	facts->box = at.product;
	facts->painted = painted_box(&made);
	facts->fill = fmax((double)at.product.width / f->width, (double)at.product.height / f->height);
	facts->upscaled = at.scale > MADE_UP ? at.scale : 1;
	rc = encode(&made, &f->encoding, out, &facts->quality, e);
	planes_release(&made);
	return rc;
}

int edited_finish(const struct bytes *b, const struct edited_frame *f, struct bytes **out, struct edited_facts *facts,
		  struct err *e)
{
	struct planes source;
	struct err why = { 0 };
	int rc;

	*out = NULL;
	memset(facts, 0, sizeof(*facts));
	if (take_planes(b, &f->limits, &source, &why) != 0)
		return err_set(e, why.code == ERR_TOO_LARGE || why.code == ERR_NOMEM ? why.code : ERR_ANSWER,
			       "the model's picture: %s", why.msg);
	rc = finish(&source, f, out, facts, e);
	planes_release(&source);
	return rc;
}
