/* gemini.c: bytes to bytes. What is asked, what an answer becomes, and what an error means. */
#include "tests/check.h"

#include "pipeline/base64.h"
#include "pipeline/wire.h"
#include "stages/dialect.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" /* the first and the last bytes of a JPEG */

static struct model model = { .id = (char *)"m-1",
			      .kind = MODEL_IMAGE,
			      .dialect = DIALECT_GEMINI,
			      .thinking = (char *)"MINIMAL",
			      .sizes = { { "1K", 1024, 1120 } },
			      .size_count = 1,
			      .takes = 1u << FORMAT_JPEG };

/* A call's body as it is sent, as a tree. */
static cJSON *sent(const struct call *c)
{
	char *text = calloc(1, call_body_size(c) + 1), *at = text;
	cJSON *root;

	assert_non_null(text);
	for (int i = 0; i < c->parts; i++) {
		const struct bytes *b = c->body[i].bytes;

		if (c->body[i].base64)
			base64_encode(b->data, b->size, at);
		else
			memcpy(at, b->data, b->size);
		at += c->body[i].base64 ? base64_size(b->size) : b->size;
	}
	root = cJSON_Parse(text);
	free(text);
	assert_non_null(root);
	return root;
}

static const cJSON *at(const cJSON *node, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(node, name);
}

static void test_ask_edit(void **state)
{
	struct bytes *picture = bytes_copy("foob", 4);
	struct edit_request r = { .model = &model,
				  .prompt = "a \"white\"\nground",
				  .pictures = { picture, picture },
				  .formats = { FORMAT_JPEG, FORMAT_JPEG },
				  .picture_count = 2,
				  .size = "1K" };
	const cJSON *parts, *config;
	struct call c = { 0 };
	struct err e = { 0 };
	cJSON *root;

	(void)state;
	assert_int_equal(dialect_functions(DIALECT_GEMINI)->ask_edit(&r, &c, &e), 0);
	assert_string_equal(c.url, "/v1beta/models/m-1:generateContent");
	root = sent(&c);
	parts = at(cJSON_GetArrayItem(at(root, "contents"), 0), "parts");
	assert_int_equal(cJSON_GetArraySize(parts), 3);
	for (int i = 0; i < 2; i++) {
		const cJSON *data = at(cJSON_GetArrayItem(parts, i), "inlineData");

		CHECK_TEXT("picture", cJSON_GetStringValue(at(data, "mimeType")), "image/jpeg");
		CHECK_TEXT("picture", cJSON_GetStringValue(at(data, "data")), "Zm9vYg==");
	}
	CHECK_TEXT("prompt", cJSON_GetStringValue(at(cJSON_GetArrayItem(parts, 2), "text")), r.prompt);
	config = at(root, "generationConfig");
	CHECK_INT("modalities", cJSON_GetArraySize(at(config, "responseModalities")), 1);
	CHECK_TEXT("size", cJSON_GetStringValue(at(at(config, "imageConfig"), "imageSize")), "1K");
	CHECK_TEXT("ratio", cJSON_GetStringValue(at(at(config, "imageConfig"), "aspectRatio")), "1:1");
	CHECK_TEXT("thinking", cJSON_GetStringValue(at(at(config, "thinkingConfig"), "thinkingLevel")), "MINIMAL");
	cJSON_Delete(root);
	call_release(&c);

	r.formats[1] = FORMAT_TIFF;
	assert_int_equal(dialect_functions(DIALECT_GEMINI)->ask_edit(&r, &c, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	call_release(&c);
	bytes_unref(picture);
}

/* How a reply is read: a picture, or which error. */
static enum err_code reading(const char *text, struct receipt *receipt)
{
	struct reply reply = { .status = 200, .body = bytes_copy(text, strlen(text)) };
	struct answer a;
	struct err e = { 0 };
	int rc = dialect_functions(DIALECT_GEMINI)->read(&model, &reply, false, &a, receipt, &e);

	CHECK_INT(text, rc, e.code == ERR_OK ? 0 : -1);
	CHECK_INT(text, a.picture != NULL, rc == 0);
	answer_release(&a);
	bytes_unref(reply.body);
	return e.code;
}

#define PART(inside)     "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[" inside "]}}]}"
#define DATA(text)       "{\"inlineData\":{\"mimeType\":\"image/jpeg\",\"data\":\"" text "\"}}"
#define THOUGHT          "{\"thought\":true,\"inlineData\":{\"data\":\"" PICTURE "\"}}"
#define FINISHED(reason) "{\"candidates\":[{\"finishReason\":\"" reason "\",\"content\":{}}]}"
#define BLOCKED(reason)  "{\"promptFeedback\":{\"blockReason\":\"" reason "\"}}"

static void test_answers(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
	} cases[] = { { PART(DATA(PICTURE)), ERR_OK },
		      { PART("{\"text\":\"here\"}," DATA(PICTURE)), ERR_OK },
		      { PART(DATA("\\/9j\\/4AAQSkZJRgABAQAAAQABAAD\\/2Q==")), ERR_OK },
		      { PART(DATA(PICTURE) "," THOUGHT), ERR_OK },
		      { PART(DATA("****") "," THOUGHT), ERR_ANSWER },
		      { PART(THOUGHT), ERR_NO_IMAGE },
		      { PART(DATA("****")), ERR_ANSWER },
		      { PART(DATA("")), ERR_ANSWER },
		      { PART(DATA("Zm9vYmFy")), ERR_ANSWER },
		      { PART(DATA("/9j/4AAQSkZJRgABAQAAAQABAAA=")), ERR_ANSWER }, /* its end is missing */
		      { PART("{\"text\":\"I am sorry\"}"), ERR_NO_IMAGE },
		      { "{\"candidates\":[{\"finishReason\":\"STOP\"}]}", ERR_NO_IMAGE },
		      { "{\"candidates\":[]}", ERR_NO_IMAGE },
		      { "{}", ERR_NO_IMAGE },
		      { "[]", ERR_ANSWER },
		      { "{\"candidates\":[", ERR_ANSWER },
		      { "", ERR_ANSWER },
		      { "{\"candidates\":7,\"promptFeedback\":[],\"usageMetadata\":\"x\"}", ERR_NO_IMAGE },
		      { FINISHED("FINISH_REASON_UNSPECIFIED"), ERR_NO_IMAGE },
		      { FINISHED("MAX_TOKENS"), ERR_CUT_OFF },
		      { FINISHED("SAFETY"), ERR_REFUSED },
		      { FINISHED("RECITATION"), ERR_REFUSED },
		      { FINISHED("OTHER"), ERR_NO_IMAGE },
		      { FINISHED("BLOCKLIST"), ERR_REFUSED },
		      { FINISHED("PROHIBITED_CONTENT"), ERR_REFUSED },
		      { FINISHED("SPII"), ERR_REFUSED },
		      { FINISHED("IMAGE_SAFETY"), ERR_REFUSED },
		      { FINISHED("IMAGE_PROHIBITED_CONTENT"), ERR_REFUSED },
		      { FINISHED("IMAGE_RECITATION"), ERR_REFUSED },
		      { FINISHED("NO_IMAGE"), ERR_NO_IMAGE },
		      { FINISHED("IMAGE_OTHER"), ERR_NO_IMAGE },
		      { FINISHED("MALFORMED_RESPONSE"), ERR_NO_IMAGE },
		      { FINISHED("SOMETHING_NEW"), ERR_NO_IMAGE },
		      { BLOCKED("PROHIBITED_CONTENT"), ERR_REFUSED },
		      { BLOCKED("IMAGE_SAFETY"), ERR_REFUSED },
		      { BLOCKED("SAFETY"), ERR_REFUSED },
		      { BLOCKED("BLOCKLIST"), ERR_REFUSED },
		      { BLOCKED("BLOCKED_REASON_UNSPECIFIED"), ERR_REFUSED },
		      { BLOCKED("OTHER"), ERR_NO_IMAGE } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct receipt r = { 0 };

		CHECK_INT(cases[i].text, reading(cases[i].text, &r), cases[i].code);
		CHECK_INT(cases[i].text, r.known, false);
	}
}

static void test_receipt(void **state)
{
	struct receipt r = { 0 };

	(void)state;
	reading("{\"usageMetadata\":{\"promptTokenCount\":284,\"candidatesTokenCount\":1130,\"thoughtsTokenCount\":180,"
		"\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":26},{\"modality\":\"IMAGE\","
		"\"tokenCount\":258}],\"candidatesTokensDetails\":[{\"modality\":\"IMAGE\",\"tokenCount\":1120}]},"
		"\"modelVersion\":\"m-2\",\"responseId\":\"r-9\"}",
		&r);
	CHECK_INT("known", r.known, true);
	CHECK_INT("text in", r.text_in, 26);
	CHECK_INT("image in", r.image_in, 258);
	CHECK_INT("image out", r.image_out, 1120);
	CHECK_INT("text out", r.text_out, 190);
	CHECK_TEXT("model", r.model, "m-2");
	CHECK_TEXT("id", r.id, "r-9");
}

#define ERROR(rest)  "{\"error\":{" rest "}}"
#define QUOTAS(list) "\"details\":[{\"violations\":[" list "]},{\"retryDelay\":\"34.5s\"}]"

static void test_errors(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum verdict_action action;
		enum err_code code;
		int64_t wait_ms; /* RETRY */
		bool rate;
	} cases[] = {
		{ 400, ERROR("\"message\":\"Unknown name\",\"status\":\"INVALID_ARGUMENT\""), VERDICT_END, ERR_REQUEST,
		  0, false },
		{ 400, ERROR("\"message\":\"no\",\"details\":[{\"reason\":\"API_KEY_INVALID\"}]"), VERDICT_END, ERR_KEY,
		  0, false },
		{ 400, ERROR("\"message\":\"User location is not supported\",\"status\":\"FAILED_PRECONDITION\""),
		  VERDICT_END, ERR_CONFIG, 0, false },
		{ 400, ERROR("\"message\":\"enable billing\",\"status\":\"FAILED_PRECONDITION\""), VERDICT_END,
		  ERR_CREDIT, 0, false },
		{ 402, ERROR("\"message\":\"pay\""), VERDICT_END, ERR_CREDIT, 0, false },
		{ 403, ERROR("\"message\":\"leaked\""), VERDICT_END, ERR_KEY, 0, false },
		{ 404, ERROR("\"message\":\"gone\""), VERDICT_END, ERR_RETIRED, 0, false },
		{ 429, ERROR("\"message\":\"rate\"," QUOTAS("{\"quotaId\":\"XPerMinuteY\",\"quotaValue\":\"500\"}")),
		  VERDICT_RETRY, ERR_UNAVAILABLE, 34501, true },
		{ 429, ERROR("\"message\":\"Your prepayment credits are depleted\""), VERDICT_END, ERR_CREDIT, 0,
		  false },
		{ 429, ERROR("\"message\":\"day\"," QUOTAS("{\"quotaId\":\"XPerDayY\"}")), VERDICT_END, ERR_QUOTA, 0,
		  false },
		{ 429,
		  ERROR("\"message\":\"both\"," QUOTAS("{\"quotaId\":\"XPerMinuteY\"},{\"quotaId\":\"XPerDayY\"}")),
		  VERDICT_END, ERR_QUOTA, 0, false },
		{ 429, ERROR("\"message\":\"Quota exceeded, limit: 0\""), VERDICT_END, ERR_CREDIT, 0, false },
		{ 429, ERROR("\"message\":\"none\"," QUOTAS("{\"quotaValue\":\"9\"},{\"quotaValue\":\"0\"}")),
		  VERDICT_END, ERR_CREDIT, 0, false },
		{ 429, ERROR("\"message\":\"spend rate exceeded\""), VERDICT_RETRY, ERR_UNAVAILABLE, 60000, true },
		{ 429, "[" ERROR("\"message\":\"credits\"") "]", VERDICT_END, ERR_CREDIT, 0, false },
		{ 429, "<html>slow down</html>", VERDICT_RETRY, ERR_UNAVAILABLE, -1, true },
		{ 500, ERROR("\"message\":\"oops\""), VERDICT_RETRY, ERR_UNAVAILABLE, -1, false },
		{ 503, ERROR("\"message\":\"overloaded\""), VERDICT_RETRY, ERR_UNAVAILABLE, -1, false },
		{ 504, ERROR("\"message\":\"deadline\""), VERDICT_LOST, ERR_LOST, 0, false },
		{ 502, "<html>bad gateway</html>", VERDICT_LOST, ERR_LOST, 0, false },
		{ 503, "", VERDICT_RETRY, ERR_UNAVAILABLE, -1, false },
		{ 418, "[]", VERDICT_END, ERR_REQUEST, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reply reply = { .status = cases[i].status,
				       .body = bytes_copy(cases[i].body, strlen(cases[i].body)) };
		struct verdict v;

		dialect_functions(DIALECT_GEMINI)->judge(&reply, &v);
		CHECK_INT(cases[i].body, v.action, cases[i].action);
		CHECK_INT(cases[i].body, v.err.code, cases[i].code);
		CHECK_INT(cases[i].body, v.rate, cases[i].rate);
		if (v.action == VERDICT_RETRY)
			CHECK_INT(cases[i].body, v.wait_ms, cases[i].wait_ms);
		bytes_unref(reply.body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask_edit),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_receipt),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
