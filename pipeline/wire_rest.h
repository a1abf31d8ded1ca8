/*
 * wire_rest.h - calls that rest until their next try is due. They hold no slot meanwhile.
 *
 * Internal to the wire. Threads: the wire's. Ownership: as of wire_hosts.h, nothing is freed here.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_REST_H
#define PACKSHOT_PIPELINE_WIRE_REST_H

#include "pipeline/wire_job.h"

struct rest {
	struct turn *first; /* soonest first; zeroed: nobody rests */
};

/* Puts a job to rest for so long. */
void rest_for(struct rest *, struct job *, int64_t ms);

/* When the first is due, by the monotonic clock; INT64_MAX: nobody rests. */
int64_t rest_ends_us(const struct rest *);

/* The first, whenever it is due, which rests no longer; NULL: there is none. */
struct job *rest_take(struct rest *);

#endif
