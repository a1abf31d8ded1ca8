#include "jobs/chart.h"

#include "jobs/markup.h"
#include "pipeline/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define LINE_MAX_SHOWN 46 /* characters of a bar's label and value, side by side on a phone */

/* --- scales --- */

struct chart_scale chart_scale_for(double most, bool whole)
{
	static const double nice[] = { 1, 2, 5, 10 };
	double power, step = 0;

	if (!(most > 0) || !isfinite(most))
		return (struct chart_scale){ 1, 1 };
	power = pow(10, floor(log10(most / 5)));
	for (int i = 0; i < 4 && step < most / 5 * (1 - 1e-9); i++)
		step = nice[i] * power;
	if (whole && step < 1)
		step = 1;
	return (struct chart_scale){ step, (int)fmax(1, ceil(most / step - 1e-9)) };
}

double chart_scale_top(struct chart_scale s)
{
	return s.step * s.steps;
}

static double within(double x)
{
	return x > 0 ? fmin(x, 1) : 0; /* also of what is not a number */
}

double chart_place(double value, double top)
{
	return top > 0 ? within(value / top) : 0;
}

double chart_place_log(double value, double low, double high)
{
	if (!(value > 0) || !(high > low))
		return 0;
	return within(log(value / low) / log(high / low));
}

/* --- a figure --- */

void chart_begin(FILE *out, const char *title, const char *unit)
{
	fputs("<figure class=\"chart\">\n<figcaption><h3>", out);
	markup_text(out, title);
	fputs("</h3><p>", out);
	markup_text(out, unit);
	fputs("</p></figcaption>\n", out);
}

void chart_end(FILE *out)
{
	fputs("</figure>\n", out);
}

void chart_nothing(FILE *out, const char *sentence)
{
	fputs("<p class=\"nothing\">", out);
	markup_text(out, sentence);
	fputs("</p>\n", out);
}

void chart_key(FILE *out, const struct chart_colour *c, size_t count)
{
	fputs("<ul class=\"key\">", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "<li><i class=\"%s\"></i>", c[i].class);
		markup_text(out, c[i].name);
		fputs("</li>", out);
	}
	fputs("</ul>\n", out);
}

static void begin_svg(FILE *out, const char *says, int height)
{
	fprintf(out, "<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"", height);
	markup_text(out, says);
	fputs("\">\n", out);
}

static double sum_of(const struct chart_bar *b, int parts)
{
	double sum = 0;

	for (int i = 0; i < parts; i++)
		sum += b->part[i];
	return sum;
}

/* What is said of it where one points at it: the whole label, too. */
static void tip(FILE *out, const struct chart_bar *b)
{
	fputs("<title>", out);
	if (b->tip[0]) {
		markup_text(out, b->tip);
	} else {
		markup_text(out, b->label);
		fputs(": ", out);
		markup_text(out, b->value);
	}
	fputs("</title>", out);
}

/* --- bars --- */

#define BAR_ROW    44
#define BAR_HEIGHT 10

static void put_bar(FILE *out, const struct chart_bar *b, int y, double most, const struct chart_colour *c, int parts)
{
	size_t length = strlen(b->value);
	double left = 0;

	fputs("<g>", out);
	tip(out, b);
	fprintf(out, "<text class=\"name\" x=\"0\" y=\"%d\">", y + 13);
	markup_clip(out, b->label, length < LINE_MAX_SHOWN - 8 ? LINE_MAX_SHOWN - length : 8);
	fprintf(out, "</text><text class=\"value\" x=\"100%%\" y=\"%d\">", y + 13);
	markup_text(out, b->value);
	fprintf(out, "</text><rect class=\"rail\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\"/>", y + 20,
		BAR_HEIGHT);
	for (int i = 0; i < parts; i++) {
		double width = 100 * chart_place(b->part[i], most);

		if (width > 0)
			fprintf(out, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%d\"/>",
				c[i].class, left, y + 20, width, BAR_HEIGHT);
		left += width;
	}
	fputs("</g>\n", out);
}

void chart_bars(FILE *out, const char *says, const struct chart_bar *list, size_t count, const struct chart_colour *c,
		int parts)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		most = fmax(most, sum_of(&list[i], parts));
	begin_svg(out, says, (int)count * BAR_ROW);
	for (size_t i = 0; i < count; i++)
		put_bar(out, &list[i], (int)i * BAR_ROW, most, c, parts);
	fputs("</svg>\n", out);
}

/* --- columns --- */

#define PLOT_TOP    10
#define PLOT_HEIGHT 160
#define PLOT_BOTTOM (PLOT_TOP + PLOT_HEIGHT)

static void put_grid(FILE *out, const struct chart_columns *c)
{
	for (int i = 0; i <= c->scale.steps; i++) {
		double y = PLOT_BOTTOM - PLOT_HEIGHT * (double)i / c->scale.steps;
		char text[CHART_TEXT];

		c->tick(c->scale.step * i, text);
		fprintf(out, "<line class=\"%s\" x1=\"48\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", i ? "grid" : "axis",
			y, y);
		fprintf(out, "<text class=\"tick\" x=\"42\" y=\"%.1f\">", y + 4);
		markup_text(out, text);
		fputs("</text>\n", out);
	}
}

static void put_column(FILE *out, const struct chart_columns *c, size_t i)
{
	const struct chart_bar *b = &c->list[i];
	double slot = 100.0 / (double)c->slots, gap = c->joined ? 0 : 0.26 * slot, top = chart_scale_top(c->scale);
	double y = PLOT_BOTTOM;

	fputs("<g>", out);
	tip(out, b);
	for (int p = 0; p < c->parts; p++) {
		double height = PLOT_HEIGHT * chart_place(b->part[p], top);

		y -= height;
		if (height > 0)
			fprintf(out, "<rect class=\"%s\" x=\"%.3f%%\" y=\"%.2f\" width=\"%.3f%%\" height=\"%.2f\"/>",
				c->colours[p].class, slot * (double)i + gap / 2, y, slot - gap, height);
	}
	if (b->label && *b->label) {
		fprintf(out, "<text class=\"under\" x=\"%.3f%%\" y=\"%d\">", slot * ((double)i + 0.5),
			PLOT_BOTTOM + 18);
		markup_text(out, b->label);
		fputs("</text>", out);
	}
	fputs("</g>\n", out);
}

void chart_columns(FILE *out, const char *says, const struct chart_columns *c)
{
	begin_svg(out, says, PLOT_BOTTOM + 26);
	put_grid(out, c);
	/* The style sheet makes it as wide as there is room beside the ticks; without it 86 % are. */
	fprintf(out, "<svg class=\"plot\" x=\"48\" width=\"86%%\" height=\"%d\">\n", PLOT_BOTTOM + 26);
	for (size_t i = 0; i < c->count; i++)
		put_column(out, c, i);
	fputs("</svg></svg>\n", out);
}

/* --- tables --- */

static void put_cells(FILE *out, const char *cells, const char *tag)
{
	for (size_t length; *cells; cells += length + (cells[length] == '|')) {
		char cell[128];

		length = strcspn(cells, "|");
		snprintf(cell, sizeof(cell), "%.*s", utf8_clip(cells, (int)fmin((double)length, sizeof(cell) - 1)),
			 cells);
		fprintf(out, "<%s>", tag);
		markup_text(out, cell);
		fprintf(out, "</%.2s>", tag);
	}
}

void chart_table_begin(FILE *out, const char *title, const char *head)
{
	fputs("<details class=\"numbers\"><summary>The numbers</summary>"
	      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"",
	      out);
	markup_text(out, title);
	fputs(": the numbers\">\n<table><thead><tr>", out);
	put_cells(out, head, "th scope=\"col\"");
	fputs("</tr></thead><tbody>\n", out);
}

void chart_table_row(FILE *out, const char *first, const char *format, ...)
{
	char cells[512];
	va_list args;

	va_start(args, format);
	vsnprintf(cells, sizeof(cells), format, args);
	va_end(args);
	fputs("<tr><th scope=\"row\">", out);
	markup_text(out, first);
	fputs("</th>", out);
	put_cells(out, cells, "td");
	fputs("</tr>\n", out);
}

void chart_table_end(FILE *out)
{
	fputs("</tbody></table></div></details>\n", out);
}
