/* Figures, the progress line, when it is drawn, what is counted, and the closing table. */
#include "tests/check.h"

#include "jobs/figures.h"
#include "jobs/progress.h"
#include "jobs/summary.h"
#include "pipeline/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S 1000000LL /* microseconds */

static void test_latencies_and_shares(void **state)
{
	static const struct {
		int64_t us;
		const char *want;
	} latencies[] = { { 0, "0.00 ms" },      { 41, "0.04 ms" },  { 9990, "9.99 ms" },     { 41000, "41 ms" },
			  { 2410000, "2.41 s" }, { 12 * S, "12 s" }, { 65 * S, "1 min 05 s" } };
	static const struct {
		double part, whole;
		const char *want;
	} shares[] = { { 0, 0, "0.0 %" },    { 0, 5, "0.0 %" },       { 1, 1, "100.0 %" },
		       { 35, 36, "97.2 %" }, { 1, 100000, "<0.1 %" }, { 99999, 100000, ">99.9 %" } };
	char got[FIGURE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++)
		CHECK_TEXT("latency", figure_latency(got, latencies[i].us), latencies[i].want);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		CHECK_TEXT("share", figure_share(got, shares[i].part, shares[i].whole), shares[i].want);
}

static void test_figures(void **state)
{
	static const struct {
		int64_t us;
		const char *want;
	} durations[] = {
		{ -5, "0.0 s" },
		{ 0, "0.0 s" },
		{ 49999, "0.0 s" },
		{ 400000, "0.4 s" },
		{ 9940000, "9.9 s" },
		{ 9960000, "10 s" },
		{ 59 * S, "59 s" },
		{ 60 * S, "1 min 00 s" },
		{ 3599 * S, "59 min 59 s" },
		{ 3600 * S, "1 h 00 min" },
		{ 86399 * S, "23 h 59 min" },
		{ 86400 * S, "1 d 00 h" },
		{ 400LL * 86400 * S, "400 d 00 h" },
	};
	static const struct {
		int64_t n;
		const char *want;
	} counts[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 123456, "123,456" },
		{ -1234, "-1,234" },
		{ -123, "-123" },
		{ 10000000, "10,000,000" },
		{ INT64_MAX, "9,223,372,036,854,775,807" },
	};
	static const struct {
		double rate;
		const char *want;
	} rates[] = {
		{ 0, "-" },        { -1, "-" },       { 120, "120/s" },   { 9.96, "10/s" },
		{ 8.21, "8.2/s" }, { 0.4, "24/min" }, { 0.01, "36.0/h" },
	};
	static const struct {
		int64_t nano;
		const char *want;
	} sums[] = {
		{ 0, "$0.00" },        { 35500000, "$0.0355" }, { 1, "<$0.0001" }, { 12400000000, "$12.40" },
		{ 100000, "$0.0001" },
	};
	static const struct {
		int64_t bytes;
		const char *want;
	} sizes[] = { { 0, "0 B" },
		      { 1023, "1023 B" },
		      { 1536, "1.5 KiB" },
		      { 1LL << 30, "1.0 GiB" },
		      { 5LL << 50, "5120.0 TiB" } };
	char got[FIGURE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		CHECK_TEXT("duration", figure_duration(got, durations[i].us), durations[i].want);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		CHECK_TEXT("count", figure_count(got, counts[i].n), counts[i].want);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		CHECK_TEXT("rate", figure_rate(got, rates[i].rate), rates[i].want);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		CHECK_TEXT("money", figure_money(got, sums[i].nano), sums[i].want);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		CHECK_TEXT("bytes", figure_bytes(got, sizes[i].bytes), sizes[i].want);
}

static void test_line(void **state)
{
	static const struct {
		const char *name;
		struct progress_view view;
		int width;
		const char *want;
	} cases[] = {
		{ "nothing yet", { .total = { -1, false } }, 79, "0 done  failed 0  $0.00" },
		{ "unknown total", { { { 5 } }, { -1, false }, 2.5 }, 79, "5 done  failed 0  2.5/s  $0.00" },
		{ "estimate",
		  { { { 600, 3, 1, 12 } }, { 1200, false }, 8.2 },
		  79,
		  "616/~1,200  51%  failed 3  review 12  rejected 1  8.2/s  ETA 1 min 11 s  $0.00" },
		{ "exact", { { { 10 } }, { 20, true }, 1 }, 79, "10/20  50%  failed 0  1.0/s  ETA 10 s  $0.00" },
		{ "the end", { { { 20 } }, { 20, true }, 1 }, 79, "20/20  100%  failed 0  1.0/s  ETA 0.0 s  $0.00" },
		{ "no pace yet", { { { 0 } }, { 20, true }, 0 }, 79, "0/20  0%  failed 0  $0.00" },
		{ "empty manifest", { { { 0 } }, { 0, true }, 0 }, 79, "0/0  failed 0  $0.00" },
		{ "wrong estimate", { { { 30 } }, { 20, false }, 1 }, 79, "30/~20  failed 0  1.0/s  $0.00" },
		{ "a long run",
		  { { { 1000000 } }, { 10000000, true }, 8 },
		  79,
		  "1,000,000/10,000,000  10%  failed 0  8.0/s  ETA 13 d 00 h  $0.00" },
		{ "paid", { { { 2 }, 0, 0, 71000000 }, { -1, false }, 0 }, 79, "2 done  failed 0  $0.0710" },
		{ "narrow: no share", { { { 10 } }, { 20, true }, 1 }, 40, "10/20  failed 0  1.0/s  ETA 10 s  $0.00" },
		{ "narrower: no cost", { { { 10 } }, { 20, true }, 1 }, 34, "10/20  failed 0  1.0/s  ETA 10 s" },
		{ "narrower: no rate", { { { 10 } }, { 20, true }, 1 }, 28, "10/20  failed 0  ETA 10 s" },
		{ "counts only", { { { 10 } }, { 20, true }, 1 }, 10, "10/20" },
		{ "absurd", { { { 10 } }, { 20, true }, 1 }, 3, "10/" },
		{ "none", { { { 10 } }, { 20, true }, 1 }, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[256];

		progress_format(got, sizeof(got), &cases[i].view, cases[i].width);
		CHECK_TEXT(cases[i].name, got, cases[i].want);
	}
}

static void test_estimate(void **state)
{
	static const struct {
		const char *name;
		int64_t admitted;
		double fraction;
		bool at_end;
		int64_t items;
		bool exact;
	} cases[] = {
		{ "nothing read", 0, 0, false, -1, false },     { "a pipe", 50, -1, false, -1, false },
		{ "half", 50, 0.5, false, 100, false },         { "a hair", 3, 1e-6, false, 3000000, false },
		{ "read, not ended", 50, 1, false, 50, false }, { "ended", 50, 1, true, 50, true },
		{ "a pipe's end", 50, -1, true, 50, true },     { "empty", 0, 1, true, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct progress_total t = progress_estimate(cases[i].admitted, cases[i].fraction, cases[i].at_end);

		CHECK_INT(cases[i].name, t.items, cases[i].items);
		CHECK_INT(cases[i].name, t.exact, cases[i].exact);
	}
}

static void test_rate(void **state)
{
	struct rate r;
	double rate = 0;
	int64_t ended = 0;

	(void)state;
	rate_begin(&r, 7 * S);
	assert_true(rate_update(&r, 7 * S, 0) == 0);
	assert_true(rate_update(&r, 8 * S, 4) == 4);
	for (int t = 9; t < 109; t++) /* a hundred seconds at 4 a second, looked at five times a second */
		for (int tick = 0; tick < 5; tick++)
			rate = rate_update(&r, t * S + tick * S / 5, ended = 4 * (t - 7));
	assert_true(rate > 3.8 && rate < 4.2);
	for (int t = 109; t < 150; t++) /* then one a second: soon only that counts */
		rate = rate_update(&r, t * S, ++ended);
	assert_true(rate > 0.95 && rate < 1.05);
	for (int t = 150; t < 190; t++) /* then nothing at all: the average is what is left to say */
		rate = rate_update(&r, t * S, ended);
	assert_true(rate > (double)ended / 183 && rate < (double)ended / 181);
}

/* --- what is drawn, and when --- */

static char *text_of(FILE *f, char *out, size_t size)
{
	size_t used;

	rewind(f);
	used = fread(out, 1, size - 1, f);
	out[used] = '\0';
	return out;
}

static int occurrences(const char *text, const char *what)
{
	int n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

static void test_drawing(void **state)
{
	/* An hour: 19 pauses of 5 s, then each a twentieth of what has passed. */
	static const struct {
		const char *name;
		bool terminal, quiet;
		int seconds, draws;
	} cases[] = {
		{ "terminal", true, false, 10, 50 },       { "plain", false, false, 31, 6 },
		{ "plain, long", false, false, 3600, 89 }, { "quiet terminal", true, true, 10, 0 },
		{ "quiet plain", false, true, 60, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *f = tmpfile();
		struct tally *tally = tally_create();
		struct progress_config config = { f, tally, cases[i].quiet, cases[i].terminal };
		struct progress *p;
		struct err err = { 0 };
		static char text[1 << 16];
		int draws;

		assert_int_equal(progress_open(&p, &config, 100 * S, &err), 0);
		for (int64_t t = 0; t < cases[i].seconds * 20; t++) /* twenty times a second */
			progress_tick(p, 100 * S + t * S / 20, (struct progress_total){ 9, true });
		progress_close(p);
		text_of(f, text, sizeof(text));
		draws = occurrences(text, "0/9");
		CHECK_INT(cases[i].name, draws, cases[i].draws);
		if (cases[i].terminal && !cases[i].quiet)
			CHECK_TEXT(cases[i].name, text + strlen(text) - 4, "\r\033[K"); /* nothing is left standing */
		else
			CHECK_INT(cases[i].name, occurrences(text, "\033"), 0);
		tally_free(tally);
		fclose(f);
	}
}

static void test_line_steps_aside(void **state)
{
	FILE *f = tmpfile();
	int terminal = dup(STDERR_FILENO);
	struct tally *tally = tally_create();
	struct progress_config config = { stderr, tally, false, true };
	struct progress *p;
	struct err err = { 0 };
	char text[512];

	(void)state;
	dup2(fileno(f), STDERR_FILENO);
	assert_int_equal(progress_open(&p, &config, 0, &err), 0);
	log_line(LOG_WARN, "first");
	progress_tick(p, S, (struct progress_total){ 9, true });
	log_line(LOG_WARN, "second");
	progress_close(p);
	log_line(LOG_WARN, "third");
	dup2(terminal, STDERR_FILENO);
	close(terminal);
	CHECK_TEXT("all of it", text_of(f, text, sizeof(text)),
		   "packshot: warning: first\n"
		   "\r\033[K0/9  0%  failed 0  $0.00"
		   "\r\033[Kpackshot: warning: second\n"
		   "0/9  0%  failed 0  $0.00"
		   "\r\033[Kpackshot: warning: third\n");
	tally_free(tally);
	fclose(f);
}

/* --- counting and the closing table --- */

static void count(struct tally *t, enum item_status status, enum err_code code, const char *msg, const char *sku,
		  int position, const char *reasons)
{
	struct err err = { 0 };
	struct tally_item it = { status, &err, sku, position, 7, reasons, 2, 5, 1000000 };

	if (code != ERR_OK)
		err_set(&err, code, "%s", msg);
	tally_count(t, &it);
}

static void test_tally(void **state)
{
	struct tally *t = tally_create();
	struct tally_counts c;

	(void)state;
	count(t, ITEM_SUCCEEDED, ERR_OK, "", "A", 1, NULL);
	count(t, ITEM_REVIEW, ERR_OK, "", "B", 2, "low_contrast,tiny_product");
	count(t, ITEM_REVIEW, ERR_OK, "", "C", 1, "tiny_product");
	count(t, ITEM_FAILED, ERR_LINE, "not JSON", NULL, 0, NULL);
	count(t, ITEM_FAILED, ERR_LINE, "no picture", "E", 0, NULL);
	count(t, ITEM_FAILED, ERR_NETWORK, "shop.example: refused", "F\033[2J\n", 1, NULL);
	tally_read(t, &c);
	CHECK_INT("ended", tally_ended(&c), 6);
	CHECK_INT("failed", c.status[ITEM_FAILED], 3);
	CHECK_INT("review", c.status[ITEM_REVIEW], 2);
	CHECK_INT("made", c.made, 12);
	CHECK_INT("hits", c.hits, 30);
	CHECK_INT("cost", c.cost_nano, 6000000);
	CHECK_INT("lines", tally_error(t, ERR_LINE)->count, 2);
	CHECK_TEXT("first one", tally_error(t, ERR_LINE)->examples[0], "line 7: not JSON");
	CHECK_TEXT("hostile", tally_error(t, ERR_NETWORK)->examples[0], "F?[2J?, picture 1: shop.example: refused");
	CHECK_INT("no such", tally_error(t, ERR_PICTURE)->count, 0);
	CHECK_TEXT("reason", tally_reason(t, 0)->name, "low_contrast");
	CHECK_TEXT("reason", tally_reason(t, 1)->name, "tiny_product");
	CHECK_INT("of both", tally_reason(t, 1)->count, 2);
	CHECK_TEXT("example", tally_reason(t, 1)->examples[0], "B, picture 2");
	assert_null(tally_reason(t, 2));
	tally_free(t);
}

static void test_tally_is_bounded(void **state)
{
	struct tally *t = tally_create();
	int i;

	(void)state;
	for (i = 0; i < 3 * TALLY_REASONS_MAX; i++) {
		char reason[32];

		snprintf(reason, sizeof(reason), "reason_%d", i);
		count(t, ITEM_REVIEW, ERR_OK, "", "A", 1, reason);
	}
	for (i = 0; tally_reason(t, i);)
		i++;
	CHECK_INT("kinds", i, TALLY_REASONS_MAX);
	tally_free(t);
}

static char *summary_of(const struct tally *t, const struct summary *s, bool colour, char *out, size_t size)
{
	FILE *f = tmpfile();

	summary_print(f, t, s, colour);
	text_of(f, out, size);
	fclose(f);
	return out;
}

static void test_summary(void **state)
{
	struct tally *t = tally_create();
	struct summary s = { RUN_FINISHED, 90 * S, "shop-out" };
	char text[4096];

	(void)state;
	for (int i = 0; i < 1200; i++)
		count(t, ITEM_SUCCEEDED, ERR_OK, "", "A", 1, NULL);
	count(t, ITEM_REVIEW, ERR_OK, "", "B", 2, "low_contrast");
	count(t, ITEM_FAILED, ERR_NOT_PICTURE, "logo.txt: text", "D", 1, NULL);
	CHECK_TEXT("all of it", summary_of(t, &s, false, text, sizeof(text)),
		   "Finished in 1 min 30 s: 1,201 of 1,202 pictures delivered.\n"
		   "\n"
		   "  succeeded        1,200\n"
		   "  review               1  delivered; a person should look\n"
		   "  failed               1\n"
		   "  cache hits       6,010  of 8,414 steps\n"
		   "  cost             $1.20\n"
		   "  rate              13/s\n"
		   "\n"
		   "What failed\n"
		   "  not_a_picture        1\n"
		   "      D, picture 1: logo.txt: text\n"
		   "      -> correct the source\n"
		   "\n"
		   "What to look at\n"
		   "  low_contrast         1\n"
		   "      B, picture 2\n"
		   "\n"
		   "  pictures    shop-out/images/\n"
		   "  results     shop-out/results.jsonl\n"
		   "  more        packshot report -o shop-out\n"
		   "  next        correct what failed, then the same command works on that only\n");
	assert_non_null(strstr(summary_of(t, &s, true, text, sizeof(text)), "\033[31mfailed"));
	count(t, ITEM_FAILED, ERR_TIMEOUT, "slow", "E", 1, NULL);
	assert_non_null(strstr(summary_of(t, &s, false, text, sizeof(text)), "tries again: 1 may succeed"));
	for (int i = 0; i < TALLY_EXAMPLES_MAX; i++)
		count(t, ITEM_FAILED, ERR_TIMEOUT, i == 4 ? "the sixth" : "slow", "E", 1, NULL);
	assert_non_null(strstr(summary_of(t, &s, false, text, sizeof(text)), "E, picture 1: the sixth\n"));
	assert_non_null(strstr(text, "and 1 more\n"));
	s.end = RUN_INTERRUPTED;
	summary_of(t, &s, false, text, sizeof(text));
	assert_non_null(strstr(text, "Interrupted after 1 min 30 s"));
	assert_non_null(strstr(text, "the same command goes on where this one ended"));
	tally_free(t);
}

static void test_summary_of_nothing(void **state)
{
	struct tally *t = tally_create();
	struct summary s = { RUN_FINISHED, 0, "packshot-out" };
	char text[4096];

	(void)state;
	summary_of(t, &s, true, text, sizeof(text));
	assert_non_null(strstr(text, "Finished in 0.0 s: 0 of 0 pictures delivered."));
	assert_null(strstr(text, "rate"));
	assert_null(strstr(text, "next"));
	assert_null(strstr(text, "What failed"));
	assert_null(strstr(text, "\033[31m")); /* a zero is nothing to be alarmed about */
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_latencies_and_shares),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_drawing),
		cmocka_unit_test(test_line_steps_aside),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_tally_is_bounded),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_summary_of_nothing),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
