/* openai_chat.c - POST /v1/chat/completions with pictures, as relays offer picture models; and texts by a schema. */
#include "stages/openai.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_PATH "/v1/chat/completions"

static int add_picture(struct call *c, struct bytes *picture, enum picture_format f, struct err *e)
{
	if (body_text(c, e, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:%s;base64,", mime_of(f)) != 0 ||
	    body_picture(c, picture, true, e) != 0)
		return -1;
	return body_text(c, e, "\"}},");
}

static int ask_edit(const struct edit_request *r, struct call *c, struct err *e)
{
	const struct model_size *size = NULL;
	char *prompt, *id = NULL, day[11];
	int rc = check_formats(r, e);

	for (int i = 0; i < r->model->size_count && r->size; i++) {
		if (strcmp(r->model->sizes[i].name, r->size) == 0)
			size = &r->model->sizes[i];
	}
	prompt = rc == 0 ? json_quoted(r->prompt, e) : NULL;
	id = prompt ? json_quoted(r->model->id, e) : NULL;
	rc = id ? call_begin(c, r->model, OWN_PATH, "application/json", e) : -1;
	if (rc == 0)
		rc = body_text(c, e, "{\"model\":%s,\"modalities\":[\"image\",\"text\"],", id);
	if (rc == 0 && size)
		rc = body_text(c, e, "\"image_config\":{\"aspect_ratio\":\"1:1\",\"image_size\":\"%s\"},", size->name);
	if (rc == 0)
		rc = body_text(c, e, "\"messages\":[{\"role\":\"user\",\"content\":[");
	for (int i = 0; i < r->picture_count && rc == 0; i++)
		rc = add_picture(c, r->pictures[i], r->formats[i], e);
	if (rc == 0)
		rc = body_text(c, e, "{\"type\":\"text\",\"text\":%s}]}]}", prompt);
	free(prompt);
	free(id);
	c->max_bytes = ANSWER_MAX_BYTES;
	model_today(day);
	model_reserve(r->model, day, (int64_t)strlen(r->prompt) / 3 + 1, r->picture_count, size, 0, &c->purchase);
	return rc;
}

static int ask_text(const struct text_request *r, struct call *c, struct err *e)
{
	char *prompt = json_quoted(r->prompt, e), *system = prompt ? json_quoted(r->system, e) : NULL;
	char *id = system ? json_quoted(r->model->id, e) : NULL, day[11];
	int rc = id ? call_begin(c, r->model, OWN_PATH, "application/json", e) : -1;

	if (rc == 0)
		rc = body_text(c, e,
			       "{\"model\":%s,\"max_tokens\":%d,\"response_format\":{\"type\":\"json_schema\","
			       "\"json_schema\":{\"name\":\"copy\",\"schema\":%s}},\"messages\":[{\"role\":\"system\","
			       "\"content\":%s},{\"role\":\"user\",\"content\":[",
			       id, r->max_tokens, r->schema, system);
	if (rc == 0 && r->picture)
		rc = add_picture(c, r->picture, r->format, e);
	if (rc == 0)
		rc = body_text(c, e, "{\"type\":\"text\",\"text\":%s}]}]}", prompt);
	free(prompt);
	free(system);
	free(id);
	c->max_bytes = TEXT_MAX_BYTES;
	model_today(day);
	if (rc == 0)
		model_reserve(r->model, day, (int64_t)(strlen(r->prompt) + strlen(r->system) + strlen(r->schema)) / 3,
			      r->picture ? 1 : 0, NULL, r->max_tokens, &c->purchase);
	return rc;
}

/* --- replies --- */

/* A picture in one of the places that relays put it. NULL without err: there is none. */
static struct bytes *picture_in(const struct reply_scan *s, const cJSON *message, struct err *e)
{
	const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content"), *part;
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(message, "images");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(s->root, "data"), 0), "b64_json");
	struct bytes *found = NULL;

	if (!cJSON_IsArray(list))
		list = cJSON_IsArray(content) ? content : NULL;
	cJSON_ArrayForEach(part, list)
	{
		const cJSON *url = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(part, "image_url"),
								    "url");

		if (cJSON_IsString(url) && !found && e->code == ERR_OK)
			found = scan_data_uri(scan_text(s, url), e);
	}
	if (!found && e->code == ERR_OK && cJSON_IsString(content))
		found = scan_data_uri(scan_text(s, content), e);
	if (!found && e->code == ERR_OK && cJSON_IsString(data))
		found = scan_base64(scan_text(s, data), e);
	return found;
}

static int nothing(const struct model *m, const struct reply_scan *s, const cJSON *choice, bool want_text,
		   struct err *e)
{
	const char *finish = text_at(choice, "finish_reason");
	const cJSON *message = cJSON_GetObjectItemCaseSensitive(choice, "message");
	const char *refusal = text_at(message, "refusal");
	enum err_code code = ERR_NO_IMAGE;
	char said[SAID_MAX + 4];

	(void)s;
	say(said, refusal ? refusal : text_at(message, "content"));
	if (refusal || (finish && strcmp(finish, "content_filter") == 0))
		code = ERR_REFUSED;
	else if (finish && strcmp(finish, "length") == 0)
		code = ERR_CUT_OFF;
	return err_set(e, code, "%s: no %s (%.40s)%s%s", m->id, want_text ? "text" : "picture",
		       finish ? finish : "nothing", said[0] ? ": " : "", said);
}

static int take(const struct model *m, const struct reply_scan *s, bool want_text, struct answer *a, struct err *e)
{
	const cJSON *choice = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(s->root, "choices"), 0);
	const cJSON *message = cJSON_GetObjectItemCaseSensitive(choice, "message");
	const char *finish = text_at(choice, "finish_reason");
	struct bytes *picture;

	if (want_text) {
		bool whole = !finish || strcmp(finish, "stop") == 0;

		a->text = whole ? scan_copy(s, cJSON_GetObjectItemCaseSensitive(message, "content")) : NULL;
		return a->text ? 0 : nothing(m, s, choice, true, e);
	}
	picture = picture_in(s, message, e);
	if (picture)
		return answer_take_picture(a, picture, e);
	return e->code == ERR_OK ? nothing(m, s, choice, false, e) : -1;
}

static int read_answer(const struct model *m, const struct reply *reply, bool want_text, struct answer *a,
		       struct receipt *r, struct err *e)
{
	struct reply_scan s = { 0 };
	int rc = reply_scan(&s, (const char *)reply->body->data, reply->body->size, e);

	memset(a, 0, sizeof(*a));
	if (rc == 0) {
		openai_usage(s.root, want_text, r);
		rc = take(m, &s, want_text, a, e);
	}
	reply_scan_release(&s);
	return rc;
}

const struct dialect_functions dialect_openai_chat = { .name = "openai-chat",
						       .ask_edit = ask_edit,
						       .ask_text = ask_text,
						       .read = read_answer,
						       .judge = openai_judge,
						       .models_path = OPENAI_MODELS_PATH };
