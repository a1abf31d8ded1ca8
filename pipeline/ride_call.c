/* ride_call.c - a ride's calls: payment first, then the wire, then the books. */
#include "pipeline/ride.h"

#include "pipeline/clock.h"

#include <stdlib.h>
#include <string.h>

static void answer(void *ctx, const struct reply *reply)
{
	struct ride *r = ctx;

	r->reply = *reply;
	r->reply.body = bytes_ref(reply->body);
	r->reply.content_type = reply->content_type ? strdup(reply->content_type) : NULL;
	r->reply.etag = reply->etag ? strdup(reply->etag) : NULL;
	r->reply.last_modified = reply->last_modified ? strdup(reply->last_modified) : NULL;
	r->reply.url = reply->url ? strdup(reply->url) : NULL;
	r->has_reply = true;
	r->next = NULL;
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

	err_set(&reply.err, code, "%s", why);
	answer(r, &reply);
}

/* The row is committed and the packet may leave, or it may not: see ledger_answer. */
static void payment_answered(void *ctx, const struct err *why)
{
	struct ride *r = ctx;

	if (why && why->code == ERR_BUDGET)
		r->ledger_id = 0; /* there is no row to settle */
	if (why)
		answer_unsent(r, why->code == ERR_BUDGET ? ERR_BUDGET : ERR_INTERRUPTED, why->msg);
	else if (wire_send(engine_config(r->engine)->wire, &r->call, answer, r) != 0)
		answer_unsent(r, ERR_NOMEM, "no memory to call the model");
}

static int reserve(struct ride *r)
{
	const struct engine_config *cfg = engine_config(r->engine);

	r->reserved_nano = r->call.purchase.reserve_nano;
	call_release(&r->again);
	if (r->lost < cfg->lost_retries && call_copy(&r->again, &r->call) != 0)
		return -1;
	return ledger_reserve(cfg->ledger, r->item->seq, cfg->road.stages[r->item->stage]->name, &r->call.purchase,
			      &r->ledger_id, payment_answered, r);
}

enum step ride_send(struct ride *r, struct call *call)
{
	const struct engine_config *cfg = engine_config(r->engine);
	int rc;

	r->sent_us = clock_wall_us();
	r->ledger_id = 0;
	r->call = *call;
	memset(call, 0, sizeof(*call));
	/* From a success on, the ride belongs to the recorder or to the wire. */
	rc = r->call.purchase.paid && cfg->ledger ? reserve(r) : wire_send(cfg->wire, &r->call, answer, r);
	if (rc == 0)
		return STEP_PARKED;
	ride_release_calls(r);
	r->ledger_id = 0;
	err_set(&r->item->err, ERR_NOMEM, "no memory to fetch %s", r->item->source);
	return STEP_FAILED;
}

bool ride_pays_again(struct ride *r, enum step *step)
{
	struct call again = r->again;

	if (!r->reply.lost || r->reply.err.code != ERR_LOST || r->ledger_id == 0 || !again.url)
		return false;
	memset(&r->again, 0, sizeof(r->again));
	r->receipt.fault = ERR_LOST;
	ride_settle(r);
	ride_release_reply(r);
	r->lost++;
	*step = ride_send(r, &again);
	return true;
}

void ride_settle(struct ride *r)
{
	bool answered = r->reply.err.code == ERR_OK && r->reply.status / 100 == 2;
	struct ledger_end end = { .reserved_nano = r->reserved_nano,
				  .endpoint = r->reply.endpoint,
				  .tries = r->reply.tries,
				  .started_us = r->sent_us,
				  .ended_us = clock_wall_us(),
				  .receipt = &r->receipt,
				  .billable = answered || r->reply.lost,
				  .error = answered ? r->receipt.fault : r->reply.err.code };
	int64_t cost = r->receipt.known ? r->receipt.cost_nano : end.billable ? r->reserved_nano : 0;
	struct err err = { 0 };
	int64_t id = r->ledger_id;

	call_release(&r->again);
	if (id == 0)
		return;
	r->ledger_id = 0;
	r->item->cost_nano += cost;
	r->item->results[r->item->stage].cost_nano += cost;
	if (ledger_end(engine_config(r->engine)->ledger, id, &end) == 0)
		return;
	err_set(&err, ERR_IO, "no memory to record what a call for %s came to", r->item->sku);
	engine_fail(r->engine, &err);
}
