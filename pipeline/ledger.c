#include "pipeline/ledger.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ledger {
	struct recorder *recorder;
	struct budget *budget;
	int64_t run;
	atomic_llong last; /* number given out */
};

/* A reservation on its way: in the budget's line, then to the recorder. */
struct reservation {
	struct budget_wait wait; /* first: a struct budget_wait * of ours is a struct reservation * */
	struct ledger *ledger;
	struct call_row row;
	ledger_answer *done;
	void *ctx;
};

/* An end on its way there, with what it points to. */
struct ending {
	struct call_end_row row;
	struct receipt receipt;
	char endpoint[];
};

int ledger_open(struct ledger **out, struct store *st, int64_t run, struct budget *budget, struct err *e)
{
	struct ledger *l = calloc(1, sizeof(*l));
	int64_t last = 0;

	*out = NULL;
	if (!l)
		return err_set(e, ERR_NOMEM, "no memory for the ledger");
	if (store_last_call(st, &last, e) != 0) {
		free(l);
		return -1;
	}
	l->run = run;
	l->budget = budget;
	atomic_init(&l->last, last);
	*out = l;
	return 0;
}

void ledger_use(struct ledger *l, struct recorder *r)
{
	l->recorder = r;
}

void ledger_close(struct ledger *l)
{
	free(l);
}

static int write_reservation(struct store *st, void *ctx, struct err *e)
{
	const struct reservation *r = ctx;

	return store_call(st, r->ledger->run, &r->row, e);
}

static void reservation_written(void *ctx, bool failed)
{
	struct reservation *r = ctx;
	struct err why = { 0 };

	if (failed)
		err_set(&why, ERR_IO, "its cost could not be recorded");
	r->done(r->ctx, failed ? &why : NULL);
	free(r);
}

static int write_down(struct reservation *r)
{
	struct entry entry = { write_reservation, reservation_written, r };

	return recorder_post(r->ledger->recorder, &entry);
}

static void refuse(struct reservation *r)
{
	const struct budget *b = r->ledger->budget;
	struct err why = { 0 };

	err_set(&why, ERR_BUDGET,
		"the budget of $%.2f is used up: $%.4f is spent or may be, and the next call may cost $%.4f",
		(double)budget_limit(b) / 1e9, (double)budget_used(r->ledger->budget) / 1e9,
		(double)r->row.reserved_nano / 1e9);
	r->done(r->ctx, &why);
	free(r);
}

/* Those who waited for what others gave back. One that cannot be written down makes room for the next. */
static void end_waiting(struct ledger *l, struct budget_wait *over)
{
	while (over) {
		struct reservation *r = (struct reservation *)over;
		struct budget_wait *more = NULL;

		over = over->next;
		if (!r->wait.granted) {
			refuse(r);
		} else if (write_down(r) != 0) {
			more = budget_give(l->budget, r->wait.nano, 0);
			reservation_written(r, true);
		}
		while (more) {
			struct budget_wait *next = more->next;

			more->next = over;
			over = more;
			more = next;
		}
	}
}

int ledger_reserve(struct ledger *l, int64_t seq, const char *stage, const struct purchase *p, int64_t *id,
		   ledger_answer *done, void *ctx)
{
	struct reservation *r = calloc(1, sizeof(*r));

	if (!r)
		return -1;
	*id = atomic_fetch_add(&l->last, 1) + 1;
	*r = (struct reservation){ .wait = { .nano = p->reserve_nano },
				   .ledger = l,
				   .row = { *id, seq, stage, p->kind, p->model, p->reserve_nano },
				   .done = done,
				   .ctx = ctx };
	switch (budget_take(l->budget, &r->wait)) {
	case BUDGET_WAITS:
		return 0;
	case BUDGET_REFUSED:
		refuse(r);
		return 0;
	case BUDGET_GRANTED:
		break;
	}
	if (write_down(r) == 0)
		return 0;
	free(r);
	end_waiting(l, budget_give(l->budget, p->reserve_nano, 0));
	return -1;
}

static int write_ending(struct store *st, void *ctx, struct err *e)
{
	const struct ending *end = ctx;

	return store_call_end(st, &end->row, e);
}

static void ending_written(void *ctx, bool failed)
{
	(void)failed; /* the recorder keeps the reason, and the run ends by it */
	free(ctx);
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

int ledger_end(struct ledger *l, int64_t id, const struct ledger_end *end)
{
	size_t size = end->endpoint ? strlen(end->endpoint) + 1 : 1;
	struct ending *g = calloc(1, sizeof(*g) + size);
	struct entry entry = { write_ending, ending_written, g };
	bool known = end->receipt && end->receipt->known;

	end_waiting(l, budget_give(l->budget, end->reserved_nano,
				   known           ? end->receipt->cost_nano
				   : end->billable ? end->reserved_nano
						   : 0));
	if (!g)
		return -1;
	if (end->endpoint)
		memcpy(g->endpoint, end->endpoint, size);
	if (end->receipt)
		g->receipt = *end->receipt;
	g->row = (struct call_end_row){ .id = id,
					.settled = known || !end->billable,
					.settled_nano = known ? end->receipt->cost_nano : 0,
					.has_tokens = known,
					.text_in = g->receipt.text_in,
					.image_in = g->receipt.image_in,
					.text_out = g->receipt.text_out,
					.image_out = g->receipt.image_out,
					.started_us = end->started_us,
					.ended_us = end->ended_us,
					.tries = end->tries,
					.endpoint = or_null(g->endpoint),
					.answered_by = or_null(g->receipt.model),
					.answer_id = or_null(g->receipt.id),
					.error = end->error == ERR_OK ? NULL : err_name(end->error) };
	if (recorder_post(l->recorder, &entry) == 0)
		return 0; /* cppcheck-suppress memleak ; the recorder has it */
	free(g);
	return -1;
}
