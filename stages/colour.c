/* colour.c - see colour.h. */
#include "stages/colour.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static double linear(unsigned char v)
{
	double x = v / 255.0;

	return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

static double cube_root_or_line(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

struct lab colour_lab(const unsigned char rgb[3])
{
	double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
	double x = cube_root_or_line((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.9504700);
	double y = cube_root_or_line(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
	double z = cube_root_or_line((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.0888300);

	return (struct lab){ 116 * y - 16, 500 * (x - y), 200 * (y - z) };
}

/* In degrees, 0..360; 0 where there is no hue. */
static double hue(double a, double b)
{
	double h = a == 0 && b == 0 ? 0 : atan2(b, a) * 180 / pi;

	return h < 0 ? h + 360 : h;
}

static double cos_of(double degrees)
{
	return cos(degrees * pi / 180);
}

static double seventh(double c)
{
	double c7 = pow(c, 7);

	return sqrt(c7 / (c7 + 6103515625.0)); /* 25^7 */
}

/* The mean of two hues, the short way round; their sum where one colour has none. */
static double mean_hue(double h1, double h2, double chromas)
{
	double sum = h1 + h2;

	if (chromas == 0)
		return sum;
	if (fabs(h1 - h2) <= 180)
		return sum / 2;
	return sum < 360 ? (sum + 360) / 2 : (sum - 360) / 2;
}

static double hue_step(double h1, double h2, double chromas)
{
	double d = h2 - h1;

	if (chromas == 0)
		return 0;
	return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}

double colour_difference(struct lab p, struct lab q)
{
	double g = 0.5 * (1 - seventh((hypot(p.a, p.b) + hypot(q.a, q.b)) / 2));
	double a1 = (1 + g) * p.a, a2 = (1 + g) * q.a;
	double c1 = hypot(a1, p.b), c2 = hypot(a2, q.b), c = (c1 + c2) / 2;
	double h1 = hue(a1, p.b), h2 = hue(a2, q.b), h = mean_hue(h1, h2, c1 * c2);
	double dl = q.l - p.l, dc = c2 - c1;
	double dh = 2 * sqrt(c1 * c2) * sin(hue_step(h1, h2, c1 * c2) / 2 * pi / 180);
	double l50 = ((p.l + q.l) / 2 - 50) * ((p.l + q.l) / 2 - 50);
	double t = 1 - 0.17 * cos_of(h - 30) + 0.24 * cos_of(2 * h) + 0.32 * cos_of(3 * h + 6) -
		   0.20 * cos_of(4 * h - 63);
	double sl = 1 + 0.015 * l50 / sqrt(20 + l50), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
	double turn = 30 * exp(-((h - 275) / 25) * ((h - 275) / 25));
	double rt = -2 * seventh(c) * sin(2 * turn * pi / 180);

	dl /= sl;
	dc /= sc;
	dh /= sh;
	return sqrt(dl * dl + dc * dc + dh * dh + rt * dc * dh);
}
