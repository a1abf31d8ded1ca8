/* openai_images.c - POST /v1/images/edits: pictures and prompt as a form, a picture in base64 as the answer. */
#include "stages/openai.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define OWN_PATH   "/v1/images/edits"
#define OWN_FAMILY "gpt-image" /* these take fields that relays refuse for other models */

/* Nobody outside can know it, so no picture can hold it and smuggle fields into the form. */
static int make_boundary(char out[48], struct err *e)
{
	unsigned char chance[16];
	size_t at;

	if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		return err_errno(e, ERR_NOMEM, "no random numbers for a request");
	at = (size_t)snprintf(out, 48, "packshot-");
	for (size_t i = 0; i < sizeof(chance); i++)
		at += (size_t)snprintf(out + at, 48 - at, "%02x", chance[i]);
	return 0;
}

static int add_field(struct call *c, const char *boundary, const char *name, const char *value, struct err *e)
{
	return body_text(c, e, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary, name,
			 value);
}

static int add_picture(struct call *c, const char *boundary, int number, struct bytes *picture, enum picture_format f,
		       struct err *e)
{
	if (body_text(c, e,
		      "--%s\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"%d.%s\"\r\n"
		      "Content-Type: %s\r\n\r\n",
		      boundary, number, picture_format_extension(f), mime_of(f)) != 0 ||
	    body_picture(c, picture, false, e) != 0)
		return -1;
	return body_text(c, e, "\r\n");
}

static const struct model_size *size_called(const struct model *m, const char *name)
{
	for (int i = 0; i < m->size_count && name; i++) {
		if (strcmp(m->sizes[i].name, name) == 0)
			return &m->sizes[i];
	}
	return NULL;
}

static int ask_edit(const struct edit_request *r, struct call *c, struct err *e)
{
	const struct model_size *size = size_called(r->model, r->size);
	char boundary[48], type[100], pixels[32], day[11];
	int side = size ? size->side : 1024;

	if (check_formats(r, e) != 0 || make_boundary(boundary, e) != 0)
		return -1;
	snprintf(type, sizeof(type), "multipart/form-data; boundary=%s", boundary);
	snprintf(pixels, sizeof(pixels), "%dx%d", side, side);
	if (call_begin(c, r->model, OWN_PATH, type, e) != 0 || add_field(c, boundary, "model", r->model->id, e) != 0 ||
	    add_field(c, boundary, "prompt", r->prompt, e) != 0 || add_field(c, boundary, "size", pixels, e) != 0)
		return -1;
	if (strncmp(r->model->id, OWN_FAMILY, strlen(OWN_FAMILY)) == 0 &&
	    (add_field(c, boundary, "quality", "medium", e) != 0 ||
	     add_field(c, boundary, "output_format", "jpeg", e) != 0))
		return -1;
	for (int i = 0; i < r->picture_count; i++) {
		if (add_picture(c, boundary, i + 1, r->pictures[i], r->formats[i], e) != 0)
			return -1;
	}
	c->max_bytes = ANSWER_MAX_BYTES;
	model_today(day);
	model_reserve(r->model, day, (int64_t)strlen(r->prompt) / 3 + 1, r->picture_count, size, 0, &c->purchase);
	return body_text(c, e, "--%s--\r\n", boundary);
}

static int read_answer(const struct model *m, const struct reply *reply, bool want_text, struct answer *a,
		       struct receipt *r, struct err *e)
{
	struct reply_scan s = { 0 };
	struct bytes *picture = NULL;
	int rc = reply_scan(&s, (const char *)reply->body->data, reply->body->size, e);

	memset(a, 0, sizeof(*a));
	if (rc == 0) {
		const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(s.root, "data"), 0);
		const cJSON *data = cJSON_GetObjectItemCaseSensitive(first, "b64_json");

		openai_usage(s.root, want_text, r);
		if (cJSON_IsString(data))
			picture = scan_base64(scan_text(&s, data), e);
		else
			err_set(e, ERR_NO_IMAGE, "%s: the answer has no picture", m->id);
		rc = picture ? answer_take_picture(a, picture, e) : -1;
	}
	reply_scan_release(&s);
	return rc;
}

const struct dialect_functions dialect_openai_images = { .name = "openai-images",
							 .ask_edit = ask_edit,
							 .read = read_answer,
							 .judge = openai_judge,
							 .models_path = OPENAI_MODELS_PATH };
