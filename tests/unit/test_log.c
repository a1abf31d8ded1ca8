/* What reaches standard error: levels, hostile text, long text, JSON, the curtain, many threads at once. */
#include "tests/check.h"

#include "pipeline/json_string.h"
#include "pipeline/log.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *caught; /* where standard error leads during a test */
static int terminal;

static int catch_stderr(void **state)
{
	(void)state;
	caught = tmpfile();
	terminal = dup(STDERR_FILENO);
	log_level(LOG_WARN);
	log_format(LOG_TEXT);
	log_run(0);
	return caught && terminal >= 0 && dup2(fileno(caught), STDERR_FILENO) >= 0 ? 0 : -1;
}

static int release_stderr(void **state)
{
	(void)state;
	dup2(terminal, STDERR_FILENO);
	close(terminal);
	fclose(caught);
	log_curtain(NULL, NULL);
	return 0;
}

/* What was written since the beginning of the test. */
static size_t read_caught(char *out, size_t size)
{
	size_t used;

	rewind(caught);
	used = fread(out, 1, size - 1, caught);
	out[used] = '\0';
	return used;
}

static void test_levels(void **state)
{
	static const enum log_level levels[] = { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
	static const char *const want[] = {
		"packshot: error: 0\n",
		"packshot: error: 0\npackshot: warning: 1\n",
		"packshot: error: 0\npackshot: warning: 1\npackshot: 2\n",
		"packshot: error: 0\npackshot: warning: 1\npackshot: 2\npackshot: 3\n",
	};
	char got[256];

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(ftruncate(fileno(caught), 0), 0);
		lseek(STDERR_FILENO, 0, SEEK_SET);
		log_level(levels[i]);
		for (int j = 0; j < 4; j++)
			log_line(levels[j], "%d", j);
		read_caught(got, sizeof(got));
		CHECK_TEXT("level", got, want[i]);
	}
}

static void test_hostile_text(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "a\nb", "a?b" },
		{ "\033[2J", "?[2J" },
		{ "tab\there", "tab?here" },
		{ "\x7f", "?" },
		{ "\xc2\x9b"
		  "31m",
		  "??31m" },
		{ "M\xc3\xbcsli \xe6\x9d\xaf", "M\xc3\xbcsli \xe6\x9d\xaf" },
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "100%s", "100%s" },
	};
	char got[256], want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ftruncate(fileno(caught), 0), 0);
		lseek(STDERR_FILENO, 0, SEEK_SET);
		log_line(LOG_ERROR, "%s", cases[i].text);
		read_caught(got, sizeof(got));
		snprintf(want, sizeof(want), "packshot: error: %s\n", cases[i].want);
		CHECK_TEXT(cases[i].want, got, want);
	}
}

static void test_long_text_is_cut_between_characters(void **state)
{
	for (int shift = 0; shift < 4; shift++) {
		char text[4000], got[4000];
		size_t len;

		(void)state;
		memset(text, 'x', (size_t)shift);
		for (size_t i = (size_t)shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe6\x9d\xaf", 4);
		assert_int_equal(ftruncate(fileno(caught), 0), 0);
		lseek(STDERR_FILENO, 0, SEEK_SET);
		log_line(LOG_ERROR, "%s", text);
		len = read_caught(got, sizeof(got));
		assert_in_range(len, 1000, 1024);
		CHECK_TEXT("end", got + len - 4, "...\n");
		assert_true((unsigned char)got[len - 5] == 0xaf); /* the last byte of a whole character */
	}
}

static void test_subject_as_text(void **state)
{
	char got[256];

	(void)state;
	log_about(LOG_WARN, &(struct log_subject){ "MUG-1", 2, "copy" }, "%d words", 7);
	log_about(LOG_WARN, &(struct log_subject){ NULL, 0, NULL }, "of nobody");
	log_event(LOG_INFO, "always", &(struct log_field){ "n", NULL, 1, 0 }, 1);
	read_caught(got, sizeof(got));
	CHECK_TEXT("text", got, "packshot: warning: MUG-1: 7 words\npackshot: warning: of nobody\npackshot: always\n");
}

static void test_json_strings(void **state)
{
	static const struct {
		const char *text, *want;
		size_t room;
	} cases[] = {
		{ "", "\"\"", 3 },
		{ "a", "\"\"", 3 },
		{ "a", "\"a\"", 4 },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"", 64 },
		{ "\n\t\x1f\x7f", "\"\\u000a\\u0009\\u001f\\u007f\"", 64 },
		{ "\xc2\x9b", "\"\\u009b\"", 64 },
		{ "\xc2\xa0\xe6\x9d\xaf", "\"\xc2\xa0\xe6\x9d\xaf\"", 64 },
		{ "\xff\xe6\x9d", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", 64 },
		{ "x\xe6\x9d\xaf", "\"x\"", 6 }, /* not half a character */
		{ "\n\n", "\"\\u000a\"", 14 },   /* nor half an escape */
	};
	char got[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT(cases[i].want, json_string(got, cases[i].room, cases[i].text), strlen(cases[i].want));
		CHECK_TEXT("string", got, cases[i].want);
	}
}

/* The next caught line as an object; the caller's. */
static cJSON *next_object(void)
{
	static char line[1 << 15];
	const char *end;
	cJSON *o;

	assert_non_null(fgets(line, sizeof(line), caught));
	o = cJSON_ParseWithOpts(line, &end, false);
	assert_true(cJSON_IsObject(o));
	CHECK_TEXT("one object a line", end, "\n");
	return o;
}

static const char *text_of(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static double number_of(const cJSON *o, const char *name)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static void test_json_lines(void **state)
{
	char longest[5000];
	cJSON *o;
	int year, ms;
	char z;

	(void)state;
	memset(longest, '\x01', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	log_format(LOG_JSON);
	log_line(LOG_INFO, "not printed");
	log_line(LOG_WARN, "a \"quote\"");
	log_run(12);
	log_about(LOG_ERROR, &(struct log_subject){ "A\n\xff", 3, "fetch" }, "gone");
	log_event(LOG_INFO, "x", (struct log_field[]){ { "usd", NULL, 500000000, 9 }, { "how", "well", 0, 0 } }, 2);
	log_about(LOG_ERROR, &(struct log_subject){ longest, 1, longest }, "%s", longest);
	rewind(caught);
	o = next_object();
	CHECK_INT("members", cJSON_GetArraySize(o), 3);
	CHECK_INT(text_of(o, "time"), sscanf(text_of(o, "time"), "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3d%c", &year, &ms, &z),
		  3);
	CHECK_INT("time", strlen(text_of(o, "time")), 24);
	CHECK_TEXT("level", text_of(o, "level"), "warning");
	CHECK_TEXT("message", text_of(o, "message"), "a \"quote\"");
	cJSON_Delete(o);
	o = next_object();
	CHECK_INT("run", number_of(o, "run"), 12);
	CHECK_TEXT("SKU", text_of(o, "sku"), "A\n\xef\xbf\xbd");
	CHECK_INT("position", number_of(o, "position"), 3);
	CHECK_TEXT("stage", text_of(o, "stage"), "fetch");
	CHECK_TEXT("message", text_of(o, "message"), "gone");
	cJSON_Delete(o);
	o = next_object();
	CHECK_INT("dollars", number_of(o, "usd") * 10, 5);
	CHECK_TEXT("how", text_of(o, "how"), "well");
	cJSON_Delete(o);
	o = next_object();
	CHECK_INT("cut", strlen(text_of(o, "message")), 1024);
	cJSON_Delete(o);
}

static char order[8];

static void down(void)
{
	strcat(order, "d");
}

static void up(void)
{
	char got[64];

	read_caught(got, sizeof(got));
	strcat(order, strstr(got, "x\n") ? "u" : "?"); /* the line stands when the curtain rises */
}

static void test_curtain(void **state)
{
	(void)state;
	log_curtain(down, up);
	log_line(LOG_INFO, "not printed");
	CHECK_TEXT("nothing printed", order, "");
	log_line(LOG_WARN, "x");
	CHECK_TEXT("one line", order, "du");
}

#define THREADS 4
#define LINES   200

static void *shout(void *arg)
{
	char text[81];

	memset(text, 'a' + (int)(intptr_t)arg, 80);
	text[80] = '\0';
	for (int i = 0; i < LINES; i++)
		log_line(LOG_WARN, "%s", text);
	return NULL;
}

static void test_lines_are_whole(void **state)
{
	pthread_t threads[THREADS];
	char line[256];
	int lines = 0;

	(void)state;
	for (intptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, shout, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	rewind(caught);
	while (fgets(line, sizeof(line), caught)) {
		const char *text = line + strlen("packshot: warning: ");

		assert_int_equal(strlen(text), 81);
		assert_int_equal(strspn(text, (char[]){ text[0], '\0' }), 80);
		lines++;
	}
	assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_levels, catch_stderr, release_stderr),
		cmocka_unit_test_setup_teardown(test_hostile_text, catch_stderr, release_stderr),
		cmocka_unit_test_setup_teardown(test_long_text_is_cut_between_characters, catch_stderr, release_stderr),
		cmocka_unit_test_setup_teardown(test_subject_as_text, catch_stderr, release_stderr),
		cmocka_unit_test(test_json_strings),
		cmocka_unit_test_setup_teardown(test_json_lines, catch_stderr, release_stderr),
		cmocka_unit_test_setup_teardown(test_curtain, catch_stderr, release_stderr),
		cmocka_unit_test_setup_teardown(test_lines_are_whole, catch_stderr, release_stderr),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
