/*
 * services.h - settings and models become services: endpoints, keys from the environment, limits.
 *
 * The one place that reads an API key. It lives in the service's header line and nowhere else: not in settings, messages, logs or
 * the database.
 *
 * Threads: built by the main thread; constant from then on.
 */
#ifndef PACKSHOT_JOBS_SERVICES_H
#define PACKSHOT_JOBS_SERVICES_H

#include "jobs/settings.h"
#include "pipeline/service.h"
#include "stages/edit.h"
#include "stages/model.h"

struct services {
	struct service v[SERVICES_MAX];
	int count;
	struct model_use images[EDIT_MODELS_MAX]; /* --image-model, then --fallback-model in order */
	int image_count;
	struct model_use text;                    /* --text-model */
};

/* Finds the models, refuses what is retired and warns of what soon will be (log.h), reads keys. ERR_CONFIG, ERR_KEY (the variable is
 * not set: names it), ERR_RETIRED, ERR_NOMEM. Give it to services_release() in every case. */
int services_open(struct services *, const struct settings *, const struct models *, struct err *);
void services_release(struct services *); /* wipes the keys; also of a zeroed one */

#endif
