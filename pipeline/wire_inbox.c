#include "pipeline/wire_inbox.h"

#include <string.h>

void inbox_init(struct inbox *b)
{
	memset(b, 0, sizeof(*b));
	pthread_mutex_init(&b->lock, NULL);
}

void inbox_destroy(struct inbox *b)
{
	pthread_mutex_destroy(&b->lock);
}

/* Whoever brings news to a sleeper wakes it, once. */
static bool tell_locked(struct inbox *b, enum wire_sleep wakes)
{
	bool wake = b->sleep >= wakes;

	b->news = true;
	if (wake)
		b->sleep = WIRE_AWAKE;
	return wake;
}

static bool put(struct inbox *b, struct turn *t, enum wire_sleep wakes)
{
	bool wake;

	t->next = NULL;
	pthread_mutex_lock(&b->lock);
	if (b->last)
		b->last->next = t;
	else
		b->first = t;
	b->last = t;
	wake = tell_locked(b, wakes);
	pthread_mutex_unlock(&b->lock);
	return wake;
}

bool inbox_put(struct inbox *b, struct turn *t)
{
	return put(b, t, WIRE_ASLEEP);
}

bool inbox_put_urgent(struct inbox *b, struct turn *t)
{
	return put(b, t, WIRE_DOZING);
}

bool inbox_end(struct inbox *b, enum wire_mood mood)
{
	bool wake;

	pthread_mutex_lock(&b->lock);
	b->mood = mood > b->mood ? mood : b->mood;
	wake = tell_locked(b, WIRE_DOZING);
	pthread_mutex_unlock(&b->lock);
	return wake;
}

struct turn *inbox_take(struct inbox *b, enum wire_mood *mood)
{
	struct turn *all;

	pthread_mutex_lock(&b->lock);
	all = b->first;
	b->first = b->last = NULL;
	*mood = b->mood;
	b->news = false;
	b->sleep = WIRE_AWAKE;
	pthread_mutex_unlock(&b->lock);
	return all;
}

bool inbox_sleep(struct inbox *b, enum wire_sleep how)
{
	bool quiet;

	pthread_mutex_lock(&b->lock);
	quiet = !b->news;
	b->sleep = quiet ? how : WIRE_AWAKE;
	pthread_mutex_unlock(&b->lock);
	return quiet;
}
