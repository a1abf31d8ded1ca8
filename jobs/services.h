/*
 * services.h - settings and models become services: which models are called, where, with which key, within which limits.
 *
 * The one place that reads an API key. It lives in a service's header line and nowhere else: not in settings, messages, logs, the
 * database, or a core dump (there is none once a key was read).
 *
 * Endpoints: those of --endpoint serve every called model that speaks the dialect of the first one; others go to their own. A model that the table does
 * not know can be called all the same when --endpoint and --dialect say how; what it costs is then not known.
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
	struct model models[SERVICES_MAX]; /* of v: the table's entries as the settings have them; strings borrowed */
	int count;
	struct model_use images[EDIT_MODELS_MAX]; /* --image-model, then --fallback-model in order */
	int image_count;
	struct model_use text; /* --text-model; model NULL with --no-copy */
	char *bases[ENDPOINTS_MAX]; /* of --endpoint, without a slash at the end */
	int base_count;
};

/* Finds the models, refuses what is retired and warns of what soon will be (log.h), reads keys. ERR_CONFIG, ERR_KEY (the variable is
 * not set: names it), ERR_RETIRED, ERR_NOMEM. The settings and models are borrowed. Give it to services_release() in every case. */
int services_open(struct services *, const struct settings *, const struct models *, struct err *);
/* Is that the name of a variable that may hold a model's key? */
bool services_is_key(const struct settings *, const struct models *, const char *variable);
void services_release(struct services *); /* wipes the keys; also of a zeroed one */

#endif
