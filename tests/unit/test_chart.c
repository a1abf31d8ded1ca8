/* The geometry of charts: scales that begin at 0 and end at a round number, places within them, and what is drawn. */
#include "tests/check.h"

#include "jobs/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR(name, got, want)                                                              \
	do {                                                                               \
		double got_ = (got), want_ = (want);                                       \
		if (!(fabs(got_ - want_) <= 1e-9 * (1 + fabs(want_))))                     \
			fail_msg("%s: %s is %.12g, not %.12g", (name), #got, got_, want_); \
	} while (0)

static void scales_are_round(void **state)
{
	static const struct {
		const char *name;
		double most;
		bool whole;
		double step;
		int steps;
	} cases[] = {
		{ "nothing", 0, false, 1, 1 },        { "negative", -3, false, 1, 1 },
		{ "one", 1, false, 0.2, 5 },          { "one whole", 1, true, 1, 1 },
		{ "three whole", 3, true, 1, 3 },     { "41.2", 41.2, false, 10, 5 },
		{ "exactly ten", 10, false, 2, 5 },   { "a little more", 10.01, false, 5, 3 },
		{ "cents", 0.0355, false, 0.01, 4 },  { "nano", 3e-9, false, 1e-9, 3 },
		{ "a million", 1e6, true, 2e5, 5 },   { "no number", NAN, false, 1, 1 },
		{ "endless", INFINITY, false, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chart_scale s = chart_scale_for(cases[i].most, cases[i].whole);

		NEAR(cases[i].name, s.step, cases[i].step);
		CHECK_INT(cases[i].name, s.steps, cases[i].steps);
	}
}

/* Whatever is shown fits, and fills at least 40 % of the height. */
static void scales_fit(void **state)
{
	(void)state;
	for (double most = 1e-7; most < 1e13; most *= 1.037) {
		struct chart_scale s = chart_scale_for(most, false);

		assert_true(chart_scale_top(s) >= most * (1 - 1e-9));
		assert_true(most >= 0.4 * chart_scale_top(s));
		assert_in_range(s.steps, 2, 5);
	}
}

static void places(void **state)
{
	(void)state;
	NEAR("half", chart_place(5, 10), 0.5);
	NEAR("top", chart_place(10, 10), 1);
	NEAR("beyond", chart_place(11, 10), 1);
	NEAR("below", chart_place(-1, 10), 0);
	NEAR("no top", chart_place(1, 0), 0);
	NEAR("no number", chart_place(NAN, 10), 0);
	NEAR("log low", chart_place_log(10, 10, 1e5), 0);
	NEAR("log middle", chart_place_log(1000, 10, 1e5), 0.5);
	NEAR("log high", chart_place_log(1e5, 10, 1e5), 1);
	NEAR("log beyond", chart_place_log(1e9, 10, 1e5), 1);
	NEAR("log below", chart_place_log(1, 10, 1e5), 0);
	NEAR("log of nothing", chart_place_log(0, 10, 1e5), 0);
	NEAR("log of no range", chart_place_log(10, 10, 10), 0);
}

static void dollar_tick(double value, char out[CHART_TEXT])
{
	snprintf(out, CHART_TEXT, "<%g>", value);
}

/* malloc()ed */
static char *drawn(void (*draw)(FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	draw(out);
	fclose(out);
	return text;
}

static const struct chart_colour colours[] = { { "c-main", "a" }, { "c-lost", "b" } };

static void draw_bars(FILE *out)
{
	const struct chart_bar bars[] = { { "<b>long", { 6, 2 }, "$8", "" }, { "short", { 2, 0 }, "$2", "" } };

	chart_bars(out, "a \"quoted\" sentence", bars, 2, colours, 2);
}

static void bars_are_in_proportion(void **state)
{
	char *text = drawn(draw_bars);

	(void)state;
	assert_non_null(strstr(text, "class=\"c-main\" x=\"0.00%\" y=\"20\" width=\"75.00%\""));
	assert_non_null(strstr(text, "class=\"c-lost\" x=\"75.00%\" y=\"20\" width=\"25.00%\""));
	assert_non_null(strstr(text, "class=\"c-main\" x=\"0.00%\" y=\"64\" width=\"25.00%\""));
	assert_non_null(strstr(text, "role=\"img\""));
	assert_non_null(strstr(text, "aria-label=\"a &quot;quoted&quot; sentence\""));
	assert_null(strstr(text, "<b>"));
	free(text);
}

static void draw_columns(FILE *out)
{
	const struct chart_bar list[] = { { "mon", { 5, 0 }, "", "five" },
					  { "", { 0, 0 }, "", "none" },
					  { "tue", { 5, 5 }, "", "ten" } };
	const struct chart_columns c = { list, 3, colours, 2, { 5, 2 }, dollar_tick, 4, true };

	chart_columns(out, "says", &c);
}

static void columns_stand_on_zero(void **state)
{
	char *text = drawn(draw_columns);

	(void)state;
	/* 160 pixels are 10: from 170 up to 10. Four places of 25 %. */
	assert_non_null(strstr(text, "class=\"c-main\" x=\"0.000%\" y=\"90.00\" width=\"25.000%\" height=\"80.00\""));
	assert_non_null(strstr(text, "class=\"c-main\" x=\"50.000%\" y=\"90.00\" width=\"25.000%\" height=\"80.00\""));
	assert_non_null(strstr(text, "class=\"c-lost\" x=\"50.000%\" y=\"10.00\" width=\"25.000%\" height=\"80.00\""));
	assert_null(strstr(text, "x=\"25.000%\"")); /* nothing is drawn as nothing */
	assert_non_null(strstr(text, "y=\"174.0\">&lt;0&gt;<"));
	assert_non_null(strstr(text, "y=\"14.0\">&lt;10&gt;<"));
	assert_non_null(strstr(text, "<title>ten</title>"));
	free(text);
}

static void draw_table(FILE *out)
{
	chart_table_begin(out, "T<", "a|b|c");
	chart_table_row(out, "<i>", "%s|%d", "<x>", 7);
	chart_table_end(out);
}

static void tables_are_text(void **state)
{
	char *text = drawn(draw_table);

	(void)state;
	assert_non_null(strstr(text, "<th scope=\"col\">a</th><th scope=\"col\">b</th><th scope=\"col\">c</th>"));
	assert_non_null(strstr(text, "<tr><th scope=\"row\">&lt;i&gt;</th><td>&lt;x&gt;</td><td>7</td></tr>"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales_are_round),
		cmocka_unit_test(scales_fit),
		cmocka_unit_test(places),
		cmocka_unit_test(bars_are_in_proportion),
		cmocka_unit_test(columns_stand_on_zero),
		cmocka_unit_test(tables_are_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
