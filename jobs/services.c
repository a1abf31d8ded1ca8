#include "jobs/services.h"

#include "pipeline/log.h"
#include "pipeline/wire_url.h"
#include "stages/dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define KEY_MAX       4096
#define KEY_ENV       "GEMINI_API_KEY"
#define HEALTH_PATH   "/health"
#define COLD_START_MS 180000 /* a serverless GPU that has to load its model first; minutes are usual */
#define GOOGLE_HEADER "x-goog-api-key: "
#define BEARER_HEADER "Authorization: Bearer "

/* --- endpoints --- */

static bool is_this_machine(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strncmp(host, "localhost", 9) == 0 || strncmp(host, "[::1]", 5) == 0;
}

/* "https://host/prefix" of what the user wrote. */
static int read_base(struct services *s, const char *text, struct err *e)
{
	struct url url = { 0 };
	size_t length = strlen(text);
	char *base;

	if (s->base_count == ENDPOINTS_MAX)
		return err_set(e, ERR_CONFIG, "--endpoint: at most %d of them", ENDPOINTS_MAX);
	if (strpbrk(text, "?#@") || url_parse(&url, text, e) != 0) {
		err_clear(e);
		return err_set(e, ERR_CONFIG,
			       "--endpoint must be a base URL such as https://host/prefix, without a key or a query");
	}
	url_release(&url);
	while (length > 0 && text[length - 1] == '/')
		length--;
	if (strncmp(text, "http://", 7) == 0 && !is_this_machine(text + 7))
		log_line(LOG_WARN, "--endpoint %.100s: without TLS, the key and the pictures can be read on the way",
			 text);
	base = strndup(text, length);
	if (!base)
		return err_set(e, ERR_NOMEM, "no memory for the endpoints");
	s->bases[s->base_count++] = base;
	return 0;
}

static bool is_same_dialect_as_first(const struct services *s, const struct model *m)
{
	return s->count == 0 || s->models[0].dialect == m->dialect;
}

static int choose_endpoints(struct services *s, const struct model *m, struct service *v, struct err *e)
{
	if (s->base_count > 0 && (is_same_dialect_as_first(s, m) || !m->endpoint)) {
		memcpy(v->endpoints, s->bases, sizeof(s->bases));
		return 0;
	}
	v->endpoints[0] = m->endpoint;
	return m->endpoint ? 0 : err_set(e, ERR_CONFIG, "%.80s has no address of its own: say --endpoint URL", m->id);
}

/* --- keys --- */

/* NULL: no memory. */
static char *header_of(const char *name, const char *key)
{
	size_t size = strlen(name) + strlen(key) + 1;
	char *header = malloc(size);

	if (header)
		snprintf(header, size, "%s%s", name, key);
	return header;
}

static bool is_key(const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < length; i++) {
		if (key[i] <= ' ' || key[i] > '~')
			return false;
	}
	return length > 0 && length <= KEY_MAX;
}

bool services_is_key(const struct settings *set, const struct models *models, const char *variable)
{
	if (strcmp(variable, KEY_ENV) == 0 || (set->api_key_env && strcmp(variable, set->api_key_env) == 0))
		return true;
	for (size_t i = 0; i < models_count(models); i++) {
		const char *own = models_at(models, i)->key_env;

		if (own && strcmp(variable, own) == 0)
			return true;
	}
	return false;
}

static int read_key(const struct settings *set, const struct model *m, struct service *v, struct err *e)
{
	const char *variable = set->api_key_env ? set->api_key_env : m->key_env ? m->key_env : KEY_ENV;
	const char *key = getenv(variable);
	bool own = m->endpoint && strcmp(v->endpoints[0], m->endpoint) == 0;
	bool google = m->dialect == DIALECT_GEMINI;
	int count = 0;

	if (set->auth == AUTH_NONE || set->command == COMMAND_PLAN) /* which calls nobody */
		return 0;
	if ((!key || !*key) && own)
		return err_set(e, ERR_KEY, "%s is called with a key, and %.60s is not set", m->id, variable);
	if (!key || !*key)
		return 0; /* an endpoint of the user's own may need none */
	if (!is_key(key))
		return err_set(e, ERR_KEY, "what %.60s holds cannot be a key (spaces, or a line break?)", variable);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (set->auth == AUTH_GOOGLE || (set->auth == AUTH_AUTO && google))
		v->headers[count++] = header_of(GOOGLE_HEADER, key);
	if (set->auth == AUTH_BEARER || (set->auth == AUTH_AUTO && (!google || !own)))
		v->headers[count++] = header_of(BEARER_HEADER, key);
	for (int i = 0; i < count; i++) {
		if (!v->headers[i])
			return err_set(e, ERR_NOMEM, "no memory for a key");
	}
	return 0;
}

/* --- models --- */

static int check_alive(const struct model *m, struct err *e)
{
	struct err why = { 0 };
	char day[11];
	int rc;

	model_today(day);
	rc = model_alive(m, day, &why);
	if (rc < 0)
		return err_set(e, why.code, "%s", why.msg);
	if (rc > 0)
		log_line(LOG_WARN, "%s", why.msg);
	return 0;
}

/* What a relay speaks of a model that nobody knows here, where --dialect does not say. */
static enum dialect usual_dialect(const char *id)
{
	return strncmp(id, "gemini-", 7) == 0 ? DIALECT_GEMINI : DIALECT_OPENAI_CHAT;
}

/* The table's entry; or, where there is an endpoint to ask an unknown one at, one without prices. */
static int find_model(const struct settings *set, const struct models *models, enum model_kind kind, const char *id,
		      struct model *out, struct err *e)
{
	struct err why = { 0 };
	const struct model *m = models_find(models, kind, id, &why);

	if (!m && set->endpoints.count == 0)
		return err_set(e, why.code, "%s", why.msg);
	if (m) {
		*out = *m;
	} else {
		*out = (struct model){ .id = (char *)id,
				       .kind = kind,
				       .dialect = usual_dialect(id),
				       .takes = 1u << FORMAT_JPEG | 1u << FORMAT_PNG };
		log_line(LOG_WARN, "%s is not in the table of models: what it costs is not known", id);
	}
	if (set->dialect >= 0 && !(m && model_is_local(m)) && out->dialect != (enum dialect)set->dialect) {
		out->dialect = (enum dialect)set->dialect;
		out->path = NULL;
	}
	return m ? check_alive(out, e) : 0; /* of an unknown one nothing is known of its days */
}

static void set_limits(struct service *v, const struct settings *set, const struct model *m)
{
	double timeout = m->timeout_s > set->timeout ? m->timeout_s : set->timeout;

	v->name = m->id;
	v->concurrency = (int)set->concurrency;
	v->rpm = set->rpm > 0 ? set->rpm : m->rpm;
	v->tpm = set->tpm > 0 ? set->tpm : m->tpm;
	v->usd_per_10min = set->usd_per_10min > 0 ? set->usd_per_10min : m->usd_per_10min;
	v->timeout_ms = (int)(timeout * 1000);
	if (m->dialect == DIALECT_HTTP) {
		v->health_path = HEALTH_PATH;
		v->cold_start_ms = COLD_START_MS;
	}
}

static int add(struct services *s, const struct settings *set, const struct models *models, enum model_kind kind,
	       const char *id, struct model_use *out, struct err *e)
{
	struct service *v = &s->v[s->count];
	const struct dialect_functions *speak;
	struct model m;

	if (find_model(set, models, kind, id, &m, e) != 0)
		return -1;
	if (model_is_local(&m)) {
		*out = (struct model_use){ models_find(models, kind, id, e), 0 };
		return 0;
	}
	speak = dialect_functions(m.dialect);
	if (!speak || (kind == MODEL_IMAGE ? !speak->ask_edit : !speak->ask_text))
		return err_set(e, ERR_CONFIG, "%.80s: %s is not a way to ask for %s", id, dialect_name(m.dialect),
			       kind == MODEL_IMAGE ? "pictures" : "texts");
	if (s->count == SERVICES_MAX)
		return err_set(e, ERR_CONFIG, "at most %d models can be called in one run", SERVICES_MAX);
	if (choose_endpoints(s, &m, v, e) != 0)
		return -1;
	v->judge = speak->judge;
	set_limits(v, set, &m);
	s->models[s->count++] = m;
	*out = (struct model_use){ &s->models[s->count - 1], s->count };
	return read_key(set, &m, v, e);
}

int services_open(struct services *s, const struct settings *set, const struct models *models, struct err *e)
{
	memset(s, 0, sizeof(*s));
	if (set->fallback_models.count >= EDIT_MODELS_MAX)
		return err_set(e, ERR_CONFIG, "--fallback-model: at most %d of them", EDIT_MODELS_MAX - 1);
	for (int i = 0; i < set->endpoints.count; i++) {
		if (read_base(s, set->endpoints.v[i], e) != 0)
			return -1;
	}
	if (add(s, set, models, MODEL_IMAGE, set->image_model, &s->images[s->image_count++], e) != 0)
		return -1;
	for (int i = 0; i < set->fallback_models.count; i++) {
		if (s->images[s->image_count - 1].service == 0)
			return err_set(e, ERR_CONFIG,
				       "--fallback-model %.60s: %s works on this machine, and is the last resort",
				       set->fallback_models.v[i], s->images[s->image_count - 1].model->id);
		if (add(s, set, models, MODEL_IMAGE, set->fallback_models.v[i], &s->images[s->image_count++], e) != 0)
			return -1;
	}
	return set->no_copy ? 0 : add(s, set, models, MODEL_TEXT, set->text_model, &s->text, e);
}

void services_release(struct services *s)
{
	for (int i = 0; i < SERVICES_MAX; i++) {
		for (int j = 0; j < SERVICE_HEADERS_MAX; j++) {
			char *header = (char *)s->v[i].headers[j];

			if (header)
				explicit_bzero(header, strlen(header));
			free(header);
		}
	}
	for (int i = 0; i < s->base_count; i++)
		free(s->bases[i]);
	memset(s, 0, sizeof(*s));
}
