/*
 * metrics.h - counters, gauges and histograms, and how Prometheus reads them (text format 0.0.4).
 *
 * A metric is constant data: name, help, unit, names of its labels. Each set of label values is a series of its own, made before threads
 * start; from then on a series is one number (or a few) that whoever has the event adds to. All numbers are whole: a metric in
 * seconds counts microseconds (places 6), one in dollars nano-dollars (places 9), and is printed exactly.
 *
 * Threads: a registry is filled and freed by one thread. series_...() and metrics_print() from any, without a lock: a snapshot may
 *   have one series a moment newer than another.
 */
#ifndef PACKSHOT_PIPELINE_METRICS_H
#define PACKSHOT_PIPELINE_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define METRIC_LABELS_MAX  3
#define METRIC_BUCKETS_MAX 20

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
	enum metric_type type;
	const char *name, *help;
	int places;                            /* of the printed number behind the point */
	const char *labels[METRIC_LABELS_MAX]; /* names; NULL where there are no more */
	const int64_t *bounds;                 /* histograms: upper bounds of the buckets, rising, METRIC_BUCKETS_MAX at most; 0 ends */
	bool sparse;                           /* a series that is 0 is not printed: most never happen */
};

struct metrics;
struct series;

struct metrics *metrics_create(void); /* NULL: no memory */
void metrics_free(struct metrics *);  /* and its series; NULL is fine */

/* A series with these label values (copied; as many as there are names), or the one that has them already. The metric is borrowed and must
 * outlive the registry. NULL: no memory, and metrics_whole() is false from then on. */
struct series *metrics_add(struct metrics *, const struct metric *, const char *const *values);
bool metrics_whole(const struct metrics *);

/* NULL series are fine. */
void series_add(struct series *, int64_t amount);
void series_set(struct series *, int64_t value);
void series_observe(struct series *, int64_t value); /* of a histogram */
int64_t series_value(const struct series *);         /* of a histogram: the sum */

/* Everything, each metric under one HELP and TYPE, in the order in which metrics were added first. */
void metrics_print(FILE *, const struct metrics *);

#endif
