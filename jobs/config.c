#include "jobs/config.h"

#include "jobs/resources.h"
#include "jobs/value.h"
#include "jobs/webhook.h"
#include "pipeline/file.h"
#include "pipeline/nearest.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX  (1 << 20) /* bytes of a configuration file; a full one has about a thousand */
#define LABEL_MAX 160

#define LIKE_LABEL "the earlier run's setting"

enum level { LEVEL_DEFAULT, LEVEL_LIKE, LEVEL_FILE, LEVEL_ENV, LEVEL_FLAG };

/* A flag as it stands on the command line. */
struct given {
	const struct option *option;
	const char *value, *label;
};

struct parser {
	struct settings *settings;
	const char *like; /* JSON, or NULL */
	struct given *given;
	int given_count;
	enum level level[OPTIONS_MAX]; /* which level set the option last */
};

static int apply(struct parser *p, const struct option *o, enum level level, const char *text, const char *label,
		 struct err *err)
{
	enum level *last = &p->level[o - options];

	if (option_repeats(o) && *last != level)
		value_clear(p->settings, o); /* a higher level replaces the list, it does not add to it */
	*last = level;
	return value_set(p->settings, o, text, label, level == LEVEL_FLAG ? ERR_USAGE : ERR_CONFIG, err);
}

static int apply_defaults(struct parser *p, struct err *err)
{
	for (int i = 0; i < option_count; i++) {
		const struct option *o = &options[i];

		if (o->fallback && apply(p, o, LEVEL_DEFAULT, o->fallback, o->flag, err))
			return -1;
	}
	return 0;
}

/* --- the command line --- */

static unsigned takers(const struct settings *s)
{
	return s->command == COMMANDS ? FOR_PROGRAM : FOR(s->command);
}

static const char *taken_by(const struct option *o)
{
	for (int i = 0; i < COMMANDS; i++) {
		if (o->commands & FOR(i))
			return commands[i].name;
	}
	return "";
}

static int unknown_flag(const struct settings *s, const char *written, const char *flag, struct err *err)
{
	const struct option *other = option_by_flag(flag, ~0u);
	const char *names[OPTIONS_MAX], *close;
	size_t count = 0;

	if (other && s->command != COMMANDS && !(other->commands & FOR_PROGRAM))
		return err_set(err, ERR_USAGE, "`packshot %s` takes no --%s; `packshot %s` does",
			       commands[s->command].name, flag, taken_by(other));
	for (int i = 0; i < option_count; i++) {
		if (options[i].commands & takers(s))
			names[count++] = options[i].flag;
	}
	close = nearest(flag, names, count);
	if (close)
		return err_set(err, ERR_USAGE, "unknown flag %.60s; the nearest is --%s", written, close);
	return err_set(err, ERR_USAGE, "unknown flag %.60s", written);
}

static void give(struct parser *p, const struct option *o, const char *value, const char *label)
{
	p->given[p->given_count++] = (struct given){ o, value, label };
	if (o->field == offsetof(struct settings, help))
		p->settings->help = true;
	if (o->field == offsetof(struct settings, version))
		p->settings->version = true;
}

static int missing_value(const struct option *o, const char *written, struct err *err)
{
	char expected[VALUE_TEXT_MAX];

	value_expected(o, expected, sizeof(expected));
	return err_set(err, ERR_USAGE, "%.60s lacks its value: %s", written, expected);
}

/* --flag, --flag=value or --flag value; *i is moved on to the last word used. */
static int long_flag(struct parser *p, int argc, char **argv, int *i, struct err *err)
{
	const char *written = argv[*i], *equals = strchr(written, '=');
	size_t len = equals ? (size_t)(equals - written) - 2 : strlen(written + 2);
	const struct option *o;
	char flag[64];

	snprintf(flag, sizeof(flag), "%.*s", (int)(len < sizeof(flag) ? len : sizeof(flag) - 1), written + 2);
	o = option_by_flag(flag, takers(p->settings));
	if (!o)
		return unknown_flag(p->settings, written, flag, err);
	if (equals) {
		give(p, o, equals + 1, o->flag);
	} else if (o->type == OPTION_FLAG) {
		give(p, o, "true", o->flag);
	} else if (*i + 1 == argc) {
		return missing_value(o, written, err);
	} else {
		give(p, o, argv[++*i], o->flag);
	}
	return 0;
}

/* -q, -qv, -oDIR, -o DIR. Never more entries than letters, which p->given has room for. */
static int short_flags(struct parser *p, int argc, char **argv, int *i, struct err *err)
{
	const char *written = argv[*i];

	for (const char *c = written + 1; *c; c++) {
		const struct option *o = option_by_letter(*c, takers(p->settings));

		if (!o)
			return err_set(err, ERR_USAGE, written[2] ? "unknown flag -%c in %.60s" : "unknown flag -%c",
				       *c, written);
		if (o->type == OPTION_FLAG) {
			give(p, o, "true", o->flag);
			continue;
		}
		if (c[1])
			give(p, o, c + 1, o->flag);
		else if (*i + 1 == argc)
			return missing_value(o, written, err);
		else
			give(p, o, argv[++*i], o->flag);
		return 0;
	}
	return 0;
}

static int argument(struct settings *s, const char *text, struct err *err)
{
	const struct command_info *about = &commands[s->command];

	if (s->command == COMMANDS || !about->topic)
		return err_set(err, ERR_USAGE, "`packshot%s%s` takes no argument such as \"%.60s\"",
			       s->command == COMMANDS ? "" : " ", s->command == COMMANDS ? "" : about->name, text);
	if (s->argument)
		return err_set(err, ERR_USAGE, "`packshot %s` takes one %s, not also \"%.60s\"", about->name,
			       about->topic, text);
	s->argument = strdup(text);
	return s->argument ? 0 : err_set(err, ERR_NOMEM, "no memory for the settings");
}

static int read_words(struct parser *p, int argc, char **argv, int first, struct err *err)
{
	bool flags = true;
	int rc = 0;

	for (int i = first; i < argc && !rc; i++) {
		const char *word = argv[i];

		if (flags && strcmp(word, "--") == 0)
			flags = false;
		else if (flags && strncmp(word, "--", 2) == 0)
			rc = long_flag(p, argc, argv, &i, err);
		else if (flags && word[0] == '-' && word[1])
			rc = short_flags(p, argc, argv, &i, err);
		else
			rc = argument(p->settings, word, err);
	}
	return rc;
}

static int read_command(struct settings *s, int argc, char **argv, struct err *err)
{
	const char *names[COMMANDS], *close;

	if (argc < 2)
		return err_set(err, ERR_USAGE, "a command is missing");
	if (argv[1][0] == '-')
		return 0;
	s->command = command_by_name(argv[1]);
	if (s->command != COMMANDS)
		return 0;
	for (int i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	close = nearest(argv[1], names, COMMANDS);
	if (close)
		return err_set(err, ERR_USAGE, "unknown command \"%.60s\"; the nearest is `packshot %s`", argv[1],
			       close);
	return err_set(err, ERR_USAGE, "unknown command \"%.60s\"", argv[1]);
}

static int apply_flags(struct parser *p, struct err *err)
{
	char label[LABEL_MAX];

	for (int i = 0; i < p->given_count; i++) {
		const struct given *g = &p->given[i];

		snprintf(label, sizeof(label), "--%s", g->label);
		if (apply(p, g->option, LEVEL_FLAG, g->value, label, err))
			return -1;
	}
	return 0;
}

/* --- the environment --- */

static int apply_env(struct parser *p, struct err *err)
{
	char name[OPTION_NAME_MAX];
	int rc = 0;

	for (int i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		const char *text;

		option_env(o, name);
		text = o->reach == REACH_FLAG ? NULL : getenv(name);
		if (text && *text)
			rc |= apply(p, o, LEVEL_ENV, text, name, err);
	}
	return rc;
}

/* --- the file --- */

/* Where a JSON text stops making sense, for people. */
static int not_json(const char *path, const struct bytes *text, const char *at, struct err *err)
{
	int line = 1, column = 1;

	for (const char *c = (const char *)text->data; at && c < at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	return err_set(err, ERR_CONFIG, "%.100s is not JSON from line %d, column %d on", path, line, column);
}

static int unknown_key(const char *path, const char *key, struct err *err)
{
	char keys[OPTIONS_MAX][OPTION_NAME_MAX];
	const char *names[OPTIONS_MAX], *close;
	size_t count = 0;

	for (int i = 0; i < option_count; i++) {
		if (options[i].reach != REACH_FILE)
			continue;
		option_key(&options[i], keys[count]);
		names[count] = keys[count];
		count++;
	}
	close = nearest(key, names, count);
	if (close)
		return err_set(err, ERR_CONFIG, "%.100s: unknown key \"%.60s\"; the nearest is \"%s\"", path, key,
			       close);
	return err_set(err, ERR_CONFIG, "%.100s: unknown key \"%.60s\"", path, key);
}

/* May this option's value be written as a JSON string? A number may where a word or a unit is possible. */
static bool takes_string(const struct option *o)
{
	return o->type != OPTION_FLAG && ((o->type != OPTION_INT && o->type != OPTION_REAL) || o->word);
}

static bool takes_number(const struct option *o)
{
	return o->type == OPTION_INT || o->type == OPTION_BYTES || o->type == OPTION_REAL || o->type == OPTION_FAILURES;
}

static int wrong_type(const struct option *o, const char *label, struct err *err)
{
	char expected[VALUE_TEXT_MAX];

	value_expected(o, expected, sizeof(expected));
	return err_set(err, ERR_CONFIG, "%s must be %s%s", label, expected,
		       takes_number(o) && !takes_string(o) ? ", without quotes" : "");
}

static int apply_json(struct parser *p, const struct option *o, enum level level, const cJSON *value, const char *label,
		      struct err *err)
{
	char number[400];

	if (cJSON_IsBool(value) && o->type == OPTION_FLAG)
		return apply(p, o, level, cJSON_IsTrue(value) ? "true" : "false", label, err);
	if (cJSON_IsString(value) && takes_string(o))
		return apply(p, o, level, value->valuestring, label, err);
	if (cJSON_IsNumber(value) && takes_number(o)) {
		bool is_whole = value->valuedouble == floor(value->valuedouble);

		snprintf(number, sizeof(number), is_whole ? "%.0f" : "%.9f", value->valuedouble);
		return apply(p, o, level, number, label, err);
	}
	return wrong_type(o, label, err);
}

static int apply_key(struct parser *p, const char *path, const cJSON *value, struct err *err)
{
	const struct option *o = option_by_key(value->string);
	char label[LABEL_MAX];
	int rc = 0;

	if (strcmp(value->string, "$schema") == 0)
		return 0;
	if (!o)
		return unknown_key(path, value->string, err);
	snprintf(label, sizeof(label), "%.100s: \"%s\"", path, value->string);
	if (p->level[o - options] == LEVEL_FILE)
		return err_set(err, ERR_CONFIG, "%s stands there twice", label);
	if (!option_repeats(o) || !cJSON_IsArray(value))
		return apply_json(p, o, LEVEL_FILE, value, label, err);
	if (!value->child)
		return wrong_type(o, label, err);
	for (const cJSON *tag = value->child; tag; tag = tag->next)
		rc |= apply_json(p, o, LEVEL_FILE, tag, label, err);
	return rc;
}

static int apply_file(struct parser *p, const char *path, struct err *err)
{
	struct err cause = { 0 };
	struct bytes *text = NULL;
	const char *end = NULL;
	cJSON *root;
	int rc = 0;

	if (file_read(path, FILE_MAX, &text, NULL, &cause))
		return err_set(err, ERR_CONFIG, "%s", cause.msg);
	/* The zero byte after the last one is part of the agreement of struct bytes; cJSON then also refuses what
	 * follows the value. */
	root = cJSON_ParseWithLengthOpts((const char *)text->data, text->size + 1, &end, true);
	if (!root)
		rc = not_json(path, text, end, err);
	else if (!cJSON_IsObject(root))
		rc = err_set(err, ERR_CONFIG, "%.100s must be one JSON object", path);
	else
		for (const cJSON *value = root->child; value; value = value->next)
			rc |= apply_key(p, path, value, err);
	cJSON_Delete(root);
	bytes_unref(text);
	return rc;
}

/* The file named by the last --config, else by the environment, else the default one where it exists; NULL: none. */
static const char *find_file(const struct parser *p)
{
	const char *path = getenv("PACKSHOT_CONFIG");

	if (!path || !*path)
		path = access(CONFIG_DEFAULT, F_OK) == 0 ? CONFIG_DEFAULT : NULL;
	for (int i = 0; i < p->given_count; i++) {
		if (p->given[i].option->field == offsetof(struct settings, config))
			path = p->given[i].value;
	}
	return path;
}

/* What an earlier run was asked, as config_json() has written it. Keys that are none any more, or no lasting setting,
 * are left out. */
static int apply_like(struct parser *p, const char *json, struct err *err)
{
	cJSON *root = json ? cJSON_Parse(json) : NULL;
	const cJSON *value, *one;
	int rc = 0;

	cJSON_ArrayForEach(value, root)
	{
		const struct option *o = option_by_key(value->string);

		if (!o || o->reach != REACH_FILE || o->field == offsetof(struct settings, out) ||
		    o->group == GROUP_WATCH || /* that is for whoever starts this one to say */
		    (cJSON_IsString(value) && !*value->valuestring))
			continue;
		if (!cJSON_IsArray(value))
			rc |= apply_json(p, o, LEVEL_LIKE, value, LIKE_LABEL, err);
		for (one = cJSON_IsArray(value) ? value->child : NULL; one; one = one->next)
			rc |= apply_json(p, o, LEVEL_LIKE, one, LIKE_LABEL, err);
	}
	cJSON_Delete(root);
	return rc;
}

/* --- all of it --- */

static int apply_all(struct parser *p, struct err *err)
{
	struct settings *s = p->settings;
	const char *path = find_file(p);
	int rc = 0;

	/* Flags are checked first: a wrong command line is reported before a wrong file. */
	if (apply_defaults(p, err) || apply_flags(p, err))
		return -1;
	rc |= apply_like(p, p->like, err);
	if (path && *path)
		rc |= apply_file(p, path, err);
	rc |= apply_env(p, err);
	rc |= apply_flags(p, err);
	if (path && !s->config)
		s->config = strdup(path);
	return rc;
}

static int check_words(const struct settings *s, struct err *err)
{
	if (s->command == COMMANDS)
		return s->version ? 0 : err_set(err, ERR_USAGE, "a command is missing");
	if (commands[s->command].required && !s->argument)
		return err_set(err, ERR_USAGE, "`packshot %s` lacks its %s", commands[s->command].name,
			       commands[s->command].topic);
	return 0;
}

static size_t letters(int argc, char **argv)
{
	size_t sum = 1;

	for (int i = 0; i < argc; i++)
		sum += strlen(argv[i]);
	return sum;
}

int config_parse(struct settings *out, int argc, char **argv, const char *like, struct err *err)
{
	struct parser p = { .settings = out, .like = like };
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->command = COMMANDS;
	if (read_command(out, argc, argv, err))
		return -1;
	p.given = calloc(letters(argc, argv), sizeof(*p.given)); /* a word gives at most one flag a letter */
	if (!p.given)
		return err_set(err, ERR_NOMEM, "no memory for the settings");
	if (read_words(&p, argc, argv, out->command == COMMANDS ? 1 : 2, err))
		goto done;
	if (out->help || out->version || out->command == COMMAND_HELP)
		rc = apply_flags(&p, err); /* help must work whatever the configuration is */
	else
		rc = check_words(out, err) || apply_all(&p, err) ? -1 : 0;
	if (!rc && out->command == COMMANDS && !out->help)
		rc = check_words(out, err);
	if (!rc && out->alert_webhook) /* now, and not when there is something to tell */
		rc = webhook_check(out->alert_webhook, err);
	if (!out->workers)
		out->workers = resources_cores();
done:
	free(p.given);
	return rc;
}

void config_release(struct settings *s)
{
	for (int i = 0; i < option_count; i++)
		value_clear(s, &options[i]);
	free(s->argument);
	s->argument = NULL;
}

/* Files by their absolute path: whoever goes on with the run may stand elsewhere. */
static cJSON *text_json(const struct option *o, const char *text)
{
	bool is_file = o->field == offsetof(struct settings, models) ||
		       o->field == offsetof(struct settings, style_image);
	char *path = text && is_file ? realpath(text, NULL) : NULL;
	cJSON *json = cJSON_CreateString(path ? path : text ? text : "");

	free(path);
	return json;
}

cJSON *option_json(const struct settings *s, const struct option *o)
{
	char text[VALUE_TEXT_MAX];
	const char *field = (const char *)s + o->field;

	value_show(s, o, text, sizeof(text));
	if (o->type == OPTION_FLAG)
		return cJSON_CreateBool(*(const bool *)field);
	if (option_repeats(o))
		return cJSON_CreateStringArray((const char *const *)((const struct texts *)(const void *)field)->v,
					       ((const struct texts *)(const void *)field)->count);
	if (takes_number(o) && !(o->word && strcmp(text, o->word) == 0) && !strchr(text, '%'))
		return cJSON_CreateNumber(strtod(text, NULL));
	if (o->type == OPTION_TEXT)
		return text_json(o, *(char *const *)field);
	return cJSON_CreateString(text);
}

/* A webhook's URL is a secret, and a command may hold one: neither is of use to whoever goes on with the run. */
static bool is_on_record(const struct option *o)
{
	return o->field != offsetof(struct settings, alert_webhook) &&
	       o->field != offsetof(struct settings, alert_command) && o->field != offsetof(struct settings, help);
}

char *config_json(const struct settings *s)
{
	cJSON *root = cJSON_CreateObject();
	char key[OPTION_NAME_MAX], *text = NULL;
	bool ok = root && s->command != COMMANDS;

	if (ok && s->argument)
		ok = cJSON_AddStringToObject(root, commands[s->command].topic, s->argument);
	for (int i = 0; i < option_count && ok; i++) {
		if (!(options[i].commands & FOR(s->command)) || !is_on_record(&options[i]))
			continue;
		option_key(&options[i], key);
		ok = cJSON_AddItemToObject(root, key, option_json(s, &options[i]));
	}
	if (ok)
		text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	return text;
}
