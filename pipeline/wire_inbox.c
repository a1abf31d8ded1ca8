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

void inbox_put(struct inbox *b, struct turn *t)
{
	t->next = NULL;
	pthread_mutex_lock(&b->lock);
	if (b->last)
		b->last->next = t;
	else
		b->first = t;
	b->last = t;
	pthread_mutex_unlock(&b->lock);
}

void inbox_end(struct inbox *b, enum wire_mood mood)
{
	pthread_mutex_lock(&b->lock);
	b->mood = mood > b->mood ? mood : b->mood;
	pthread_mutex_unlock(&b->lock);
}

struct turn *inbox_take(struct inbox *b, enum wire_mood *mood)
{
	struct turn *all;

	pthread_mutex_lock(&b->lock);
	all = b->first;
	b->first = b->last = NULL;
	*mood = b->mood;
	pthread_mutex_unlock(&b->lock);
	return all;
}
