/* shadow.c - see shadow.h. */
#include "stages/shadow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shares of the frame's height or width, and of white; by eye. */
static const double below = 0.030, above = 0.012, beside = 0.012, darkest = 0.34, near_ground = 0.05;

enum { FREE = 2, ROOM_MIN = 4 }; /* pixels kept white at the frame's rim; less room below than this: no shadow */

const char *shadow_name(enum shadow s)
{
	return s == SHADOW_CONTACT ? "contact" : "none";
}

/* How near to the ground the matte comes in each column of the frame: 0..1. */
static void find_contact(const struct raster *matte, struct box drawn, struct box product, double *contact)
{
	int bottom = product.top + product.height;
	double band = fmax(4, near_ground * product.height);

	for (int y = 0; y < matte->height; y++) {
		double gap = bottom - 1 - (drawn.top + y);
		const unsigned char *row = matte->data + (size_t)y * (size_t)matte->width;

		if (gap >= band || gap < 0)
			continue;
		for (int x = 0; x < matte->width; x++)
			contact[drawn.left + x] = fmax(contact[drawn.left + x], row[x] / 255.0 * (1 - gap / band));
	}
}

/* A running mean; three of them are close to a Gaussian. */
static void soften(double *v, double *copy, int count, int radius)
{
	double sum = 0;

	memcpy(copy, v, (size_t)count * sizeof(*v));
	for (int i = -radius; i < count; i++) {
		if (i + radius < count)
			sum += copy[i + radius];
		if (i - radius - 1 >= 0)
			sum -= copy[i - radius - 1];
		if (i >= 0)
			v[i] = sum / (2 * radius + 1);
	}
}

static double fade(double distance, double reach)
{
	double t = 1 - (distance / reach) * (distance / reach);

	return t > 0 ? t * t : 0;
}

static void darken(struct raster *frame, const double *contact, int ground, double down, double up)
{
	for (int y = FREE; y < frame->height - FREE; y++) {
		double depth = darkest * (y >= ground ? fade(y - ground, down) : fade(ground - y, up));
		unsigned char *row = frame->data + (size_t)y * (size_t)frame->width * 3;

		if (depth <= 0)
			continue;
		for (int x = FREE; x < frame->width - FREE; x++)
			memset(row + 3 * x, (int)lrint(255 * (1 - depth * fmin(fmax(contact[x], 0), 1))), 3);
	}
}

int shadow_draw(struct raster *frame, const struct raster *matte, struct box drawn, struct box product, struct err *e)
{
	int ground = product.top + product.height - 1, radius = (int)fmax(1, beside * frame->width);
	double room = frame->height - FREE - ground, down = fmin(below * frame->height, room);
	double *contact;

	if (room < ROOM_MIN)
		return 0;
	contact = calloc((size_t)frame->width * 2, sizeof(*contact));
	if (!contact)
		return err_set(e, ERR_NOMEM, "no memory for a shadow");
	find_contact(matte, drawn, product, contact);
	for (int i = 0; i < 3; i++)
		soften(contact, contact + frame->width, frame->width, radius);
	darken(frame, contact, ground, down, fmax(2, above * frame->height));
	free(contact);
	return 1;
}
