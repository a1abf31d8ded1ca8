#include "jobs/help.h"

#include "jobs/options.h"
#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_COLUMN 30 /* where an option's text begins */
#define ERROR_COLUMN  34

void help_overview(FILE *out)
{
	fputs("packshot " PACKSHOT_VERSION " - product photos in, packshots on pure white out\n\n"
	      "Usage: packshot COMMAND [FLAGS]\n\n",
	      out);
	for (int i = 0; i < COMMANDS; i++) {
		char left[OPTION_COLUMN];

		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].arguments);
		fprintf(out, "  %-26s%s\n", left, commands[i].summary);
	}
	fputs("\nStart with:  packshot run catalog.jsonl\n"
	      "The pictures and results.jsonl are then in packshot-out/.\n\n"
	      "`packshot help COMMAND` shows a command's flags.\n"
	      "Exit status: 0 all succeeded, 1 some items failed, 2 usage or configuration,\n"
	      "3 disk or database, 4 stopped by a limit, 130 interrupted.\n",
	      out);
}

static void print_option(FILE *out, const struct option *o)
{
	char left[64];

	if (o->letter)
		snprintf(left, sizeof(left), "  -%c, --%s %s", o->letter, o->flag, o->value ? o->value : "");
	else
		snprintf(left, sizeof(left), "      --%s %s", o->flag, o->value ? o->value : "");
	fprintf(out, "%-*s%s", OPTION_COLUMN, left, o->help);
	if (o->fallback)
		fprintf(out, " (%s)", o->fallback);
	fputc('\n', out);
}

static bool takes_runs_flags(enum command command)
{
	return command == COMMAND_RERUN || command == COMMAND_NIGHTLY || command == COMMAND_PLAN;
}

void help_command(FILE *out, enum command command)
{
	const struct command_info *about;

	if (command == COMMANDS) {
		help_overview(out);
		return;
	}
	about = &commands[command];
	fprintf(out, "packshot %s - %s\nUsage: packshot %s%s%s [FLAGS]\n", about->name, about->summary, about->name,
		*about->arguments ? " " : "", about->arguments);
	for (int g = 0; g < GROUPS; g++) {
		bool titled = false;

		if (g == GROUP_MODELS)
			continue;
		for (int i = 0; i < option_count; i++) {
			if ((int)options[i].group != g || !(options[i].commands & FOR(command)))
				continue;
			if (takes_runs_flags(command) && g < GROUP_NIGHT) /* those of `packshot run` */
				continue;
			if (!titled)
				fprintf(out, "%s:\n", option_group_title((enum option_group)g));
			titled = true;
			print_option(out, &options[i]);
		}
	}
	if (command == COMMAND_RERUN)
		fputs("And all flags of `packshot run`. Without any of the above: what failed or\n"
		      "was skipped, and may succeed now. It says what it will do and cost first.\n",
		      out);
	if (command == COMMAND_NIGHTLY)
		fputs("And all flags of `packshot run`. What failed and may pass is tried again after a\n"
		      "pause; reports of the night are in reports/; --json shows all of it. The\n"
		      "status is the whole catalogue's. Examples for timers: jobs/.\n",
		      out);
	if (command == COMMAND_PLAN)
		fputs("And all flags of `packshot run`: it is planned as it would be run with them.\n"
		      "Nothing is called, and nothing is written.\n",
		      out);
	if (command == COMMAND_RUN)
		fputs("Models, their prices and flags: `packshot help models`.\n", out);
	if (command != COMMAND_HELP)
		fputs("In brackets: the default. A flag --max-bytes is PACKSHOT_MAX_BYTES in the\n"
		      "environment and \"max_bytes\" in the configuration file. See also packshot(1).\n",
		      out);
}

/* "$0.0336": nano-dollars of one picture, or of a million tokens. */
static const char *dollars(char out[24], int64_t nano)
{
	snprintf(out, 24, "%.4g", (double)nano / 1e9);
	return out;
}

static void print_model(FILE *out, const struct model *m, const char *today)
{
	const struct model_prices *p = model_prices_on(m, today);
	const struct model_size *size = m->size_count ? &m->sizes[0] : NULL;
	char a[24], b[24], price[64];

	snprintf(price, sizeof(price), "%s", model_is_local(m) ? "free" : "not known");
	if (p && m->kind == MODEL_IMAGE && !model_is_local(m))
		snprintf(price, sizeof(price), "$%s a picture",
			 dollars(a, (size ? size->tokens * p->per_token[IMAGE_OUT] : 0) + p->per_call));
	else if (p && !model_is_local(m))
		snprintf(price, sizeof(price), "$%s in, $%s out", dollars(a, p->per_token[TEXT_IN] * 1000000),
			 dollars(b, p->per_token[TEXT_OUT] * 1000000));
	fprintf(out, "  %-30s %-18s %s", m->id, price, m->status ? m->status : "");
	if (m->retires[0])
		fprintf(out, strcmp(m->retires, today) <= 0 ? " since %s" : " until %s", m->retires);
	fputc('\n', out);
}

void help_models(FILE *out, const struct models *models)
{
	static const char *const titles[] = { [MODEL_IMAGE] = "--image-model, --fallback-model",
					      [MODEL_TEXT] = "--text-model; dollars for a million tokens" };

	char today[11];

	model_today(today);
	for (int kind = MODEL_IMAGE; kind <= MODEL_TEXT; kind++) {
		fprintf(out, "%s:\n", titles[kind]);
		for (size_t i = 0; i < models_count(models); i++) {
			if ((int)models_at(models, i)->kind == kind)
				print_model(out, models_at(models, i), today);
		}
	}
	fprintf(out, "%s:\n", option_group_title(GROUP_MODELS));
	for (int i = 0; i < option_count; i++) {
		if (options[i].group == GROUP_MODELS)
			print_option(out, &options[i]);
	}
}

static bool add_prices(cJSON *o, const struct model *m)
{
	static const char *const names[MODALITIES] = {
		[TEXT_IN] = "text_in", [IMAGE_IN] = "image_in", [TEXT_OUT] = "text_out", [IMAGE_OUT] = "image_out"
	};
	const struct model_prices *p;
	cJSON *prices;
	char today[11];
	bool whole;

	model_today(today);
	p = model_prices_on(m, today);
	if (!p)
		return cJSON_AddNullToObject(o, "usd_per_million_tokens") && cJSON_AddNullToObject(o, "usd_per_call");
	prices = cJSON_AddObjectToObject(o, "usd_per_million_tokens");
	whole = prices != NULL;
	for (int i = 0; i < MODALITIES && whole; i++)
		whole = cJSON_AddNumberToObject(prices, names[i], (double)p->per_token[i] / 1000);
	return whole && cJSON_AddNumberToObject(o, "usd_per_call", (double)p->per_call / 1e9);
}

static cJSON *model_json(const struct model *m)
{
	const struct {
		const char *name, *value;
	} texts[] = { { "id", m->id },
		      { "kind", m->kind == MODEL_IMAGE ? "image" : "text" },
		      { "dialect", dialect_name(m->dialect) },
		      { "status", m->status },
		      { "retires", m->retires[0] ? m->retires : NULL },
		      { "replaced_by", m->replaced_by },
		      { "about", m->about },
		      { "source", m->source },
		      { "as_of", m->as_of } };
	cJSON *o = cJSON_CreateObject();
	bool whole = o != NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts) && whole; i++)
		whole = texts[i].value ? cJSON_AddStringToObject(o, texts[i].name, texts[i].value) != NULL
				       : cJSON_AddNullToObject(o, texts[i].name) != NULL;
	if (whole && add_prices(o, m))
		return o;
	cJSON_Delete(o);
	return NULL;
}

int help_models_json(FILE *out, const struct models *models)
{
	cJSON *list = cJSON_CreateArray();
	bool whole = list != NULL;
	char *text;

	for (size_t i = 0; i < models_count(models) && whole; i++)
		whole = cJSON_AddItemToArray(list, model_json(models_at(models, i)));
	text = whole ? cJSON_PrintUnformatted(list) : NULL;
	cJSON_Delete(list);
	if (!text)
		return -1;
	fprintf(out, "%s\n", text);
	cJSON_free(text);
	return 0;
}

/* Prints words from `column` on, broken before HELP_WIDTH; the first line's left part stands already. */
static void print_wrapped(FILE *out, int column, const char *text)
{
	int at = column;

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (at > column && at + 1 + len > HELP_WIDTH) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		}
		at += fprintf(out, "%s%.*s", at > column ? " " : "", len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void help_errors(FILE *out)
{
	fputs("Exit: the status that a run ends with. Again: may it pass later, unchanged?\n\n"
	      "error                exit  again  meaning and what to do\n",
	      out);
	for (int i = 1; i < ERR_CODES; i++) {
		enum err_code code = (enum err_code)i;

		fprintf(out, "%-20s %4d  %-5s  ", err_name(code), err_exit(code), err_retryable(code) ? "yes" : "no");
		print_wrapped(out, ERROR_COLUMN, err_meaning(code));
		fprintf(out, "%*s-> ", ERROR_COLUMN, "");
		print_wrapped(out, ERROR_COLUMN + 3, err_advice(code));
	}
}

static cJSON *error_json(enum err_code code)
{
	cJSON *o = cJSON_CreateObject();

	if (cJSON_AddStringToObject(o, "name", err_name(code)) && cJSON_AddNumberToObject(o, "exit", err_exit(code)) &&
	    cJSON_AddBoolToObject(o, "retryable", err_retryable(code)) &&
	    cJSON_AddStringToObject(o, "meaning", err_meaning(code)) &&
	    cJSON_AddStringToObject(o, "advice", err_advice(code)))
		return o;
	cJSON_Delete(o);
	return NULL;
}

int help_errors_json(FILE *out)
{
	cJSON *list = cJSON_CreateArray();
	char *text = NULL;
	bool ok = list != NULL;

	for (int i = 1; i < ERR_CODES && ok; i++)
		ok = cJSON_AddItemToArray(list, error_json((enum err_code)i));
	if (ok)
		text = cJSON_Print(list);
	if (text)
		fprintf(out, "%s\n", text);
	cJSON_Delete(list);
	free(text);
	return text ? 0 : -1;
}
