#include "jobs/options.h"

#include "stages/shadow.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct command_info commands[COMMANDS] = {
	[COMMAND_RUN] = { "run", "MANIFEST", "manifest", true, "turn a catalogue's photos into packshots" },
	[COMMAND_REPORT] = { "report", "", NULL, false, "what a run did: success, time, cost, failures" },
	[COMMAND_DOCTOR] = { "doctor", "", NULL, false, "is this machine fit for a run?" },
	[COMMAND_HELP] = { "help", "[COMMAND | errors]", "topic", false, "help on a command, or the table of errors" },
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
		[GROUP_WORK] = "How the work is done",
		[GROUP_LIMITS] = "Limits",
		[GROUP_RUNS] = "Which run, and how",
		[GROUP_GENERAL] = "General",
	};

	return titles[g];
}

static const struct choice formats[] = {
	{ "jpeg", FORMAT_JPEG }, { "webp", FORMAT_WEBP }, { "png", FORMAT_PNG }, { "avif", FORMAT_AVIF }, { NULL, 0 },
};
static const struct choice shadows[] = { { "none", SHADOW_NONE }, { "contact", SHADOW_CONTACT }, { NULL, 0 } };
static const struct choice report_formats[] = { { "text", 0 }, { "json", 1 }, { NULL, 0 } };

#define AT(member) offsetof(struct settings, member)
#define RUN        FOR(COMMAND_RUN)
#define REPORT     FOR(COMMAND_REPORT)
#define DOCTOR     FOR(COMMAND_DOCTOR)
#define HELP       FOR(COMMAND_HELP)
#define WORKING    (RUN | REPORT | DOCTOR)
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
	/* work */
	{ "workers", 0, FILE_TOO, OPTION_INT, GROUP_WORK, MACHINE, AT(workers), 1, 256, "cores", "cores",
	  .value = "N", .help = "CPU threads" },
	{ "concurrency", 0, FILE_TOO, OPTION_INT, GROUP_WORK, MACHINE, AT(concurrency), 1, 4096, .fallback = "64",
	  .value = "N", .help = "calls in flight at most" },
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
	{ "max-failures", 0, FILE_TOO, OPTION_FAILURES, GROUP_LIMITS, RUN, AT(max_failures), 1, 1e9, "none", "none",
	  .value = "N|P%", .help = "stop when so many have failed" },
	{ "max-source-bytes", 0, FILE_TOO, OPTION_BYTES, GROUP_LIMITS, RUN, AT(max_source_bytes), 1024, 2147483648.0,
	  .fallback = "64M", .value = "N", .help = "of a photo's file" },
	{ "max-pixels", 0, FILE_TOO, OPTION_INT, GROUP_LIMITS, RUN, AT(max_pixels), 10000, 1e9, .fallback = "120000000",
	  .value = "N", .help = "width x height of a photo" },
	/* report */
	{ "run", 0, FLAG_ONLY, OPTION_INT, GROUP_RUNS, REPORT, AT(run), 1, 9007199254740991.0, "last", "last",
	  .value = "N", .help = "the run's number" },
	{ "format", 0, FLAG_ONLY, OPTION_CHOICE, GROUP_RUNS, REPORT, AT(report_format), .fallback = "text",
	  .value = "NAME", .choices = report_formats, .help = "text or json" },
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
