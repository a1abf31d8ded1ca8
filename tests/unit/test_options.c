/* The table of options is the truth; help, the manual page and the configuration's schema say the same. */
#include "tests/check.h"

#include "jobs/help.h"
#include "jobs/options.h"
#include "jobs/value.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char schemas_config_schema_json[];

static char *manual;

/* The whole output of a help function. */
static char *printed(void (*print)(FILE *, int), int which)
{
	char *buffer = NULL, *text;
	size_t size;
	FILE *f = open_memstream(&buffer, &size);

	assert_non_null(f);
	print(f, which);
	assert_int_equal(fclose(f), 0);
	text = strdup(buffer);
	free(buffer);
	return text;
}

static void print_command(FILE *f, int which)
{
	help_command(f, (enum command)which);
}

static void print_models(FILE *f, int which)
{
	struct models *models = NULL;
	struct err e = { 0 };

	(void)which;
	CHECK_INT(e.msg, models_open(&models, NULL, &e), 0);
	help_models(f, models);
	models_close(models);
}

static void print_errors(FILE *f, int which)
{
	(void)which;
	help_errors(f);
}

static void check_fits(const char *name, const char *text, int max_lines)
{
	int lines = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > HELP_WIDTH)
			fail_msg("%s: %zu columns: %.*s", name, len, (int)len, text);
		text += len + (text[len] == '\n');
		lines++;
	}
	if (lines > max_lines)
		fail_msg("%s: %d lines, more than a screen of %d", name, lines, max_lines);
}

static void test_help_fits_a_screen(void **state)
{
	char *text = printed(print_command, COMMANDS);

	(void)state;
	check_fits("overview", text, 24);
	for (int i = 0; i < COMMANDS; i++)
		assert_non_null(strstr(text, commands[i].summary));
	free(text);
	for (int i = 0; i < COMMANDS; i++) {
		text = printed(print_command, i);
		check_fits(commands[i].name, text, 44);
		free(text);
	}
	text = printed(print_errors, 0);
	check_fits("errors", text, 200);
	free(text);
	text = printed(print_models, 0);
	check_fits("models", text, 60);
	free(text);
}

/* Does `text` hold `--flag` as a whole word? */
static bool has_flag(const char *text, const char *flag)
{
	char dashed[64];

	snprintf(dashed, sizeof(dashed), "--%s", flag);
	for (const char *at = strstr(text, dashed); at; at = strstr(at + 1, dashed)) {
		if (strchr(" \n", at[strlen(dashed)]))
			return true;
	}
	return false;
}

/* And says so, instead of repeating them. */
static bool takes_runs_flags(int c)
{
	return c == COMMAND_RERUN || c == COMMAND_NIGHTLY || c == COMMAND_PLAN;
}

static void test_help_has_every_option(void **state)
{
	char *models = printed(print_models, 0);

	(void)state;
	for (int c = 0; c < COMMANDS; c++) {
		char *text = printed(print_command, c);

		for (int i = 0; i < option_count; i++) {
			const struct option *o = &options[i];

			const char *where = o->group == GROUP_MODELS ? models : text;

			if (!(o->commands & FOR(c)) ||
			    (takes_runs_flags(c) && o->commands & FOR(COMMAND_RUN) && o->group < GROUP_NIGHT))
				continue; /* these take those of `packshot run`, and says so */
			if (!has_flag(where, o->flag) || !strstr(where, o->help))
				fail_msg("help of %s lacks --%s", commands[c].name, o->flag);
		}
		free(text);
	}
	free(models);
}

static void test_help_has_every_error(void **state)
{
	char *text = printed(print_errors, 0);

	(void)state;
	for (int i = 1; i < ERR_CODES; i++) {
		if (!strstr(text, err_name((enum err_code)i)))
			fail_msg("help errors lacks %s", err_name((enum err_code)i));
	}
	free(text);
}

static void test_errors_as_json(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	cJSON *list;

	(void)state;
	assert_int_equal(help_errors_json(f), 0);
	fclose(f);
	list = cJSON_Parse(text);
	assert_int_equal(cJSON_GetArraySize(list), ERR_CODES - 1);
	for (int i = 1; i < ERR_CODES; i++) {
		const cJSON *o = cJSON_GetArrayItem(list, i - 1);
		enum err_code code = (enum err_code)i;

		CHECK_TEXT("name", cJSON_GetStringValue(cJSON_GetObjectItem(o, "name")), err_name(code));
		CHECK_INT(err_name(code), cJSON_GetNumberValue(cJSON_GetObjectItem(o, "exit")), err_exit(code));
		CHECK_INT(err_name(code), cJSON_IsTrue(cJSON_GetObjectItem(o, "retryable")), err_retryable(code));
		CHECK_TEXT(err_name(code), cJSON_GetStringValue(cJSON_GetObjectItem(o, "advice")), err_advice(code));
	}
	cJSON_Delete(list);
	free(text);
}

/* --- the manual page --- */

static int read_manual(void **state)
{
	FILE *f = fopen("jobs/packshot.1", "r");
	size_t used;

	(void)state;
	manual = calloc(1, 1 << 16);
	if (!f || !manual)
		return -1;
	used = fread(manual, 1, (1 << 16) - 1, f);
	fclose(f);
	return used > 0 ? 0 : -1;
}

static int free_manual(void **state)
{
	(void)state;
	free(manual);
	return 0;
}

/* The next entry ".It Fl ..." for this option at or after `from`; NULL: there is none. */
static const char *entry_of(const struct option *o, const char *from)
{
	char head[128], letter[16] = "";

	if (o->letter)
		snprintf(letter, sizeof(letter), "%c , Fl ", o->letter);
	snprintf(head, sizeof(head), "\n.It Fl %s-%s%s%s\n", letter, o->flag, o->value ? " Ar " : "",
		 o->value ? o->value : "");
	return strstr(from, head);
}

/* Does the entry, up to the next one, hold the text? */
static bool entry_says(const char *entry, const char *text)
{
	const char *next = strstr(entry + 1, "\n.It"), *end = strstr(entry + 1, "\n.El"), *at = strstr(entry, text);

	if (!next || (end && end < next))
		next = end;
	return at && at < next;
}

static void test_manual_has_every_option(void **state)
{
	(void)state;
	for (int i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		const char *entry = entry_of(o, manual);
		char fallback[64];

		if (entry && (o->commands & FOR(COMMAND_REPORT)) && !(o->commands & FOR(COMMAND_RUN)))
			entry = entry_of(o,
					 strstr(manual, "\n.Ss report")); /* --format has a meaning of its own there */
		if (!entry)
			fail_msg("the manual lacks --%s", o->flag);
		snprintf(fallback, sizeof(fallback), "\nDefault: %s.\n", o->fallback ? o->fallback : "");
		if (o->fallback && !entry_says(entry, fallback))
			fail_msg("the manual has another default than %s for --%s", o->fallback, o->flag);
		if ((o->reach == REACH_FLAG) != entry_says(entry, "flag only"))
			fail_msg("the manual is wrong about where --%s may be given", o->flag);
	}
}

static void test_manual_has_no_other_option(void **state)
{
	(void)state;
	for (const char *at = strstr(manual, "Fl -"); at; at = strstr(at + 1, "Fl -")) {
		char flag[64];

		snprintf(flag, sizeof(flag), "%.*s", (int)strcspn(at + 4, " \n"), at + 4);
		if (*flag && !option_by_flag(flag, ~0u))
			fail_msg("the manual has --%s, which does not exist", flag);
	}
}

static void test_manual_has_every_error(void **state)
{
	const char *from = strstr(manual, "\n.Sh DIAGNOSTICS");
	int entries = 0;

	(void)state;
	assert_non_null(from);
	for (const char *at = strstr(from, "\n.It "); at; at = strstr(at + 1, "\n.It "))
		entries++;
	CHECK_INT("entries", entries, ERR_CODES - 1);
	for (int i = 1; i < ERR_CODES; i++) {
		char entry[256];
		const char *meaning = err_meaning((enum err_code)i);

		/* The sentence begins with a capital there. */
		snprintf(entry, sizeof(entry), "\n.It %s\n%c%s.\n", err_name((enum err_code)i), meaning[0] - 'a' + 'A',
			 meaning + 1);
		if (!strstr(from, entry))
			fail_msg("the manual lacks or misquotes %s", err_name((enum err_code)i));
	}
}

/* --- the schema of the configuration file --- */

static const char *text_of(const cJSON *o, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
}

static void check_range(const struct option *o, const cJSON *property)
{
	const cJSON *min = cJSON_GetObjectItem(property, "minimum"), *max = cJSON_GetObjectItem(property, "maximum");

	if (o->type == OPTION_BYTES) {
		CHECK_INT(o->flag, o->min, 1024); /* what the schema's definition of "bytes" has */
		min = NULL;
	}
	if (min && cJSON_GetNumberValue(min) != o->min)
		fail_msg("schema: minimum of %s is %g, not %g", o->flag, cJSON_GetNumberValue(min), o->min);
	if (!max || cJSON_GetNumberValue(max) != o->max)
		fail_msg("schema: maximum of %s is not %g", o->flag, o->max);
}

static void check_choices(const struct option *o, const cJSON *property)
{
	const cJSON *name = cJSON_GetObjectItem(property, "enum");

	name = name ? name->child : NULL;
	for (const struct choice *c = o->choices; c->name; c++) {
		CHECK_TEXT(o->flag, cJSON_GetStringValue(name), c->name);
		name = name->next;
	}
	assert_null(name);
}

static void check_default(const struct option *o, const cJSON *property)
{
	const cJSON *fallback = cJSON_GetObjectItem(property, "default");
	char text[64];

	if (!o->fallback && o->type != OPTION_FLAG) {
		CHECK_INT(o->flag, fallback == NULL, true);
		return;
	}
	assert_non_null(fallback);
	if (cJSON_IsNumber(fallback))
		snprintf(text, sizeof(text), "%.10g", fallback->valuedouble);
	else if (cJSON_IsBool(fallback))
		snprintf(text, sizeof(text), "%s", cJSON_IsTrue(fallback) ? "true" : "false");
	else
		snprintf(text, sizeof(text), "%s", fallback->valuestring);
	CHECK_TEXT(o->flag, text, o->fallback ? o->fallback : "false");
}

static void check_property(const struct option *o, const cJSON *property)
{
	static const char *const types[] = {
		[OPTION_FLAG] = "boolean", [OPTION_INT] = "integer", [OPTION_REAL] = "number", [OPTION_TEXT] = "string",
		[OPTION_SIZE] = "string",  [OPTION_TAGS] = NULL,     [OPTION_TEXTS] = NULL,
	};

	CHECK_TEXT(o->flag, text_of(property, "description"), o->help);
	check_default(o, property);
	if (types[o->type] && !o->word)
		CHECK_TEXT(o->flag, text_of(property, "type"), types[o->type]);
	if (o->type == OPTION_INT || o->type == OPTION_REAL || o->type == OPTION_BYTES)
		check_range(o, property);
	if (o->type == OPTION_CHOICE)
		check_choices(o, property);
}

static void test_schema_is_the_table(void **state)
{
	cJSON *schema = cJSON_Parse(schemas_config_schema_json);
	const cJSON *properties = cJSON_GetObjectItem(schema, "properties");
	int keys = 1; /* "$schema" */

	(void)state;
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(schema, "additionalProperties")));
	for (int i = 0; i < option_count; i++) {
		char key[OPTION_NAME_MAX];
		const cJSON *property;

		option_key(&options[i], key);
		if (options[i].reach != REACH_FILE)
			continue;
		property = cJSON_GetObjectItemCaseSensitive(properties, key);
		if (!property)
			fail_msg("the schema lacks %s", key);
		check_property(&options[i], property);
		keys++;
	}
	CHECK_INT("keys of the schema", cJSON_GetArraySize(properties), keys);
	cJSON_Delete(schema);
}

/* --- the table itself --- */

static void test_table_is_sound(void **state)
{
	(void)state;
	for (int i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		struct settings s = { 0 };
		struct err err = { 0 };

		if (o->fallback && value_set(&s, o, o->fallback, o->flag, ERR_USAGE, &err))
			fail_msg("the default is out of range: %s", err.msg);
		CHECK_INT(o->flag, (o->type == OPTION_FLAG) == (o->value == NULL), 1);
		CHECK_INT(o->flag, (o->type == OPTION_CHOICE) == (o->choices != NULL), 1);
		for (int j = 0; j < i; j++) {
			const struct option *other = &options[j];

			if (!(o->commands & other->commands))
				continue;
			CHECK_INT(o->flag, strcmp(o->flag, other->flag) != 0, 1);
			CHECK_INT(o->flag, !o->letter || o->letter != other->letter, 1);
		}
		value_clear(&s, o);
	}
}

static void test_names(void **state)
{
	char name[OPTION_NAME_MAX];

	(void)state;
	option_env(option_by_flag("max-bytes", ~0u), name);
	CHECK_TEXT("environment", name, "PACKSHOT_MAX_BYTES");
	option_key(option_by_flag("max-bytes", ~0u), name);
	CHECK_TEXT("key", name, "max_bytes");
	assert_null(option_by_key("max-bytes"));
	assert_null(option_by_key("json"));
	assert_ptr_equal(option_by_key("out"), option_by_letter('o', FOR(COMMAND_RUN)));
	assert_ptr_not_equal(option_by_flag("format", FOR(COMMAND_RUN)), option_by_flag("format", FOR(COMMAND_REPORT)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help_fits_a_screen),
		cmocka_unit_test(test_help_has_every_option),
		cmocka_unit_test(test_help_has_every_error),
		cmocka_unit_test(test_errors_as_json),
		cmocka_unit_test_setup_teardown(test_manual_has_every_option, read_manual, free_manual),
		cmocka_unit_test_setup_teardown(test_manual_has_no_other_option, read_manual, free_manual),
		cmocka_unit_test_setup_teardown(test_manual_has_every_error, read_manual, free_manual),
		cmocka_unit_test(test_schema_is_the_table),
		cmocka_unit_test(test_table_is_sound),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
