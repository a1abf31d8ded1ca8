/*
 * pace.h - how fast one endpoint of a service may be asked: requests, tokens and dollars per time, and calls in flight.
 *
 * Limits per time are kept by even spacing, a hair below the limit, so that no window of theirs, wherever it begins, sees one too
 * many. Calls in flight adapt below the configured number: a little up with each success, down by a factor on 429, 503
 * and when answers take much longer than they used to.
 *
 * Threads: one (the wire's). Times are microseconds of a monotonic clock, handed in.
 */
#ifndef PACKSHOT_PIPELINE_PACE_H
#define PACKSHOT_PIPELINE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Something that fills with time and is taken from: tokens, dollars. */
struct meter {
	double per_us, most; /* 0: no limit */
	double has;
	int64_t at_us;
};

struct pace {
	int most;               /* calls in flight that are configured */
	double limit;           /* and that are allowed now, 1..most */
	int in_flight;
	int64_t spacing_us;     /* between two starts */
	int64_t next_us;        /* the next start, not before */
	int64_t held_until_us;  /* the service asked for a pause */
	int64_t lowered_us;     /* the last time the limit went down */
	double usual_us, recent_us; /* how long answers take: over hundreds, and over a few */
	struct meter tokens, dollars;
};

/* rpm, tpm, usd_per_10min: 0 is no limit. */
void pace_init(struct pace *, int concurrency, double rpm, double tpm, double usd_per_10min);

/* When may a call of so many tokens and nano-dollars start? `now`: at once; INT64_MAX: once one that is in flight has ended. */
int64_t pace_when(const struct pace *, int64_t now, int64_t tokens, int64_t nano);

void pace_started(struct pace *, int64_t now, int64_t tokens, int64_t nano);

enum pace_end {
	PACE_ANSWERED, /* took_us holds */
	PACE_RATE,     /* too many: wait_ms as asked, -1 nothing */
	PACE_UNWELL,   /* overloaded, or gone */
	PACE_OTHER     /* says nothing about its pace */
};
void pace_ended(struct pace *, int64_t now, enum pace_end, int64_t took_us, int64_t wait_ms);

#endif
