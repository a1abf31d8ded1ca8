#include "pipeline/pace.h"

#include <math.h>

#define SHARE       0.98    /* of a limit per time that is used: starts may arrive late, and then closer together */
#define STAGGER_US  2000    /* between two starts at least: what starts together, comes back together */
#define SPREAD      0.8     /* of an answer's usual time over which as many starts are spread as may be in flight */
#define CATCH_UP_US 250000  /* of a late start that the next ones may make good */
#define BURST       0.02    /* of a window that a meter may hold: it fills while nothing is asked */
#define LOWER_US    1000000 /* the answers that were in flight when the limit went down say nothing new */
#define SLOW        2.5     /* this much longer than usual is congestion */
#define SLOW_US     500000  /* and by this much at least: short answers vary */

static void meter_init(struct meter *m, double amount, double window_s)
{
	*m = (struct meter){ .per_us = SHARE * (1 - BURST) * amount / (window_s * 1e6), .most = BURST * amount };
	m->has = m->most;
}

void pace_init(struct pace *p, int concurrency, double rpm, double tpm, double usd_per_10min)
{
	*p = (struct pace){ .most = concurrency, .limit = concurrency, .spacing_us = STAGGER_US };
	if (rpm > 0 && 60e6 / (SHARE * rpm) > STAGGER_US)
		p->spacing_us = (int64_t)(60e6 / (SHARE * rpm));
	meter_init(&p->tokens, tpm, 60);
	meter_init(&p->dollars, usd_per_10min * 1e9, 600);
}

static double meter_has(const struct meter *m, int64_t now)
{
	double has = m->has + m->per_us * (double)(now - m->at_us);

	return has < m->most ? has : m->most;
}

/* A call that wants more than the meter ever holds waits until it is full, and leaves a debt. */
static int64_t meter_when(const struct meter *m, int64_t now, double amount)
{
	double lacks = (amount < m->most ? amount : m->most) - meter_has(m, now);

	if (m->per_us <= 0 || lacks <= 0)
		return now;
	return now + (int64_t)(lacks / m->per_us) + 1;
}

/* Of calls that are large beside the limit, only so many whole ones fit into a window: each takes its share of it. */
static void meter_take(struct meter *m, int64_t now, double amount)
{
	double limit = m->most / BURST;

	if (m->per_us <= 0)
		return;
	if (amount > limit)
		amount = limit * ceil(amount / limit);
	else if (amount > m->most)
		amount = limit / floor(limit / amount);
	m->has = meter_has(m, now) - amount;
	m->at_us = now;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t pace_when(const struct pace *p, int64_t now, int64_t tokens, int64_t nano)
{
	int64_t when = later(now, later(p->next_us, p->held_until_us));

	if (p->in_flight >= (int)p->limit)
		return INT64_MAX;
	when = later(when, meter_when(&p->tokens, now, (double)tokens));
	return later(when, meter_when(&p->dollars, now, (double)nano));
}

void pace_started(struct pace *p, int64_t now, int64_t tokens, int64_t nano)
{
	int64_t due = later(p->next_us, now - CATCH_UP_US);

	p->in_flight++;
	p->next_us = later(
		p->spacing_us > STAGGER_US ? due + p->spacing_us : now + STAGGER_US,
		now + (int64_t)(SPREAD * (p->usual_us < p->recent_us ? p->usual_us : p->recent_us) / p->limit));
	meter_take(&p->tokens, now, (double)tokens);
	meter_take(&p->dollars, now, (double)nano);
}

static void lower(struct pace *p, int64_t now, double factor)
{
	if (p->lowered_us && now - p->lowered_us < LOWER_US)
		return;
	p->lowered_us = now;
	p->limit *= factor;
	if (p->limit < 1)
		p->limit = 1;
}

static void answered(struct pace *p, int64_t now, int64_t took_us)
{
	double took = (double)took_us;

	p->usual_us = p->usual_us > 0 ? p->usual_us + (took - p->usual_us) / 256 : took;
	p->recent_us = p->recent_us > 0 ? p->recent_us + (took - p->recent_us) / 16 : took;
	if (p->recent_us > SLOW * p->usual_us && p->recent_us > p->usual_us + SLOW_US) {
		lower(p, now, 0.8);
		return;
	}
	p->limit += 1 / p->limit;
	if (p->limit > p->most)
		p->limit = p->most;
}

void pace_ended(struct pace *p, int64_t now, enum pace_end end, int64_t took_us, int64_t wait_ms)
{
	p->in_flight--;
	if (end == PACE_ANSWERED)
		answered(p, now, took_us);
	else if (end == PACE_RATE)
		lower(p, now, 0.5);
	else if (end == PACE_UNWELL)
		lower(p, now, 0.7);
	if (end == PACE_RATE && wait_ms > 0)
		p->held_until_us = later(p->held_until_us, now + wait_ms * 1000);
}
