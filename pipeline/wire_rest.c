#include "pipeline/wire_rest.h"

#include "pipeline/clock.h"

static int64_t due_of(const struct turn *t)
{
	return ((const struct job *)t)->due_us;
}

void rest_for(struct rest *r, struct job *j, int64_t ms)
{
	struct turn **at = &r->first;

	j->due_us = clock_monotonic_us() + ms * 1000;
	while (*at && due_of(*at) <= j->due_us)
		at = &(*at)->next;
	j->turn.next = *at;
	*at = &j->turn;
}

int64_t rest_ends_us(const struct rest *r)
{
	return r->first ? due_of(r->first) : INT64_MAX;
}

struct job *rest_take(struct rest *r)
{
	struct job *j = (struct job *)r->first;

	if (j)
		r->first = j->turn.next;
	return j;
}
