/*
 * wire_inbox.h - what other threads leave for the wire's: jobs, and how far it is to end.
 *
 * Internal to the wire. Threads: any; the lock is a leaf.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_INBOX_H
#define PACKSHOT_PIPELINE_WIRE_INBOX_H

#include "pipeline/wire_hosts.h"

#include <pthread.h>
#include <stdbool.h>

/* Each implies the one before. */
enum wire_mood {
	WIRE_OPEN,
	WIRE_HOLDING,  /* nothing is sent any more */
	WIRE_ABORTING, /* and what is under way is given up */
	WIRE_CLOSING   /* and the thread ends */
};

/* How the wire's thread sleeps. */
enum wire_sleep {
	WIRE_AWAKE,
	WIRE_DOZING, /* fetches wait in line already: one more is found soon enough */
	WIRE_ASLEEP
};

struct inbox {
	pthread_mutex_t lock;
	struct turn *first, *last;
	enum wire_mood mood;
	bool news; /* since the last inbox_take() */
	enum wire_sleep sleep;
};

void inbox_init(struct inbox *);
void inbox_destroy(struct inbox *);
/* A call. True: the wire's thread sleeps, and the caller, nobody else, is to wake it. So too with the next two. */
bool inbox_put(struct inbox *, struct turn *);
bool inbox_put_urgent(struct inbox *, struct turn *); /* one that is not to wait until the thread wakes by itself */
bool inbox_end(struct inbox *, enum wire_mood);       /* never takes anything back */
/* All that lies there, linked; NULL: nothing. The wire's thread alone, like the next. */
struct turn *inbox_take(struct inbox *, enum wire_mood *);
/* It is about to sleep so. False: something has arrived meanwhile. */
bool inbox_sleep(struct inbox *, enum wire_sleep);

#endif
