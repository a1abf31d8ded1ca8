#include "tests/check.h"

#include "jobs/services.h"

#include <stdlib.h>
#include <string.h>

#define GOOGLE "https://generativelanguage.googleapis.com"
#define RELAY  "https://relay.example/prefix"
#define X_GOOG "x-goog-api-key: k-1"
#define BEARER "Authorization: Bearer k-1"

/* What is asked for, and what comes of it: header lines and the endpoint of the image model, or the error. */
static const struct {
	const char *name, *image, *endpoint, *key;
	int auth, dialect;
	const char *base, *header[2];
	enum err_code code;
	const char *says;
} cases[] = {
	{ "local", "local", NULL, NULL, AUTH_AUTO, -1, NULL, { NULL }, ERR_OK, NULL },
	{ "google", "gemini-nano-banana-2.1", NULL, "k-1", AUTH_AUTO, -1, GOOGLE, { X_GOOG, NULL }, ERR_OK, NULL },
	{ "no key", "gemini-nano-banana-2.1", NULL, NULL, AUTH_AUTO, -1, NULL, { NULL }, ERR_KEY, "GEMINI_API_KEY" },
	{ "bad key",
	  "gemini-nano-banana-2.1",
	  NULL,
	  "k 1\n",
	  AUTH_AUTO,
	  -1,
	  NULL,
	  { NULL },
	  ERR_KEY,
	  "cannot be a key" },
	{ "relay", "gemini-nano-banana-2.1", RELAY "/", "k-1", AUTH_AUTO, -1, RELAY, { X_GOOG, BEARER }, ERR_OK, NULL },
	{ "relay, bearer", "gemini-nano-banana-2.1", RELAY, "k-1", AUTH_BEARER, -1, RELAY, { BEARER }, ERR_OK, NULL },
	{ "relay, no auth", "gemini-nano-banana-2.1", RELAY, "k-1", AUTH_NONE, -1, RELAY, { NULL }, ERR_OK, NULL },
	{ "retired",
	  "gemini-2.5-flash-image",
	  NULL,
	  "k-1",
	  AUTH_AUTO,
	  -1,
	  NULL,
	  { NULL },
	  ERR_RETIRED,
	  "use gemini-nano-banana-2.1" },
	{ "unknown", "who", NULL, "k-1", AUTH_AUTO, -1, NULL, { NULL }, ERR_CONFIG, "no image model" },
	{ "unknown at a relay", "who", RELAY, "k-1", AUTH_AUTO, DIALECT_OPENAI_CHAT, RELAY, { BEARER }, ERR_OK, NULL },
	{ "key in a URL",
	  "gemini-nano-banana-2.1",
	  RELAY "?key=s",
	  "k-1",
	  AUTH_AUTO,
	  -1,
	  NULL,
	  { NULL },
	  ERR_CONFIG,
	  "without a key" },
};

static void test_services(void **state)
{
	struct models *ms;
	struct err e = { 0 };

	(void)state;
	CHECK_INT(e.msg, models_open(&ms, NULL, &e), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct settings set = { .image_model = (char *)cases[i].image,
					.auth = cases[i].auth,
					.dialect = cases[i].dialect,
					.no_copy = true,
					.concurrency = 4,
					.timeout = 60 };
		struct services s;

		err_clear(&e);
		unsetenv("GEMINI_API_KEY");
		if (cases[i].key)
			setenv("GEMINI_API_KEY", cases[i].key, 1);
		if (cases[i].endpoint)
			set.endpoints = (struct texts){ { (char *)cases[i].endpoint }, 1 };
		CHECK_INT(cases[i].name, services_open(&s, &set, ms, &e), cases[i].code == ERR_OK ? 0 : -1);
		CHECK_INT(cases[i].name, e.code, cases[i].code);
		if (cases[i].says && !strstr(e.msg, cases[i].says))
			fail_msg("%s: \"%s\"", cases[i].name, e.msg);
		assert_null(strstr(e.msg, "k-1"));
		if (cases[i].base)
			CHECK_TEXT(cases[i].name, s.v[0].endpoints[0], cases[i].base);
		for (int j = 0; cases[i].code == ERR_OK && j < 2; j++) {
			if (cases[i].header[j])
				CHECK_TEXT(cases[i].name, s.v[0].headers[j], cases[i].header[j]);
			else
				assert_null(s.v[0].headers[j]);
		}
		services_release(&s);
	}
	models_close(ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_services) };
	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
