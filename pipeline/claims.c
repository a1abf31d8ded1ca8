#include "pipeline/ride.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct claim {
	struct digest key;
	struct ride *first, **last; /* those who wait, in order of arrival */
	struct claim *next;
};

#define CONFIRMED 65536 /* remembered; where two keys share a place, the later one has it */

struct claims {
	pthread_mutex_t lock; /* a leaf; guards all below and every claim */
	size_t mask;
	struct claim **buckets;
	struct {
		uint64_t key, blob; /* their beginnings */
	} confirmed[CONFIRMED];
};

struct claims *claims_create(int expected)
{
	struct claims *c = calloc(1, sizeof(*c));
	size_t count = 64;

	if (!c)
		return NULL;
	while (count < (size_t)expected)
		count *= 2;
	c->mask = count - 1;
	c->buckets = calloc(count, sizeof(struct claim *));
	if (!c->buckets || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c->buckets);
		free(c);
		return NULL;
	}
	return c;
}

static struct claim **bucket_of(struct claims *c, const struct digest *key)
{
	size_t hash;

	memcpy(&hash, key->b, sizeof(hash)); /* SHA-256 is as good a hash as any */
	return &c->buckets[hash & c->mask];
}

static void wait_behind(struct claim *holder, struct ride *r)
{
	r->next = NULL;
	*holder->last = r;
	holder->last = &r->next;
}

enum claimed claims_take(struct claims *c, const struct digest *key, struct ride *waiter, struct claim **claim)
{
	struct claim *mine = calloc(1, sizeof(*mine)), **bucket = bucket_of(c, key), *held;

	if (!mine)
		return CLAIM_NO_MEMORY;
	mine->key = *key;
	mine->last = &mine->first;
	pthread_mutex_lock(&c->lock);
	for (held = *bucket; held; held = held->next) {
		if (digest_equal(&held->key, key))
			break;
	}
	if (!held) {
		mine->next = *bucket;
		*bucket = *claim = mine;
	} else if (waiter) {
		wait_behind(held, waiter);
	}
	pthread_mutex_unlock(&c->lock);
	if (!held)
		return CLAIM_MINE;
	free(mine);
	return CLAIM_WAITS;
}

struct ride *claims_release(struct claims *c, struct claim *claim)
{
	struct claim **at;
	struct ride *waiting;

	if (!claim)
		return NULL;
	pthread_mutex_lock(&c->lock);
	for (at = bucket_of(c, &claim->key); *at != claim; at = &(*at)->next)
		;
	*at = claim->next;
	waiting = claim->first;
	pthread_mutex_unlock(&c->lock);
	free(claim);
	return waiting;
}

static uint64_t beginning_of(const struct digest *d)
{
	uint64_t beginning;

	memcpy(&beginning, d->b, sizeof(beginning));
	return beginning;
}

void claims_confirm(struct claims *c, const struct digest *key, const struct digest *blob)
{
	uint64_t beginning = beginning_of(key);

	pthread_mutex_lock(&c->lock);
	c->confirmed[beginning % CONFIRMED].key = beginning;
	c->confirmed[beginning % CONFIRMED].blob = beginning_of(blob);
	pthread_mutex_unlock(&c->lock);
}

enum confirmed claims_confirmed(struct claims *c, const struct digest *key, const struct digest *blob)
{
	uint64_t beginning = beginning_of(key);
	enum confirmed so = CONFIRMED_NOT;

	pthread_mutex_lock(&c->lock);
	if (c->confirmed[beginning % CONFIRMED].key == beginning)
		so = c->confirmed[beginning % CONFIRMED].blob == beginning_of(blob) ? CONFIRMED_SAME : CONFIRMED_OTHER;
	pthread_mutex_unlock(&c->lock);
	return so;
}

void claims_free(struct claims *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c->buckets);
	free(c);
}
