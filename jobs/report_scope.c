#include "jobs/report_scope.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_US 86400000000

static bool is_day(const struct tm *tm)
{
	struct tm same = *tm;

	timegm(&same); /* moves the 31st of a short month into the next one */
	return same.tm_mday == tm->tm_mday && same.tm_mon == tm->tm_mon && tm->tm_hour < 24 && tm->tm_min < 60;
}

int report_moment(const char *text, int64_t now_us, int64_t *us, struct err *e)
{
	struct tm tm = { 0 };
	int days, end = 0, end_of_day = 0;

	if (sscanf(text, "%5dd%n", &days, &end) == 1 && end > 0 && !text[end] && days >= 0) {
		*us = now_us - days * (int64_t)DAY_US;
		return 0;
	}
	sscanf(text, "%4d-%2d-%2d%nT%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end_of_day, &tm.tm_hour,
	       &tm.tm_min, &end);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if ((size_t)(end ? end : end_of_day) != strlen(text) || !*text || tm.tm_hour < 0 || tm.tm_min < 0 ||
	    !is_day(&tm))
		return err_set(
			e, ERR_USAGE,
			"\"%.40s\" is no day: write 2026-11-25, 2026-11-25T06:30 (UTC), or 7d for seven days ago",
			text);
	*us = (int64_t)timegm(&tm) * 1000000;
	return 0;
}

int report_scope(const struct settings *set, int64_t now_us, struct report_scope *out, struct err *e)
{
	bool range = set->since || set->until || set->all;

	memset(out, 0, sizeof(*out));
	out->reach = set->run > 0 ? REPORT_ONE_RUN : range ? REPORT_RANGE : REPORT_LAST;
	out->run = set->run;
	if (set->run > 0 && range)
		return err_set(e, ERR_USAGE, "--run is one run; --since, --until and --all are several");
	if (set->all && (set->since || set->until))
		return err_set(e, ERR_USAGE, "--all has no --since and no --until");
	if (set->since && report_moment(set->since, now_us, &out->from_us, e) != 0)
		return -1;
	if (set->until && report_moment(set->until, now_us, &out->until_us, e) != 0)
		return -1;
	if (set->until && out->until_us == 0)
		out->until_us = 1; /* 0 would be no end */
	if (set->since && set->until && out->until_us <= out->from_us)
		return err_set(e, ERR_USAGE, "--until comes before --since");
	return 0;
}
