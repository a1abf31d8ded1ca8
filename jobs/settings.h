/*
 * settings.h - what a command was asked to do, after flags, environment, configuration file and defaults.
 *
 * Plain data. Filled in by config_parse() (config.h) and constant from then on; every value is within the range that
 * options.c gives it. Ownership: strings belong to the struct; config_release() frees them.
 * Threads: any, once it is constant.
 */
#ifndef PACKSHOT_JOBS_SETTINGS_H
#define PACKSHOT_JOBS_SETTINGS_H

#include "stages/picture.h"

#include <stdbool.h>
#include <stdint.h>

enum command { COMMAND_RUN, COMMAND_RERUN, COMMAND_NIGHTLY, COMMAND_PLAN, COMMAND_REPORT, COMMAND_EXPLAIN, COMMAND_DOCTOR, COMMAND_HELP, COMMANDS };

#define TEXTS_MAX 32

struct texts {
	char *v[TEXTS_MAX];
	int count;
};

struct frame_size {
	int width, height; /* pixels */
};

/* Stop admitting once so many items have failed: a number, or a share of those that have ended. Both 0: no limit. */
struct failure_limit {
	int64_t count;
	double percent; /* above 0, at most 100 */
};

/* How a key is sent. AUTO: x-goog-api-key to Google's own host, both ways to others (relays differ), Bearer in OpenAI's dialects. */
enum auth { AUTH_AUTO, AUTH_GOOGLE, AUTH_BEARER, AUTH_NONE };
/* Combined: one call removes the background and enhances; separate: one each. */
enum edit_mode { EDIT_COMBINED, EDIT_SEPARATE };
/* An answer was lost and may have been billed: ask again, or leave it to a person. */
enum lost { LOST_RETRY, LOST_REVIEW };

struct settings {
	enum command command;
	bool help;      /* --help was given: show the command's help and do nothing else */
	bool version;   /* --version was given */
	char *argument; /* run: the manifest ("-": standard input); explain: the SKU; help: the topic; NULL: none */

	/* Every command. */
	char *out;    /* the workspace */
	char *config; /* the configuration file that was read; NULL: none */
	bool json, quiet, verbose;
	int log_format; /* enum log_format of pipeline/log.h */

	/* The picture that comes out. */
	char *image_model;
	struct frame_size size;
	int format; /* enum picture_format */
	int64_t quality;
	int64_t max_bytes; /* 0: no limit */
	double fill;
	int shadow; /* enum shadow of stages/shadow.h */

	/* Models that are called. */
	struct texts fallback_models;
	struct texts endpoints;         /* base URLs, preferred first; none: the model's own */
	char *models;                   /* file of the user's own entries; NULL: none */
	char *api_key_env;              /* NULL: what the model says, else GEMINI_API_KEY */
	int auth;                       /* enum auth */
	int dialect;                    /* enum dialect to speak instead of the model's own; -1: its own */
	double rpm, tpm, usd_per_10min; /* 0: the model's own */
	int lost;                       /* enum lost */
	int edit_mode;                  /* enum edit_mode */
	int64_t quality_retries, reference_images;
	char *style;          /* rules of style for the prompt; NULL */
	char *style_image;    /* path; NULL */
	bool copy_picture;    /* the finished picture goes along with the request for copy */
	struct texts markets; /* whose rules on wording hold */

	/* The copy. */
	char *text_model;
	struct texts locales; /* at least one */
	bool no_copy;

	/* How the work is done. */
	int64_t workers; /* 1 or more; the default has become the number of cores */
	int64_t concurrency, per_host, retries;
	double timeout; /* seconds */
	bool no_cache, force, allow_private_hosts;

	/* Limits. */
	double budget; /* US dollars; 0: none */
	struct failure_limit max_failures;
	int64_t max_source_bytes, max_pixels;

	/* Who watches. */
	char *metrics_file;   /* path; NULL: none */
	char *metrics_listen; /* listen.h; NULL: nowhere */

	/* rerun: which items. Nothing given: what may succeed this time. */
	struct texts skus, classes; /* of errors */
	int status;                 /* enum item_status; 0: any */
	char *stage;                /* NULL: any */
	bool yes;                   /* do not ask */

	/* nightly */
	double pause;                                          /* seconds before failures are tried again */
	int64_t rounds;                                        /* of that */
	int64_t keep;                                          /* days that what nobody uses is kept; 0: for ever */
	double alert_failed, alert_review;                     /* percent; 0: no alert, like the next */
	double alert_cost, alert_per_picture, alert_p95;      /* dollars, dollars, seconds */
	char *alert_webhook, *alert_command;                   /* who is told, beside standard error; NULL */

	/* report, rerun */
	int64_t run;       /* 0: the last one */
	char *since, *until; /* report: days, see report_scope.h; NULL */
	bool all, calls, sql;
	int report_format; /* 0 text, 1 json, 2 csv, 3 html; the order of enum report_format */
	char *report_to;   /* the file it is written to; NULL: standard output */
};

#endif
