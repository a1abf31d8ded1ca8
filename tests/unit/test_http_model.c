/* http_model.c: where a picture may stand in the answer of an endpoint of one's own. */
#include "tests/check.h"

#include "pipeline/base64.h"
#include "pipeline/wire.h"
#include "stages/dialect.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" /* the first and the last bytes of a JPEG */

static struct model model = { .id = (char *)"mine", .kind = MODEL_IMAGE, .takes = 1u << FORMAT_JPEG };

static enum err_code reading(struct bytes *body)
{
	struct reply reply = { .status = 200, .body = body };
	struct receipt r = { 0 };
	struct answer a;
	struct err e = { 0 };
	int rc = dialect_functions(DIALECT_HTTP)->read(&model, &reply, false, &a, &r, &e);

	CHECK_INT("result", rc, e.code == ERR_OK ? 0 : -1);
	CHECK_INT("picture", a.picture != NULL, rc == 0);
	answer_release(&a);
	bytes_unref(body);
	return e.code;
}

static void test_answers(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
	} cases[] = { { "{\"image\":\"" PICTURE "\"}", ERR_OK },
		      { "{\"image\":\"data:image/jpeg;base64," PICTURE "\"}", ERR_OK },
		      { "{\"images\":[\"" PICTURE "\"]}", ERR_OK },
		      { "{\"b64_json\":\"" PICTURE "\"}", ERR_OK },
		      { "{\"image\":\"****\"}", ERR_ANSWER },
		      { "{\"image\":7}", ERR_NO_IMAGE },
		      { "{}", ERR_NO_IMAGE },
		      { "{\"image\":\"", ERR_ANSWER },
		      { "", ERR_ANSWER } };
	static const unsigned char jpeg[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 0xff, 0xd9 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_INT(cases[i].text, reading(bytes_copy(cases[i].text, strlen(cases[i].text))), cases[i].code);
	CHECK_INT("itself", reading(bytes_copy(jpeg, sizeof(jpeg))), ERR_OK);
	CHECK_INT("cut off", reading(bytes_copy(jpeg, sizeof(jpeg) - 2)), ERR_ANSWER);
}

static void test_ask(void **state)
{
	struct bytes *picture = bytes_copy("foob", 4);
	struct edit_request r = { .model = &model,
				  .prompt = "\"white\"",
				  .pictures = { picture, picture, picture },
				  .formats = { FORMAT_JPEG, FORMAT_JPEG, FORMAT_JPEG },
				  .picture_count = 3 };
	char body[1000] = "", *at = body;
	struct call c = { 0 };
	struct err e = { 0 };
	cJSON *root;

	(void)state;
	assert_int_equal(dialect_functions(DIALECT_HTTP)->ask_edit(&r, &c, &e), 0);
	assert_string_equal(c.url, "/");
	assert_true(call_body_size(&c) < sizeof(body));
	for (int i = 0; i < c.parts; i++) {
		const struct bytes *b = c.body[i].bytes;

		if (c.body[i].base64)
			base64_encode(b->data, b->size, at);
		else
			memcpy(at, b->data, b->size);
		at += c.body[i].base64 ? base64_size(b->size) : b->size;
	}
	root = cJSON_Parse(body);
	assert_non_null(root);
	CHECK_TEXT("prompt", cJSON_GetStringValue(cJSON_GetObjectItem(root, "prompt")), "\"white\"");
	CHECK_TEXT("image", cJSON_GetStringValue(cJSON_GetObjectItem(root, "image")), "Zm9vYg==");
	CHECK_INT("references", cJSON_GetArraySize(cJSON_GetObjectItem(root, "references")), 2);
	cJSON_Delete(root);
	call_release(&c);
	bytes_unref(picture);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_answers), cmocka_unit_test(test_ask) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
