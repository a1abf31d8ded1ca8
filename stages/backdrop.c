#include "stages/backdrop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- L*a*b* --- */

#define ROOTS 4096

struct lab_tables {
	float linear[256];
	float root[ROOTS + 2]; /* CIE's f(), by linear interpolation */
};

static void fill_tables(struct lab_tables *t)
{
	for (int i = 0; i < 256; i++) {
		double v = i / 255.0;

		t->linear[i] = (float)(v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)); /* IEC 61966-2-1 */
	}
	for (int i = 0; i < ROOTS + 2; i++) {
		double v = (double)i / ROOTS;

		t->root[i] = (float)(v > 216.0 / 24389 ? cbrt(v) : (v * 24389 / 27 + 16) / 116); /* CIE 15 */
	}
}

static float root(const struct lab_tables *t, float v)
{
	int i = (int)(v *= ROOTS);

	i = i < 0 ? 0 : i > ROOTS ? ROOTS : i;
	return t->root[i] + (v - (float)i) * (t->root[i + 1] - t->root[i]);
}

float *backdrop_lab(const struct raster *rgb, struct err *err)
{
	size_t pixels = (size_t)rgb->width * (size_t)rgb->height;
	float *lab = malloc(pixels * 3 * sizeof(*lab));
	struct lab_tables t;

	if (!lab) {
		err_set(err, ERR_NOMEM, "no memory for the colours of a %d x %d picture", rgb->width, rgb->height);
		return NULL;
	}
	fill_tables(&t);
	for (size_t i = 0; i < pixels; i++) {
		const unsigned char *p = rgb->data + 3 * i;
		float r = t.linear[p[0]], g = t.linear[p[1]], b = t.linear[p[2]];
		/* The sRGB primaries over the D65 white point. */
		float x = root(&t, (0.4124564f * r + 0.3575761f * g + 0.1804375f * b) / 0.95047f);
		float y = root(&t, 0.2126729f * r + 0.7151522f * g + 0.0721750f * b);
		float z = root(&t, (0.0193339f * r + 0.1191920f * g + 0.9503041f * b) / 1.08883f);

		lab[3 * i] = 116 * y - 16;
		lab[3 * i + 1] = 500 * (x - y);
		lab[3 * i + 2] = 200 * (y - z);
	}
	return lab;
}

/* --- the surface --- */

#define BORDER_SHARE 0.03 /* of the shorter side: how deep the border is looked at */
#define ROUNDS       5    /* fit, leave out what lies off, fit again */
#define SAMPLES      2500 /* are enough */
#define LEAST_LIMIT  1.5  /* a sample so near lies on the surface */

struct sample {
	double term[BACKDROP_TERMS];
	const float *lab;
	double off; /* distance from the surface */
};

static void terms_at(const struct backdrop *b, int x, int y, double term[BACKDROP_TERMS])
{
	double u = b->width > 1 ? 2.0 * x / (b->width - 1) - 1 : 0,
	       v = b->height > 1 ? 2.0 * y / (b->height - 1) - 1 : 0;

	term[0] = 1;
	term[1] = u;
	term[2] = v;
	term[3] = u * u;
	term[4] = u * v;
	term[5] = v * v;
}

struct samples {
	struct sample *at; /* SAMPLES and a few */
	double *sorted;    /* room for as many distances */
	int count, seen, every;
};

static int samples_init(struct samples *s, int pixels, struct err *err)
{
	s->every = pixels / SAMPLES + 1;
	s->count = s->seen = 0;
	s->at = malloc(((size_t)(pixels / s->every) + 1) * sizeof(*s->at));
	s->sorted = malloc(((size_t)(pixels / s->every) + 1) * sizeof(*s->sorted));
	return s->at && s->sorted ? 0 : err_set(err, ERR_NOMEM, "no memory to look at the backdrop");
}

static void samples_release(struct samples *s)
{
	free(s->at);
	free(s->sorted);
}

/* Takes every so-manieth pixel of those that are offered, at most as many as were announced. */
static void sample(struct samples *s, const struct backdrop *b, const float *lab, int x, int y)
{
	struct sample *to = &s->at[s->count];

	if (s->seen++ % s->every)
		return;
	terms_at(b, x, y, to->term);
	to->lab = lab + 3 * ((size_t)y * (size_t)b->width + (size_t)x);
	to->off = 0;
	s->count++;
}

static int border_depth(const struct backdrop *b)
{
	return (int)(BORDER_SHARE * (b->width < b->height ? b->width : b->height) + 1);
}

#define COLUMNS (BACKDROP_TERMS + 3)

/* Gauss with pivots, three right-hand sides. */
static void solve(double m[BACKDROP_TERMS][COLUMNS], double surface[3][BACKDROP_TERMS])
{
	for (int i = 0; i < BACKDROP_TERMS; i++) {
		int best = i;

		for (int row = i + 1; row < BACKDROP_TERMS; row++)
			best = fabs(m[row][i]) > fabs(m[best][i]) ? row : best;
		for (int col = 0; col < COLUMNS; col++) {
			double swap = m[i][col];

			m[i][col] = m[best][col];
			m[best][col] = swap;
		}
		for (int row = 0; row < BACKDROP_TERMS; row++) {
			double factor = row == i ? 0 : m[row][i] / m[i][i];

			for (int col = 0; factor != 0 && col < COLUMNS; col++)
				m[row][col] -= factor * m[i][col];
		}
	}
	for (int band = 0; band < 3; band++) {
		for (int i = 0; i < BACKDROP_TERMS; i++)
			surface[band][i] = m[i][BACKDROP_TERMS + band] / m[i][i];
	}
}

/* Least squares over the samples within `limit` of the surface so far. */
static void fit_surface(struct backdrop *b, const struct samples *s, double limit)
{
	double m[BACKDROP_TERMS][COLUMNS] = { { 0 } };

	for (const struct sample *p = s->at; p < s->at + s->count; p++) {
		if (p->off > limit)
			continue;
		for (int i = 0; i < BACKDROP_TERMS; i++) {
			for (int j = 0; j < BACKDROP_TERMS; j++)
				m[i][j] += p->term[i] * p->term[j];
			for (int band = 0; band < 3; band++)
				m[i][BACKDROP_TERMS + band] += p->term[i] * (double)p->lab[band];
		}
	}
	for (int i = 0; i < BACKDROP_TERMS; i++)
		m[i][i] += 1e-3; /* what the samples do not determine becomes flat */
	solve(m, b->surface);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sets every sample's distance from the surface; gives their median. */
static double distances(const struct backdrop *b, struct samples *s)
{
	for (int i = 0; i < s->count; i++) {
		struct sample *p = &s->at[i];
		double sum = 0;

		for (int band = 0; band < 3; band++) {
			double off = p->lab[band];

			for (int term = 0; term < BACKDROP_TERMS; term++)
				off -= b->surface[band][term] * p->term[term];
			sum += off * off;
		}
		s->sorted[i] = p->off = sqrt(sum);
	}
	qsort(s->sorted, (size_t)s->count, sizeof(*s->sorted), by_value);
	return s->sorted[s->count / 2];
}

/* Fits, leaves out what lies off, fits again. */
static void fit(struct backdrop *b, struct samples *s)
{
	double limit = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		fit_surface(b, s, limit);
		b->noise = distances(b, s);
		limit = 3 * b->noise > LEAST_LIMIT ? 3 * b->noise : LEAST_LIMIT;
	}
}

/* Steps between the samples and their neighbours in the row. */
static void measure_grain(struct backdrop *b, struct samples *s, const float *lab)
{
	size_t width = (size_t)b->width;

	for (int i = 0; i < s->count; i++) {
		const float *p = s->at[i].lab;
		bool last = (size_t)(p - lab) / 3 % width == width - 1;
		const float *q = width == 1 ? p : last ? p - 3 : p + 3;
		double l = p[0] - q[0], u = p[1] - q[1], v = p[2] - q[2];

		s->sorted[i] = sqrt(l * l + u * u + v * v);
	}
	qsort(s->sorted, (size_t)s->count, sizeof(*s->sorted), by_value);
	b->grain = s->sorted[s->count * 9 / 10];
}

int backdrop_measure(struct backdrop *out, const float *lab, int width, int height, struct err *err)
{
	struct samples s;
	int deep;

	*out = (struct backdrop){ .width = width, .height = height };
	deep = border_depth(out);
	if (samples_init(&s, 2 * deep * (width + height), err) == 0) {
		for (int y = 0; y < height; y++) {
			for (int x = 0; x < width; x++) {
				if (x == deep && y >= deep && y < height - deep && width > 2 * deep)
					x = width - deep;
				sample(&s, out, lab, x, y);
			}
		}
		fit(out, &s);
		measure_grain(out, &s, lab);
	}
	samples_release(&s);
	return s.count ? 0 : -1;
}

void backdrop_row(const struct backdrop *b, int y, float *lab)
{
	double v = b->height > 1 ? 2.0 * y / (b->height - 1) - 1 : 0;

	for (int band = 0; band < 3; band++) {
		const double *k = b->surface[band];
		/* In this row the surface is a polynomial of x alone. */
		double k0 = k[0] + v * (k[2] + v * k[5]), k1 = k[1] + v * k[4], k2 = k[3];

		for (int x = 0; x < b->width; x++) {
			double u = b->width > 1 ? 2.0 * x / (b->width - 1) - 1 : 0;

			lab[3 * x + band] = (float)(k0 + u * (k1 + u * k2));
		}
	}
}

struct departure backdrop_departure(const float *backdrop, const float *pixel)
{
	float shade = (pixel[0] + 16) / (backdrop[0] > -8 ? backdrop[0] + 16 : 8);
	float a = pixel[1] - shade * backdrop[1], b = pixel[2] - shade * backdrop[2];

	return (struct departure){ shade, sqrtf(a * a + b * b) };
}

/* --- the map --- */

#define CELL 16 /* pixels to a side */

/* Sums and counts of the cells' known pixels, made into means. */
static void average_cells(struct backdrop_map *m, int *count, const float *lab, const struct raster *known)
{
	for (int y = 0; y < known->height; y++) {
		for (int x = 0; x < known->width; x++) {
			size_t i = (size_t)y * (size_t)known->width + (size_t)x;
			size_t cell = (size_t)(y / CELL) * (size_t)m->width + (size_t)(x / CELL);

			if (!known->data[i])
				continue;
			for (size_t band = 0; band < 3; band++)
				m->lab[3 * cell + band] += lab[3 * i + band];
			count[cell]++;
		}
	}
	for (int c = 0; c < m->width * m->height; c++) {
		for (int band = 0; band < 3 && count[c]; band++)
			m->lab[3 * c + band] /= (float)count[c];
	}
}

/* The mean of a cell's neighbours that are known; false: none is. */
static bool take_from_neighbours(struct backdrop_map *m, const int *count, int cell)
{
	int cx = cell % m->width, cy = cell / m->width, known = 0;
	float sum[3] = { 0, 0, 0 };

	for (int y = cy > 0 ? cy - 1 : 0; y <= cy + 1 && y < m->height; y++) {
		for (int x = cx > 0 ? cx - 1 : 0; x <= cx + 1 && x < m->width; x++) {
			int n = y * m->width + x;

			if (count[n] <= 0)
				continue;
			for (int band = 0; band < 3; band++)
				sum[band] += m->lab[3 * n + band];
			known++;
		}
	}
	for (int band = 0; band < 3 && known; band++)
		m->lab[3 * cell + band] = sum[band] / (float)known;
	return known > 0;
}

/* Ring by ring: what becomes known in a round is marked below 0 until the round is over. */
static void fill_cells(struct backdrop_map *m, int *count)
{
	int cells = m->width * m->height;
	bool more = true;

	while (more) {
		more = false;
		for (int c = 0; c < cells; c++) {
			if (count[c] == 0 && take_from_neighbours(m, count, c)) {
				count[c] = -1;
				more = true;
			}
		}
		for (int c = 0; c < cells; c++)
			count[c] = count[c] < 0 ? 1 : count[c];
	}
}

int backdrop_map_init(struct backdrop_map *m, const float *lab, const struct raster *known, struct err *err)
{
	size_t cells;
	int *count;

	m->width = (known->width + CELL - 1) / CELL;
	m->height = (known->height + CELL - 1) / CELL;
	cells = (size_t)m->width * (size_t)m->height;
	m->lab = calloc(cells * 3, sizeof(*m->lab));
	count = calloc(cells, sizeof(*count));
	if (!m->lab || !count) {
		free(count);
		backdrop_map_release(m);
		return err_set(err, ERR_NOMEM, "no memory for the backdrop");
	}
	average_cells(m, count, lab, known);
	fill_cells(m, count);
	free(count);
	return 0;
}

/* Where a pixel lies between the middles of two cells. */
static int cell_before(int at, int cells, float *part)
{
	float g = ((float)at + 0.5f) / CELL - 0.5f;

	g = g < 0 ? 0 : g > (float)(cells - 1) ? (float)(cells - 1) : g;
	*part = g - (float)(int)g;
	return (int)g;
}

void backdrop_map_at(const struct backdrop_map *m, int x, int y, float lab[3])
{
	float px, py;
	int x0 = cell_before(x, m->width, &px), y0 = cell_before(y, m->height, &py);
	int right = x0 + 1 < m->width ? 3 : 0, down = y0 + 1 < m->height ? 3 * m->width : 0;
	const float *c = m->lab + 3 * (y0 * m->width + x0);

	for (int band = 0; band < 3; band++, c++) {
		float top = c[0] + px * (c[right] - c[0]), bottom = c[down] + px * (c[down + right] - c[down]);

		lab[band] = top + py * (bottom - top);
	}
}

void backdrop_map_release(struct backdrop_map *m)
{
	free(m->lab);
	memset(m, 0, sizeof(*m));
}
