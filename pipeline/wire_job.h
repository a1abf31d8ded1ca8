/*
 * wire_job.h - a call on its way through the wire. Internal to it; the wire's thread only.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_JOB_H
#define PACKSHOT_PIPELINE_WIRE_JOB_H

#include "pipeline/wire.h"
#include "pipeline/wire_hosts.h"
#include "pipeline/wire_url.h"

struct job {
	struct turn turn; /* first: a struct turn * of ours is a struct job *. Also the link while in the inbox or resting */
	struct call call;
	wire_done *done; /* NULL: a probe of the wire's own */
	void *ctx;
	struct url url; /* of a service's call: for the endpoint it was last sent to */
	int tries;
	int64_t due_us;     /* while resting */
	int64_t started_us; /* the last try */

	/* Of a paid call. */
	struct slot *slot; /* held while its payment is written down */
	bool paying, paid, unpaid;

	/* Of a service's call. */
	int endpoint;      /* it is, or was last, sent to */
	int failures;      /* tries that failed in a way that waiting does not explain */
	int64_t joined_us; /* it came into its lane first */
	int64_t turned_us; /* it was turned away first; 0: never */
};

#endif
