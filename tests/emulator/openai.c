/* openai.c - chat completions with pictures, and images/edits, as OpenAI and relays have them. */
#include "tests/emulator/emulator.h"

#include "pipeline/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool openai_refuse(enum fault f, struct answer_http *a)
{
	static const struct {
		enum fault fault;
		int status;
		const char *code, *message;
	} refusals[] = { { FAULT_RATE, 429, "rate_limit_exceeded", "Rate limit reached" },
			 { FAULT_RATE_BARE, 429, "rate_limit_exceeded", "Rate limit reached" },
			 { FAULT_CREDIT, 429, "insufficient_quota", "You exceeded your current quota" },
			 { FAULT_INTERNAL, 500, "server_error", "The server had an error" },
			 { FAULT_UNAVAILABLE, 503, "overloaded", "The engine is currently overloaded" },
			 { FAULT_SAFETY, 400, "moderation_blocked", "Your request was rejected by the safety system" },
			 { FAULT_BAD_REQUEST, 400, "invalid_image", "Invalid image" } };

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		if (refusals[i].fault == f) {
			cJSON *o = cJSON_CreateObject(), *e = cJSON_AddObjectToObject(o, "error");

			cJSON_AddStringToObject(e, "message", refusals[i].message);
			cJSON_AddStringToObject(e, "type", "invalid_request_error");
			cJSON_AddStringToObject(e, "code", refusals[i].code);
			answer_json(a, refusals[i].status, o);
			return true;
		}
	}
	return false;
}

static cJSON *chat_usage(int in, int out)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "prompt_tokens", in);
	cJSON_AddNumberToObject(o, "completion_tokens", out);
	return o;
}

/* The picture where the model's name says: "...-markdown" in a text, "...-b64" as data[], else as message.images[]. */
static cJSON *chat_answer(const char *model, const char *base64, size_t size)
{
	cJSON *o = cJSON_CreateObject(), *choice = cJSON_CreateObject(), *message, *image;
	char *text = malloc(size + 100);

	cJSON_AddStringToObject(o, "model", model);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "choices"), choice);
	cJSON_AddStringToObject(choice, "finish_reason", "stop");
	message = cJSON_AddObjectToObject(choice, "message");
	cJSON_AddStringToObject(message, "role", "assistant");
	if (strstr(model, "-b64")) {
		snprintf(text, size + 100, "%.*s", (int)size, base64);
		image = cJSON_CreateObject();
		cJSON_AddStringToObject(image, "b64_json", text);
		cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "data"), image);
	} else if (strstr(model, "-markdown")) {
		snprintf(text, size + 100, "Here: ![picture](data:image/jpeg;base64,%.*s)", (int)size, base64);
		cJSON_AddStringToObject(message, "content", text);
	} else {
		snprintf(text, size + 100, "data:image/jpeg;base64,%.*s", (int)size, base64);
		cJSON_AddStringToObject(message, "content", "");
		image = cJSON_CreateObject();
		cJSON_AddStringToObject(cJSON_AddObjectToObject(image, "image_url"), "url", text);
		cJSON_AddItemToArray(cJSON_AddArrayToObject(message, "images"), image);
	}
	free(text);
	return o;
}

static void chat_text(const cJSON *root, const char *model, const char *prompt, enum fault f, const char *id,
		      struct answer_http *a)
{
	const cJSON *format = cJSON_GetObjectItem(root, "response_format"),
		    *schema = cJSON_GetObjectItem(cJSON_GetObjectItem(format, "json_schema"), "schema");
	cJSON *o = cJSON_CreateObject(), *choice = cJSON_CreateObject(), *message;
	char *text = copy_written(schema, prompt, f);
	struct usage u = { (int64_t)strlen(prompt) / 4, 0, (int64_t)strlen(text) / 4, 0 };

	cJSON_AddStringToObject(o, "model", model);
	cJSON_AddStringToObject(o, "id", id);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "choices"), choice);
	cJSON_AddStringToObject(choice, "finish_reason", "stop");
	message = cJSON_AddObjectToObject(choice, "message");
	cJSON_AddStringToObject(message, "content", text);
	cJSON_AddItemToObject(o, "usage", chat_usage((int)u.text_in, (int)u.text_out));
	bill_write(model, "text", &u, true, id);
	answer_json(a, 200, o);
	free(text);
}

void openai_chat(const char *body, size_t size, struct answer_http *a)
{
	struct reply_scan s = { 0 };
	struct err e = { 0 };
	const cJSON *message, *part, *url;
	struct span picture = { 0 };
	const char *model, *edited;
	char *prompt = strdup(""), id[32];
	enum fault f;

	if (reply_scan(&s, body, size, &e) != 0) {
		answer_error(a, 400, "invalid", "%s", e.msg);
		free(prompt);
		return;
	}
	model = cJSON_GetStringValue(cJSON_GetObjectItem(s.root, "model"));
	cJSON_ArrayForEach(message, cJSON_GetObjectItem(s.root, "messages"))
	{
		cJSON_ArrayForEach(part, cJSON_GetObjectItem(message, "content"))
		{
			char *text = scan_copy(&s, cJSON_GetObjectItem(part, "text"));

			url = cJSON_GetObjectItem(cJSON_GetObjectItem(part, "image_url"), "url");
			if (cJSON_IsString(url) && !picture.text) {
				picture = scan_text(&s, url);
				while (picture.size && *picture.text++ != ',')
					picture.size--;
				picture.size -= picture.size > 0;
			}
			if (text) {
				prompt = realloc(prompt, strlen(prompt) + strlen(text) + 2);
				strcat(strcat(prompt, text), "\n");
				free(text);
			}
		}
	}
	f = fault_next(prompt);
	bill_count(fault_name(f));
	answer_id(id);
	if (!openai_refuse(f, a)) {
		size_t made = 0;

		if (cJSON_GetObjectItem(s.root, "response_format")) {
			chat_text(s.root, model ? model : "?", prompt, f, id, a);
		} else if ((edited = picture.size ? picture_edited(picture, false, f, &made) : NULL) != NULL) {
			cJSON *o = chat_answer(model ? model : "?", edited, made);
			struct usage u = { (int64_t)strlen(prompt) / 4 + 1120, 0, 0, 1120 };

			cJSON_AddStringToObject(o, "id", id);
			cJSON_AddItemToObject(o, "usage", chat_usage((int)u.text_in, (int)u.image_out));
			bill_write(model ? model : "?", "image", &u, true, id);
			answer_json(a, 200, o);
		} else {
			answer_error(a, 400, "invalid", "no picture");
		}
	}
	free(prompt);
	reply_scan_release(&s);
}

/* --- images/edits --- */

static const char *find(const char *text, size_t size, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i + length <= size; i++) {
		if (memcmp(text + i, word, length) == 0)
			return text + i;
	}
	return NULL;
}

/* The content of a form's field: between its empty line and the next boundary. */
static struct span form_field(const char *body, size_t size, const char *boundary, const char *name)
{
	char head[80];
	const char *at, *begin, *end;

	snprintf(head, sizeof(head), "name=\"%s\"", name);
	at = find(body, size, head);
	begin = at ? find(at, size - (size_t)(at - body), "\r\n\r\n") : NULL;
	if (!begin)
		return (struct span){ NULL, 0 };
	begin += 4;
	end = find(begin, size - (size_t)(begin - body), boundary);
	return end ? (struct span){ begin, (size_t)(end - begin) - 2 } : (struct span){ NULL, 0 };
}

void openai_edit(const char *type, const char *body, size_t size, struct answer_http *a)
{
	const char *mark = type ? strstr(type, "boundary=") : NULL, *edited;
	struct span model, prompt, image, pixels;
	char boundary[100], text[4000], name[80], id[32], *base64;
	size_t made;
	cJSON *o, *d;
	enum fault f;

	if (!mark) {
		answer_error(a, 400, "invalid", "not a form");
		return;
	}
	snprintf(boundary, sizeof(boundary), "--%.80s", mark + 9);
	model = form_field(body, size, boundary, "model");
	prompt = form_field(body, size, boundary, "prompt");
	image = form_field(body, size, boundary, "image[]");
	pixels = form_field(body, size, boundary, "size");
	snprintf(name, sizeof(name), "%.*s", (int)model.size, model.text ? model.text : "");
	snprintf(text, sizeof(text), "%.*s", (int)prompt.size, prompt.text ? prompt.text : "");
	f = fault_next(text);
	bill_count(fault_name(f));
	if (openai_refuse(f, a))
		return;
	if (!image.text || !pixels.text || strncmp(pixels.text, "1024x1024", 9) != 0) {
		answer_error(a, 400, "invalid", "image or size is missing");
		return;
	}
	base64 = malloc(base64_size(image.size));
	base64_encode((const unsigned char *)image.text, image.size, base64);
	edited = picture_edited((struct span){ base64, base64_size(image.size) }, false, f, &made);
	free(base64);
	if (!edited) {
		answer_error(a, 400, "invalid", "not a picture");
		return;
	}
	answer_id(id);
	o = cJSON_CreateObject();
	d = cJSON_CreateObject();
	base64 = malloc(made + 1);
	memcpy(base64, edited, made);
	base64[made] = '\0';
	cJSON_AddStringToObject(d, "b64_json", base64);
	free(base64);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "data"), d);
	cJSON_AddStringToObject(o, "id", id);
	d = cJSON_AddObjectToObject(o, "usage");
	cJSON_AddNumberToObject(d, "input_tokens", (double)(prompt.size / 4 + 800));
	cJSON_AddNumberToObject(d, "output_tokens", 1767);
	cJSON_AddNumberToObject(cJSON_AddObjectToObject(d, "input_tokens_details"), "image_tokens", 800);
	bill_write(name, "image", &(struct usage){ (int64_t)prompt.size / 4, 800, 0, 1767 }, true, id);
	answer_json(a, 200, o);
}

void openai_models(struct answer_http *a)
{
	cJSON *o = cJSON_CreateObject(), *m = cJSON_CreateObject();

	cJSON_AddStringToObject(m, "id", "gpt-image-2");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "data"), m);
	answer_json(a, 200, o);
}

/* --- an endpoint of one's own --- */

void plain_edit(const char *body, size_t size, struct answer_http *a)
{
	struct reply_scan s = { 0 };
	struct err e = { 0 };
	const cJSON *image;
	const char *edited = NULL, *prompt;
	struct bytes *file = NULL;
	size_t made = 0;

	if (reply_scan(&s, body, size, &e) == 0) {
		image = cJSON_GetObjectItem(s.root, "image");
		prompt = cJSON_GetStringValue(cJSON_GetObjectItem(s.root, "prompt"));
		if (prompt && cJSON_IsString(image))
			edited = picture_edited(scan_text(&s, image), false, fault_next(prompt), &made);
	}
	if (edited)
		file = scan_base64((struct span){ edited, made }, &e);
	if (file) {
		a->status = 200;
		a->type = "image/jpeg";
		a->data = malloc(file->size);
		memcpy(a->data, file->data, file->size);
		a->size = file->size;
		bill_write("own", "image", &(struct usage){ 0 }, true, "own");
	} else {
		answer_error(a, 400, "invalid", "no picture");
	}
	bytes_unref(file);
	reply_scan_release(&s);
}
