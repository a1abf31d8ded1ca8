#include "pipeline/wire_hosts.h"

#include <stdlib.h>
#include <string.h>

struct host {
	struct host *prev, *next;
	struct turn *first, *last; /* waiting */
	int active;
	char name[];
};

static void append(struct hosts *hs, struct host *h)
{
	h->next = NULL;
	h->prev = hs->last;
	if (hs->last)
		hs->last->next = h;
	else
		hs->first = h;
	hs->last = h;
}

static void unlink_host(struct hosts *hs, struct host *h)
{
	if (h->prev)
		h->prev->next = h->next;
	else
		hs->first = h->next;
	if (h->next)
		h->next->prev = h->prev;
	else
		hs->last = h->prev;
}

static struct host *find(struct hosts *hs, const char *name)
{
	struct host *h = hs->first;
	size_t size;

	while (h && strcmp(h->name, name) != 0)
		h = h->next;
	if (h)
		return h;
	size = strlen(name) + 1;
	h = calloc(1, sizeof(*h) + size);
	if (h) {
		memcpy(h->name, name, size);
		append(hs, h);
	}
	return h;
}

static void forget_if_idle(struct hosts *hs, struct host *h)
{
	if (h->active || h->first)
		return;
	unlink_host(hs, h);
	free(h);
}

static struct turn *take_first(struct hosts *hs, struct host *h)
{
	struct turn *t = h->first;

	h->first = t->next;
	if (!h->first)
		h->last = NULL;
	t->next = NULL;
	hs->waiting--;
	return t;
}

int hosts_wait(struct hosts *hs, const char *name, struct turn *t)
{
	struct host *h = find(hs, name);

	if (!h)
		return -1;
	t->host = h;
	t->next = NULL;
	if (h->last)
		h->last->next = t;
	else
		h->first = t;
	h->last = t;
	hs->waiting++;
	return 0;
}

struct turn *hosts_next(struct hosts *hs)
{
	struct host *h = hs->first;

	while (h && (!h->first || h->active >= hs->per_host))
		h = h->next;
	if (!h)
		return NULL;
	unlink_host(hs, h);
	append(hs, h);
	h->active++;
	return take_first(hs, h);
}

void hosts_leave(struct hosts *hs, struct turn *t)
{
	struct host *h = t->host;

	t->host = NULL;
	h->active--;
	forget_if_idle(hs, h);
}

struct turn *hosts_drop(struct hosts *hs)
{
	struct host *h = hs->first;
	struct turn *t;

	while (h && !h->first)
		h = h->next;
	if (!h)
		return NULL;
	t = take_first(hs, h);
	t->host = NULL;
	forget_if_idle(hs, h);
	return t;
}
