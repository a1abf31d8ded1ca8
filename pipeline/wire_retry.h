/*
 * wire_retry.h - is a call tried again, and after how long? Decisions only; wire.c keeps the timers.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_RETRY_H
#define PACKSHOT_PIPELINE_WIRE_RETRY_H

#include "pipeline/err.h"

#include <stdint.h>
#include <time.h>

#define RETRY_WAIT_MAX_MS 60000 /* no wait between two tries is longer */

/* What became of one try. */
struct outcome {
	enum err_code code; /* ERR_OK: there is a reply, with `status` */
	int status;
	bool transient; /* of a failure: the same request may succeed within seconds */
	bool unsent;    /* of a failure: no byte of the request left this machine */
	bool has_body;  /* a POST: may have had its effect already */
	int64_t after_ms; /* of a service's answer: its Retry-After; -1: none */
};

/* A GET is repeated after a transient failure, 408, 429 and 5xx. A POST only where it cannot have been acted upon: nothing was
 * sent, or the server turned it away (429, 503). `tries` have been made so far, `retries` may follow the first. */
bool retry_allowed(const struct outcome *o, int tries, int retries);

/* A Retry-After header (seconds, or a date) as milliseconds from now; -1: absent (NULL) or not understood. */
int64_t retry_after_ms(const char *value, time_t now);

/* How long to wait after try number `tries` (1, 2, ...): anything up to backoff_ms doubled with each try ("full jitter":
 * chance, 0 <= chance < 1, says where), but not less than what the server asked for (after_ms; -1: nothing).
 * -1: the server asks for more than RETRY_WAIT_MAX_MS; the call ends with what it has. */
int64_t retry_wait_ms(int tries, int backoff_ms, int64_t after_ms, double chance);

#endif
