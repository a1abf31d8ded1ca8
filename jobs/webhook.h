/*
 * webhook.h - --alert-webhook: an alert is posted to a URL, more than once where it has to be.
 *
 * Such a URL is a secret: whoever has it may post there. Of it, messages show the scheme and the host.
 *
 * Threads: the main thread.
 */
#ifndef PACKSHOT_JOBS_WEBHOOK_H
#define PACKSHOT_JOBS_WEBHOOK_H

#include "pipeline/err.h"

/* Can something be posted there? ERR_CONFIG, ERR_NOMEM. */
int webhook_check(const char *url, struct err *);

/* Posts JSON. What may pass (5xx, 429, a time-out, a lost connection) is tried again, a few times within about a minute: the receiver may get
 * it twice. -1: it was not taken, or the user has asked to stop meanwhile (ERR_INTERRUPTED). */
int webhook_post(const char *url, const char *json, struct err *);

#endif
