#include "jobs/alerts.h"

#include "jobs/report.h"
#include "pipeline/store_standing.h"
#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/wire.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERTS_MAX 8
#define REPLY_MAX  65536
#define TIMEOUT_MS 20000
#define USER_AGENT "packshot/" PACKSHOT_VERSION " (alerts)"

struct alert {
	const char *name; /* of the setting: "alert_cost" */
	double value, limit;
	char text[200];
};

struct alerts {
	struct alert v[ALERTS_MAX];
	int count;
};

/* --- what is passed --- */

static void hold(struct alerts *a, const char *name, double value, double limit, const char *what, const char *unit)
{
	struct alert *one = &a->v[a->count];

	if (limit <= 0 || value <= limit || a->count == ALERTS_MAX)
		return;
	*one = (struct alert){ .name = name, .value = value, .limit = limit };
	snprintf(one->text, sizeof(one->text), "%s: %.4g%s, more than %.4g%s", what, value, unit, limit, unit);
	a->count++;
}

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* A night: its first run's figures, how everything stands in the end, and what all runs cost. */
struct night {
	struct report_figures first;
	int64_t last, status[ITEM_STATUSES], total, cost_nano;
};

static void hold_night(struct alerts *a, const struct settings *s, const struct night *n)
{
	int64_t failed = n->status[ITEM_FAILED] + n->status[ITEM_REJECTED], worst = 0;
	int64_t delivered = n->status[ITEM_SUCCEEDED] + n->status[ITEM_REVIEW];
	double cost = (double)n->cost_nano / 1e9;
	char what[100] = "";

	hold(a, "alert_failed", percent(failed, n->total), s->alert_failed, "failed or rejected", " %");
	hold(a, "alert_review", percent(n->status[ITEM_REVIEW], n->total), s->alert_review, "for a person to look at",
	     " %");
	hold(a, "alert_cost", cost, s->alert_cost, "cost, what may have been billed counted", " USD");
	hold(a, "alert_per_picture", delivered ? cost / (double)delivered : cost, s->alert_per_picture,
	     "cost of a delivered picture", " USD");
	for (size_t i = 0; i < n->first.stage_count; i++) {
		if (n->first.stages[i].us.p95 > worst) {
			worst = n->first.stages[i].us.p95;
			snprintf(what, sizeof(what), "95th percentile of %.60s", n->first.stages[i].name);
		}
	}
	hold(a, "alert_p95", (double)worst / 1e6, s->alert_p95, what, " s");
}

static int count_status(void *ctx, const struct standing_row *row)
{
	struct night *n = ctx;

	n->total++;
	for (int i = 0; i < ITEM_STATUSES; i++)
		n->status[i] += strcmp(row->status, item_status_name((enum item_status)i)) == 0;
	return 0;
}

static int read_night(struct night *n, struct store_reader *reader, int64_t first, int64_t last, struct err *e)
{
	struct report_scope scope = { .reach = REPORT_ONE_RUN, .run = first };
	struct report_figures f = { 0 };

	n->last = last;
	if (store_report(reader, &scope, &n->first, e) != 0 ||
	    store_each_standing(reader, last, 0, count_status, n, e) != 0)
		return -1;
	for (scope.run = first; scope.run <= last; scope.run++) {
		if (store_report(reader, &scope, &f, e) != 0)
			return -1;
		n->cost_nano += f.cost_nano + f.unknown_nano;
		report_figures_release(&f);
	}
	return 0;
}

/* {"run","last_run","manifest","state","alerts":[{"name","value","limit","text"}]}; malloc()ed, NULL: no memory. */
static char *json_of(const struct alerts *a, const struct night *n)
{
	cJSON *o = cJSON_CreateObject(), *list, *one;
	char *text;

	cJSON_AddNumberToObject(o, "run", (double)n->first.runs[0].id);
	cJSON_AddNumberToObject(o, "last_run", (double)n->last);
	cJSON_AddStringToObject(o, "manifest", n->first.runs[0].manifest ? n->first.runs[0].manifest : "");
	cJSON_AddStringToObject(o, "state", n->first.runs[0].state);
	list = cJSON_AddArrayToObject(o, "alerts");
	for (int i = 0; i < a->count; i++) {
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "name", a->v[i].name);
		cJSON_AddNumberToObject(one, "value", a->v[i].value);
		cJSON_AddNumberToObject(one, "limit", a->v[i].limit);
		cJSON_AddStringToObject(one, "text", a->v[i].text);
		cJSON_AddItemToArray(list, one);
	}
	text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

/* --- telling --- */

static void tell_command(const char *command, const char *json)
{
	FILE *to = popen(command, "w");
	int status = -1;

	if (to) {
		fputs(json, to);
		fputc('\n', to);
		status = pclose(to);
	}
	if (status != 0)
		log_line(LOG_WARN, "--alert-command ended with status %d", status);
}

struct post {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
	struct err err;
	int status;
};

static void posted(void *ctx, const struct reply *r)
{
	struct post *p = ctx;

	pthread_mutex_lock(&p->lock);
	p->is_done = true;
	p->err = r->err;
	p->status = r->status;
	pthread_cond_signal(&p->done);
	pthread_mutex_unlock(&p->lock);
}

static int send_post(struct wire *w, const char *url, const char *json, struct post *p, struct err *e)
{
	struct call c = { .url = strdup(url), .max_bytes = REPLY_MAX, .private_hosts = true }; /* the user's own */

	if (!c.url || call_part(&c, bytes_copy(json, strlen(json)), false) != 0 ||
	    call_header(&c, "Content-Type: application/json") != 0 || wire_send(w, &c, posted, p) != 0) {
		call_release(&c);
		return err_set(e, ERR_NOMEM, "no memory");
	}
	pthread_mutex_lock(&p->lock);
	while (!p->is_done)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (p->err.code == ERR_OK && p->status / 100 == 2)
		return 0;
	return p->err.code == ERR_OK ? err_set(e, ERR_NETWORK, "it answered %d", p->status)
				     : err_set(e, p->err.code, "%s", p->err.msg);
}

static void tell_webhook(const char *url, const char *json)
{
	static const struct wire_config cfg = { .user_agent = USER_AGENT,
						.concurrency = 1,
						.per_host = 1,
						.retries = 3,
						.timeout_ms = TIMEOUT_MS,
						.connect_timeout_ms = TIMEOUT_MS,
						.stall_ms = TIMEOUT_MS,
						.backoff_ms = 1000 };
	struct post p = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, { 0 }, 0 };
	struct wire *w = NULL;
	struct err e = { 0 };

	if (wire_open(&w, &cfg, &e) != 0 || send_post(w, url, json, &p, &e) != 0)
		log_line(LOG_WARN, "--alert-webhook could not be told: %s", e.msg);
	wire_close(w);
}

static void tell(const struct settings *s, const struct alerts *a, const struct night *n)
{
	char *json = json_of(a, n);

	for (int i = 0; i < a->count; i++)
		log_line(LOG_WARN, "alert: %s", a->v[i].text);
	if (json && s->alert_command)
		tell_command(s->alert_command, json);
	if (json && s->alert_webhook)
		tell_webhook(s->alert_webhook, json);
	cJSON_free(json);
}

int alerts_check(const struct settings *s, const char *workspace, int64_t first, int64_t last, struct err *e)
{
	char *db = file_join(workspace, REPORT_DATABASE);
	struct store_reader *reader = NULL;
	struct alerts a = { .count = 0 };
	struct night n = { .last = 0 };
	int rc = -1;

	if (!db)
		return err_set(e, ERR_NOMEM, "no memory for alerts");
	if (store_reader_open(&reader, db, e) == 0 && read_night(&n, reader, first, last, e) == 0) {
		hold_night(&a, s, &n);
		if (a.count > 0)
			tell(s, &a, &n);
		rc = a.count;
	}
	report_figures_release(&n.first);
	store_reader_close(reader);
	free(db);
	return rc;
}
