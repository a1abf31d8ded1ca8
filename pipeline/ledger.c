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

/* In the budget's line. */
struct taking {
	struct budget_wait wait; /* first: a struct budget_wait * of ours is a struct taking * */
	ledger_answer *done;
	void *ctx;
};

/* An intent on its way to the recorder. */
struct intent {
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

/* --- the money --- */

static void answer_taking(struct ledger *l, struct taking *t)
{
	struct err why = { 0 };

	if (!t->wait.granted)
		err_set(&why, ERR_BUDGET,
			"the budget of $%.2f is used up: $%.4f is spent or may be, and the next call may cost $%.4f",
			(double)budget_limit(l->budget) / 1e9, (double)budget_used(l->budget) / 1e9,
			(double)t->wait.nano / 1e9);
	t->done(t->ctx, t->wait.granted ? NULL : &why);
	free(t);
}

int ledger_take(struct ledger *l, const struct purchase *p, ledger_answer *done, void *ctx)
{
	struct taking *t = malloc(sizeof(*t));

	if (!t)
		return -1;
	*t = (struct taking){ .wait = { .nano = p->reserve_nano }, .done = done, .ctx = ctx };
	if (budget_take(l->budget, &t->wait) != BUDGET_WAITS)
		answer_taking(l, t);
	return 0;
}

static void give(struct ledger *l, int64_t reserved_nano, int64_t cost_nano)
{
	struct budget_wait *over = budget_give(l->budget, reserved_nano, cost_nano);

	while (over) {
		struct taking *t = (struct taking *)over;

		over = over->next;
		answer_taking(l, t);
	}
}

/* --- the book --- */

static int write_intent(struct store *st, void *ctx, struct err *e)
{
	const struct intent *n = ctx;

	return store_call(st, n->ledger->run, &n->row, e);
}

static void intent_written(void *ctx, bool failed)
{
	struct intent *n = ctx;
	struct err why = { 0 };

	if (failed)
		err_set(&why, ERR_IO, "its cost could not be recorded");
	n->done(n->ctx, failed ? &why : NULL);
	free(n);
}

int ledger_write(struct ledger *l, int64_t seq, const char *stage, const struct purchase *p, int64_t *id,
		 ledger_answer *done, void *ctx)
{
	struct intent *n = malloc(sizeof(*n));
	struct entry entry = { write_intent, intent_written, n };

	if (!n)
		return -1;
	*id = atomic_fetch_add(&l->last, 1) + 1;
	*n = (struct intent){
		.ledger = l, .row = { *id, seq, stage, p->kind, p->model, p->reserve_nano }, .done = done, .ctx = ctx
	};
	if (recorder_post(l->recorder, &entry) == 0)
		return 0; /* cppcheck-suppress memleak ; the recorder has it */
	free(n);
	*id = 0;
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
	bool known = end->receipt && end->receipt->known;
	struct ending *g;
	struct entry entry = { write_ending, ending_written, NULL };

	give(l, end->reserved_nano, known ? end->receipt->cost_nano : end->billable ? end->reserved_nano : 0);
	if (id == 0)
		return 0;
	entry.ctx = g = calloc(1, sizeof(*g) + size);
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
