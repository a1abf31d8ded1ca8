#include "stages/dialect_parts.h"

#include "stages/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct dialect_functions *dialect_functions(enum dialect d)
{
	static const struct dialect_functions *const functions[DIALECTS] = {
		[DIALECT_GEMINI] = &dialect_gemini,
		[DIALECT_OPENAI_IMAGES] = &dialect_openai_images,
		[DIALECT_OPENAI_CHAT] = &dialect_openai_chat,
		[DIALECT_HTTP] = &dialect_http,
	};

	return d < DIALECTS ? functions[d] : NULL;
}

void answer_release(struct answer *a)
{
	bytes_unref(a->picture);
	free(a->text);
	memset(a, 0, sizeof(*a));
}

/* --- requests --- */

int body_text(struct call *c, struct err *e, const char *fmt, ...)
{
	char *text = NULL;
	struct bytes *b;
	va_list ap;
	int size;

	va_start(ap, fmt);
	size = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (size >= 0)
		text = malloc((size_t)size + 1);
	if (text) {
		va_start(ap, fmt);
		vsnprintf(text, (size_t)size + 1, fmt, ap);
		va_end(ap);
	}
	b = text ? bytes_copy(text, (size_t)size) : NULL;
	free(text);
	return call_part(c, b, false) == 0 ? 0 : err_set(e, ERR_NOMEM, "no memory for a request to the model");
}

int body_picture(struct call *c, struct bytes *picture, bool base64, struct err *e)
{
	if (call_part(c, bytes_ref(picture), base64) == 0)
		return 0;
	return err_set(e, ERR_NOMEM, "no memory for a request to the model");
}

char *json_quoted(const char *text, struct err *e)
{
	cJSON *string = cJSON_CreateString(text);
	char *quoted = string ? cJSON_PrintUnformatted(string) : NULL;

	cJSON_Delete(string);
	if (!quoted)
		err_set(e, ERR_NOMEM, "no memory for a request to the model");
	return quoted;
}

int call_begin(struct call *c, const struct model *m, const char *own_path, const char *content_type, struct err *e)
{
	const char *path = m->path ? m->path : own_path, *mark = strstr(path, "{model}");
	size_t size = strlen(path) + strlen(m->id) + 1;

	c->url = malloc(size);
	if (!c->url || call_header(c, "Content-Type", content_type) != 0)
		return err_set(e, ERR_NOMEM, "no memory for a request to the model");
	if (mark)
		snprintf(c->url, size, "%.*s%s%s", (int)(mark - path), path, m->id, mark + strlen("{model}"));
	else
		snprintf(c->url, size, "%s", path);
	return 0;
}

int check_formats(const struct edit_request *r, struct err *e)
{
	for (int i = 0; i < r->picture_count; i++) {
		if (!(r->model->takes & 1u << r->formats[i]))
			return err_set(e, ERR_UNSUPPORTED, "%s does not take %s pictures", r->model->id,
				       picture_format_name(r->formats[i]));
	}
	return 0;
}

const char *mime_of(enum picture_format f)
{
	switch (f) {
	case FORMAT_PNG:
		return "image/png";
	case FORMAT_WEBP:
		return "image/webp";
	case FORMAT_HEIF:
		return "image/heif";
	case FORMAT_AVIF:
		return "image/avif";
	case FORMAT_GIF:
		return "image/gif";
	case FORMAT_TIFF:
		return "image/tiff";
	default:
		return "image/jpeg";
	}
}

/* --- replies --- */

/* Cut off? As far as the format's last bytes show it. */
static bool has_its_end(const struct bytes *b, enum picture_format f)
{
	static const unsigned char iend[8] = { 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82 };
	size_t size = b->size;

	if (f == FORMAT_PNG)
		return size > sizeof(iend) && memcmp(b->data + size - sizeof(iend), iend, sizeof(iend)) == 0;
	if (f != FORMAT_JPEG)
		return true;
	while (size > 2 && b->data[size - 1] == 0) /* some pad */
		size--;
	return size > 2 && b->data[size - 2] == 0xff && b->data[size - 1] == 0xd9;
}

int answer_take_picture(struct answer *a, struct bytes *picture, struct err *e)
{
	enum picture_format f = picture_sniff(picture->data, picture->size);

	if (f == FORMAT_UNKNOWN || f == FORMAT_SVG || f == FORMAT_PDF) {
		bytes_unref(picture);
		return err_set(e, ERR_ANSWER, "what the model sent is not a picture");
	}
	if (!has_its_end(picture, f)) {
		bytes_unref(picture);
		return err_set(e, ERR_ANSWER, "the model's picture is cut off");
	}
	a->picture = picture;
	a->format = f;
	return 0;
}

int64_t count_at(const cJSON *object, const char *name)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, name);
	double value = cJSON_IsNumber(n) ? n->valuedouble : cJSON_IsString(n) ? strtod(n->valuestring, NULL) : 0;

	return value > 0 && value < 1e12 ? (int64_t)value : 0;
}

const char *text_at(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

void say(char out[SAID_MAX + 4], const char *text)
{
	char *plain = text ? plain_text(text, SAID_MAX / 2) : NULL;

	snprintf(out, SAID_MAX + 4, "%s", plain ? plain : "");
	free(plain);
}

/* --- verdicts --- */

void verdict_end(struct verdict *v, enum err_code code, const char *fmt, ...)
{
	char text[sizeof(v->err.msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->action = VERDICT_END;
	err_set(&v->err, code, "%s", text);
}

void verdict_retry(struct verdict *v, bool rate, int64_t wait_ms, const char *fmt, ...)
{
	char text[sizeof(v->err.msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->action = VERDICT_RETRY;
	v->rate = rate;
	v->wait_ms = wait_ms;
	err_set(&v->err, ERR_UNAVAILABLE, "%s", text);
}

void judge_status(const struct reply *r, struct verdict *v)
{
	switch (r->status) {
	case 401:
	case 403:
		verdict_end(v, ERR_KEY, "the model's service refuses the key (HTTP %d)", r->status);
		break;
	case 402:
		verdict_end(v, ERR_CREDIT, "the model's service wants to be paid first (HTTP 402)");
		break;
	case 404:
		verdict_end(v, ERR_RETIRED, "the model's service knows no such model or address (HTTP 404)");
		break;
	case 503:
	case 521:
	case 522:
	case 523:
	case 525:
	case 526: /* it was not worked on: too busy, or a proxy did not reach it */
		verdict_retry(v, false, -1, "the model's service is unwell (HTTP %d)", r->status);
		break;
	case 429:
		verdict_retry(v, true, -1, "the model's service has too many requests (HTTP 429)");
		break;
	default:
		if (r->status >= 500 || r->status == 408) { /* who knows how far it came */
			v->action = VERDICT_LOST;
			err_set(&v->err, ERR_LOST, "a gateway gave up waiting for the model (HTTP %d)", r->status);
		} else {
			verdict_end(v, ERR_REQUEST, "the model's service refused the request (HTTP %d)", r->status);
		}
	}
}
