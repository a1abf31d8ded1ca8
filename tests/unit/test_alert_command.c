/* A command that is told: what it gets, how it may end, and that it cannot stay. */
#include "tests/check.h"
#include "tests/scratch.h"

#include "jobs/alert_command.h"
#include "pipeline/clock.h"

#include <signal.h>

static int run(const char *command, const char *text, double seconds, struct err *e)
{
	char line[300];
	struct settings set = { .alert_command = line };

	snprintf(line, sizeof(line), "%s", command);
	return alert_command_run(&set, text, seconds, e);
}

static void test_endings(void **state)
{
	static const struct {
		const char *command;
		enum err_code code;
		const char *said;
	} cases[] = {
		{ "exit 0", ERR_OK, "" }, /* its input is not read */
		{ "grep -qx told", ERR_OK, "" },
		{ "exit 3", ERR_IO, "status 3" },
		{ "kill -9 $$", ERR_IO, "signal 9" },
		{ "/nowhere/packshot-mailer 2>/dev/null", ERR_IO, "status 127" },
		{ "sleep 300", ERR_TIMEOUT, "ended after" },
		{ "trap '' TERM INT; while :; do sleep 300; done", ERR_TIMEOUT, "ended after" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		int64_t began = clock_monotonic_us();

		CHECK_INT(cases[i].command, run(cases[i].command, "told", cases[i].code == ERR_TIMEOUT ? 0.5 : 20, &e),
			  cases[i].code == ERR_OK ? 0 : -1);
		CHECK_INT(cases[i].command, e.code, cases[i].code);
		if (!strstr(e.msg, cases[i].said))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].command, e.msg, cases[i].said);
		assert_true(clock_monotonic_us() - began < 15000000);
	}
}

/* More than a pipe holds, to one that reads slowly and to one that never does. */
static void test_a_long_text(void **state)
{
	size_t size = 300000;
	char *text = malloc(size + 1), command[200];
	struct err e = { 0 };

	assert_non_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	snprintf(command, sizeof(command), "sleep 0.3; test $(wc -c) -eq %zu", size + 1);
	if (run(command, text, 20, &e) != 0)
		fail_msg("%s", e.msg);
	CHECK_INT("nobody reads", run("sleep 300", text, 0.3, &e), -1);
	CHECK_INT("nobody reads", e.code, ERR_TIMEOUT);
	free(text);
	(void)state;
}

/* We ignore the signal of a broken pipe; a command's programs must not, or they would never end. */
static void test_broken_pipe(void **state)
{
	struct err e = { 0 };

	(void)state;
	if (run("test \"$({ { yes 2>/dev/null; echo $? >&3; } | head -1 >/dev/null; } 3>&1)\" = 141", "x", 10, &e) != 0)
		fail_msg("%s", e.msg);
}

static void test_environment(void **state)
{
	struct err e = { 0 };

	(void)state;
	setenv("GEMINI_API_KEY", "secret", 1);
	setenv("OPENAI_API_KEY", "secret", 1);
	setenv("PACKSHOT_TEST_MAILER", "kept", 1);
	if (run("test -z \"$GEMINI_API_KEY$OPENAI_API_KEY\" && test $PACKSHOT_TEST_MAILER = kept", "x", 10, &e) != 0)
		fail_msg("%s", e.msg);
}

static void test_own_key(void **state)
{
	char command[] = "test -z \"$RELAY_KEY\"", name[] = "RELAY_KEY";
	struct settings set = { .alert_command = command, .api_key_env = name };
	struct err e = { 0 };

	(void)state;
	setenv("RELAY_KEY", "secret", 1);
	if (alert_command_run(&set, "x", 10, &e) != 0)
		fail_msg("%s", e.msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endings),     cmocka_unit_test(test_a_long_text),
		cmocka_unit_test(test_broken_pipe), cmocka_unit_test(test_environment),
		cmocka_unit_test(test_own_key),
	};

	signal(SIGPIPE, SIG_IGN); /* as interrupt_watch() does */
	return cmocka_run_group_tests_name("alert_command", tests, NULL, NULL);
}
