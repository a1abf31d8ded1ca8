/* check_api.c - the doctor's questions to the models' own services: is the key good, and do the configured models live?
 */
#include "jobs/findings.h"

#include "jobs/services.h"
#include "pipeline/wire.h"
#include "stages/dialect.h"
#include "stages/reply_scan.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX    (4u << 20) /* bytes of a list of models; thousands of entries */
#define ANSWER_S    20         /* a doctor does not wait long */
#define PATIENCE_MS 5000

/* An answer that the wire's thread brings and this thread waits for. */
struct question {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool done;
	struct err err;
	int status;
	struct bytes *body;
};

static void answer(void *ctx, const struct reply *r)
{
	struct question *q = ctx;

	pthread_mutex_lock(&q->lock);
	q->done = true;
	q->err = r->err;
	q->status = r->status;
	q->body = bytes_ref(r->body);
	pthread_cond_signal(&q->answered);
	pthread_mutex_unlock(&q->lock);
}

/* 0 and the body (the caller's); -1: err. */
static int ask(struct wire *w, int service, const char *path, struct bytes **body, struct err *e)
{
	struct question q = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, { 0 }, 0, NULL };
	struct call call = { .url = strdup(path), .service = service, .max_bytes = LIST_MAX };

	*body = NULL;
	if (!call.url || wire_send(w, &call, answer, &q) != 0) {
		call_release(&call);
		return err_set(e, ERR_NOMEM, "no memory to ask the model's service");
	}
	pthread_mutex_lock(&q.lock);
	while (!q.done)
		pthread_cond_wait(&q.answered, &q.lock);
	pthread_mutex_unlock(&q.lock);
	if (q.err.code == ERR_OK && q.status >= 200 && q.status < 300 && q.body) {
		*body = q.body;
		return 0;
	}
	bytes_unref(q.body);
	if (q.err.code != ERR_OK)
		return err_set(e, q.err.code, "%s", q.err.msg);
	return err_set(e, ERR_UNAVAILABLE, "its service answered %d", q.status);
}

/* {"models":[{"name":"models/ID"}]} as Gemini has it, {"data":[{"id":"ID"}]} as the others. -1: no such list. */
static int list_has(const struct bytes *body, const char *id)
{
	struct reply_scan scan = { 0 };
	struct err ignored = { 0 };
	int has = -1;

	if (reply_scan(&scan, (const char *)body->data, body->size, &ignored) == 0) {
		const cJSON *models = cJSON_GetObjectItemCaseSensitive(scan.root, "models");
		const cJSON *list = models ? models : cJSON_GetObjectItemCaseSensitive(scan.root, "data"), *entry;

		has = cJSON_IsArray(list) ? 0 : -1;
		cJSON_ArrayForEach(entry, list)
		{
			const char *name = cJSON_GetStringValue(
				cJSON_GetObjectItemCaseSensitive(entry, models ? "name" : "id"));

			if (name && strncmp(name, "models/", 7) == 0)
				name += 7;
			if (name && strcmp(name, id) == 0)
				has = 1;
		}
	}
	reply_scan_release(&scan);
	return has;
}

static void check_model(struct findings *f, struct wire *w, const struct services *s, int index)
{
	const struct service *v = &s->v[index];
	const char *path = dialect_functions(s->models[index].dialect)->models_path;
	struct bytes *body = NULL;
	struct err err = { 0 };
	int has;

	if (!path)
		path = v->health_path;
	if (!path) {
		finding_add(f, "model API", FINDING_OK, NULL, "%s at %.150s: cannot be asked without a payment",
			    v->name, v->endpoints[0]);
		return;
	}
	if (ask(w, index + 1, path, &body, &err) != 0) {
		finding_add(f, "model API", FINDING_FAIL, err_advice(err.code), "%s at %.80s: %.180s", v->name,
			    v->endpoints[0], err.msg);
		return;
	}
	has = list_has(body, v->name);
	if (has == 0)
		finding_add(f, "model API", FINDING_FAIL, "choose another model: `packshot help models`",
			    "%s is not in the list of %.150s", v->name, v->endpoints[0]);
	else
		finding_add(f, "model API", FINDING_OK, NULL, "%s at %.150s %s", v->name, v->endpoints[0],
			    has > 0 ? "lives" : "answers");
	bytes_unref(body);
}

void check_api(struct findings *f, const struct settings *set)
{
	struct wire_config config = { .agent_line = "User-Agent: packshot/" PACKSHOT_VERSION " (doctor)",
				      .concurrency = 1,
				      .per_host = 1,
				      .timeout_ms = ANSWER_S * 1000,
				      .connect_timeout_ms = ANSWER_S * 1000,
				      .stall_ms = ANSWER_S * 1000,
				      .backoff_ms = 200,
				      .patience_ms = PATIENCE_MS };
	struct models *models = NULL;
	struct services *s = calloc(1, sizeof(*s));
	struct wire *w = NULL;
	struct err err = { 0 };
	bool ready = s && models_open(&models, set->models, &err) == 0 && services_open(s, set, models, &err) == 0;

	if (!s)
		err_set(&err, ERR_NOMEM, "no memory to ask the models' services");
	for (int i = 0; ready && i < s->count; i++)
		s->v[i].timeout_ms = ANSWER_S * 1000;
	if (ready && s->count > 0) {
		config.services = s->v;
		config.service_count = s->count;
		ready = wire_open(&w, &config, &err) == 0;
	}
	if (!ready)
		finding_add_err(f, "model API", FINDING_FAIL, NULL, &err);
	else if (s->count == 0)
		finding_add(f, "model API", FINDING_OK, NULL, "none is called: everything happens on this machine");
	for (int i = 0; w && i < s->count; i++)
		check_model(f, w, s, i);
	wire_close(w);
	if (s)
		services_release(s);
	free(s);
	models_close(models);
}
