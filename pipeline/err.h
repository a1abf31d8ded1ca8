/*
 * err.h - errors are values: a code that programs read, a message that people read.
 *
 * A function that can fail takes a `struct err *` last and returns -1 after err_set(); the first
 * cause wins, later calls leave it alone. The struct has a fixed size, so it works without memory.
 * Three kinds are never mixed: an item failure is data and the run goes on; a run failure
 * (exit status 2 or more) ends the run; a bug is an assert.
 *
 * Threads: no state of its own; a struct err belongs to whoever declared it.
 */
#ifndef PACKSHOT_PIPELINE_ERR_H
#define PACKSHOT_PIPELINE_ERR_H

#include <stdbool.h>

/* code, name in reports, exit status of a run that ends with it, may the same thing pass later?, meaning, what to do.
 * Names are promises: add, never rename. */
#define ERR_TABLE(X)                                                                                                     \
	X(ERR_OK, "ok", 0, false, "it worked", "nothing")                                                                \
	X(ERR_LINE, "bad_line", 1, false, "the manifest line is not a usable product", "correct the line")               \
	X(ERR_DUPLICATE, "duplicate_sku", 1, false, "the SKU stands on an earlier line already",                         \
	  "give each product one line; several pictures go into its \"images\"")                                         \
	X(ERR_SOURCE_MISSING, "source_missing", 1, false, "the picture does not exist", "correct the path or URL")       \
	X(ERR_SOURCE_REFUSED, "source_refused", 1, false, "packshot does not fetch from there",                          \
	  "use http, https or a path; --allow-private-hosts for your own network")                                       \
	X(ERR_SOURCE_HTTP, "source_http", 1, false, "the picture's server said no", "check the URL and its permissions") \
	X(ERR_NETWORK, "network", 1, true, "the picture could not be fetched", "run the same command again")             \
	X(ERR_TIMEOUT, "timeout", 1, true, "the server took too long", "run the same command again, or raise --timeout") \
	X(ERR_TOO_LARGE, "too_large", 1, false, "the picture is beyond the limits on bytes, pixels or frames",           \
	  "send a smaller picture")                                                                                      \
	X(ERR_NOT_PICTURE, "not_a_picture", 1, false, "the file is not a picture", "correct the source")                 \
	X(ERR_UNSUPPORTED, "unsupported_picture", 1, false, "this kind of picture is not accepted",                      \
	  "send JPEG, PNG, WebP, AVIF, HEIF, GIF or TIFF")                                                               \
	X(ERR_PICTURE, "broken_picture", 1, false, "the picture is damaged or cut short", "ask for the picture again")   \
	X(ERR_NO_PRODUCT, "no_product", 1, false, "no product was found in the picture", "look at the picture")          \
	X(ERR_MODEL, "model_failed", 1, true, "the local model could not work on the picture",                           \
	  "run `packshot doctor`, then the same command again")                                                          \
	X(ERR_REFUSED, "refused", 1, false, "the model refused the picture or the request by its rules of content",              \
	  "look at the picture, or use another model")                                                                   \
	X(ERR_NO_IMAGE, "no_image", 1, true, "the model answered without a picture", "run again, or use another model")      \
	X(ERR_CUT_OFF, "cut_off", 1, true, "the model's answer was cut off at its limit of tokens", "run again")             \
	X(ERR_ANSWER, "bad_answer", 1, true, "the model's answer could not be used", "run again, or use another model")      \
	X(ERR_LOST, "lost_answer", 1, true, "the answer was lost on its way; the call may have been billed",             \
	  "run again: that is a new payment")                                                                            \
	X(ERR_UNAVAILABLE, "model_unavailable", 1, true, "the model's service did not serve the call in time",              \
	  "run the same command again, or give a --fallback-model")                                                      \
	X(ERR_REQUEST, "bad_request", 1, false, "the model's service does not take the request", "see the message")          \
	X(ERR_NOMEM, "out_of_memory", 1, true, "there was not enough memory", "lower --workers, then run again")         \
	X(ERR_USAGE, "usage", 2, false, "the command line is wrong", "see `packshot help`")                              \
	X(ERR_CONFIG, "config", 2, false, "the configuration is wrong", "correct the named setting")                     \
	X(ERR_MANIFEST, "manifest", 2, false, "the manifest cannot be read", "correct the path or the file")             \
	X(ERR_KEY, "key", 2, false, "the API key is missing or was refused",                                                 \
	  "set the variable that --api-key-env names; `packshot doctor` tries it")                                       \
	X(ERR_RETIRED, "model_retired", 2, false, "the model does not exist, or no longer", "use the model that the message names") \
	X(ERR_IO, "disk", 3, true, "the disk refused", "free space or permissions, then run again")                      \
	X(ERR_STORE, "database", 3, true, "the workspace's database refused", "run `packshot doctor`")                   \
	X(ERR_BUSY, "busy", 3, true, "another packshot works in this workspace", "wait for it, or use another --out")    \
	X(ERR_CREDIT, "credit", 4, true, "the account's credit or spend limit is used up", "top it up; the same command goes on") \
	X(ERR_QUOTA, "quota", 4, true, "the day's quota is used up", "the same command goes on tomorrow")                   \
	X(ERR_DOWN, "service_down", 4, true, "the model's service has not answered for minutes", "the same command goes on once it does") \
	X(ERR_BUDGET, "budget", 4, true, "the budget is used up", "the same command with a larger --budget goes on") \
	X(ERR_STOPPED, "stopped", 4, true, "the run was stopped by a limit", "raise the limit; the same command goes on") \
	X(ERR_INTERRUPTED, "interrupted", 130, true, "the run was interrupted", "the same command goes on")

enum err_code {
#define X(code, name, exit, retry, meaning, advice) code,
	ERR_TABLE(X)
#undef X
	ERR_CODES
};

struct err {
	enum err_code code;
	char msg[240]; /* one line, UTF-8, no secrets; control characters never */
};

/* Records the first cause: formats the message unless e already holds one. Control characters of the
 * arguments become '?', so a hostile name cannot break a log line. Always returns -1. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set(), with ": " and errno's text at the end. */
int err_errno(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void err_clear(struct err *e);

const char *err_name(enum err_code code);    /* "source_missing"; never NULL */
const char *err_meaning(enum err_code code); /* "the picture does not exist" */
const char *err_advice(enum err_code code);  /* "correct the path or URL" */
int err_exit(enum err_code code);            /* exit status of a command that ends with it */
int err_command_exit(enum err_code code);    /* the same; also of an item's kind of trouble, which then was the command's end */
bool err_retryable(enum err_code code);      /* may the same thing pass later, unchanged? */
bool err_ends_run(enum err_code code);       /* a run failure, as opposed to an item's */
bool err_halts_run(enum err_code code);      /* of these: what was done can be recorded still (no disk or database that refuses) */
bool err_rejects(enum err_code code);        /* not a failure: the model said no to this item */

/* The code called `name`, or ERR_CODES. */
enum err_code err_by_name(const char *name);

#endif
