#include "pipeline/histogram.h"

int histogram_bucket(int64_t us)
{
	int octave = 0, bucket;

	if (us < 0)
		return 0;
	while (us >> octave >= 2 * HISTOGRAM_STEPS)
		octave++;
	if (us < HISTOGRAM_STEPS)
		return (int)us;
	bucket = (octave + 1) * HISTOGRAM_STEPS + (int)(us >> octave) - HISTOGRAM_STEPS;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

int64_t histogram_low(int bucket)
{
	int octave = bucket / HISTOGRAM_STEPS - 1;

	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	return (int64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << octave;
}

void histogram_add(struct histogram *h, int bucket, int64_t n)
{
	if (bucket < 0 || bucket >= HISTOGRAM_BUCKETS)
		bucket = HISTOGRAM_BUCKETS - 1;
	h->n[bucket] += n;
	h->count += n;
}

void histogram_sum(struct histogram *to, const struct histogram *from)
{
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->n[i] += from->n[i];
	to->count += from->count;
}

int64_t histogram_percentile(const struct histogram *h, int p)
{
	int64_t rank = (h->count * p + 99) / 100, seen = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS && h->count > 0; i++) {
		seen += h->n[i];
		if (seen >= rank)
			return (histogram_low(i) + histogram_low(i + 1) - 1) / 2;
	}
	return 0;
}
