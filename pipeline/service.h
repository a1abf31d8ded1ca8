/*
 * service.h - a model's API as the machinery must treat it: where it is, what it allows, and what its refusals mean.
 *
 * A run has a few services, one a configured model. Which words an API uses for "wait" and "never again" is its dialect's
 * knowledge (stages/); what is done about it is the wire's.
 *
 * Threads: constant once a wire was opened with it.
 */
#ifndef PACKSHOT_PIPELINE_SERVICE_H
#define PACKSHOT_PIPELINE_SERVICE_H

#include "pipeline/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SERVICES_MAX 8
#define ENDPOINTS_MAX 8
#define SERVICE_HEADERS_MAX 3

struct bytes;
struct reply;

/* What an answer that is no success means for the call. */
enum verdict_action {
	VERDICT_DELIVER, /* hand it to the stage as it is */
	VERDICT_RETRY,   /* turned away unbilled: again after `wait_ms` or the backoff, whichever is longer */
	VERDICT_LOST,    /* a gateway gave up on it: it may have been worked on and billed. Ends the call with reply.lost */
	VERDICT_END      /* never again: the call ends with `err` */
};
struct verdict {
	enum verdict_action action;
	bool certain;    /* END: the service itself said so, in so many words; else it may have been a proxy, about this call alone */
	bool rate;       /* RETRY: too many requests, tokens or dollars: this endpoint's pace must slow down; else it is unwell */
	int64_t wait_ms; /* RETRY: what the answer asked for; -1: nothing */
	struct err err;  /* END, and RETRY once tries and patience are used up; no secrets */
};

struct service {
	const char *name;                      /* the model's id, for messages */
	const char *endpoints[ENDPOINTS_MAX];  /* base URLs without a slash at the end, in order of preference; NULL ends */
	const char *headers[SERVICE_HEADERS_MAX]; /* "Name: secret": sent with every call, never shown, never after a redirect */
	int concurrency;                       /* calls in flight at most; adapts below it */
	double rpm, tpm;                       /* per endpoint; 0: no limit known */
	double usd_per_10min;                  /* per endpoint; 0: no limit known */
	int timeout_ms;                        /* one try, from start to last byte */
	int cold_start_ms;                     /* the first try on an endpoint, and each after it was unwell, may take so much longer */
	const char *health_path;               /* GET on it says 200 when the endpoint is well; NULL: a call finds out */
	/* Pure, on the wire thread, for every answer other than 2xx. reply->body may be anything. NULL: as for a plain fetch. */
	void (*judge)(const struct reply *, struct verdict *);
};

/* Blots the service's keys out of an answer that is no success: it may repeat them, and must not bring them into messages. */
void service_hide_secrets(const struct service *, struct bytes *body);

#endif
