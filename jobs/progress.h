/*
 * progress.h - how far a run has come, while it runs: one line that is redrawn on a terminal, plain lines elsewhere.
 *
 * On a terminal: at most five times a second, never wider than the window, out of the way while a log line is printed. Elsewhere:
 * every 5 s to begin with, then every twentieth of the time that has passed, at most 5 minutes apart, so that the log of a
 * long night stays readable. With a log in JSON: events as often as plain lines. Quiet: nothing.
 *
 * Threads: open, tick and close from the main thread. The log's curtain is drawn from any thread; a lock of progress.c
 * keeps line and log apart (a leaf). The one object that has the terminal is the only global state.
 */
#ifndef PACKSHOT_JOBS_PROGRESS_H
#define PACKSHOT_JOBS_PROGRESS_H

#include "jobs/tally.h"

#include <stdio.h>

/* How many items a run will have: exact once the manifest has been read, before that an estimate. */
struct progress_total {
	int64_t items; /* negative: unknown */
	bool exact;
};

/* From the number admitted so far and the manifest's read fraction (manifest_progress(): negative where unknown). */
struct progress_total progress_estimate(int64_t admitted, double fraction, bool at_end);

/* What a line is made from. */
struct progress_view {
	struct tally_counts counts;
	struct progress_total total;
	double rate; /* items a second; 0: not known yet */
};

/* The line, ASCII, at most `width` columns: what matters least is left out first. */
void progress_format(char *out, size_t size, const struct progress_view *, int width);

/* Items a second over the last half minute, so that a change of pace shows; the average where nothing ended in that time. */
#define RATE_SAMPLES 31
struct rate {
	int64_t began_us;
	int64_t at_us[RATE_SAMPLES], ended[RATE_SAMPLES]; /* about a second apart, oldest first */
	int count;
};
void rate_begin(struct rate *, int64_t now_us);
double rate_update(struct rate *, int64_t now_us, int64_t ended);

struct progress;
struct progress_config {
	FILE *out;                 /* borrowed, as the tally is */
	const struct tally *tally;
	bool quiet;
	bool terminal;             /* terminal_is(out), and the log is no JSON */
};

/* Before threads start: puts up the log's curtain. One at a time. ERR_NOMEM. */
int progress_open(struct progress **out, const struct progress_config *, int64_t now_us, struct err *);

/* Call it often (every 50 to 200 ms); it decides itself when to draw. now_us: clock_monotonic_us(). */
void progress_tick(struct progress *, int64_t now_us, struct progress_total);

/* Clears the line, for good; other threads may go on logging. NULL is fine. */
void progress_close(struct progress *);

#endif
