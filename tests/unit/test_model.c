#include "tests/check.h"

#include "stages/model.h"

#include <string.h>

static void test_embedded_table(void **state)
{
	static const struct {
		enum model_kind kind;
		const char *id;
		enum dialect dialect;
		const char *method;
	} want[] = {
		{ MODEL_IMAGE, "local", DIALECT_LOCAL, "auto" },
		{ MODEL_IMAGE, "local-neural", DIALECT_LOCAL, "neural" },
		{ MODEL_IMAGE, "local-classical", DIALECT_LOCAL, "classical" },
		{ MODEL_TEXT, "template", DIALECT_TEMPLATE, NULL },
	};
	struct models *ms;
	struct err e = { 0 };

	(void)state;
	CHECK_INT(e.msg, models_open(&ms, NULL, &e), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const struct model *m = models_find(ms, want[i].kind, want[i].id, &e);

		assert_non_null(m);
		CHECK_TEXT("id", m->id, want[i].id);
		CHECK_INT(want[i].id, m->kind, want[i].kind);
		CHECK_INT(want[i].id, m->dialect, want[i].dialect);
		if (want[i].method)
			CHECK_TEXT(want[i].id, m->method, want[i].method);
		else
			assert_null(m->method);
		assert_true(strlen(m->about) > 0);
	}
	CHECK_TEXT("the first is the default", models_at(ms, 0)->id, "local");
	assert_true(models_count(ms) >= 4);
	models_close(ms);
}

static void test_unknown(void **state)
{
	static const struct {
		enum model_kind kind;
		const char *id, *message;
	} cases[] = {
		{ MODEL_IMAGE, "locl", "no image model \"locl\"; the nearest is \"local\"" },
		{ MODEL_IMAGE, "local-clasical",
		  "no image model \"local-clasical\"; the nearest is \"local-classical\"" },
		{ MODEL_TEXT, "templates", "no text model \"templates\"; the nearest is \"template\"" },
		{ MODEL_TEXT, "local", "no text model \"local\"; there are: template, gemini-3.5-flash-lite" },
		{ MODEL_IMAGE, "",
		  "no image model \"\"; there are: local, local-neural, local-classical, gemini-nano-banana-2.1" },
		{ MODEL_IMAGE, "x\ny",
		  "no image model \"x?y\"; there are: local, local-neural, local-classical, gemini-nano-banana-2.1" },
	};
	struct models *ms;
	struct err e = { 0 };

	(void)state;
	CHECK_INT(e.msg, models_open(&ms, NULL, &e), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		err_clear(&e);
		assert_null(models_find(ms, cases[i].kind, cases[i].id, &e));
		CHECK_INT(cases[i].id, e.code, ERR_CONFIG);
		if (strncmp(e.msg, cases[i].message, strlen(cases[i].message)) != 0) /* lists go on */
			fail_msg("\"%s\" does not begin with \"%s\"", e.msg, cases[i].message);
	}
	models_close(ms);
}

#define REST                                                                                                        \
	"\"about\":\"x\",\"status\":\"stable\",\"source\":\"s\",\"as_of\":\"d\",\"prices\":{\"text_in\":0,\"image_" \
	"in\":0,"                                                                                                   \
	"\"text_out\":0,\"image_out\":0}}"
#define GOOD "{\"id\":\"a\",\"kind\":\"text\",\"dialect\":\"template\"," REST

static void test_wrong_tables(void **state)
{
	static const struct {
		const char *name, *json, *says; /* says NULL: it is right */
	} cases[] = {
		{ "right", "{\"models\":[" GOOD "]}", NULL },
		{ "not JSON", "{", "not JSON" },
		{ "no list", "{}", "must list" },
		{ "none", "{\"models\":[]}", "must list" },
		{ "no id", "{\"models\":[{\"kind\":\"text\",\"dialect\":\"template\"," REST "]}", "\"id\"" },
		{ "kind", "{\"models\":[{\"id\":\"a\",\"kind\":\"x\",\"dialect\":\"template\"," REST "]}", "\"kind\"" },
		{ "dialect", "{\"models\":[{\"id\":\"a\",\"kind\":\"text\",\"dialect\":\"x\"," REST "]}",
		  "\"dialect\"" },
		{ "method", "{\"models\":[{\"id\":\"a\",\"kind\":\"image\",\"dialect\":\"local\"," REST "]}",
		  "\"method\"" },
		{ "prices",
		  "{\"models\":[{\"id\":\"a\",\"kind\":\"text\",\"dialect\":\"template\",\"about\":\"x\",\"status\":"
		  "\"s\","
		  "\"source\":\"s\",\"as_of\":\"d\"}]}",
		  "\"prices\"" },
		{ "date",
		  "{\"models\":[{\"id\":\"a\",\"kind\":\"text\",\"dialect\":\"template\",\"about\":\"x\",\"status\":"
		  "\"s\","
		  "\"source\":\"s\"}]}",
		  "\"as_of\"" },
		{ "twice", "{\"models\":[" GOOD "," GOOD "]}", "twice" },
		{ "unknown field",
		  "{\"models\":[{\"id\":\"a\",\"kind\":\"text\",\"dialect\":\"template\",\"statsu\":\"x\"," REST "]}",
		  "the nearest is \"status\"" },
		{ "not an object", "{\"models\":[3]}", "\"id\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct models *ms;
		struct err e = { 0 };

		CHECK_INT(cases[i].name, models_parse(&ms, cases[i].json, &e), cases[i].says ? -1 : 0);
		CHECK_INT(cases[i].name, e.code, cases[i].says ? ERR_CONFIG : ERR_OK);
		if (cases[i].says && !strstr(e.msg, cases[i].says))
			fail_msg("%s: \"%s\" does not say %s", cases[i].name, e.msg, cases[i].says);
		models_close(ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_embedded_table),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_wrong_tables),
	};
	return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
