#include "tests/emulator/emulator.h"

#include "pipeline/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* US dollars for a million tokens, from the providers' pages; a table of its own, so that a wrong one of packshot's
 * shows. */
static const struct {
	const char *model;
	double text_in, image_in, text_out, image_out;
} bill_prices[] = {
	{ "gemini-nano-banana-2.1", 1.50, 1.50, 7.50, 30 },
	{ "gemini-3.1-flash-lite-image", 0.25, 0.25, 1.50, 30 },
	{ "gemini-3-pro-image", 2, 2, 12, 120 },
	{ "gemini-3.1-flash-image", 0.50, 0.50, 3, 60 },
	{ "gemini-3.5-flash-lite", 0.30, 0.30, 2.50, 0 },
	{ "gemini-3.1-flash-lite", 0.25, 0.25, 1.50, 0 },
	{ "gpt-image-2", 5, 8, 0, 30 },
};

static FILE *bill_file;
static struct {
	const char *what;
	long long count;
} bill_counts[64];
static long long bill_nano, bill_calls, bill_now, bill_peak;
static int64_t bill_first_us, bill_last_us; /* when requests arrived */

bool bill_open(const char *path)
{
	bill_file = path ? fopen(path, "a") : NULL;
	return !path || bill_file;
}

void bill_write(const char *model, const char *kind, const struct usage *u, bool delivered, const char *id)
{
	double micro = 0;

	for (size_t i = 0; i < sizeof(bill_prices) / sizeof(*bill_prices); i++) {
		if (strcmp(bill_prices[i].model, model) == 0)
			micro = (double)u->text_in * bill_prices[i].text_in +
				(double)u->image_in * bill_prices[i].image_in +
				(double)u->text_out * bill_prices[i].text_out +
				(double)u->image_out * bill_prices[i].image_out;
	}
	bill_calls++;
	bill_nano += (long long)(micro * 1000 + 0.5);
	if (!bill_file)
		return;
	fprintf(bill_file,
		"{\"id\":\"%s\",\"model\":\"%s\",\"kind\":\"%s\",\"nano\":%lld,\"delivered\":%s,\"text_in\":%lld,"
		"\"image_in\":"
		"%lld,\"text_out\":%lld,\"image_out\":%lld}\n",
		id, model, kind, (long long)(micro * 1000 + 0.5), delivered ? "true" : "false", (long long)u->text_in,
		(long long)u->image_in, (long long)u->text_out, (long long)u->image_out);
	fflush(bill_file);
}

void bill_count(const char *what)
{
	int i = 0;

	while (i < 63 && bill_counts[i].what && strcmp(bill_counts[i].what, what) != 0)
		i++;
	bill_counts[i].what = what;
	bill_counts[i].count++;
}

void bill_in_flight(int change)
{
	bill_now += change;
	if (change > 0)
		bill_last_us = clock_monotonic_us();
	if (!bill_first_us)
		bill_first_us = bill_last_us;
	if (bill_now > bill_peak)
		bill_peak = bill_now;
}

char *bill_stats(void)
{
	cJSON *o = cJSON_CreateObject();
	char *text;

	cJSON_AddNumberToObject(o, "billed", (double)bill_calls);
	cJSON_AddNumberToObject(o, "nano", (double)bill_nano);
	cJSON_AddNumberToObject(o, "in_flight", (double)bill_now);
	cJSON_AddNumberToObject(o, "in_flight_peak", (double)bill_peak);
	cJSON_AddNumberToObject(o, "span_us", (double)(bill_last_us - bill_first_us));
	for (int i = 0; i < 64 && bill_counts[i].what; i++)
		cJSON_AddNumberToObject(o, bill_counts[i].what, (double)bill_counts[i].count);
	text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}
