#include "jobs/alerts.h"

#include "jobs/alert_command.h"
#include "jobs/report.h"
#include "jobs/webhook.h"
#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/store_night.h"
#include "pipeline/store_standing.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERTS_MAX        8
#define COMMAND_S         60
#define NOT_DONE          "night_not_done"
#define WORST_GOOD_STATUS 1 /* finished, some pictures failed */

struct alert {
	const char *name; /* of the setting: "alert_cost"; or NOT_DONE */
	double value, limit;
	char text[300];
};

struct alerts {
	struct alert v[ALERTS_MAX];
	int count;
};

/* A night: its first run's figures, how everything stands in the end, what all runs cost, and for how many pictures. */
struct night {
	const struct night_end *end;
	struct report_figures first;
	int64_t status[ITEM_STATUSES], total, cost_nano, paid;
};

/* --- what is passed --- */

enum unit { PERCENT, DOLLARS, SECONDS };

#define QUANTITY_MAX 48

static void show(char out[QUANTITY_MAX], double value, enum unit unit, int decimals)
{
	char number[QUANTITY_MAX - 8];
	size_t length;

	snprintf(number, sizeof(number), "%.*f", decimals, value);
	length = strlen(number);
	while (unit != DOLLARS && decimals > 0 && number[length - 1] == '0')
		number[--length] = '\0';
	if (length > 0 && number[length - 1] == '.')
		number[--length] = '\0';
	snprintf(out, QUANTITY_MAX, "%s%s%s", unit == DOLLARS ? "$" : "", number,
		 unit == PERCENT   ? " %"
		 : unit == SECONDS ? " s"
				   : "");
}

static struct alert *one_more(struct alerts *a, const char *name, double value, double limit)
{
	struct alert *one = &a->v[a->count];

	*one = (struct alert){ .name = name, .value = value, .limit = limit };
	a->count++;
	return one;
}

/* With as many decimals as it takes to see that the one is more than the other. */
static void hold(struct alerts *a, const char *name, double value, double limit, const char *what, enum unit unit)
{
	int decimals = unit != DOLLARS ? 1 : limit < 1 ? 4 : 2;
	char is[QUANTITY_MAX], may[QUANTITY_MAX];
	struct alert *one;

	if (limit <= 0 || value <= limit || a->count == ALERTS_MAX)
		return;
	one = one_more(a, name, value, limit);
	do {
		show(is, value, unit, decimals);
		show(may, limit, unit, decimals);
	} while (strcmp(is, may) == 0 && decimals++ < 12);
	snprintf(one->text, sizeof(one->text), "%s: %s, more than %s", what, is, may);
}

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void hold_slowest(struct alerts *a, const struct settings *s, const struct night *n)
{
	char what[100] = "";
	int64_t worst = 0;

	for (size_t i = 0; i < n->first.stage_count; i++) {
		if (n->first.stages[i].us.p95 > worst) {
			worst = n->first.stages[i].us.p95;
			snprintf(what, sizeof(what), "95th percentile of %.60s", n->first.stages[i].name);
		}
	}
	hold(a, "alert_p95", (double)worst / 1e6, s->alert_p95, what, SECONDS);
}

/* Shares are of what was judged: what was skipped was not. Of a catalogue that was interrupted they say nothing. */
static void hold_night(struct alerts *a, const struct settings *s, const struct night *n)
{
	int64_t failed = n->status[ITEM_FAILED] + n->status[ITEM_REJECTED];
	int64_t judged = n->total - n->status[ITEM_SKIPPED];
	double cost = (double)n->cost_nano / 1e9;

	hold(a, "alert_cost", cost, s->alert_cost, "cost, what may have been billed counted", DOLLARS);
	hold(a, "alert_per_picture", n->paid ? cost / (double)n->paid : 0, s->alert_per_picture,
	     "cost of a picture that was paid for", DOLLARS);
	if (strcmp(n->first.runs[0].state, "interrupted") == 0)
		return;
	hold(a, "alert_failed", percent(failed, judged), s->alert_failed, "failed or rejected", PERCENT);
	hold(a, "alert_review", percent(n->status[ITEM_REVIEW], judged), s->alert_review, "for a person to look at",
	     PERCENT);
	hold_slowest(a, s, n);
}

static void hold_end(struct alerts *a, int status, const char *why)
{
	struct alert *one;

	if (status <= WORST_GOOD_STATUS || a->count == ALERTS_MAX)
		return;
	one = one_more(a, NOT_DONE, status, WORST_GOOD_STATUS);
	snprintf(one->text, sizeof(one->text), "the night did not come to its end: %s", why);
}

/* --- what there is to be held against them --- */

static int count_status(void *ctx, const struct standing_row *row)
{
	struct night *n = ctx;

	n->total++;
	for (int i = 0; i < ITEM_STATUSES; i++)
		n->status[i] += strcmp(row->status, item_status_name((enum item_status)i)) == 0;
	return 0;
}

static int count_paid(void *ctx, int64_t seq, bool has_bought)
{
	struct night *n = ctx;

	(void)seq;
	(void)has_bought;
	n->paid++;
	return 0;
}

static int read_night(struct night *n, struct store_reader *reader, struct err *e)
{
	struct report_scope scope = { .reach = REPORT_ONE_RUN, .run = n->end->first };
	struct report_figures f = { 0 };

	if (store_report(reader, &scope, &n->first, e) != 0 ||
	    store_each_standing(reader, n->end->last, 0, count_status, n, e) != 0 ||
	    store_each_paid(reader, n->end->first, n->end->last, count_paid, n, e) != 0)
		return -1;
	for (; scope.run <= n->end->last; scope.run++) {
		if (store_report(reader, &scope, &f, e) != 0)
			return -1;
		n->cost_nano += f.cost_nano + f.unknown_nano;
		report_figures_release(&f);
	}
	return 0;
}

static int open_night(struct night *n, const char *workspace, struct err *e)
{
	char *db = file_join(workspace, REPORT_DATABASE);
	struct store_reader *reader = NULL;
	int rc = -1;

	if (!db)
		return err_set(e, ERR_NOMEM, "no memory for alerts");
	if (store_reader_open(&reader, db, e) == 0)
		rc = read_night(n, reader, e);
	store_reader_close(reader);
	free(db);
	return rc;
}

/* --- the JSON --- */

/* The same whenever this is sent again, and of no other night: "2026-11-24T02:00:00.000Z/12/alert_cost+alert_failed".
 */
static void add_id(cJSON *o, const struct alerts *a, const struct night *n)
{
	char id[REPORT_TIME_SIZE + 24 + ALERTS_MAX * 24], began[REPORT_TIME_SIZE];
	size_t used;

	report_time(n->first.started_us ? n->first.started_us : clock_wall_us(), began);
	used = (size_t)snprintf(id, sizeof(id), "%s/%lld", began, (long long)n->end->first);
	for (int i = 0; i < a->count && used < sizeof(id); i++)
		used += (size_t)snprintf(id + used, sizeof(id) - used, "%c%s", i ? '+' : '/', a->v[i].name);
	cJSON_AddStringToObject(o, "id", id);
}

static void add_alert(cJSON *list, const struct alert *a)
{
	cJSON *one = cJSON_CreateObject();

	cJSON_AddStringToObject(one, "name", a->name);
	cJSON_AddNumberToObject(one, "value", a->value);
	cJSON_AddNumberToObject(one, "limit", a->limit);
	cJSON_AddStringToObject(one, "text", a->text);
	cJSON_AddItemToArray(list, one);
}

/* {"id","run","last_run","manifest","state","alerts":[{"name","value","limit","text"}]}; malloc()ed, NULL: no memory.
 */
static char *json_of(const struct settings *s, const struct alerts *a, const struct night *n)
{
	const struct report_run *run = n->first.run_count ? &n->first.runs[0] : NULL; /* none has begun */
	cJSON *o = cJSON_CreateObject(), *list;
	char *text;

	add_id(o, a, n);
	cJSON_AddNumberToObject(o, "run", (double)n->end->first);
	cJSON_AddNumberToObject(o, "last_run", (double)n->end->last);
	cJSON_AddStringToObject(o, "manifest", run && run->manifest ? run->manifest : s->argument);
	cJSON_AddStringToObject(o, "state", run ? run->state : "unknown");
	list = cJSON_AddArrayToObject(o, "alerts");
	for (int i = 0; i < a->count; i++)
		add_alert(list, &a->v[i]);
	text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

/* --- telling --- */

/* As errors, so that --quiet, which a timer's mail goes with, shows them. */
static void tell(const struct settings *s, const struct alerts *a, const struct night *n)
{
	char *json = json_of(s, a, n);
	struct err e = { 0 };

	for (int i = 0; i < a->count; i++)
		log_line(LOG_ERROR, "alert: %s", a->v[i].text);
	if (!json)
		log_line(LOG_ERROR, "no memory to tell anybody of the alerts");
	if (json && s->alert_command && alert_command_run(s, json, COMMAND_S, &e) != 0)
		log_line(LOG_ERROR, "--alert-command: %s", e.msg);
	err_clear(&e);
	if (json && s->alert_webhook && webhook_post(s->alert_webhook, json, &e) != 0)
		log_line(LOG_ERROR, "--alert-webhook could not be told: %s", e.msg);
	cJSON_free(json);
}

int alerts_check(const struct settings *s, const char *workspace, const struct night_end *end, struct err *e)
{
	bool is_anybody_told = s->alert_webhook || s->alert_command;
	struct night n = { .end = end };
	struct alerts a = { .count = 0 };
	struct err why = { 0 };
	int rc = end->first ? open_night(&n, workspace, &why) : 0;

	if (rc == 0 && end->first)
		hold_night(&a, s, &n);
	if (is_anybody_told && end->status > WORST_GOOD_STATUS)
		hold_end(&a, end->status, end->why);
	else if (is_anybody_told && rc != 0)
		hold_end(&a, err_command_exit(why.code), why.msg);
	if (a.count > 0)
		tell(s, &a, &n);
	report_figures_release(&n.first);
	return rc == 0 ? a.count : err_set(e, why.code, "%s", why.msg);
}
