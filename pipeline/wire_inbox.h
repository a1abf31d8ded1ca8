/*
 * wire_inbox.h - what other threads leave for the wire's: jobs, and how far it is to end.
 *
 * Internal to the wire. Threads: any; the lock is a leaf.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_INBOX_H
#define PACKSHOT_PIPELINE_WIRE_INBOX_H

#include "pipeline/wire_hosts.h"

#include <pthread.h>

/* Each implies the one before. */
enum wire_mood {
	WIRE_OPEN,
	WIRE_HOLDING,  /* nothing is sent any more */
	WIRE_ABORTING, /* and what is under way is given up */
	WIRE_CLOSING   /* and the thread ends */
};

struct inbox {
	pthread_mutex_t lock;
	struct turn *first, *last;
	enum wire_mood mood;
};

void inbox_init(struct inbox *);
void inbox_destroy(struct inbox *);
void inbox_put(struct inbox *, struct turn *);
void inbox_end(struct inbox *, enum wire_mood); /* never takes anything back */
/* All that lies there, linked; NULL: nothing. */
struct turn *inbox_take(struct inbox *, enum wire_mood *);

#endif
