/*
 * http_model.c - a plain endpoint of one's own, such as a serverless GPU.
 *
 * POST BASE/ (or the model's "path") with
 *   {"model":ID,"prompt":TEXT,"size":1024,"mime":"image/jpeg","image":BASE64,"references":[BASE64,...]}
 * It answers 2xx with the picture itself (Content-Type: image/...), or with JSON that has it in base64 or as a data URI
 * under "image", "images"[0] or "b64_json"; or it says no with another status. GET BASE/health says 200 when it is
 * awake. What a call costs is the model's price of a call.
 */
#include "stages/dialect_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_PATH "/"

static int add_references(const struct edit_request *r, struct call *c, struct err *e)
{
	int rc = body_text(c, e, "\"references\":[");

	for (int i = 1; i < r->picture_count && rc == 0; i++) {
		if (body_text(c, e, i == 1 ? "\"" : ",\"") != 0 || body_picture(c, r->pictures[i], true, e) != 0)
			return -1;
		rc = body_text(c, e, "\"");
	}
	return rc == 0 ? body_text(c, e, "],") : -1;
}

static int ask_edit(const struct edit_request *r, struct call *c, struct err *e)
{
	char *prompt, *id = NULL, day[11];
	int rc = check_formats(r, e), side = 1024;

	for (int i = 0; i < r->model->size_count && r->size; i++) {
		if (strcmp(r->model->sizes[i].name, r->size) == 0)
			side = r->model->sizes[i].side;
	}
	prompt = rc == 0 ? json_quoted(r->prompt, e) : NULL;
	id = prompt ? json_quoted(r->model->id, e) : NULL;
	rc = id ? call_begin(c, r->model, OWN_PATH, "application/json", e) : -1;
	if (rc == 0)
		rc = body_text(c, e, "{\"model\":%s,\"prompt\":%s,\"size\":%d,", id, prompt, side);
	if (rc == 0 && r->picture_count > 1)
		rc = add_references(r, c, e);
	if (rc == 0)
		rc = body_text(c, e, "\"mime\":\"%s\",\"image\":\"", mime_of(r->formats[0]));
	if (rc == 0)
		rc = body_picture(c, r->pictures[0], true, e);
	if (rc == 0)
		rc = body_text(c, e, "\"}");
	free(prompt);
	free(id);
	c->max_bytes = ANSWER_MAX_BYTES;
	model_today(day);
	model_reserve(r->model, day, 0, 0, NULL, 0, &c->purchase);
	return rc;
}

static struct bytes *picture_in(const struct reply_scan *s, struct err *e)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(s->root, "image");
	struct span text;
	struct bytes *picture;

	if (!cJSON_IsString(data))
		data = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(s->root, "images"), 0);
	if (!cJSON_IsString(data))
		data = cJSON_GetObjectItemCaseSensitive(s->root, "b64_json");
	if (!cJSON_IsString(data)) {
		err_set(e, ERR_NO_IMAGE, "the answer has no picture");
		return NULL;
	}
	text = scan_text(s, data);
	picture = scan_data_uri(text, e);
	return picture || e->code != ERR_OK ? picture : scan_base64(text, e);
}

static int read_answer(const struct model *m, const struct reply *reply, bool want_text, struct answer *a,
		       struct receipt *r, struct err *e)
{
	struct reply_scan s = { 0 };
	struct bytes *picture = NULL;

	(void)want_text;
	(void)m;
	memset(a, 0, sizeof(*a));
	r->known = true;
	if (picture_sniff(reply->body->data, reply->body->size) != FORMAT_UNKNOWN)
		return answer_take_picture(a, bytes_ref(reply->body), e);
	if (reply_scan(&s, (const char *)reply->body->data, reply->body->size, e) == 0)
		picture = picture_in(&s, e);
	reply_scan_release(&s);
	return picture ? answer_take_picture(a, picture, e) : -1;
}

const struct dialect_functions dialect_http = {
	.name = "http", .ask_edit = ask_edit, .read = read_answer, .judge = judge_status
};
