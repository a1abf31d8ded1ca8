#include "stages/openai.h"

#include <stdio.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static void judge_error(const cJSON *error, const struct reply *r, struct verdict *v)
{
	const char *code = text_at(error, "code"), *type = text_at(error, "type");
	char said[SAID_MAX + 4];

	say(said, text_at(error, "message"));
	if (is(code, "insufficient_quota") || is(code, "billing_hard_limit_reached") || is(type, "insufficient_quota"))
		verdict_end(v, ERR_CREDIT, "the account's credit is used up: %s", said);
	else if (is(code, "invalid_api_key") || r->status == 401 || r->status == 403)
		verdict_end(v, ERR_KEY, "the key was refused: %s", said);
	else if (is(code, "moderation_blocked") || is(code, "content_policy_violation"))
		verdict_end(v, ERR_REFUSED, "refused by its rules of content: %s", said);
	else if (is(code, "model_not_found") || r->status == 404)
		verdict_end(v, ERR_RETIRED, "no such model, or no longer: %s", said);
	else if (r->status == 400 || r->status == 422)
		verdict_end(v, ERR_REQUEST, "the request was refused: %s", said);
	else if (r->status == 500)
		verdict_retry(v, false, -1, "the model's service failed inside: %s", said);
	else
		judge_status(r, v);
	v->certain = is(code, "invalid_api_key");
}

void openai_judge(const struct reply *r, struct verdict *v)
{
	struct reply_scan s = { 0 };
	struct err ignored = { 0 };
	const cJSON *error = NULL;

	memset(v, 0, sizeof(*v));
	if (r->body && reply_scan(&s, (const char *)r->body->data, r->body->size, &ignored) == 0) {
		/* Google's own layer wraps it in a list. */
		const cJSON *root = cJSON_IsArray(s.root) ? cJSON_GetArrayItem(s.root, 0) : s.root;

		error = cJSON_GetObjectItemCaseSensitive(root, "error");
	}
	if (cJSON_IsObject(error))
		judge_error(error, r, v);
	else
		judge_status(r, v);
	reply_scan_release(&s);
}

void openai_usage(const cJSON *root, bool want_text, struct receipt *r)
{
	const cJSON *usage = cJSON_GetObjectItemCaseSensitive(root, "usage");
	const cJSON *cost = cJSON_GetObjectItemCaseSensitive(usage, "cost");
	const cJSON *in = cJSON_GetObjectItemCaseSensitive(usage, "input_tokens_details");
	const cJSON *out = cJSON_GetObjectItemCaseSensitive(usage, "completion_tokens_details");
	const char *model = text_at(root, "model"), *id = text_at(root, "id");
	int64_t in_all = count_at(usage, "input_tokens") + count_at(usage, "prompt_tokens");
	int64_t out_all = count_at(usage, "output_tokens") + count_at(usage, "completion_tokens");
	const cJSON *itemised = cJSON_GetObjectItemCaseSensitive(out, "image_tokens");

	r->known = cJSON_IsObject(usage);
	r->image_in = count_at(in, "image_tokens");
	r->text_in = in_all > r->image_in ? in_all - r->image_in : 0;
	r->image_out = want_text ? 0 : cJSON_IsNumber(itemised) ? count_at(out, "image_tokens") : out_all;
	r->text_out = out_all > r->image_out ? out_all - r->image_out : 0;
	if (cJSON_IsNumber(cost) && cost->valuedouble > 0 && cost->valuedouble < 1e6)
		r->cost_nano = (int64_t)(cost->valuedouble * 1e9 + 0.5);
	snprintf(r->model, sizeof(r->model), "%s", model ? model : "");
	snprintf(r->id, sizeof(r->id), "%s", id ? id : "");
}
