#include "pipeline/counts.h"

#include "pipeline/metrics.h"

#include <stdlib.h>
#include <string.h>

/* --- the metrics. Names are promises: add, never rename. --- */

enum {
	ITEMS,
	UNCHANGED,
	ITEM_ERRORS,
	RESULTS,
	STAGE_TIME,
	HITS,
	MISSES,
	CALLS,
	CALL_ERRORS,
	COST,
	RETRIES,
	CALL_TIME,
	FETCHES,
	FETCH_RETRIES,
	ON_ROAD,
	QUEUES,
	BYTES,
	FETCHING,
	CALLING,
	WAITING,
	ALLOWED,
	THROTTLED,
	OPEN,
	BUDGET,
	BUDGET_LEFT,
	RUN_INFO,
	RUN_START,
	RUN_END,
	RUN_SUCCESS,
	RUN_STATUS,
	METRICS
};

/* Microseconds: from scaling a picture to an answer that was long in coming. */
static const int64_t durations[] = { 5000,    10000,   25000,    50000,    100000,   250000,    500000,    1000000,
				     2500000, 5000000, 10000000, 30000000, 60000000, 120000000, 300000000, 0 };

#define MICRO 6
#define NANO  9

/* clang-format off */
static const struct metric metrics[METRICS] = {
	[ITEMS] = { METRIC_COUNTER, "packshot_items_total", "Pictures that have ended, by what became of them.", 0, { "status" } },
	[UNCHANGED] = { METRIC_COUNTER, "packshot_items_unchanged_total", "Of these, those found as they were made and not worked on." },
	[ITEM_ERRORS] = { METRIC_COUNTER, "packshot_item_errors_total", "Pictures that failed, were rejected or were skipped, by error.", 0,
			  { "error" }, NULL, true },
	[RESULTS] = { METRIC_COUNTER, "packshot_stage_results_total",
		      "Results of stages by where they came from, of pictures that were worked on.", 0, { "stage", "origin" } },
	[STAGE_TIME] = { METRIC_HISTOGRAM, "packshot_stage_duration_seconds",
			 "Time in a stage that made its result, waiting for calls included.", MICRO, { "stage" }, durations },
	[HITS] = { METRIC_COUNTER, "packshot_cache_hits_total", "Results taken from the cache, those of unchanged pictures included." },
	[MISSES] = { METRIC_COUNTER, "packshot_cache_misses_total", "Results that the cache might have had and did not have." },
	[CALLS] = { METRIC_COUNTER, "packshot_calls_total", "Paid calls that have ended; unknown: the answer was lost, or did not say its price.",
		    0, { "model", "kind", "state" } },
	[CALL_ERRORS] = { METRIC_COUNTER, "packshot_call_errors_total", "Paid calls that came to nothing, by error.", 0,
			  { "model", "kind", "error" }, NULL, true },
	[COST] = { METRIC_COUNTER, "packshot_cost_usd_total", "US dollars that calls have cost (settled) or may have cost (unknown).", NANO,
		   { "model", "kind", "state" } },
	[RETRIES] = { METRIC_COUNTER, "packshot_retries_total", "Further tries of paid calls, after one that was not billed.", 0,
		      { "model", "kind" } },
	[CALL_TIME] = { METRIC_HISTOGRAM, "packshot_call_duration_seconds", "Time from sending a request to a model until its end, each try for itself.",
			MICRO, { "model", "kind" }, durations },
	[FETCHES] = { METRIC_COUNTER, "packshot_fetches_total", "Requests for photos, tries included." },
	[FETCH_RETRIES] = { METRIC_COUNTER, "packshot_fetch_retries_total", "Of these, further tries." },
	[ON_ROAD] = { METRIC_GAUGE, "packshot_items_in_flight", "Pictures that have begun and not ended." },
	[QUEUES] = { METRIC_GAUGE, "packshot_queue_length",
		     "What waits: pictures for a worker (arriving, returning), rows for the database (recorder).", 0, { "queue" } },
	[BYTES] = { METRIC_GAUGE, "packshot_bytes_in_memory", "Bytes of pictures and answers that are held." },
	[FETCHING] = { METRIC_GAUGE, "packshot_fetches_in_flight", "Requests for photos that are under way." },
	[CALLING] = { METRIC_GAUGE, "packshot_calls_in_flight", "Calls of a model that are under way.", 0, { "model", "kind" } },
	[WAITING] = { METRIC_GAUGE, "packshot_calls_waiting", "Calls of a model that wait for their turn.", 0, { "model", "kind" } },
	[ALLOWED] = { METRIC_GAUGE, "packshot_endpoint_calls_allowed", "Calls in flight that an endpoint is given now.", 3,
		      { "model", "kind", "endpoint" } },
	[THROTTLED] = { METRIC_GAUGE, "packshot_endpoint_throttled", "1: it has asked for a pause, or is given fewer calls than are configured.", 0,
			{ "model", "kind", "endpoint" } },
	[OPEN] = { METRIC_GAUGE, "packshot_endpoint_breaker_open", "1: it is unwell, and nothing but a trial is sent there.", 0,
		   { "model", "kind", "endpoint" } },
	[BUDGET] = { METRIC_GAUGE, "packshot_budget_usd", "US dollars that the run may spend.", NANO },
	[BUDGET_LEFT] = { METRIC_GAUGE, "packshot_budget_remaining_usd", "What is left of them; what is reserved or unknown counts as spent.", NANO },
	[RUN_INFO] = { METRIC_GAUGE, "packshot_run_info", "Always 1: the run that these figures are of.", 0, { "run", "command", "version" } },
	[RUN_START] = { METRIC_GAUGE, "packshot_run_start_time_seconds", "When the run began, in Unix time.", MICRO },
	[RUN_END] = { METRIC_GAUGE, "packshot_run_end_time_seconds", "When it ended; 0: it goes on.", MICRO },
	[RUN_SUCCESS] = { METRIC_GAUGE, "packshot_run_success", "1: it has ended with exit status 0; 0: with another, or it goes on." },
	[RUN_STATUS] = { METRIC_GAUGE, "packshot_run_exit_status", "Its exit status; -1: it goes on." },
};
/* clang-format on */

static const char *const origins[] = {
	[ORIGIN_NONE] = NULL, [ORIGIN_MADE] = "made", [ORIGIN_CACHE] = "cache", [ORIGIN_FAILED] = "failed"
};
#define ORIGINS (ORIGIN_FAILED + 1)

enum { UNKNOWN, SETTLED, STATES };
static const char *const states[STATES] = { "unknown", "settled" };

enum { ARRIVING, RETURNING, TO_RECORD, QUEUE_COUNT };
static const char *const queues[QUEUE_COUNT] = { "arriving", "returning", "recorder" };

/* --- the series --- */

struct endpoint_series {
	struct series *allowed, *throttled, *open;
};

struct model_series {
	const char *model, *kind; /* borrowed */
	struct series *calls[STATES], *cost[STATES], *errors[ERR_CODES];
	struct series *retries, *took, *in_flight, *waiting;
	struct endpoint_series endpoints[ENDPOINTS_MAX];
};

struct counts {
	struct metrics *all;
	int stage_count, model_count;
	struct series *items[ITEM_STATUSES], *item_errors[ERR_CODES];
	struct series *results[STAGES_MAX][ORIGINS], *stage_took[STAGES_MAX];
	struct series *queues[QUEUE_COUNT];
	struct series *single[METRICS]; /* of the metrics without labels */
	struct model_series models[SERVICES_MAX];
};

static struct series *add(struct counts *c, int metric, const char *a, const char *b, const char *d)
{
	return metrics_add(c->all, &metrics[metric], (const char *const[]){ a, b, d });
}

static void add_road(struct counts *c, const struct counts_config *cfg)
{
	for (int i = 0; i < ITEM_STATUSES; i++)
		c->items[i] = add(c, ITEMS, item_status_name((enum item_status)i), NULL, NULL);
	c->single[UNCHANGED] = add(c, UNCHANGED, NULL, NULL, NULL);
	for (int i = ERR_OK + 1; i < ERR_CODES; i++)
		c->item_errors[i] = add(c, ITEM_ERRORS, err_name((enum err_code)i), NULL, NULL);
	for (int i = 0; i < cfg->stage_count; i++) {
		for (int j = ORIGIN_MADE; j < ORIGINS; j++)
			c->results[i][j] = add(c, RESULTS, cfg->stages[i]->name, origins[j], NULL);
		c->stage_took[i] = add(c, STAGE_TIME, cfg->stages[i]->name, NULL, NULL);
	}
	for (int i = 0; i < QUEUE_COUNT; i++)
		c->queues[i] = add(c, QUEUES, queues[i], NULL, NULL);
}

static void add_model(struct counts *c, const struct service *s, const char *kind)
{
	struct model_series *m = &c->models[c->model_count++];

	m->model = s->name;
	m->kind = kind;
	for (int i = 0; i < STATES; i++) {
		m->calls[i] = add(c, CALLS, s->name, kind, states[i]);
		m->cost[i] = add(c, COST, s->name, kind, states[i]);
	}
	for (int i = ERR_OK + 1; i < ERR_CODES; i++)
		m->errors[i] = add(c, CALL_ERRORS, s->name, kind, err_name((enum err_code)i));
	m->retries = add(c, RETRIES, s->name, kind, NULL);
	m->took = add(c, CALL_TIME, s->name, kind, NULL);
	m->in_flight = add(c, CALLING, s->name, kind, NULL);
	m->waiting = add(c, WAITING, s->name, kind, NULL);
	for (int i = 0; i < ENDPOINTS_MAX && s->endpoints[i]; i++) {
		m->endpoints[i].allowed = add(c, ALLOWED, s->name, kind, s->endpoints[i]);
		m->endpoints[i].throttled = add(c, THROTTLED, s->name, kind, s->endpoints[i]);
		m->endpoints[i].open = add(c, OPEN, s->name, kind, s->endpoints[i]);
	}
}

struct counts *counts_create(const struct counts_config *cfg)
{
	static const int singles[] = { HITS,     MISSES,    FETCHES, FETCH_RETRIES, ON_ROAD,   BYTES,
				       FETCHING, RUN_START, RUN_END, RUN_SUCCESS,   RUN_STATUS };
	struct counts *c = calloc(1, sizeof(*c));

	if (c)
		c->all = metrics_create();
	if (!c || !c->all)
		goto fail;
	add_road(c, cfg);
	for (int i = 0; i < cfg->service_count; i++)
		add_model(c, &cfg->services[i], cfg->kinds[i]);
	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		c->single[singles[i]] = add(c, singles[i], NULL, NULL, NULL);
	if (cfg->budget_nano > 0) {
		c->single[BUDGET] = add(c, BUDGET, NULL, NULL, NULL);
		c->single[BUDGET_LEFT] = add(c, BUDGET_LEFT, NULL, NULL, NULL);
	}
	c->stage_count = cfg->stage_count;
	series_set(c->single[BUDGET], cfg->budget_nano);
	series_set(c->single[RUN_STATUS], -1);
	if (metrics_whole(c->all))
		return c;
fail:
	counts_free(c);
	return NULL;
}

void counts_free(struct counts *c)
{
	if (c)
		metrics_free(c->all);
	free(c);
}

/* --- the run --- */

int counts_run(struct counts *c, int64_t run, const char *command, const char *version, int64_t started_us)
{
	char number[24];

	if (!c)
		return 0;
	snprintf(number, sizeof(number), "%lld", (long long)run);
	series_set(add(c, RUN_INFO, number, command, version), 1);
	series_set(c->single[RUN_START], started_us);
	return metrics_whole(c->all) ? 0 : -1;
}

void counts_run_ended(struct counts *c, int64_t ended_us, int exit_status)
{
	if (!c)
		return;
	series_set(c->single[RUN_END], ended_us);
	series_set(c->single[RUN_STATUS], exit_status);
	series_set(c->single[RUN_SUCCESS], exit_status == 0);
}

void counts_print(FILE *out, const struct counts *c)
{
	metrics_print(out, c->all);
}

/* --- the road --- */

void counts_item(struct counts *c, const struct item *it)
{
	if (!c)
		return;
	for (int i = 0; i < c->stage_count; i++) {
		const struct result *r = &it->results[i];

		series_add(c->results[i][r->origin], 1); /* NULL where it was not reached */
		if (r->origin == ORIGIN_MADE)
			series_observe(c->stage_took[i], r->took_us);
		if (r->origin == ORIGIN_CACHE)
			series_add(c->single[HITS], 1);
		else if (r->origin != ORIGIN_NONE && r->has_key)
			series_add(c->single[MISSES], 1);
	}
	series_add(c->item_errors[it->err.code], 1);
	series_add(c->items[it->status], 1);
}

void counts_unchanged(struct counts *c, enum item_status status, int hits)
{
	if (!c)
		return;
	series_add(c->single[HITS], hits);
	series_add(c->single[UNCHANGED], 1);
	series_add(c->items[status], 1);
}

void counts_fetch(struct counts *c, int tries)
{
	if (!c || tries < 1)
		return;
	series_add(c->single[FETCHES], tries);
	series_add(c->single[FETCH_RETRIES], tries - 1);
}

void counts_call(struct counts *c, const struct counts_call *call)
{
	struct model_series *m = NULL;

	for (int i = 0; c && i < c->model_count && !m; i++) {
		if (strcmp(c->models[i].model, call->model) == 0 && strcmp(c->models[i].kind, call->kind) == 0)
			m = &c->models[i];
	}
	if (!m)
		return;
	series_add(m->calls[call->settled], 1);
	series_add(m->cost[call->settled], call->nano);
	series_add(m->errors[call->error], 1);
	if (call->tries > 1)
		series_add(m->retries, call->tries - 1);
}

/* --- the wire --- */

void counts_answer(struct counts *c, int service, int64_t took_us)
{
	if (c)
		series_observe(c->models[service].took, took_us);
}

void counts_lane(struct counts *c, int service, int waiting, int in_flight)
{
	if (!c)
		return;
	series_set(c->models[service].waiting, waiting);
	series_set(c->models[service].in_flight, in_flight);
}

void counts_endpoint(struct counts *c, int service, int endpoint, double allowed, bool throttled, bool open)
{
	const struct endpoint_series *e = c ? &c->models[service].endpoints[endpoint] : NULL;

	if (!e)
		return;
	series_set(e->allowed, (int64_t)(allowed * 1e3));
	series_set(e->throttled, throttled);
	series_set(e->open, open);
}

void counts_fetching(struct counts *c, int in_flight)
{
	if (c)
		series_set(c->single[FETCHING], in_flight);
}

void counts_depths(struct counts *c, const struct counts_depths *d)
{
	if (!c)
		return;
	series_set(c->single[ON_ROAD], d->on_road);
	series_set(c->single[BYTES], d->bytes);
	series_set(c->single[BUDGET_LEFT], d->budget_left_nano);
	series_set(c->queues[ARRIVING], d->arriving);
	series_set(c->queues[RETURNING], d->returning);
	series_set(c->queues[TO_RECORD], d->to_record);
}
