#include "jobs/config.h"
#include "jobs/doctor.h"
#include "jobs/explain.h"
#include "jobs/help.h"
#include "jobs/nightly.h"
#include "jobs/options.h"
#include "jobs/plan.h"
#include "jobs/report.h"
#include "jobs/rerun.h"
#include "jobs/run.h"
#include "jobs/terminal.h"
#include "pipeline/log.h"
#include "pipeline/nearest.h"

#include <stdlib.h>
#include <string.h>

/* options.c numbers the formats of `report --format` itself, so that it needs nothing of the report. */
_Static_assert(REPORT_TEXT == 0 && REPORT_JSON == 1 && REPORT_CSV == 2 && REPORT_HTML == 3,
	       "see report_formats in options.c");

static int run(const struct settings *s, struct err *err)
{
	return run_command(s, err);
}

static int rerun(const struct settings *s, struct err *err)
{
	return rerun_command(s, err);
}

static int plan(const struct settings *s, struct err *err)
{
	return plan_command(stdout, s, err);
}

static int report(const struct settings *s, struct err *err)
{
	return report_command(s, err);
}

static int explain(const struct settings *s, struct err *err)
{
	return explain_print(stdout, s->out, s->argument, s->json, terminal_colour(stdout), err);
}

static int doctor(const struct settings *s, struct err *err)
{
	struct err config = *err;

	err_clear(err); /* a wrong configuration is a finding of the doctor's, not his end */
	return doctor_command(stdout, s, &config, terminal_colour(stdout), err);
}

static int unknown_topic(const char *topic, struct err *err)
{
	const char *names[COMMANDS + 2], *close;

	for (int i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	names[COMMANDS] = "errors";
	names[COMMANDS + 1] = "models";
	close = nearest(topic, names, COMMANDS + 2);
	if (close)
		return err_set(err, ERR_USAGE, "no help on \"%.60s\"; the nearest is `packshot help %s`", topic, close);
	return err_set(err, ERR_USAGE, "no help on \"%.60s\"", topic);
}

static int help_on_models(const struct settings *s, struct err *err)
{
	struct models *models = NULL;
	int rc = models_open(&models, s->models, err);

	if (rc == 0 && s->json && help_models_json(stdout, models))
		rc = err_set(err, ERR_NOMEM, "no memory for the table of models");
	else if (rc == 0 && !s->json)
		help_models(stdout, models);
	models_close(models);
	return rc;
}

static int help(const struct settings *s, struct err *err)
{
	const char *topic = s->argument;

	if (topic && strcmp(topic, "errors") == 0) {
		if (s->json && help_errors_json(stdout))
			return err_set(err, ERR_NOMEM, "no memory for the table of errors");
		if (!s->json)
			help_errors(stdout);
		return 0;
	}
	if (topic && strcmp(topic, "models") == 0)
		return help_on_models(s, err);
	if (s->json)
		return err_set(err, ERR_USAGE, "--json goes with `packshot help errors` and `packshot help models`");
	if (topic && command_by_name(topic) == COMMANDS)
		return unknown_topic(topic, err);
	help_command(stdout, topic ? command_by_name(topic) : COMMANDS);
	return 0;
}

static int (*const jobs[COMMANDS])(const struct settings *, struct err *) = {
	[COMMAND_RUN] = run,       [COMMAND_RERUN] = rerun,
	[COMMAND_PLAN] = plan,     [COMMAND_NIGHTLY] = nightly_command,
	[COMMAND_REPORT] = report, [COMMAND_EXPLAIN] = explain,
	[COMMAND_DOCTOR] = doctor, [COMMAND_HELP] = help,
};

static int carry_out(const struct settings *s, struct err *err)
{
	if (err->code != ERR_OK && !(err->code == ERR_CONFIG && s->command == COMMAND_DOCTOR))
		return -1;
	if (s->version) {
		puts("packshot " PACKSHOT_VERSION);
		return 0;
	}
	if (s->help) {
		help_command(stdout, s->command);
		return 0;
	}
	return jobs[s->command](s, err);
}

/* What went wrong, and what to do about it, in two lines. */
static void complain(const struct settings *s, const struct err *err)
{
	if (log_is_json()) {
		log_event(LOG_ERROR, err->msg,
			  (struct log_field[]){ { "error", err_name(err->code), 0, 0 },
						{ "advice", err_advice(err->code), 0, 0 } },
			  2);
		return;
	}
	fprintf(stderr, "packshot: %s\n", err->msg);
	if (err->code == ERR_USAGE && s->command < COMMAND_HELP)
		fprintf(stderr, "See `packshot help %s`.\n", commands[s->command].name);
	else if (err->code == ERR_USAGE)
		fputs("See `packshot help`.\n", stderr);
	else
		fprintf(stderr, "What to do: %s.\n", err_advice(err->code));
}

/* What is worked on again is worked on as it was before, but for what is said now. */
static void go_on_as_before(struct settings *s, int argc, char **argv, struct err *err)
{
	char *like = NULL;

	if (rerun_config(s, &like, err) > 0) {
		config_release(s);
		config_parse(s, argc, argv, like, err);
	}
	free(like);
}

int main(int argc, char **argv)
{
	struct settings settings;
	struct err err = { 0 };
	int status;

	config_parse(&settings, argc, argv, NULL, &err);
	if (err.code == ERR_OK && settings.command == COMMAND_RERUN && !settings.help)
		go_on_as_before(&settings, argc, argv, &err);
	if (settings.quiet)
		log_level(LOG_ERROR);
	else if (settings.verbose)
		log_level(LOG_INFO);
	log_format((enum log_format)settings.log_format);
	status = carry_out(&settings, &err);
	if (err.code != ERR_OK) {
		complain(&settings, &err);
		status = err_command_exit(err.code);
	}
	if ((fflush(stdout) || ferror(stdout)) && status == 0) {
		log_event(LOG_ERROR, "the result could not be written to standard output", NULL, 0);
		status = err_exit(ERR_IO);
	}
	config_release(&settings);
	return status;
}
