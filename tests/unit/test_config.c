/* What a command line, an environment and a file make of the settings, and what is said where they are wrong. */
#include "tests/check.h"

#include "jobs/config.h"
#include "jobs/options.h"
#include "jobs/resources.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/packshot-config-XXXXXX";
static char file[64]; /* a configuration file in it, under a name that is not read unasked */

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Splits a line at its blanks and parses it; '@' stands for the configuration file. */
static int parse_line(const char *line, struct settings *s, struct err *err)
{
	static char program[] = "packshot", empty[] = "";
	char copy[256], *argv[24] = { program };
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word && argc < 23; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "@") == 0 ? file : strcmp(word, "''") == 0 ? empty : word;
	return config_parse(s, argc, argv, NULL, err);
}

static void test_defaults(void **state)
{
	struct settings s;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(parse_line("run -", &s, &err), 0);
	CHECK_INT("run", s.command, COMMAND_RUN);
	CHECK_TEXT("manifest", s.argument, "-");
	CHECK_TEXT("out", s.out, "packshot-out");
	CHECK_TEXT("image model", s.image_model, "local");
	CHECK_TEXT("text model", s.text_model, "template");
	CHECK_INT("size", s.size.width * 10000 + s.size.height, 8000800);
	CHECK_INT("format", s.format, FORMAT_JPEG);
	CHECK_INT("quality", s.quality, 88);
	CHECK_INT("no limit", s.max_bytes, 0);
	CHECK_INT("locales", s.locales.count, 1);
	CHECK_TEXT("locale", s.locales.v[0], "en");
	CHECK_INT("cores", s.workers, resources_cores());
	CHECK_INT("calls", s.concurrency, 64);
	CHECK_INT("retries", s.retries, 3);
	assert_true(s.timeout == 90 && s.fill == 0.85);
	CHECK_INT("bytes of a source", s.max_source_bytes, 64 << 20);
	CHECK_INT("failures", s.max_failures.count, 0);
	assert_null(s.config);
	assert_false(s.json || s.quiet || s.verbose || s.force || s.no_copy || s.no_cache || s.allow_private_hosts);
	config_release(&s);
	assert_null(s.out);
}

/* Reads one setting back through the run's record, as JSON. */
static void check_setting(const char *name, const struct settings *s, const char *key, const char *want)
{
	char *text = config_json(s), *value;
	cJSON *root = cJSON_Parse(text);

	value = cJSON_PrintUnformatted(cJSON_GetObjectItem(root, key));
	CHECK_TEXT(name, value ? value : "absent", want);
	free(value);
	cJSON_Delete(root);
	free(text);
}

static void test_forms(void **state)
{
	static const struct {
		const char *line, *key, *want;
	} cases[] = {
		{ "run m --size 640x480", "size", "\"640x480\"" },
		{ "run --size=640X480 m", "size", "\"640x480\"" },
		{ "run m --quality 1", "quality", "1" },
		{ "run m --quality 1 --quality 2", "quality", "2" },
		{ "run m --max-bytes 200K", "max_bytes", "204800" },
		{ "run m --max-bytes 1024", "max_bytes", "1024" },
		{ "run m --max-bytes 1g", "max_bytes", "1073741824" },
		{ "run m --max-bytes none", "max_bytes", "\"none\"" },
		{ "run m --fill 1", "fill", "1" },
		{ "run m --fill .5", "fill", "0.5" },
		{ "run m --format avif", "format", "\"avif\"" },
		{ "run m --shadow contact", "shadow", "\"contact\"" },
		{ "run m --timeout 0.1", "timeout", "0.1" },
		{ "run m --retries 0", "retries", "0" },
		{ "run m --max-failures 7", "max_failures", "7" },
		{ "run m --max-failures 2.5%", "max_failures", "\"2.5%\"" },
		{ "run m --locale zh-CN", "locale", "[\"zh-CN\"]" },
		{ "run m --locale de --locale sr-Latn-RS,de", "locale", "[\"de\",\"sr-Latn-RS\"]" },
		{ "run m --fallback-model b --fallback-model a --fallback-model b", "fallback_model", "[\"b\",\"a\"]" },
		{ "run m --endpoint http://a/1,2", "endpoint", "[\"http://a/1,2\"]" },
		{ "run m --no-copy", "no_copy", "true" },
		{ "run m --no-copy=false", "no_copy", "false" },
		{ "run m -qv", "verbose", "true" },
		{ "run m -qv", "quiet", "true" },
		{ "run m -o d", "out", "\"d\"" },
		{ "run m -od", "out", "\"d\"" },
		{ "run m -qod", "out", "\"d\"" },
		{ "run m --out=d=e", "out", "\"d=e\"" },
		{ "run -- --m", "manifest", "\"--m\"" },
		{ "run -", "manifest", "\"-\"" },
		{ "report --run 12", "run", "12" },
		{ "report", "run", "\"last\"" },
		{ "report --format json", "format", "\"json\"" },
		{ "run m --workers 3", "workers", "3" },
		{ "report --log-format json", "log_format", "\"json\"" },
		{ "nightly m --metrics-file m.prom", "metrics_file", "\"m.prom\"" },
		{ "rerun --metrics-listen :9464", "metrics_listen", "\":9464\"" },
		{ "doctor --workers 3", "workers", "3" },
		{ "doctor --workers 3", "size", "absent" },
		{ "nightly m --keep 30", "keep", "30" },
		{ "nightly m --alert-webhook https://chat.example/T0/x", "alert_webhook", "absent" }, /* a secret */
		{ "nightly m --alert-command mail", "alert_command", "absent" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		if (parse_line(cases[i].line, &s, &err))
			fail_msg("%s: %s", cases[i].line, err.msg);
		check_setting(cases[i].line, &s, cases[i].key, cases[i].want);
		config_release(&s);
	}
}

static void test_help_needs_nothing_else(void **state)
{
	static const char *const lines[] = { "run --help", "run -h",    "--help",
					     "--version",  "report -h", "help errors --json" };

	(void)state;
	setenv("PACKSHOT_QUALITY", "rubbish", 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		CHECK_INT(lines[i], parse_line(lines[i], &s, &err), 0);
		CHECK_INT(lines[i], s.help || s.version || s.command == COMMAND_HELP, 1);
		config_release(&s);
	}
	unsetenv("PACKSHOT_QUALITY");
}

static void test_misuse(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "", "a command is missing" },
		{ "rum m", "nearest is `packshot run`" },
		{ "zzzzzzzzzz", "unknown command \"zzzzzzzzzz\"" },
		{ "--szie 1", "unknown flag --szie" },
		{ "run", "`packshot run` lacks its manifest" },
		{ "run a b", "takes one manifest, not also \"b\"" },
		{ "report a", "`packshot report` takes no argument" },
		{ "run m --szie 8x8", "unknown flag --szie; the nearest is --size" },
		{ "run m --wallet 5", "unknown flag --wallet" },
		{ "run m --rpx 5", "unknown flag --rpx" },
		{ "run m -x", "unknown flag -x" },
		{ "run m -qx", "unknown flag -x in -qx" },
		{ "report --size 8x8", "`packshot report` takes no --size; `packshot run` does" },
		{ "run m --run 3", "`packshot run` takes no --run; `packshot rerun` does" },
		{ "run m --size", "--size lacks its value: WIDTHxHEIGHT" },
		{ "run m -o", "-o lacks its value" },
		{ "run m --out=", "--out must be a text that is not empty" },
		{ "run m --quality 0", "--quality must be a whole number from 1 to 100, not \"0\"" },
		{ "run m --quality 101", "1 to 100" },
		{ "run m --quality 8.5", "1 to 100" },
		{ "run m --quality +8", "1 to 100" },
		{ "run m --quality -8", "1 to 100" },
		{ "run m --quality 0x8", "1 to 100" },
		{ "run m --quality 99999999999999999999999", "1 to 100" },
		{ "run m --workers 0", "1 to 256 or cores" },
		{ "run m --max-bytes 5", "--max-bytes must be bytes from 1024 to 1073741824" },
		{ "run m --max-bytes 9G", "1073741824" },
		{ "run m --max-bytes K", "bytes from" },
		{ "run m --max-bytes 5KK", "bytes from" },
		{ "run m --size 800", "WIDTHxHEIGHT" },
		{ "run m --size x800", "WIDTHxHEIGHT" },
		{ "run m --size 15x800", "16 to 8192" },
		{ "run m --size 800x8193", "16 to 8192" },
		{ "run m --fill 0", "0.05 to 1" },
		{ "run m --fill 1.01", "0.05 to 1" },
		{ "run m --fill nan", "0.05 to 1" },
		{ "run m --fill inf", "0.05 to 1" },
		{ "run m --fill 1e-1", "0.05 to 1" },
		{ "run m --fill .", "0.05 to 1" },
		{ "run m --fill 0.5.1", "0.05 to 1" },
		{ "run m --timeout 0", "0.1 to 3600" },
		{ "run m --format bmp", "--format must be jpeg, webp, png or avif, not \"bmp\"" },
		{ "report --format xml", "text, json, csv or html" },
		{ "run m --shadow long", "none or contact" },
		{ "run m --max-failures 0", "or none" },
		{ "run m --max-failures 0%", "or none" },
		{ "run m --max-failures 101%", "or none" },
		{ "run m --max-failures %", "or none" },
		{ "run m --locale e", "language tags" },
		{ "run m --locale en_US", "language tags" },
		{ "run m --locale en,", "language tags" },
		{ "run m --locale ''", "language tags" },
		{ "run m --no-copy=maybe", "true or false" },
		{ "report --run 0", "or last" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		CHECK_INT(cases[i].line, parse_line(cases[i].line, &s, &err), -1);
		CHECK_INT(cases[i].line, err.code, ERR_USAGE);
		if (!strstr(err.msg, cases[i].said))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].line, err.msg, cases[i].said);
		config_release(&s);
	}
}

static void test_precedence(void **state)
{
	static const struct {
		const char *json, *env, *line;
		int want;
	} cases[] = {
		{ "{}", NULL, "run m -c @", 88 },
		{ "{\"quality\":10}", NULL, "run m -c @", 10 },
		{ "{\"quality\":10}", "20", "run m -c @", 20 },
		{ "{\"quality\":10}", "20", "run m -c @ --quality 30", 30 },
		{ "{\"quality\":10}", NULL, "run m -c @ --quality 30", 30 },
		{ "{\"quality\":10}", "", "run m -c @", 10 },
		{ "{}", "20", "run m -c @", 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		put(file, cases[i].json);
		if (cases[i].env)
			setenv("PACKSHOT_QUALITY", cases[i].env, 1);
		CHECK_INT(cases[i].json, parse_line(cases[i].line, &s, &err), 0);
		CHECK_INT(cases[i].json, s.quality, cases[i].want);
		config_release(&s);
		unsetenv("PACKSHOT_QUALITY");
	}
}

static void test_lists_replace(void **state)
{
	static const struct {
		const char *env, *line, *want;
	} cases[] = {
		{ NULL, "run m -c @", "[\"de\",\"fr\"]" },
		{ "it,en", "run m -c @", "[\"it\",\"en\"]" },
		{ "it", "run m -c @ --locale nl --locale sv", "[\"nl\",\"sv\"]" },
		{ NULL, "run m -c @ --locale nl", "[\"nl\"]" },
	};

	(void)state;
	put(file, "{\"locale\":[\"de\",\"fr\"]}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		if (cases[i].env)
			setenv("PACKSHOT_LOCALE", cases[i].env, 1);
		CHECK_INT(cases[i].line, parse_line(cases[i].line, &s, &err), 0);
		check_setting(cases[i].line, &s, "locale", cases[i].want);
		config_release(&s);
		unsetenv("PACKSHOT_LOCALE");
	}
}

static void test_which_file(void **state)
{
	static const struct {
		const char *env, *line, *config;
		int quality;
	} cases[] = {
		{ NULL, "run m", "packshot.json", 1 },
		{ "two.json", "run m", "two.json", 2 },
		{ "two.json", "run m -c three.json", "three.json", 3 },
		{ NULL, "run m --config=three.json", "three.json", 3 },
	};

	(void)state;
	put("packshot.json", "{\"quality\":1}");
	put("two.json", "{\"quality\":2}");
	put("three.json", "{\"$schema\":\"x\",\"quality\":3}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		if (cases[i].env)
			setenv("PACKSHOT_CONFIG", cases[i].env, 1);
		CHECK_INT(cases[i].line, parse_line(cases[i].line, &s, &err), 0);
		CHECK_INT(cases[i].line, s.quality, cases[i].quality);
		CHECK_TEXT(cases[i].line, s.config, cases[i].config);
		config_release(&s);
		unsetenv("PACKSHOT_CONFIG");
	}
	unlink("packshot.json");
	unlink("two.json");
	unlink("three.json");
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *json, *said;
	} cases[] = {
		{ "", "is not JSON from line 1, column 1 on" },
		{ "{\n \"quality\": 8,\n}", "is not JSON from line 3" },
		{ "{} x", "is not JSON from line 1, column 4 on" },
		{ "[1]", "must be one JSON object" },
		{ "{\"qualty\":8}", "unknown key \"qualty\"; the nearest is \"quality\"" },
		{ "{\"no-copy\":true}", "the nearest is \"no_copy\"" },
		{ "{\"config\":\"x\"}", "unknown key \"config\"" },
		{ "{\"force\":true}", "unknown key \"force\"" },
		{ "{\"wallet\":5}", "unknown key \"wallet\"" },
		{ "{\"quality\":8,\"quality\":9}", "\"quality\" stands there twice" },
		{ "{\"quality\":\"8\"}", "must be a whole number from 1 to 100, without quotes" },
		{ "{\"quality\":8.5}", "a whole number from 1 to 100, not \"8.5" },
		{ "{\"quality\":1e300}", "from 1 to 100" },
		{ "{\"quality\":null}", "from 1 to 100" },
		{ "{\"no_copy\":1}", "\"no_copy\" must be true or false" },
		{ "{\"no_copy\":\"true\"}", "true or false" },
		{ "{\"fill\":7}", "0.05 to 1" },
		{ "{\"size\":800}", "WIDTHxHEIGHT" },
		{ "{\"locale\":[]}", "language tags" },
		{ "{\"locale\":[1]}", "language tags" },
		{ "{\"out\":[\"x\"]}", "not empty" },
		{ "{\"format\":\"json\"}", "jpeg, webp, png or avif" },
		{ "{\"alert_webhook\":\"chat.example/T0\"}", "must be a URL" },
		{ "{\"alert_webhook\":\"file:///T0\"}", "must be a URL" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		struct err err = { 0 };

		put(file, cases[i].json);
		CHECK_INT(cases[i].json, parse_line("doctor -c @ -o elsewhere", &s, &err), -1);
		CHECK_INT(cases[i].json, err.code, ERR_CONFIG);
		if (!strstr(err.msg, cases[i].said))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].json, err.msg, cases[i].said);
		CHECK_TEXT(cases[i].json, s.out, "elsewhere"); /* the doctor goes on with what is right */
		config_release(&s);
	}
}

static void test_bad_places(void **state)
{
	struct settings s;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(parse_line("doctor -c nowhere.json", &s, &err), -1);
	CHECK_INT("missing file", err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "nowhere.json"));
	config_release(&s);

	err_clear(&err);
	setenv("PACKSHOT_TIMEOUT", "soon", 1);
	assert_int_equal(parse_line("run m", &s, &err), -1);
	CHECK_INT("environment", err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "PACKSHOT_TIMEOUT must be a number from 0.1 to 3600, not \"soon\""));
	config_release(&s);
	unsetenv("PACKSHOT_TIMEOUT");

	err_clear(&err);
	setenv("PACKSHOT_FORCE", "1", 1); /* a flag only */
	assert_int_equal(parse_line("run m", &s, &err), 0);
	assert_false(s.force);
	config_release(&s);
	unsetenv("PACKSHOT_FORCE");
}

static int into_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/settings.json", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file);
	return chdir("/") || rmdir(folder) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_help_needs_nothing_else),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_lists_replace),
		cmocka_unit_test(test_which_file),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_bad_places),
	};

	return cmocka_run_group_tests_name("config", tests, into_folder, remove_folder);
}
