/*
 * histogram.h - how long things took, in buckets a sixty-fourth of an octave wide: percentiles to within 0.8 %, whatever is added up.
 *
 * Up to 63 microseconds each value has a bucket of its own, then each doubling has 64.
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_HISTOGRAM_H
#define PACKSHOT_PIPELINE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS   64
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 36) /* to 2^41 microseconds, 25 days; longer is as long */

struct histogram {
	int64_t count;
	int64_t n[HISTOGRAM_BUCKETS];
};

/* The bucket of a duration; negative ones are 0. */
int histogram_bucket(int64_t us);
/* The least duration that falls into it; that of the next one ends it. */
int64_t histogram_low(int bucket);

void histogram_add(struct histogram *, int bucket, int64_t n); /* a bucket that there is none of counts as the last */
void histogram_sum(struct histogram *to, const struct histogram *from);

/* The middle of the bucket in which the nearest rank lies: the smallest that at least p percent of all do not exceed. 0: there are none. */
int64_t histogram_percentile(const struct histogram *, int p);

#endif
