#include "jobs/figures.h"

#include <inttypes.h>
#include <stdio.h>

char *figure_count(char out[FIGURE_MAX], int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n), used = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && digits[i - 1] != '-' && (len - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}

char *figure_duration(char out[FIGURE_MAX], int64_t us)
{
	int64_t tenths = us < 0 ? 0 : (us + 50000) / 100000, s = us < 0 ? 0 : (us + 500000) / 1000000;

	if (tenths < 100)
		snprintf(out, FIGURE_MAX, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
	else if (s < 60)
		snprintf(out, FIGURE_MAX, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(out, FIGURE_MAX, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, FIGURE_MAX, "%" PRId64 " h %02" PRId64 " min", s / 3600, s / 60 % 60);
	else
		snprintf(out, FIGURE_MAX, "%" PRId64 " d %02" PRId64 " h", s / 86400, s / 3600 % 24);
	return out;
}

char *figure_latency(char out[FIGURE_MAX], int64_t us)
{
	if (us < 10000)
		snprintf(out, FIGURE_MAX, "%.2f ms", (double)us / 1e3);
	else if (us < 1000000)
		snprintf(out, FIGURE_MAX, "%.0f ms", (double)us / 1e3);
	else if (us < 10000000)
		snprintf(out, FIGURE_MAX, "%.2f s", (double)us / 1e6);
	else
		figure_duration(out, us);
	return out;
}

char *figure_share(char out[FIGURE_MAX], double part, double whole)
{
	double percent = whole > 0 ? 100 * part / whole : 0;

	if (percent > 0 && percent < 0.1)
		snprintf(out, FIGURE_MAX, "<0.1 %%");
	else if (percent > 99.9 && percent < 100)
		snprintf(out, FIGURE_MAX, ">99.9 %%");
	else
		snprintf(out, FIGURE_MAX, "%.1f %%", percent);
	return out;
}

char *figure_rate(char out[FIGURE_MAX], double per_second)
{
	if (!(per_second > 0))
		snprintf(out, FIGURE_MAX, "-");
	else if (per_second >= 9.95)
		snprintf(out, FIGURE_MAX, "%.0f/s", per_second);
	else if (per_second >= 1)
		snprintf(out, FIGURE_MAX, "%.1f/s", per_second);
	else if (per_second * 60 >= 1)
		snprintf(out, FIGURE_MAX, "%.0f/min", per_second * 60);
	else
		snprintf(out, FIGURE_MAX, "%.1f/h", per_second * 3600);
	return out;
}

char *figure_money(char out[FIGURE_MAX], int64_t nano)
{
	double dollars = (double)nano / 1e9;

	if (nano == 0 || dollars >= 1)
		snprintf(out, FIGURE_MAX, "$%.2f", dollars);
	else if (nano > 0 && nano < 100000)
		snprintf(out, FIGURE_MAX, "<$0.0001");
	else
		snprintf(out, FIGURE_MAX, "$%.4f", dollars);
	return out;
}

char *figure_bytes(char out[FIGURE_MAX], int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes / 1024;
	int unit = 0;

	if (bytes < 1024) {
		snprintf(out, FIGURE_MAX, "%" PRId64 " B", bytes);
		return out;
	}
	for (; v >= 1024 && unit < 3; unit++)
		v /= 1024;
	snprintf(out, FIGURE_MAX, "%.1f %s", v, units[unit]);
	return out;
}
