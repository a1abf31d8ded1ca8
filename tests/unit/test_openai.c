/* openai_images.c, openai_chat.c and openai.c: bytes to bytes. */
#include "tests/check.h"

#include "pipeline/base64.h"
#include "pipeline/wire.h"
#include "stages/dialect.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" /* the first and the last bytes of a JPEG */

static struct model model = { .id = (char *)"gpt-image-2",
			      .kind = MODEL_IMAGE,
			      .sizes = { { "1K", 1024, 1000 } },
			      .size_count = 1,
			      .takes = 1u << FORMAT_JPEG };

/* A call's body as it is sent. */
static char *sent(const struct call *c)
{
	char *text = calloc(1, call_body_size(c) + 1), *at = text;

	assert_non_null(text);
	for (int i = 0; i < c->parts; i++) {
		const struct bytes *b = c->body[i].bytes;

		if (c->body[i].base64)
			base64_encode(b->data, b->size, at);
		else
			memcpy(at, b->data, b->size);
		at += c->body[i].base64 ? base64_size(b->size) : b->size;
	}
	return text;
}

static char *asked(enum dialect d, struct call *c)
{
	struct bytes *picture = bytes_copy("foob", 4);
	struct edit_request r = { .model = &model,
				  .prompt = "a \"white\"\nground",
				  .pictures = { picture },
				  .formats = { FORMAT_JPEG },
				  .picture_count = 1,
				  .size = "1K" };
	struct err e = { 0 };

	assert_int_equal(dialect_functions(d)->ask_edit(&r, c, &e), 0);
	bytes_unref(picture);
	return sent(c);
}

static void test_form(void **state)
{
	static const char *const pieces[] = { "name=\"model\"\r\n\r\ngpt-image-2\r\n--",
					      "name=\"prompt\"\r\n\r\na \"white\"\nground\r\n--",
					      "name=\"size\"\r\n\r\n1024x1024\r\n--",
					      ("name=\"image[]\"; filename=\"1.jpg\"\r\nContent-Type: "
					       "image/jpeg\r\n\r\nfoob\r\n--") };
	const char *mark = "boundary=", *boundary;
	struct call c = { 0 };
	char *body = asked(DIALECT_OPENAI_IMAGES, &c);
	size_t length;

	(void)state;
	assert_string_equal(c.url, "/v1/images/edits");
	boundary = strstr(c.headers[0], mark);
	assert_non_null(boundary);
	boundary += strlen(mark);
	length = strlen(boundary);
	assert_memory_equal(body + 2, boundary, length);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		const char *found = strstr(body, pieces[i]);

		CHECK_INT(pieces[i], found != NULL, 1);
		CHECK_INT(pieces[i], strncmp(found + strlen(pieces[i]), boundary, length), 0);
	}
	assert_memory_equal(body + strlen(body) - length - 4, boundary, length);
	assert_string_equal(body + strlen(body) - 4, "--\r\n");
	free(body);
	call_release(&c);
}

static void test_chat(void **state)
{
	struct call c = { 0 };
	char *body = asked(DIALECT_OPENAI_CHAT, &c);
	cJSON *root = cJSON_Parse(body);
	const cJSON *message = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "messages"), 0);
	const cJSON *content = cJSON_GetObjectItem(message, "content"), *url;

	(void)state;
	assert_non_null(root);
	assert_string_equal(c.url, "/v1/chat/completions");
	url = cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetArrayItem(content, 0), "image_url"), "url");
	CHECK_TEXT("picture", cJSON_GetStringValue(url), "data:image/jpeg;base64,Zm9vYg==");
	CHECK_TEXT("prompt", cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(content, 1), "text")),
		   "a \"white\"\nground");
	cJSON_Delete(root);
	free(body);
	call_release(&c);
}

#define SAYS(message, finish) "{\"choices\":[{\"message\":{" message "},\"finish_reason\":\"" finish "\"}]}"

static void test_answers(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *text;
		enum err_code code;
	} cases[] = {
		{ DIALECT_OPENAI_IMAGES, "{\"data\":[{\"b64_json\":\"" PICTURE "\"}]}", ERR_OK },
		{ DIALECT_OPENAI_IMAGES, "{\"data\":[{\"b64_json\":\"****\"}]}", ERR_ANSWER },
		{ DIALECT_OPENAI_IMAGES, "{\"data\":[]}", ERR_NO_IMAGE },
		{ DIALECT_OPENAI_IMAGES, "{\"data\":[{\"b64", ERR_ANSWER },
		{ DIALECT_OPENAI_CHAT, SAYS("\"content\":\"![x](data:image/jpeg;base64," PICTURE ")\"", "stop"),
		  ERR_OK },
		{ DIALECT_OPENAI_CHAT,
		  SAYS("\"images\":[{\"image_url\":{\"url\":\"data:image/jpeg;base64," PICTURE "\"}}]", "stop"),
		  ERR_OK },
		{ DIALECT_OPENAI_CHAT,
		  SAYS("\"content\":[{\"image_url\":{\"url\":\"data:image/jpeg;base64," PICTURE "\"}}]", "stop"),
		  ERR_OK },
		{ DIALECT_OPENAI_CHAT, SAYS("\"content\":\"data:image/jpeg;base64,***\"", "stop"), ERR_ANSWER },
		{ DIALECT_OPENAI_CHAT, SAYS("\"content\":\"sorry\"", "stop"), ERR_NO_IMAGE },
		{ DIALECT_OPENAI_CHAT, SAYS("\"content\":null", "content_filter"), ERR_REFUSED },
		{ DIALECT_OPENAI_CHAT, SAYS("\"refusal\":\"no\"", "stop"), ERR_REFUSED },
		{ DIALECT_OPENAI_CHAT, SAYS("\"content\":\"\"", "length"), ERR_CUT_OFF },
		{ DIALECT_OPENAI_CHAT, "{}", ERR_NO_IMAGE },
		{ DIALECT_OPENAI_CHAT, "", ERR_ANSWER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reply reply = { .status = 200, .body = bytes_copy(cases[i].text, strlen(cases[i].text)) };
		struct receipt r = { 0 };
		struct answer a;
		struct err e = { 0 };

		dialect_functions(cases[i].dialect)->read(&model, &reply, false, &a, &r, &e);
		CHECK_INT(cases[i].text, e.code, cases[i].code);
		CHECK_INT(cases[i].text, a.picture != NULL, e.code == ERR_OK);
		answer_release(&a);
		bytes_unref(reply.body);
	}
}

#define ERROR(code) "{\"error\":{\"message\":\"x\",\"code\":\"" code "\"}}"

static void test_errors(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum verdict_action action;
		enum err_code code;
	} cases[] = {
		{ 400, ERROR("unknown_parameter"), VERDICT_END, ERR_REQUEST },
		{ 400, ERROR("moderation_blocked"), VERDICT_END, ERR_REFUSED },
		{ 400, ERROR("billing_hard_limit_reached"), VERDICT_END, ERR_CREDIT },
		{ 401, ERROR("invalid_api_key"), VERDICT_END, ERR_KEY },
		{ 402, ERROR("x"), VERDICT_END, ERR_CREDIT },
		{ 404, ERROR("model_not_found"), VERDICT_END, ERR_RETIRED },
		{ 429, ERROR("insufficient_quota"), VERDICT_END, ERR_CREDIT },
		{ 429, "[" ERROR("insufficient_quota") "]", VERDICT_END, ERR_CREDIT },
		{ 429, ERROR("rate_limit_exceeded"), VERDICT_RETRY, ERR_UNAVAILABLE },
		{ 500, ERROR("x"), VERDICT_RETRY, ERR_UNAVAILABLE },
		{ 504, "<html>", VERDICT_LOST, ERR_LOST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reply reply = { .status = cases[i].status,
				       .body = bytes_copy(cases[i].body, strlen(cases[i].body)) };
		struct verdict v;

		dialect_functions(DIALECT_OPENAI_CHAT)->judge(&reply, &v);
		CHECK_INT(cases[i].body, v.action, cases[i].action);
		CHECK_INT(cases[i].body, v.err.code, cases[i].code);
		bytes_unref(reply.body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_chat),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
