/*
 * forecast.h - what calls of a model will come to: by the last answers in this workspace, else by the price list.
 *
 * Threads: the main thread.
 */
#ifndef PACKSHOT_JOBS_FORECAST_H
#define PACKSHOT_JOBS_FORECAST_H

#include "jobs/services.h"
#include "jobs/settings.h"
#include "pipeline/store.h"

/* Of one call. All zero: it is free. */
struct forecast {
	int64_t low_nano, high_nano; /* seldom less, hardly ever more; negative: not known */
	int64_t tokens, took_us;
	bool seen; /* from answers of this workspace */
};

/* reader may be NULL. ERR_STORE. */
int forecast_call(struct forecast *, struct store_reader *, const struct settings *, const struct model_use *, bool image, struct err *);

/* How long so many calls take under the service's limits, microseconds. */
int64_t forecast_time(const struct forecast *, const struct settings *, const struct service *, int64_t calls);

#endif
