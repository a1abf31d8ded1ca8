/* What results.jsonl says of a picture that a run found unchanged. */
#include "tests/check.h"

#include "stages/outcome_unchanged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIVE(text) text "," text "," text "," text "," text
#define TEN(text)  FIVE(text) "," FIVE(text)
#define STAGES(before, names, times) \
	"{\"sku\":\"A\"" before ",\"cost_usd\":0,\"cached\":[" names "],\"stages_ms\":{" times "},\"confidence\":1}"

static void its_line(void **state)
{
	static const struct {
		const char *was, *is;
	} cases[] = {
		{ "{\"sku\":\"a,\\\"line\\\":9\",\"position\":1,\"line\":12,\"source\":\"x\",\"status\":\"succeeded\","
		  "\"attempts\":3,"
		  "\"cost_usd\":0.0355,\"cached\":[\"fetch\"],\"stages_ms\":{\"fetch\":41,\"copy\":910},\"confidence\":"
		  "0.9,"
		  "\"copy\":{\"en\":{\"attempts\":1}}}",
		  "{\"sku\":\"a,\\\"line\\\":9\",\"position\":1,\"line\":7,\"source\":\"x\",\"status\":\"succeeded\","
		  "\"attempts\":2,"
		  "\"cost_usd\":0,\"cached\":[\"fetch\",\"copy\"],\"stages_ms\":{\"fetch\":0,\"copy\":0},"
		  "\"confidence\":0.9,"
		  "\"copy\":{\"en\":{\"attempts\":1}}}\n" },
		{ "{\"sku\":\"A\",\"line\":1}", "{\"sku\":\"A\",\"line\":1}\n" },
		{ STAGES(",\"line\":1,\"source\":\"x\",\"attempts\":1", "", ""),
		  STAGES(",\"line\":7,\"source\":\"x\",\"attempts\":2", "", "") "\n" },
		/* not ours: a stage without a time, and more of them than there are */
		{ STAGES(",\"line\":1,\"source\":\"x\",\"attempts\":1", TEN("\"a\""), TEN("\"a\":")),
		  STAGES(",\"line\":7,\"source\":\"x\",\"attempts\":2", TEN("\"a\""), TEN("\"a\":0")) "\n" },
		{ STAGES(",\"line\":1,\"source\":\"x\",\"attempts\":1", "", TEN(TEN("\"a\":1"))),
		  STAGES(",\"line\":1,\"source\":\"x\",\"attempts\":1", "", TEN(TEN("\"a\":1"))) "\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		CHECK_INT(cases[i].was, outcome_put_unchanged(out, cases[i].was, 7, 2), 0);
		fclose(out);
		CHECK_TEXT(cases[i].was, text, cases[i].is);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_line),
	};

	return cmocka_run_group_tests_name("outcome_unchanged", tests, NULL, NULL);
}
