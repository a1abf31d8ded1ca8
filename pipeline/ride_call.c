/* ride_call.c - a ride's calls: payment first, then the wire, then the books. */
#include "pipeline/ride.h"

#include "pipeline/clock.h"

#include <stdlib.h>
#include <string.h>

void ride_answer(void *ctx, const struct reply *reply)
{
	struct ride *r = ctx;

	r->has_reply = true;
	r->next = NULL;
	r->reply = *reply;
	r->reply.body = bytes_ref(reply->body);
	r->reply.content_type = reply->content_type ? strdup(reply->content_type) : NULL;
	r->reply.etag = reply->etag ? strdup(reply->etag) : NULL;
	r->reply.last_modified = reply->last_modified ? strdup(reply->last_modified) : NULL;
	r->reply.url = reply->url ? strdup(reply->url) : NULL;
	engine_return(r->engine, r);
}

void ride_release_reply(struct ride *r)
{
	bytes_unref(r->reply.body);
	free((char *)r->reply.content_type);
	free((char *)r->reply.etag);
	free((char *)r->reply.last_modified);
	free((char *)r->reply.url);
	memset(&r->reply, 0, sizeof(r->reply));
	r->has_reply = false;
}

void ride_release_calls(struct ride *r)
{
	call_release(&r->call);
	call_release(&r->again);
}

/* A call that was never sent, answered by why. */
static void answer_unsent(struct ride *r, enum err_code code, const char *why)
{
	struct reply reply = { 0 };

	call_release(&r->call);
	err_set(&reply.err, code, "%s", why);
	ride_answer(r, &reply);
}

static void written(void *ctx, const struct err *why)
{
	struct ride *r = ctx;

	wire_paid(engine_config(r->engine)->wire, r->ticket, why != NULL);
}

/* On the wire's thread, when it is the call's turn: a row before the packet. */
static void pay(void *ctx, void *ticket)
{
	struct ride *r = ctx;
	const struct engine_config *cfg = engine_config(r->engine);
	struct err why = { 0 };

	r->ticket = ticket;
	if (cfg->may_buy && !cfg->may_buy(cfg->ctx, &why)) {
		engine_fail(r->engine, &why);
		wire_paid(cfg->wire, ticket, true);
		return;
	}
	if (ledger_write(cfg->ledger, r->item->seq, cfg->road.stages[r->item->stage]->name, &r->purchase, &r->ledger_id,
			 written, r) != 0)
		wire_paid(cfg->wire, ticket, true);
}

static void money_answered(void *ctx, const struct err *why)
{
	struct ride *r = ctx;

	if (why) {
		answer_unsent(r, why->code, why->msg);
		return;
	}
	r->bought = true;
	if (wire_send(engine_config(r->engine)->wire, &r->call, ride_answer, r) != 0)
		answer_unsent(r, ERR_NOMEM, "no memory to call the model");
}

static int buy(struct ride *r)
{
	const struct engine_config *cfg = engine_config(r->engine);

	r->purchase = r->call.purchase;
	r->call.pay = pay;
	call_release(&r->again);
	if (r->lost < cfg->lost_retries && call_copy(&r->again, &r->call) != 0)
		return -1;
	return ledger_take(cfg->ledger, &r->purchase, money_answered, r);
}

enum step ride_send(struct ride *r, struct call *call)
{
	const struct engine_config *cfg = engine_config(r->engine);
	int rc;

	r->sent_us = clock_wall_us();
	r->ledger_id = 0;
	r->bought = false;
	r->call = *call;
	memset(call, 0, sizeof(*call));
	/* From a success on, the ride belongs to the ledger or to the wire. */
	rc = r->call.purchase.paid && cfg->ledger ? buy(r) : wire_send(cfg->wire, &r->call, ride_answer, r);
	if (rc == 0)
		return STEP_PARKED;
	ride_release_calls(r);
	err_set(&r->item->err, ERR_NOMEM, "no memory to fetch %s", r->item->source);
	return STEP_FAILED;
}

bool ride_pays_again(struct ride *r, enum step *step)
{
	struct call again = r->again;

	if (!r->reply.lost || r->reply.err.code != ERR_LOST || !r->bought || !again.url ||
	    engine_failed(r->engine, NULL))
		return false;
	memset(&r->again, 0, sizeof(r->again));
	r->receipt.fault = ERR_LOST;
	ride_settle(r);
	ride_release_reply(r);
	r->lost++;
	*step = ride_send(r, &again);
	return true;
}

static bool is_answered(const struct ride *r)
{
	return r->reply.err.code == ERR_OK && r->reply.status / 100 == 2;
}

static bool is_billable(const struct ride *r)
{
	return is_answered(r) || r->reply.lost;
}

void ride_charge(struct ride *r)
{
	int64_t cost = r->receipt.known ? r->receipt.cost_nano : is_billable(r) ? r->purchase.reserve_nano : 0;

	if (!r->bought || r->charged)
		return;
	r->charged = true;
	r->item->cost_nano += cost;
	r->item->results[r->item->stage].cost_nano += cost;
}

static void count_call(const struct ride *r, const struct ledger_end *end)
{
	bool known = end->receipt->known, settled = known || !end->billable;

	counts_call(engine_config(r->engine)->counts, &(struct counts_call){ .model = r->purchase.model,
									     .kind = r->purchase.kind,
									     .settled = settled,
									     .nano = known     ? end->receipt->cost_nano
										     : settled ? 0
											       : end->reserved_nano,
									     .tries = end->tries,
									     .error = end->error });
}

void ride_settle(struct ride *r)
{
	struct ledger_end end = { .reserved_nano = r->purchase.reserve_nano,
				  .endpoint = r->reply.endpoint,
				  .tries = r->reply.tries,
				  .started_us = r->sent_us,
				  .ended_us = clock_wall_us(),
				  .receipt = &r->receipt,
				  .billable = is_billable(r),
				  .error = is_answered(r) ? r->receipt.fault : r->reply.err.code };
	struct err err = { 0 };
	int64_t id = r->ledger_id;

	call_release(&r->again);
	if (!r->bought)
		return;
	ride_charge(r);
	r->ledger_id = 0;
	r->bought = r->charged = false;
	if (id) /* what was never written down is no call */
		count_call(r, &end);
	if (ledger_end(engine_config(r->engine)->ledger, id, &end) == 0)
		return;
	err_set(&err, ERR_IO, "no memory to record what a call for %s came to", r->item->sku);
	engine_fail(r->engine, &err);
}
