/* gemini.c - generateContent, as strict as the original. */
#include "tests/emulator/emulator.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct gemini_model {
	const char *id;
	bool picture, png;
	const char *sizes; /* each between spaces */
	int image_in;
	const char *levels; /* of thinking; NULL: not to be chosen */
	int image_out[3];   /* 1K, 2K, 4K */
} gemini_table[] = {
	{ "gemini-nano-banana-2.1", true, false, " 1K 2K 4K ", 1120, " MINIMAL MEDIUM HIGH ", { 1120, 1680, 3780 } },
	{ "gemini-3.1-flash-lite-image", true, false, " 1K ", 1120, " MINIMAL HIGH ", { 1120, 0, 0 } },
	{ "gemini-3.1-flash-image", true, false, " 512 1K 2K 4K ", 1120, " MINIMAL HIGH ", { 1120, 1680, 2520 } },
	{ "gemini-3-pro-image", true, false, " 1K 2K 4K ", 560, NULL, { 1120, 1120, 2000 } },
	{ "gemini-3.5-flash-lite", false, false, "", 1120, " MINIMAL LOW MEDIUM HIGH ", { 0 } },
	{ "gemini-3.1-flash-lite", false, false, "", 1120, " MINIMAL LOW MEDIUM HIGH ", { 0 } },
};

static const struct gemini_model *gemini_find(const char *id)
{
	for (size_t i = 0; i < sizeof(gemini_table) / sizeof(*gemini_table); i++) {
		if (strcmp(gemini_table[i].id, id) == 0)
			return &gemini_table[i];
	}
	return NULL;
}

/* --- answers --- */

void answer_text(struct answer_http *a, int status, const char *type, const char *text)
{
	a->status = status;
	a->type = type;
	a->data = strdup(text);
	a->size = strlen(text);
}

void answer_json(struct answer_http *a, int status, cJSON *o)
{
	char *text = cJSON_PrintUnformatted(o);

	answer_text(a, status, "application/json; charset=UTF-8", text);
	cJSON_free(text);
	cJSON_Delete(o);
}

static cJSON *error_tree(int status, const char *name, const char *message)
{
	cJSON *o = cJSON_CreateObject(), *e = cJSON_AddObjectToObject(o, "error");

	cJSON_AddNumberToObject(e, "code", status);
	cJSON_AddStringToObject(e, "message", message);
	cJSON_AddStringToObject(e, "status", name);
	return o;
}

void answer_error(struct answer_http *a, int status, const char *name, const char *fmt, ...)
{
	char message[500];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	answer_json(a, status, error_tree(status, name, message));
}

void answer_id(char out[32])
{
	static unsigned long long count;

	snprintf(out, 32, "em-%08llx", ++count);
}

/* 429 as the original words it. */
static void too_many(struct answer_http *a, const char *message, const char *quota, const char *value,
		     const char *delay)
{
	cJSON *o = error_tree(429, "RESOURCE_EXHAUSTED", message), *e = cJSON_GetObjectItem(o, "error"), *details, *d,
	      *v;

	if (quota) {
		details = cJSON_AddArrayToObject(e, "details");
		d = cJSON_CreateObject();
		cJSON_AddItemToArray(details, d);
		cJSON_AddStringToObject(d, "@type", "type.googleapis.com/google.rpc.QuotaFailure");
		v = cJSON_CreateObject();
		cJSON_AddItemToArray(cJSON_AddArrayToObject(d, "violations"), v);
		cJSON_AddStringToObject(v, "quotaMetric",
					"generativelanguage.googleapis.com/generate_requests_per_model");
		cJSON_AddStringToObject(v, "quotaId", quota);
		cJSON_AddStringToObject(v, "quotaValue", value);
		if (delay) {
			d = cJSON_CreateObject();
			cJSON_AddItemToArray(details, d);
			cJSON_AddStringToObject(d, "@type", "type.googleapis.com/google.rpc.RetryInfo");
			cJSON_AddStringToObject(d, "retryDelay", delay);
		}
	}
	answer_json(a, 429, o);
}

bool gemini_refuse(enum fault f, const char *id, struct answer_http *a)
{
	static const char quota[] = "You exceeded your current quota, please check your plan and billing details.";

	(void)id;
	if (f == FAULT_RATE)
		too_many(a, quota, "GenerateRequestsPerMinutePerProjectPerModel", "500", "0.5s");
	else if (f == FAULT_RATE_BARE)
		too_many(a, quota, "GenerateRequestsPerMinutePerProjectPerModel", "500", NULL);
	else if (f == FAULT_SPEND)
		too_many(a, "Your project has exceeded its spend rate limit.", "SpendPerTenMinutes", "10", "1s");
	else if (f == FAULT_QUOTA_DAY)
		too_many(a, quota, "GenerateRequestsPerDayPerProjectPerModel", "1000", NULL);
	else if (f == FAULT_CREDIT)
		too_many(a,
			 "Your prepayment credits are depleted. Please go to AI Studio to manage your project and "
			 "billing.",
			 NULL, NULL, NULL);
	else if (f == FAULT_LIMIT_0)
		too_many(a, "You exceeded your current quota. limit: 0", "GenerateContentFreeTier", "0", NULL);
	else if (f == FAULT_INTERNAL)
		answer_error(a, 500, "INTERNAL", "An internal error has occurred.");
	else if (f == FAULT_UNAVAILABLE)
		answer_error(a, 503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
	else if (f == FAULT_FORBIDDEN)
		answer_text(a, 403, "text/html", "<html><body>Request blocked.</body></html>");
	else if (f == FAULT_PROXY_HTML)
		answer_text(a, 502, "text/html",
			    "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>");
	else if (f == FAULT_BAD_REQUEST)
		answer_error(a, 400, "INVALID_ARGUMENT", "Unable to process input image.");
	else
		return false;
	return true;
}

/* --- strictness --- */

/* Every key of an object must be known, in camelCase or snake_case. */
static bool keys_known(const cJSON *o, const char *known, const char *where, struct answer_http *a)
{
	const cJSON *k;

	cJSON_ArrayForEach(k, o)
	{
		char word[80], camel[80];
		size_t n = 0;

		for (const char *c = k->string; *c && n + 1 < sizeof(camel); c++)
			camel[n++] = *c == '_' && c[1] ? (char)(*++c - 32) : *c;
		camel[n] = '\0';
		snprintf(word, sizeof(word), " %.70s ", camel);
		if (strstr(known, word))
			continue;
		answer_error(a, 400, "INVALID_ARGUMENT",
			     "Invalid JSON payload received. Unknown name \"%.60s\" at '%s': Cannot find field.",
			     k->string, where);
		return false;
	}
	return true;
}

/* By either spelling. */
static const cJSON *either(const cJSON *o, const char *camel, const char *snake)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, camel);

	return v ? v : cJSON_GetObjectItemCaseSensitive(o, snake);
}

struct gemini_request {
	struct span picture; /* the first */
	int pictures;
	char *text; /* all of it */
	const cJSON *schema;
	const char *size;
};

static bool read_part(const struct reply_scan *s, const cJSON *part, struct gemini_request *r, struct answer_http *a)
{
	const cJSON *data = either(part, "inlineData", "inline_data");
	const char *mime = cJSON_GetStringValue(either(data, "mimeType", "mime_type"));
	char *text = scan_copy(s, cJSON_GetObjectItemCaseSensitive(part, "text"));

	if (!keys_known(part, " text inlineData fileData thought thoughtSignature ", "contents.parts", a) ||
	    !keys_known(data, " mimeType data ", "contents.parts.inline_data", a)) {
		free(text);
		return false;
	}
	if (data) {
		if (!mime || !strstr(" image/png image/jpeg image/webp image/heic image/heif ", mime)) {
			answer_error(a, 400, "INVALID_ARGUMENT", "Unsupported MIME type: %.60s", mime ? mime : "");
			return false;
		}
		if (r->pictures++ == 0)
			r->picture = scan_text(s, cJSON_GetObjectItemCaseSensitive(data, "data"));
	}
	if (text) {
		char *both = realloc(r->text, (r->text ? strlen(r->text) : 0) + strlen(text) + 2);

		if (!r->text)
			*both = '\0';
		r->text = strcat(strcat(both, text), "\n");
		free(text);
	}
	return true;
}

static bool read_contents(const struct reply_scan *s, const cJSON *contents, struct gemini_request *r,
			  struct answer_http *a)
{
	const cJSON *content, *part;

	cJSON_ArrayForEach(content, contents)
	{
		if (!keys_known(content, " role parts ", "contents", a))
			return false;
		cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(content, "parts"))
		{
			if (!read_part(s, part, r, a))
				return false;
		}
	}
	return true;
}

static bool read_config(const cJSON *c, const struct gemini_model *m, struct gemini_request *r, struct answer_http *a)
{
	const cJSON *image = either(c, "imageConfig", "image_config"),
		    *thinking = either(c, "thinkingConfig", "thinking_config");
	const cJSON *count = either(c, "candidateCount", "candidate_count");
	const char *level = cJSON_GetStringValue(either(thinking, "thinkingLevel", "thinking_level"));
	char word[40];

	if (!keys_known(c,
			" responseModalities imageConfig thinkingConfig candidateCount responseMimeType responseSchema "
			"responseJsonSchema maxOutputTokens seed mediaResolution stopSequences temperature topP topK ",
			"generation_config", a) ||
	    !keys_known(image, " aspectRatio imageSize ", "generation_config.image_config", a) ||
	    !keys_known(thinking, " thinkingLevel thinkingBudget includeThoughts ", "generation_config.thinking_config",
			a))
		return false;
	r->size = cJSON_GetStringValue(either(image, "imageSize", "image_size"));
	r->schema = either(c, "responseJsonSchema", "response_json_schema");
	snprintf(word, sizeof(word), " %.20s ", r->size ? r->size : "1K");
	if (m->picture && !strstr(m->sizes, word)) {
		answer_error(a, 400, "INVALID_ARGUMENT",
			     "Invalid image size. Supported values are 1K, 2K, 4K, 512, 512P, 512PX");
		return false;
	}
	snprintf(word, sizeof(word), " %.20s ", level ? level : "");
	if (level && (!m->levels || !strstr(m->levels, word))) {
		answer_error(a, 400, "INVALID_ARGUMENT", "Thinking level %.20s is not supported for this model.",
			     level);
		return false;
	}
	if (m->picture && cJSON_IsNumber(count) && count->valueint > 1) {
		answer_error(a, 400, "INVALID_ARGUMENT", "Multiple candidates is not enabled for this model");
		return false;
	}
	if (r->schema && either(c, "responseSchema", "response_schema")) {
		answer_error(a, 400, "INVALID_ARGUMENT",
			     "Only one of response_schema and response_json_schema may be set.");
		return false;
	}
	if (m->picture && r->schema) {
		answer_error(a, 400, "INVALID_ARGUMENT", "JSON mode is not enabled for this model");
		return false;
	}
	return true;
}

/* --- the answer --- */

static cJSON *usage_tree(const struct gemini_request *r, const struct gemini_model *m, int thoughts, int text_out,
			 int image_out, struct usage *u)
{
	cJSON *o = cJSON_CreateObject(), *list, *d;
	int text = (int)(r->text ? strlen(r->text) / 4 : 0), image = r->pictures * m->image_in;

	*u = (struct usage){ text, image, text_out + thoughts, image_out };
	cJSON_AddNumberToObject(o, "promptTokenCount", text + image);
	if (text_out + image_out)
		cJSON_AddNumberToObject(o, "candidatesTokenCount", text_out + image_out);
	cJSON_AddNumberToObject(o, "totalTokenCount", text + image + text_out + image_out + thoughts);
	if (thoughts)
		cJSON_AddNumberToObject(o, "thoughtsTokenCount", thoughts);
	list = cJSON_AddArrayToObject(o, "promptTokensDetails");
	d = cJSON_CreateObject();
	cJSON_AddStringToObject(d, "modality", "TEXT");
	cJSON_AddNumberToObject(d, "tokenCount", text);
	cJSON_AddItemToArray(list, d);
	if (image) {
		d = cJSON_CreateObject();
		cJSON_AddStringToObject(d, "modality", "IMAGE");
		cJSON_AddNumberToObject(d, "tokenCount", image);
		cJSON_AddItemToArray(list, d);
	}
	if (image_out) {
		d = cJSON_CreateObject();
		cJSON_AddStringToObject(d, "modality", "IMAGE");
		cJSON_AddNumberToObject(d, "tokenCount", image_out);
		cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "candidatesTokensDetails"), d);
	}
	return o;
}

static cJSON *whole_tree(const struct gemini_model *m, const char *finish, cJSON *part, cJSON *usage, const char *id)
{
	cJSON *o = cJSON_CreateObject(), *c = cJSON_CreateObject(), *content;

	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "candidates"), c);
	content = cJSON_AddObjectToObject(c, "content");
	if (part) {
		cJSON_AddItemToArray(cJSON_AddArrayToObject(content, "parts"), part);
		cJSON_AddStringToObject(content, "role", "model");
	}
	cJSON_AddStringToObject(c, "finishReason", finish);
	cJSON_AddNumberToObject(c, "index", 0);
	cJSON_AddItemToObject(o, "usageMetadata", usage);
	cJSON_AddStringToObject(o, "modelVersion", m->id);
	cJSON_AddStringToObject(o, "responseId", id);
	return o;
}

/* 200, and no picture or text in it. */
static bool empty_handed(enum fault f, const struct gemini_model *m, const struct gemini_request *r, const char *id,
			 struct answer_http *a)
{
	const char *finish = f == FAULT_NO_IMAGE     ? "NO_IMAGE"
			     : f == FAULT_APOLOGY    ? "STOP"
			     : f == FAULT_SAFETY     ? "IMAGE_SAFETY"
			     : f == FAULT_MAX_TOKENS ? "MAX_TOKENS"
						     : NULL;
	cJSON *o, *part = NULL;
	struct usage u;

	if (!finish && f != FAULT_BLOCKED)
		return false;
	if (f == FAULT_APOLOGY) {
		part = cJSON_CreateObject();
		cJSON_AddStringToObject(part, "text", "I'm sorry, I can't edit this picture.");
	}
	o = whole_tree(m, finish ? finish : "OTHER", part, usage_tree(r, m, 90, f == FAULT_APOLOGY ? 12 : 0, 0, &u),
		       id);
	if (f == FAULT_SAFETY)
		cJSON_AddStringToObject(cJSON_GetArrayItem(cJSON_GetObjectItem(o, "candidates"), 0), "finishMessage",
					"Unable to show the generated image.");
	if (f == FAULT_BLOCKED) {
		cJSON_DeleteItemFromObject(o, "candidates");
		cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "promptFeedback"), "blockReason",
					"PROHIBITED_CONTENT");
	}
	bill_write(m->id, m->picture ? "image" : "text", &u, true, id);
	answer_json(a, 200, o);
	return true;
}

static void spoil(struct answer_http *a, enum fault f)
{
	char *data = strstr(a->data, "\"data\":\"");

	if (f == FAULT_PROXY_524) {
		free(a->data);
		answer_text(a, 524, "text/html", "<html><head><title>A timeout occurred</title></head></html>");
	}
	a->hang = f == FAULT_HANG;
	a->lost = f == FAULT_LOST;
	a->cut = f == FAULT_CUT;
	if (f == FAULT_TRUNCATED)
		a->size /= 2;
	if (f == FAULT_BAD_BASE64 && data)
		data[100] = '!';
}

/* The JSON around the picture, with the picture between: no tree of megabytes. */
static void answer_picture(const struct gemini_model *m, const char *base64, size_t size, cJSON *usage, const char *id,
			   enum fault f, struct answer_http *a)
{
	char *u = cJSON_PrintUnformatted(usage);
	size_t take = f == FAULT_HALF_JPEG ? size / 8 * 4 : size, room = take + strlen(u) + 600;

	a->status = 200;
	a->type = "application/json; charset=UTF-8";
	a->data = malloc(room);
	a->size = (size_t)snprintf(
		a->data, room,
		"{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"%s\",\"data\":\"",
		m->png ? "image/png" : "image/jpeg");
	memcpy(a->data + a->size, base64, take);
	a->size += take;
	a->size += (size_t)snprintf(
		a->data + a->size, room - a->size,
		"\"},\"thoughtSignature\":\"c2ln\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],"
		"\"usageMetadata\":%s,\"modelVersion\":\"%s\",\"responseId\":\"%s\"}",
		u, m->id, id);
	cJSON_free(u);
}

static bool is_delivered(enum fault f)
{
	return f != FAULT_HANG && f != FAULT_LOST && f != FAULT_CUT && f != FAULT_TRUNCATED && f != FAULT_PROXY_524;
}

static void work(const struct gemini_model *m, const struct gemini_request *r, enum fault f, struct answer_http *a)
{
	int k = r->size && strcmp(r->size, "4K") == 0 ? 2 : r->size && strcmp(r->size, "2K") == 0 ? 1 : 0;
	const char *base64;
	struct usage u;
	char id[32], *text;
	size_t size;
	cJSON *part, *usage;

	answer_id(id);
	if (empty_handed(f, m, r, id, a))
		return;
	if (m->picture) {
		base64 = r->pictures ? picture_edited(r->picture, m->png, f, &size) : NULL;
		if (!base64) {
			answer_error(a, 400, "INVALID_ARGUMENT", "Unable to process input image.");
			return;
		}
		usage = usage_tree(r, m, 120, 0, m->image_out[k], &u);
		answer_picture(m, base64, size, usage, id, f, a);
		cJSON_Delete(usage);
	} else {
		text = copy_written(r->schema, r->text ? r->text : "", f);
		part = cJSON_CreateObject();
		cJSON_AddStringToObject(part, "text", text);
		answer_json(a, 200, whole_tree(m, "STOP", part, usage_tree(r, m, 0, (int)strlen(text) / 4, 0, &u), id));
		free(text);
	}
	bill_write(m->id, m->picture ? "image" : "text", &u, is_delivered(f), id);
	spoil(a, f);
}

void gemini_generate(const char *id, const char *body, size_t size, struct answer_http *a)
{
	const struct gemini_model *m = gemini_find(id);
	struct gemini_request r = { .text = NULL };
	struct reply_scan s = { 0 };
	struct err e = { 0 };
	enum fault f;

	if (!m) {
		answer_error(a, 404, "NOT_FOUND",
			     "models/%.60s is no longer available to new users. Please update your code to use "
			     "models/gemini-nano-banana-2.1",
			     id);
	} else if (reply_scan(&s, body, size, &e) != 0) {
		answer_error(a, 400, "INVALID_ARGUMENT", "Invalid JSON payload received. %.80s", e.msg);
	} else if (keys_known(s.root,
			      " contents systemInstruction generationConfig safetySettings serviceTier tools "
			      "cachedContent model ",
			      "", a) &&
		   read_contents(&s, cJSON_GetObjectItemCaseSensitive(s.root, "contents"), &r, a) &&
		   read_config(either(s.root, "generationConfig", "generation_config"), m, &r, a)) {
		f = fault_next(r.text);
		bill_count(fault_name(f));
		if (!gemini_refuse(f, id, a))
			work(m, &r, f, a);
	}
	free(r.text);
	reply_scan_release(&s);
}

void gemini_models(struct answer_http *a)
{
	cJSON *o = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(o, "models"), *m;
	char name[80];

	for (size_t i = 0; i < sizeof(gemini_table) / sizeof(*gemini_table); i++) {
		m = cJSON_CreateObject();
		snprintf(name, sizeof(name), "models/%s", gemini_table[i].id);
		cJSON_AddStringToObject(m, "name", name);
		cJSON_AddStringToObject(m, "displayName", gemini_table[i].id);
		cJSON_AddNumberToObject(m, "inputTokenLimit", 131072);
		cJSON_AddNumberToObject(m, "outputTokenLimit", 32768);
		cJSON_AddItemToArray(cJSON_AddArrayToObject(m, "supportedGenerationMethods"),
				     cJSON_CreateString("generateContent"));
		cJSON_AddItemToArray(list, m);
	}
	answer_json(a, 200, o);
}
