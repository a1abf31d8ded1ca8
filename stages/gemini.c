/* gemini.c - Google's generateContent: requests, replies and refusals, as of late 2026. */
#include "stages/dialect_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_PATH        "/v1beta/models/{model}:generateContent"
#define BYTES_PER_TOKEN 3      /* at least, in English and Chinese alike: a count that errs on the dear side */
#define WAIT_MOST_MS    600000 /* a longer pause ends the run, and says so */
#define SPEND_WAIT_MS   60000  /* the spend-rate cap is a rolling window of ten minutes: some of it is free soon */

/* --- requests --- */

static int add_picture(struct call *c, struct bytes *picture, enum picture_format f, struct err *e)
{
	if (body_text(c, e, "{\"inlineData\":{\"mimeType\":\"%s\",\"data\":\"", mime_of(f)) != 0 ||
	    body_picture(c, picture, true, e) != 0)
		return -1;
	return body_text(c, e, "\"}},");
}

/* ,"thinkingConfig":{...} where the model has a choice. */
static void thinking_config(const struct model *m, char *out, size_t size)
{
	out[0] = '\0';
	if (m->thinking)
		snprintf(out, size, ",\"thinkingConfig\":{\"thinkingLevel\":\"%s\"}", m->thinking);
}

static int ask_edit(const struct edit_request *r, struct call *c, struct err *e)
{
	char thinking[80], size[40] = "", *prompt;
	const struct model_size *s = NULL;
	char day[11];
	int rc = check_formats(r, e);

	for (int i = 0; i < r->model->size_count && r->size; i++) {
		if (strcmp(r->model->sizes[i].name, r->size) == 0)
			s = &r->model->sizes[i];
	}
	if (s)
		snprintf(size, sizeof(size), ",\"imageSize\":\"%s\"", s->name);
	thinking_config(r->model, thinking, sizeof(thinking));
	prompt = rc == 0 ? json_quoted(r->prompt, e) : NULL;
	if (!prompt)
		return -1;
	rc = call_begin(c, r->model, OWN_PATH, "application/json", e);
	if (rc == 0)
		rc = body_text(c, e, "{\"contents\":[{\"role\":\"user\",\"parts\":[");
	for (int i = 0; i < r->picture_count && rc == 0; i++)
		rc = add_picture(c, r->pictures[i], r->formats[i], e);
	/* Without an aspect ratio the answer takes the photo's. */
	if (rc == 0)
		rc = body_text(c, e,
			       "{\"text\":%s}]}],\"generationConfig\":{\"responseModalities\":[\"IMAGE\"],"
			       "\"imageConfig\":{\"aspectRatio\":\"1:1\"%s}%s}}",
			       prompt, size, thinking);
	free(prompt);
	c->max_bytes = ANSWER_MAX_BYTES;
	model_today(day);
	model_reserve(r->model, day, (int64_t)strlen(r->prompt) / BYTES_PER_TOKEN + 1, r->picture_count, s, 0,
		      &c->purchase);
	return rc;
}

static int ask_text(const struct text_request *r, struct call *c, struct err *e)
{
	char *prompt = json_quoted(r->prompt, e), *system = prompt ? json_quoted(r->system, e) : NULL;
	char thinking[80], day[11];
	int rc = system ? 0 : -1;

	thinking_config(r->model, thinking, sizeof(thinking));
	if (rc == 0)
		rc = call_begin(c, r->model, OWN_PATH, "application/json", e);
	if (rc == 0)
		rc = body_text(c, e,
			       "{\"systemInstruction\":{\"parts\":[{\"text\":%s}]},\"contents\":[{\"role\":\"user\","
			       "\"parts\":[",
			       system);
	if (rc == 0 && r->picture)
		rc = add_picture(c, r->picture, r->format, e);
	if (rc == 0)
		rc = body_text(c, e,
			       "{\"text\":%s}]}],\"generationConfig\":{\"responseMimeType\":\"application/json\","
			       "\"responseJsonSchema\":%s,\"maxOutputTokens\":%d%s}}",
			       prompt, r->schema, r->max_tokens, thinking);
	free(prompt);
	free(system);
	c->max_bytes = TEXT_MAX_BYTES;
	model_today(day);
	if (rc == 0)
		model_reserve(r->model, day,
			      (int64_t)(strlen(r->prompt) + strlen(r->system) + strlen(r->schema)) / BYTES_PER_TOKEN,
			      r->picture ? 1 : 0, NULL, r->max_tokens, &c->purchase);
	return rc;
}

/* --- replies --- */

/* What a finish or block reason means. Others: no picture, and perhaps the next time. */
static enum err_code meaning_of(const char *reason)
{
	static const char *const refusals[] = { "SAFETY",
						"RECITATION",
						"BLOCKLIST",
						"PROHIBITED_CONTENT",
						"SPII",
						"IMAGE_SAFETY",
						"LANGUAGE",
						"IMAGE_PROHIBITED_CONTENT",
						"IMAGE_RECITATION",
						"MODEL_ARMOR",
						"JAILBREAK" };

	if (!reason || strcmp(reason, "STOP") == 0)
		return ERR_OK;
	if (strcmp(reason, "MAX_TOKENS") == 0)
		return ERR_CUT_OFF;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		if (strcmp(reason, refusals[i]) == 0)
			return ERR_REFUSED;
	}
	return ERR_NO_IMAGE;
}

static int64_t tokens_of(const cJSON *details, const char *modality)
{
	const cJSON *d;
	int64_t sum = 0;

	cJSON_ArrayForEach(d, details)
	{
		const char *name = text_at(d, "modality");

		if (name && strcmp(name, modality) == 0)
			sum += count_at(d, "tokenCount");
	}
	return sum;
}

static const cJSON *parts_of(const cJSON *root)
{
	const cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "candidates"), 0);

	return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(candidate, "content"), "parts");
}

static bool is_thought(const cJSON *part)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(part, "thought"));
}

/* The last picture that is not one of its thoughts; NULL: there is none. */
static const cJSON *picture_of(const cJSON *root)
{
	const cJSON *part, *found = NULL;

	cJSON_ArrayForEach(part, parts_of(root))
	{
		const cJSON *data = cJSON_GetObjectItemCaseSensitive(part, "inlineData");

		if (!data)
			data = cJSON_GetObjectItemCaseSensitive(part, "inline_data"); /* some relays */
		if (!is_thought(part) && cJSON_IsString(cJSON_GetObjectItemCaseSensitive(data, "data")))
			found = cJSON_GetObjectItemCaseSensitive(data, "data");
	}
	return found;
}

/* Image tokens are not always itemised: then an answer with a picture is all picture, one without is text, and so is
 * thinking. */
static void read_usage(const cJSON *root, struct receipt *r)
{
	const cJSON *usage = cJSON_GetObjectItemCaseSensitive(root, "usageMetadata");
	const cJSON *out = cJSON_GetObjectItemCaseSensitive(usage, "candidatesTokensDetails");
	const char *model = text_at(root, "modelVersion"), *id = text_at(root, "responseId");
	int64_t in_all = count_at(usage, "promptTokenCount"), out_all = count_at(usage, "candidatesTokenCount");

	r->known = cJSON_IsObject(usage);
	r->image_in = tokens_of(cJSON_GetObjectItemCaseSensitive(usage, "promptTokensDetails"), "IMAGE");
	r->text_in = in_all > r->image_in ? in_all - r->image_in : 0;
	r->image_out = tokens_of(out, "IMAGE");
	if (r->image_out == 0 && picture_of(root))
		r->image_out = out_all;
	r->text_out = (out_all > r->image_out ? out_all - r->image_out : 0) + count_at(usage, "thoughtsTokenCount");
	snprintf(r->model, sizeof(r->model), "%s", model ? model : "");
	snprintf(r->id, sizeof(r->id), "%s", id ? id : "");
}

/* What it said, thoughts left out. malloc()ed; NULL: nothing, or no memory. */
static char *text_of(const struct reply_scan *s)
{
	const cJSON *part;
	char *all = NULL;

	cJSON_ArrayForEach(part, parts_of(s->root))
	{
		const cJSON *node = cJSON_GetObjectItemCaseSensitive(part, "text");
		char *text = is_thought(part) ? NULL : scan_copy(s, node), *longer;
		size_t had = all ? strlen(all) : 0;

		if (!text)
			continue;
		longer = realloc(all, had + strlen(text) + 1);
		if (longer) {
			all = longer;
			memcpy(all + had, text, strlen(text) + 1);
		}
		free(text);
	}
	return all;
}

/* Why there is nothing to use. */
static int refuse(const struct model *m, const struct reply_scan *s, bool want_text, struct err *e)
{
	const cJSON *feedback = cJSON_GetObjectItemCaseSensitive(s->root, "promptFeedback");
	const cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(s->root, "candidates"), 0);
	const char *block = text_at(feedback, "blockReason"), *finish = text_at(candidate, "finishReason");
	const char *reason = block ? block : finish;
	enum err_code code = meaning_of(reason);
	char *text = want_text ? NULL : text_of(s), said[SAID_MAX + 4];

	say(said, text_at(candidate, "finishMessage") ? text_at(candidate, "finishMessage") : text);
	free(text);
	if (code == ERR_OK || (block && code == ERR_NO_IMAGE && strcmp(block, "OTHER") != 0))
		code = block ? ERR_REFUSED : ERR_NO_IMAGE;
	return err_set(e, code, "%s: no %s (%.40s)%s%s", m->id, want_text ? "text" : "picture",
		       reason ? reason : "nothing", said[0] ? ": " : "", said);
}

static int take_picture(const struct reply_scan *s, const cJSON *data, struct answer *a, struct err *e)
{
	struct bytes *picture = scan_base64(scan_text(s, data), e);

	return picture ? answer_take_picture(a, picture, e) : -1;
}

static int take(const struct model *m, const struct reply_scan *s, bool want_text, struct answer *a, struct err *e)
{
	const cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(s->root, "candidates"), 0);
	enum err_code ended = meaning_of(text_at(candidate, "finishReason"));
	const cJSON *picture = want_text ? NULL : picture_of(s->root);

	if (picture && ended != ERR_REFUSED)
		return take_picture(s, picture, a, e);
	if (want_text && ended == ERR_OK)
		a->text = text_of(s);
	return a->text ? 0 : refuse(m, s, want_text, e);
}

static int read_answer(const struct model *m, const struct reply *reply, bool want_text, struct answer *a,
		       struct receipt *r, struct err *e)
{
	struct reply_scan s = { 0 };
	int rc = reply_scan(&s, (const char *)reply->body->data, reply->body->size, e);

	memset(a, 0, sizeof(*a));
	if (rc == 0 && !cJSON_IsObject(s.root))
		rc = err_set(e, ERR_ANSWER, "%s: the answer is not an object", m->id);
	if (rc == 0) {
		read_usage(s.root, r);
		rc = take(m, &s, want_text, a, e);
	}
	reply_scan_release(&s);
	return rc;
}

/* --- refusals --- */

/* What the details of an error say. Borrowed from its tree. */
struct details {
	const char *reason, *quota_id, *quota_value, *retry_delay;
};

/* A reply may name several quotas: the one that lasts longest counts. */
static void read_violation(const cJSON *violation, struct details *d)
{
	const char *id = text_at(violation, "quotaId"), *value = text_at(violation, "quotaValue");

	if (id && (!d->quota_id || strstr(id, "PerDay")))
		d->quota_id = id;
	if (value && (!d->quota_value || strcmp(value, "0") == 0))
		d->quota_value = value;
}

static void read_details(const cJSON *error, struct details *d)
{
	const cJSON *detail, *violation;

	memset(d, 0, sizeof(*d));
	cJSON_ArrayForEach(detail, cJSON_GetObjectItemCaseSensitive(error, "details"))
	{
		if (text_at(detail, "reason"))
			d->reason = text_at(detail, "reason");
		if (text_at(detail, "retryDelay"))
			d->retry_delay = text_at(detail, "retryDelay");
		cJSON_ArrayForEach(violation, cJSON_GetObjectItemCaseSensitive(detail, "violations"))
		{
			read_violation(violation, d);
		}
	}
}

/* "34.28s" in milliseconds; -1: not said. */
static int64_t delay_ms(const char *text)
{
	char *end;
	double s = text ? strtod(text, &end) : -1;

	return s >= 0 && s < 86400 && end > text ? (int64_t)(s * 1000) + 1 : -1;
}

static bool mentions(const char *text, const char *word)
{
	return text && strstr(text, word);
}

static void judge_429(const char *message, const struct details *d, const char *said, struct verdict *v)
{
	if (mentions(message, "limit: 0") || (d->quota_value && strcmp(d->quota_value, "0") == 0))
		verdict_end(v, ERR_CREDIT, "the account may not use this model at all (its limit is 0): %s", said);
	else if (mentions(d->quota_id, "PerDay"))
		verdict_end(v, ERR_QUOTA, "the day's quota is used up, until midnight Pacific time: %s", said);
	else if (mentions(message, "credit") || mentions(message, "Credit"))
		verdict_end(v, ERR_CREDIT, "the account's credit is used up: %s", said);
	else if (mentions(message, "spend") || mentions(message, "Spend"))
		verdict_retry(v, true, d->retry_delay ? delay_ms(d->retry_delay) : SPEND_WAIT_MS,
			      "the account's spending rate is capped: %s", said);
	else if (delay_ms(d->retry_delay) > WAIT_MOST_MS)
		verdict_end(v, ERR_QUOTA, "a quota is used up for %lld minutes: %s",
			    (long long)delay_ms(d->retry_delay) / 60000, said);
	else
		verdict_retry(v, true, delay_ms(d->retry_delay), "too many requests: %s", said);
}

static void judge_400(const char *message, const char *status, const struct details *d, const char *said,
		      struct verdict *v)
{
	if (mentions(d->reason, "API_KEY") || mentions(message, "API key"))
		verdict_end(v, ERR_KEY, "the key was refused: %s", said);
	else if (mentions(status, "FAILED_PRECONDITION") && mentions(message, "illing"))
		verdict_end(v, ERR_CREDIT, "the account cannot pay: %s", said);
	else if (mentions(status, "FAILED_PRECONDITION"))
		verdict_end(v, ERR_CONFIG, "the model's service is not for this account or place: %s", said);
	else
		verdict_end(v, ERR_REQUEST, "the request was refused: %s", said);
	v->certain = v->err.code == ERR_KEY;
}

static void judge_error(const cJSON *error, const struct reply *r, struct verdict *v)
{
	const char *message = text_at(error, "message"), *status = text_at(error, "status");
	char said[SAID_MAX + 4];
	struct details d;

	read_details(error, &d);
	say(said, message);
	if (r->status == 429)
		judge_429(message, &d, said, v);
	else if (r->status == 400)
		judge_400(message, status, &d, said, v);
	else if (r->status == 401 || r->status == 403)
		verdict_end(v, ERR_KEY, "the key may not do this: %s", said);
	else if (r->status == 404)
		verdict_end(v, ERR_RETIRED, "no such model, or no longer: %s", said);
	else if (r->status == 402)
		verdict_end(v, ERR_CREDIT, "the account's credit is used up: %s", said);
	else if (r->status == 500 || r->status == 503)
		verdict_retry(v, false, delay_ms(d.retry_delay), "%s (HTTP %d): %s",
			      r->status == 503 ? "the model is overloaded" : "the model's service failed", r->status,
			      said);
	else
		judge_status(r, v);
}

static void judge(const struct reply *r, struct verdict *v)
{
	struct reply_scan s = { 0 };
	struct err ignored = { 0 };
	const cJSON *error = NULL;

	memset(v, 0, sizeof(*v));
	if (r->body && reply_scan(&s, (const char *)r->body->data, r->body->size, &ignored) == 0) {
		/* Some gateways wrap it in a list. */
		const cJSON *root = cJSON_IsArray(s.root) ? cJSON_GetArrayItem(s.root, 0) : s.root;

		error = cJSON_GetObjectItemCaseSensitive(root, "error");
	}
	if (cJSON_IsObject(error))
		judge_error(error, r, v);
	else
		judge_status(r, v);
	reply_scan_release(&s);
}

const struct dialect_functions dialect_gemini = { .name = "gemini",
						  .ask_edit = ask_edit,
						  .ask_text = ask_text,
						  .read = read_answer,
						  .judge = judge,
						  .models_path = "/v1beta/models?pageSize=1000" };
