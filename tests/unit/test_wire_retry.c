#include "tests/check.h"

#include "pipeline/wire_retry.h"

#include <string.h>

static void who_is_tried_again(void **state)
{
	static const struct {
		const char *name;
		struct outcome o;
		int tries, retries;
		bool want;
	} cases[] = {
		{ "success", { .status = 200 }, 1, 3, false },
		{ "not modified", { .status = 304 }, 1, 3, false },
		{ "missing", { .status = 404 }, 1, 3, false },
		{ "late request", { .status = 408 }, 1, 3, true },
		{ "too many", { .status = 429 }, 1, 3, true },
		{ "broken", { .status = 500 }, 1, 3, true },
		{ "busy", { .status = 503 }, 3, 3, true },
		{ "the last one", { .status = 503 }, 4, 3, false },
		{ "no retries", { .status = 503 }, 1, 0, false },
		{ "cut off", { .code = ERR_NETWORK, .transient = true }, 1, 3, true },
		{ "refused", { .code = ERR_SOURCE_REFUSED }, 1, 3, false },
		{ "POST, broken", { .status = 500, .has_body = true }, 1, 3, false },
		{ "POST, too many", { .status = 429, .has_body = true }, 1, 3, true },
		{ "POST, busy", { .status = 503, .has_body = true }, 1, 3, true },
		{ "POST, late", { .status = 408, .has_body = true }, 1, 3, false },
		{ "POST, cut off", { .code = ERR_NETWORK, .transient = true, .has_body = true }, 1, 3, false },
		{ "POST, not sent",
		  { .code = ERR_NETWORK, .transient = true, .unsent = true, .has_body = true },
		  1,
		  3,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(cases[i].name, retry_allowed(&cases[i].o, cases[i].tries, cases[i].retries), cases[i].want);
}

static void what_servers_ask_for(void **state)
{
	static const struct {
		const char *value;
		int64_t want;
	} cases[] = {
		{ NULL, -1 },
		{ "", -1 },
		{ "soon", -1 },
		{ "-5", -1 },
		{ "0", 0 },
		{ "7", 7000 },
		{ "99999999999999999999", INT64_MAX },
		{ "Thu, 01 Jan 1970 00:01:40 GMT", 60000 },
		{ "Thu, 01 Jan 1970 00:00:10 GMT", 0 }, /* past */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(cases[i].value ? cases[i].value : "absent", retry_after_ms(cases[i].value, 40),
			  cases[i].want);
}

static void how_long_to_wait(void **state)
{
	static const struct {
		const char *name;
		int tries, backoff_ms;
		int64_t after_ms;
		double chance;
		int64_t want;
	} cases[] = {
		{ "first, at most", 1, 500, -1, 0.999, 499 },
		{ "first, at least", 1, 500, -1, 0, 0 },
		{ "doubles", 3, 500, -1, 0.5, 1000 },
		{ "has a cap", 30, 500, -1, 0.5, 30000 },
		{ "a huge base has the same", 1, 2000000000, -1, 0.5, 30000 },
		{ "the server's word", 1, 500, 7000, 0.5, 7000 },
		{ "ours is longer", 5, 1000, 2000, 0.5, 8000 },
		{ "to the last", 1, 500, RETRY_WAIT_MAX_MS, 0.5, RETRY_WAIT_MAX_MS },
		{ "beyond patience", 1, 500, RETRY_WAIT_MAX_MS + 1, 0.5, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(cases[i].name,
			  retry_wait_ms(cases[i].tries, cases[i].backoff_ms, cases[i].after_ms, cases[i].chance),
			  cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_tried_again),
		cmocka_unit_test(what_servers_ask_for),
		cmocka_unit_test(how_long_to_wait),
	};

	return cmocka_run_group_tests_name("wire_retry", tests, NULL, NULL);
}
