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
static bool tell_locked(struct inbox *b)
{
	bool asleep = b->asleep;

	b->news = true;
	b->asleep = false;
	return asleep;
}

bool inbox_put(struct inbox *b, struct turn *t)
{
	bool wake;

	t->next = NULL;
	pthread_mutex_lock(&b->lock);
	if (b->last)
		b->last->next = t;
	else
		b->first = t;
	b->last = t;
	wake = tell_locked(b);
	pthread_mutex_unlock(&b->lock);
	return wake;
}

bool inbox_end(struct inbox *b, enum wire_mood mood)
{
	bool wake;

	pthread_mutex_lock(&b->lock);
	b->mood = mood > b->mood ? mood : b->mood;
	wake = tell_locked(b);
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
	b->news = b->asleep = false;
	pthread_mutex_unlock(&b->lock);
	return all;
}

bool inbox_sleep(struct inbox *b)
{
	bool asleep;

	pthread_mutex_lock(&b->lock);
	asleep = b->asleep = !b->news;
	pthread_mutex_unlock(&b->lock);
	return asleep;
}
