#include "pipeline/budget.h"

#include <pthread.h>
#include <stdlib.h>

struct budget {
	int64_t limit; /* constant */

	pthread_mutex_t lock; /* guards what follows */
	int64_t used;
	int open; /* reservations that were granted and not given back */
	struct budget_wait *first, **last;
};

struct budget *budget_create(int64_t limit_nano, int64_t spent_nano)
{
	struct budget *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->limit = limit_nano;
	b->used = spent_nano;
	b->last = &b->first;
	pthread_mutex_init(&b->lock, NULL);
	return b;
}

void budget_free(struct budget *b)
{
	if (b)
		pthread_mutex_destroy(&b->lock);
	free(b);
}

static bool fits_locked(const struct budget *b, const struct budget_wait *w)
{
	return b->limit == 0 || w->nano <= b->limit - b->used;
}

static void grant_locked(struct budget *b, struct budget_wait *w)
{
	b->used += w->nano;
	b->open++;
	w->granted = true;
}

enum budget_answer budget_take(struct budget *b, struct budget_wait *w)
{
	enum budget_answer answer = BUDGET_GRANTED;

	w->granted = false;
	w->next = NULL;
	pthread_mutex_lock(&b->lock);
	if (!b->first && fits_locked(b, w)) {
		grant_locked(b, w);
	} else if (b->open > 0) {
		*b->last = w;
		b->last = &w->next;
		answer = BUDGET_WAITS;
	} else {
		answer = BUDGET_REFUSED;
	}
	pthread_mutex_unlock(&b->lock);
	return answer;
}

struct budget_wait *budget_give(struct budget *b, int64_t reserved_nano, int64_t cost_nano)
{
	struct budget_wait *over = NULL, **end = &over;

	pthread_mutex_lock(&b->lock);
	b->used += cost_nano - reserved_nano;
	b->open--;
	while (b->first && (fits_locked(b, b->first) || b->open == 0)) {
		struct budget_wait *w = b->first;

		b->first = w->next;
		w->next = NULL;
		if (fits_locked(b, w))
			grant_locked(b, w);
		*end = w;
		end = &w->next;
	}
	if (!b->first)
		b->last = &b->first;
	pthread_mutex_unlock(&b->lock);
	return over;
}

int64_t budget_used(struct budget *b)
{
	int64_t used;

	pthread_mutex_lock(&b->lock);
	used = b->used;
	pthread_mutex_unlock(&b->lock);
	return used;
}

int64_t budget_limit(const struct budget *b)
{
	return b->limit;
}
