#include "jobs/options.h"

#include "pipeline/item.h"
#include "pipeline/log.h"

#include "stages/model.h"
#include "stages/shadow.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct command_info commands[COMMANDS] = {
	[COMMAND_RUN] = { "run", "MANIFEST", "manifest", true, "turn a catalogue's photos into packshots" },
	[COMMAND_RERUN] = { "rerun", "", NULL, false, "work again on what failed, or on what is named" },
	[COMMAND_NIGHTLY] = { "nightly", "MANIFEST", "manifest", true, "run, rerun, report and alerts, for a timer" },
	[COMMAND_PLAN] = { "plan", "MANIFEST", "manifest", true, "what run would do, why, and what it would cost" },
	[COMMAND_REPORT] = { "report", "", NULL, false, "what a run did: success, time, cost, failures" },
	[COMMAND_EXPLAIN] = { "explain", "SKU", "SKU", true, "one product's whole life: checks, calls, cents" },
	[COMMAND_DOCTOR] = { "doctor", "", NULL, false, "is this machine fit for a run?" },
	[COMMAND_HELP] = { "help", "[TOPIC]", "topic", false, "a command, the models, or the errors" },
};

enum command command_by_name(const char *name)
{
	int i = 0;

	while (i < COMMANDS && strcmp(commands[i].name, name) != 0)
		i++;
	return (enum command)i;
}

const char *option_group_title(enum option_group g)
{
	static const char *const titles[GROUPS] = {
		[GROUP_PICTURE] = "The picture that comes out",
		[GROUP_COPY] = "Marketing copy",
		[GROUP_MODELS] = "Models that are called",
		[GROUP_WORK] = "How the work is done",
		[GROUP_LIMITS] = "Limits",
		[GROUP_WATCH] = "Logs and metrics",
		[GROUP_NIGHT] = "The night, and who is told",
		[GROUP_RUNS] = "Which run, and how",
		[GROUP_GENERAL] = "General",
	};

	return titles[g];
}

static const struct choice formats[] = {
	{ "jpeg", FORMAT_JPEG }, { "webp", FORMAT_WEBP }, { "png", FORMAT_PNG }, { "avif", FORMAT_AVIF }, { NULL, 0 },
};
static const struct choice shadows[] = { { "none", SHADOW_NONE }, { "contact", SHADOW_CONTACT }, { NULL, 0 } };
static const struct choice auths[] = {
	{ "auto", AUTH_AUTO }, { "x-goog-api-key", AUTH_GOOGLE }, { "bearer", AUTH_BEARER }, { "none", AUTH_NONE },
	{ NULL, 0 },
};
static const struct choice dialects[] = {
	{ "own", -1 },
	{ "gemini", DIALECT_GEMINI },
	{ "openai-images", DIALECT_OPENAI_IMAGES },
	{ "openai-chat", DIALECT_OPENAI_CHAT },
	{ "http", DIALECT_HTTP },
	{ NULL, 0 },
};
static const struct choice edit_modes[] = { { "combined", EDIT_COMBINED }, { "separate", EDIT_SEPARATE }, { NULL, 0 } };
static const struct choice losts[] = { { "retry", LOST_RETRY }, { "review", LOST_REVIEW }, { NULL, 0 } };
static const struct choice statuses[] = {
	{ "failed", ITEM_FAILED },
	{ "rejected", ITEM_REJECTED },
	{ "review", ITEM_REVIEW },
	{ "skipped", ITEM_SKIPPED },
	{ NULL, 0 },
};
static const struct choice log_formats[] = { { "text", LOG_TEXT }, { "json", LOG_JSON }, { NULL, 0 } };
static const struct choice report_formats[] = {
	{ "text", 0 }, { "json", 1 }, { "csv", 2 }, { "html", 3 }, { NULL, 0 }
};

#define AT(member) offsetof(struct settings, member)
#define RERUN      FOR(COMMAND_RERUN)
#define NIGHTLY    FOR(COMMAND_NIGHTLY)
#define RUN        (FOR(COMMAND_RUN) | RERUN | NIGHTLY | FOR(COMMAND_PLAN))
#define REPORT     FOR(COMMAND_REPORT)
#define EXPLAIN    FOR(COMMAND_EXPLAIN)
#define DOCTOR     FOR(COMMAND_DOCTOR)
#define HELP       FOR(COMMAND_HELP)
#define WORKING    (RUN | REPORT | EXPLAIN | DOCTOR)
#define FLAG_ONLY  REACH_FLAG
#define ENV_TOO    REACH_ENV
#define FILE_TOO   REACH_FILE
#define MACHINE    (RUN | DOCTOR) /* what decides whether this machine is fit */

/* clang-format off */
const struct option options[] = {
	/* picture */
	{ "image-model", 0, FILE_TOO, OPTION_TEXT, GROUP_PICTURE, MACHINE, AT(image_model), .fallback = "local",
	  .value = "ID", .help = "who removes backgrounds" },
	{ "size", 0, FILE_TOO, OPTION_SIZE, GROUP_PICTURE, RUN, AT(size), 16, 8192, .fallback = "800x800",
	  .value = "WxH", .help = "width and height in pixels" },
	{ "format", 0, FILE_TOO, OPTION_CHOICE, GROUP_PICTURE, RUN, AT(format), .fallback = "jpeg",
	  .value = "NAME", .choices = formats, .help = "jpeg, webp, png or avif" },
	{ "quality", 0, FILE_TOO, OPTION_INT, GROUP_PICTURE, RUN, AT(quality), 1, 100, .fallback = "88",
	  .value = "Q", .help = "1 to 100" },
	{ "max-bytes", 0, FILE_TOO, OPTION_BYTES, GROUP_PICTURE, RUN, AT(max_bytes), 1024, 1 << 30, "none", "none",
	  .value = "N", .help = "lower quality until it fits" },
	{ "fill", 0, FILE_TOO, OPTION_REAL, GROUP_PICTURE, RUN, AT(fill), 0.05, 1, .fallback = "0.85",
	  .value = "RATIO", .help = "product's share of the frame" },
	{ "shadow", 0, FILE_TOO, OPTION_CHOICE, GROUP_PICTURE, RUN, AT(shadow), .fallback = "none",
	  .value = "KIND", .choices = shadows, .help = "none or contact" },
	/* copy */
	{ "text-model", 0, FILE_TOO, OPTION_TEXT, GROUP_COPY, MACHINE, AT(text_model), .fallback = "template",
	  .value = "ID", .help = "who writes the copy" },
	{ "locale", 0, FILE_TOO, OPTION_TAGS, GROUP_COPY, RUN, AT(locales), .fallback = "en",
	  .value = "TAG", .help = "language of the copy; repeatable" },
	{ "no-copy", 0, FILE_TOO, OPTION_FLAG, GROUP_COPY, RUN, AT(no_copy), .help = "pictures only" },
	{ "copy-picture", 0, FILE_TOO, OPTION_FLAG, GROUP_COPY, RUN, AT(copy_picture), .help = "the text model sees the picture" },
	{ "market", 0, FILE_TOO, OPTION_TEXTS, GROUP_COPY, RUN, AT(markets),
	  .value = "NAME", .help = "whose rules on wording hold; repeatable" },
	/* models that are called */
	{ "fallback-model", 0, FILE_TOO, OPTION_TEXTS, GROUP_MODELS, MACHINE, AT(fallback_models),
	  .value = "ID", .help = "where the first cannot serve; repeatable" },
	{ "endpoint", 0, FILE_TOO, OPTION_TEXTS, GROUP_MODELS, MACHINE, AT(endpoints),
	  .value = "URL", .help = "base URL of the API; repeatable" },
	{ "dialect", 0, FILE_TOO, OPTION_CHOICE, GROUP_MODELS, MACHINE, AT(dialect), .fallback = "own",
	  .value = "NAME", .choices = dialects, .help = "how it is spoken to" },
	{ "api-key-env", 0, FILE_TOO, OPTION_TEXT, GROUP_MODELS, MACHINE, AT(api_key_env),
	  .value = "NAME", .help = "variable that holds the key" },
	{ "auth", 0, FILE_TOO, OPTION_CHOICE, GROUP_MODELS, MACHINE, AT(auth), .fallback = "auto",
	  .value = "HOW", .choices = auths, .help = "header of the key" },
	{ "models", 0, FILE_TOO, OPTION_TEXT, GROUP_MODELS, MACHINE | REPORT | HELP, AT(models),
	  .value = "FILE", .help = "models of your own" },
	{ "rpm", 0, FILE_TOO, OPTION_REAL, GROUP_MODELS, RUN, AT(rpm), 0.1, 1e6, "own", "own",
	  .value = "N", .help = "requests a minute, per endpoint" },
	{ "tpm", 0, FILE_TOO, OPTION_REAL, GROUP_MODELS, RUN, AT(tpm), 100, 1e12, "own", "own",
	  .value = "N", .help = "input tokens a minute, likewise" },
	{ "usd-per-10min", 0, FILE_TOO, OPTION_REAL, GROUP_MODELS, RUN, AT(usd_per_10min), 0.01, 1e6, "own", "own",
	  .value = "USD", .help = "dollars in ten minutes, likewise" },
	{ "lost", 0, FILE_TOO, OPTION_CHOICE, GROUP_MODELS, RUN, AT(lost), .fallback = "retry",
	  .value = "HOW", .choices = losts, .help = "answer lost: retry or review" },
	{ "edit-mode", 0, FILE_TOO, OPTION_CHOICE, GROUP_MODELS, RUN, AT(edit_mode), .fallback = "combined",
	  .value = "MODE", .choices = edit_modes, .help = "combined or separate calls" },
	{ "quality-retries", 0, FILE_TOO, OPTION_INT, GROUP_MODELS, RUN, AT(quality_retries), 0, 5, .fallback = "1",
	  .value = "N", .help = "ask again for a poor picture" },
	{ "reference-images", 0, FILE_TOO, OPTION_INT, GROUP_MODELS, RUN, AT(reference_images), 0, 10, .fallback = "0",
	  .value = "N", .help = "other views sent along" },
	{ "style", 0, FILE_TOO, OPTION_TEXT, GROUP_MODELS, RUN, AT(style),
	  .value = "TEXT", .help = "the shop's rules of style" },
	{ "style-image", 0, FILE_TOO, OPTION_TEXT, GROUP_MODELS, RUN, AT(style_image),
	  .value = "FILE", .help = "a picture to take the style from" },
	/* work */
	{ "workers", 0, FILE_TOO, OPTION_INT, GROUP_WORK, MACHINE, AT(workers), 1, 256, "cores", "cores",
	  .value = "N", .help = "CPU threads" },
	{ "concurrency", 0, FILE_TOO, OPTION_INT, GROUP_WORK, MACHINE, AT(concurrency), 1, 4096, .fallback = "64",
	  .value = "N", .help = "calls in flight to a model at most" },
	{ "per-host", 0, FILE_TOO, OPTION_INT, GROUP_WORK, RUN, AT(per_host), 1, 256, .fallback = "6",
	  .value = "N", .help = "connections to one host" },
	{ "retries", 0, FILE_TOO, OPTION_INT, GROUP_WORK, RUN, AT(retries), 0, 20, .fallback = "3",
	  .value = "N", .help = "further tries of a failed call" },
	{ "timeout", 0, FILE_TOO, OPTION_REAL, GROUP_WORK, RUN, AT(timeout), 0.1, 3600, .fallback = "90",
	  .value = "SECONDS", .help = "for one try of a call" },
	{ "no-cache", 0, FILE_TOO, OPTION_FLAG, GROUP_WORK, RUN, AT(no_cache),
	  .help = "neither read nor write the cache" },
	{ "force", 0, FLAG_ONLY, OPTION_FLAG, GROUP_WORK, RUN, AT(force), .help = "redo what is done" },
	{ "allow-private-hosts", 0, FILE_TOO, OPTION_FLAG, GROUP_WORK, RUN, AT(allow_private_hosts),
	  .help = "fetch from your own network too" },
	/* limits */
	{ "budget", 0, FILE_TOO, OPTION_REAL, GROUP_LIMITS, RUN, AT(budget), 0.001, 1e9, "none", "none",
	  .value = "USD", .help = "never spend more than this in one run" },
	{ "max-failures", 0, FILE_TOO, OPTION_FAILURES, GROUP_LIMITS, RUN, AT(max_failures), 1, 1e9, "none", "none",
	  .value = "N|P%", .help = "stop when so many have failed" },
	{ "max-source-bytes", 0, FILE_TOO, OPTION_BYTES, GROUP_LIMITS, RUN, AT(max_source_bytes), 1024, 2147483648.0,
	  .fallback = "64M", .value = "N", .help = "of a photo's file" },
	{ "max-pixels", 0, FILE_TOO, OPTION_INT, GROUP_LIMITS, RUN, AT(max_pixels), 10000, 1e9, .fallback = "120000000",
	  .value = "N", .help = "width x height of a photo" },
	/* logs and metrics */
	{ "log-format", 0, FILE_TOO, OPTION_CHOICE, GROUP_WATCH, WORKING, AT(log_format), .fallback = "text",
	  .value = "NAME", .choices = log_formats, .help = "of standard error: text or json" },
	{ "metrics-file", 0, FILE_TOO, OPTION_TEXT, GROUP_WATCH, RUN, AT(metrics_file),
	  .value = "FILE", .help = "for node_exporter, kept up to date" },
	{ "metrics-listen", 0, FILE_TOO, OPTION_TEXT, GROUP_WATCH, RUN, AT(metrics_listen),
	  .value = "ADDR", .help = "for Prometheus: 127.0.0.1:9464" },
	/* report */
	{ "pause", 0, FILE_TOO, OPTION_REAL, GROUP_NIGHT, NIGHTLY, AT(pause), 0, 86400, .fallback = "300", .value = "SECONDS",
	  .help = "before what may pass is tried again" },
	{ "rounds", 0, FILE_TOO, OPTION_INT, GROUP_NIGHT, NIGHTLY, AT(rounds), 0, 20, .fallback = "1", .value = "N",
	  .help = "how often that is done" },
	{ "keep", 0, FILE_TOO, OPTION_INT, GROUP_NIGHT, NIGHTLY, AT(keep), 1, 36500, "forever", "90", .value = "DAYS",
	  .help = "of old runs, results and reports" },
	{ "alert-failed", 0, FILE_TOO, OPTION_REAL, GROUP_NIGHT, NIGHTLY, AT(alert_failed), 0.01, 100, "none", "none", .value = "P",
	  .help = "percent that failed or was rejected" },
	{ "alert-review", 0, FILE_TOO, OPTION_REAL, GROUP_NIGHT, NIGHTLY, AT(alert_review), 0.01, 100, "none", "none", .value = "P",
	  .help = "percent for a person to look at" },
	{ "alert-cost", 0, FILE_TOO, OPTION_REAL, GROUP_NIGHT, NIGHTLY, AT(alert_cost), 0.001, 1e9, "none", "none", .value = "USD",
	  .help = "dollars of the night" },
	{ "alert-per-picture", 0, FILE_TOO, OPTION_REAL, GROUP_NIGHT, NIGHTLY, AT(alert_per_picture), 0.0001, 1e6, "none", "none",
	  .value = "USD", .help = "dollars a picture paid for" },
	{ "alert-p95", 0, FILE_TOO, OPTION_REAL, GROUP_NIGHT, NIGHTLY, AT(alert_p95), 0.01, 86400, "none", "none", .value = "SECONDS",
	  .help = "95th percentile of any stage" },
	{ "alert-webhook", 0, FILE_TOO, OPTION_TEXT, GROUP_NIGHT, NIGHTLY, AT(alert_webhook), .value = "URL", .help = "JSON is posted there" },
	{ "alert-command", 0, FILE_TOO, OPTION_TEXT, GROUP_NIGHT, NIGHTLY, AT(alert_command), .value = "CMD",
	  .help = "gets JSON on its standard input" },
	{ "sku", 0, FLAG_ONLY, OPTION_TEXTS, GROUP_RUNS, RERUN, AT(skus), .value = "SKU", .help = "of this product; repeatable" },
	{ "status", 0, FLAG_ONLY, OPTION_CHOICE, GROUP_RUNS, RERUN, AT(status), .value = "NAME", .choices = statuses,
	  .help = "what ended so: failed, rejected, review, skipped" },
	{ "class", 0, FLAG_ONLY, OPTION_TEXTS, GROUP_RUNS, RERUN, AT(classes), .value = "NAME",
	  .help = "what failed by this error; repeatable" },
	{ "stage", 0, FLAG_ONLY, OPTION_TEXT, GROUP_RUNS, RERUN, AT(stage), .value = "NAME", .help = "what failed at this stage" },
	{ "yes", 'y', FLAG_ONLY, OPTION_FLAG, GROUP_RUNS, RERUN, AT(yes), .help = "do it without asking" },
	{ "run", 0, FLAG_ONLY, OPTION_INT, GROUP_RUNS, REPORT | RERUN, AT(run), 1, 9007199254740991.0, "last", "last",
	  .value = "N", .help = "the run's number" },
	{ "since", 0, FLAG_ONLY, OPTION_TEXT, GROUP_RUNS, REPORT, AT(since), .value = "DAY",
	  .help = "runs from then on: 2026-11-25, or 7d" },
	{ "until", 0, FLAG_ONLY, OPTION_TEXT, GROUP_RUNS, REPORT, AT(until), .value = "DAY", .help = "runs begun before" },
	{ "all", 0, FLAG_ONLY, OPTION_FLAG, GROUP_RUNS, REPORT, AT(all), .help = "every run there is" },
	{ "calls", 0, FLAG_ONLY, OPTION_FLAG, GROUP_RUNS, REPORT, AT(calls), .help = "csv: one row a paid call" },
	{ "sql", 0, FLAG_ONLY, OPTION_FLAG, GROUP_RUNS, REPORT, AT(sql), .help = "the figures, as SQL to check them by" },
	{ "format", 0, FLAG_ONLY, OPTION_CHOICE, GROUP_RUNS, REPORT, AT(report_format), .fallback = "text",
	  .value = "NAME", .choices = report_formats, .help = "text, json, csv or html" },
	{ "to", 0, FLAG_ONLY, OPTION_TEXT, GROUP_RUNS, REPORT, AT(report_to),
	  .value = "FILE", .help = "write it there, whole" },
	/* every command */
	{ "out", 'o', FILE_TOO, OPTION_TEXT, GROUP_GENERAL, WORKING, AT(out), .fallback = "packshot-out",
	  .value = "DIR", .help = "the workspace" },
	{ "config", 'c', ENV_TOO, OPTION_TEXT, GROUP_GENERAL, WORKING, AT(config),
	  .value = "FILE", .help = "settings; packshot.json where it exists" },
	{ "json", 0, FLAG_ONLY, OPTION_FLAG, GROUP_GENERAL, WORKING | HELP, AT(json), .help = "machine-readable result" },
	{ "quiet", 'q', FILE_TOO, OPTION_FLAG, GROUP_GENERAL, WORKING, AT(quiet), .help = "errors only" },
	{ "verbose", 'v', FILE_TOO, OPTION_FLAG, GROUP_GENERAL, WORKING, AT(verbose), .help = "say more" },
	{ "help", 'h', FLAG_ONLY, OPTION_FLAG, GROUP_GENERAL, WORKING | HELP | FOR_PROGRAM, AT(help), .help = "this help" },
	{ "version", 0, FLAG_ONLY, OPTION_FLAG, GROUP_GENERAL, FOR_PROGRAM, AT(version), .help = "the version" },
};
/* clang-format on */
const int option_count = sizeof(options) / sizeof(options[0]);
_Static_assert(sizeof(options) / sizeof(options[0]) <= OPTIONS_MAX, "raise OPTIONS_MAX");

void option_key(const struct option *o, char out[OPTION_NAME_MAX])
{
	snprintf(out, OPTION_NAME_MAX, "%s", o->flag);
	for (char *c = out; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
}

void option_env(const struct option *o, char out[OPTION_NAME_MAX])
{
	snprintf(out, OPTION_NAME_MAX, "PACKSHOT_%s", o->flag);
	for (char *c = out; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

bool option_repeats(const struct option *o)
{
	return o->type == OPTION_TAGS || o->type == OPTION_TEXTS;
}

const struct option *option_by_flag(const char *flag, unsigned takers)
{
	for (int i = 0; i < option_count; i++) {
		if ((options[i].commands & takers) && strcmp(options[i].flag, flag) == 0)
			return &options[i];
	}
	return NULL;
}

const struct option *option_by_letter(char letter, unsigned takers)
{
	for (int i = 0; i < option_count; i++) {
		if ((options[i].commands & takers) && letter && options[i].letter == letter)
			return &options[i];
	}
	return NULL;
}

const struct option *option_by_key(const char *key)
{
	char own[OPTION_NAME_MAX];

	for (int i = 0; i < option_count; i++) {
		option_key(&options[i], own);
		if (options[i].reach == REACH_FILE && strcmp(own, key) == 0)
			return &options[i];
	}
	return NULL;
}
