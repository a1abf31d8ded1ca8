#include "stages/cutout.h"

#include "stages/matte.h"

#include <stdlib.h>
#include <string.h>

const char *cutout_method_name(enum cutout_method method)
{
	static const char *const names[] = {
		[CUTOUT_ALPHA] = "alpha",
		[CUTOUT_NEURAL] = "neural",
		[CUTOUT_CLASSICAL] = "classical",
	};

	return names[method];
}

const char *cutout_reason_name(int bit)
{
	static const char *const names[CUTOUT_REASON_COUNT] = {
#define X(id, name) [id##_BIT] = name,
		CUTOUT_REASONS(X)
#undef X
	};

	return names[bit];
}

void cutout_release(struct cutout *c)
{
	raster_release(&c->matte);
	memset(c, 0, sizeof(*c));
}

/* --- the source's own alpha --- */

int cutout_from_alpha(const struct raster *alpha, struct cutout *out, struct err *err)
{
	size_t pixels = (size_t)alpha->width * (size_t)alpha->height;
	int product = matte_area(alpha, 128);

	memset(out, 0, sizeof(*out));
	if (product == 0)
		return err_set(err, ERR_NO_PRODUCT, "the picture is transparent all over");
	if (raster_init(&out->matte, alpha->width, alpha->height, 1, err))
		return -1;
	memcpy(out->matte.data, alpha->data, pixels);
	out->method = CUTOUT_ALPHA;
	out->confidence = 1;
	if ((size_t)product < pixels / 500)
		out->reasons |= CUTOUT_TINY;
	return 0;
}

/* --- colour fringes --- */

/*
 * What a partly transparent pixel shows is part product, part backdrop. Working outwards from solid product, ring by
 * ring, each such pixel takes the mean colour of its neighbours of the rings before: the product's colour, carried to
 * its edge.
 */
#define SOLID    250  /* from here on a pixel is product alone */
#define RINGS    8    /* farther from solid product than this, what shines through is no edge: glass, gauze */
#define BEYOND   2    /* rings carried past the edge, for the filter that will scale the picture */
#define MIX_FROM 0.8f /* below this alpha all of the colour is replaced */

enum { UNKNOWN, WAITING, KNOWN };

struct rings {
	int width, height;
	unsigned char *state; /* of each pixel */
	int *list;            /* pixels of the current ring from [from, end), of the next one behind them */
	int from, end, next;
};

static void offer(struct rings *r, const struct raster *matte, int x, int y, int least)
{
	int at = y * r->width + x;

	if (x < 0 || y < 0 || x >= r->width || y >= r->height || r->state[at] != UNKNOWN || matte->data[at] < least)
		return;
	r->state[at] = WAITING;
	r->list[r->next++] = at;
}

/* Queues the neighbours of the pixels at [from, end) for the next ring. */
static void next_ring(struct rings *r, const struct raster *matte, int least)
{
	for (int i = r->from; i < r->end; i++) {
		int x = r->list[i] % r->width, y = r->list[i] / r->width;

		offer(r, matte, x - 1, y, least);
		offer(r, matte, x + 1, y, least);
		offer(r, matte, x, y - 1, least);
		offer(r, matte, x, y + 1, least);
	}
	r->from = r->end;
	r->end = r->next;
}

/* The mean colour around a pixel, of what is known already. */
static void known_colour(const struct rings *r, const struct raster *rgb, int at, float colour[3])
{
	int cx = at % r->width, cy = at / r->width, count = 0;
	int sum[3] = { 0, 0, 0 };

	for (int y = cy > 0 ? cy - 1 : 0; y <= cy + 1 && y < r->height; y++) {
		for (int x = cx > 0 ? cx - 1 : 0; x <= cx + 1 && x < r->width; x++) {
			const unsigned char *p = rgb->data + 3 * (size_t)(y * r->width + x);

			if (r->state[y * r->width + x] != KNOWN)
				continue;
			for (int band = 0; band < 3; band++)
				sum[band] += p[band];
			count++;
		}
	}
	for (int band = 0; band < 3; band++)
		colour[band] = (float)sum[band] / (float)count; /* a ring touches the one before */
}

/* The colours of a ring are worked out of the rings before it, so it becomes known only as a whole. The pixel's own
 * colour keeps the weight that its alpha gives it; `full` is the colour to carry on, kept in rgb while rings are worked
 * on. */
static void colour_ring(struct rings *r, struct raster *rgb)
{
	for (int i = r->from; i < r->end; i++) {
		float colour[3];
		int at = r->list[i];

		known_colour(r, rgb, at, colour);
		for (int band = 0; band < 3; band++)
			rgb->data[3 * (size_t)at + (size_t)band] = (unsigned char)(colour[band] + 0.5f);
	}
	for (int i = r->from; i < r->end; i++)
		r->state[r->list[i]] = KNOWN;
}

/* Gives nearly solid pixels back the part of their own colour that is the product's. */
static void keep_texture(const struct rings *r, struct raster *rgb, const unsigned char *was,
			 const struct raster *matte)
{
	for (int i = 0; i < r->end; i++) {
		int at = r->list[i];
		float own = ((float)matte->data[at] / 255 - MIX_FROM) / (1 - MIX_FROM);

		if (own <= 0)
			continue;
		for (int band = 0; band < 3; band++) {
			unsigned char *p = &rgb->data[3 * (size_t)at + (size_t)band];

			*p = (unsigned char)((float)*p + own * ((float)was[3 * i + band] - (float)*p) + 0.5f);
		}
	}
}

static void begin_rings(struct rings *r, const struct raster *matte)
{
	int pixels = r->width * r->height;

	for (int i = 0; i < pixels; i++)
		r->state[i] = matte->data[i] >= SOLID ? KNOWN : UNKNOWN;
	for (int i = 0; i < pixels; i++) {
		int x = i % r->width, y = i / r->width;

		if (matte->data[i] == 0 || matte->data[i] >= SOLID)
			continue;
		if ((x > 0 && r->state[i - 1] == KNOWN) || (x < r->width - 1 && r->state[i + 1] == KNOWN) ||
		    (y > 0 && r->state[i - r->width] == KNOWN) ||
		    (y < r->height - 1 && r->state[i + r->width] == KNOWN)) {
			r->state[i] = WAITING;
			r->list[r->next++] = i;
		}
	}
	r->end = r->next;
}

static void remember(unsigned char *was, const struct rings *r, const struct raster *rgb)
{
	for (int i = r->from; i < r->end; i++)
		memcpy(was + 3 * (size_t)i, rgb->data + 3 * (size_t)r->list[i], 3);
}

int cutout_decontaminate(struct raster *rgb, const struct raster *matte, struct err *err)
{
	size_t pixels = (size_t)matte->width * (size_t)matte->height;
	struct rings r = { .width = matte->width, .height = matte->height };
	unsigned char *was = malloc(3 * pixels);
	int rc = -1;

	r.state = malloc(pixels);
	r.list = malloc(pixels * sizeof(*r.list));
	if (!r.state || !r.list || !was) {
		err_set(err, ERR_NOMEM, "no memory to clean the edges of a %d x %d picture", r.width, r.height);
		goto done;
	}
	begin_rings(&r, matte);
	for (int ring = 0; ring < RINGS + BEYOND && r.from < r.end; ring++) {
		remember(was, &r, rgb);
		colour_ring(&r, rgb);
		next_ring(&r, matte, ring < RINGS - 1 ? 1 : 0);
	}
	r.end = r.from; /* a ring that was queued and not reached */
	keep_texture(&r, rgb, was, matte);
	rc = 0;
done:
	free(r.state);
	free(r.list);
	free(was);
	return rc;
}
