/*
 * emulator.h - a local server that speaks the model APIs: Gemini's generateContent and what relays and OpenAI speak. Strict like the
 * original, and with its faults on demand.
 *
 * One thread serves (libmicrohttpd with epoll); a second one wakes connections whose latency is over. For tests only.
 */
#ifndef PACKSHOT_TESTS_EMULATOR_H
#define PACKSHOT_TESTS_EMULATOR_H

#include "pipeline/bytes.h"
#include "stages/reply_scan.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* --- faults.c: what goes wrong, by script, by chance, or for ever --- */

#define EMULATOR_FAULTS(X)                                                                                     \
	X(NONE, "ok")                                                                                          \
	X(RATE, "rate")             /* 429 with RetryInfo */                                                   \
	X(RATE_BARE, "rate_bare")   /* 429 with QuotaFailure alone */                                          \
	X(SPEND, "spend")           /* 429: spending rate */                                                   \
	X(QUOTA_DAY, "quota_day")   /* 429: the day's */                                                       \
	X(CREDIT, "credit")         /* 429 without details: prepaid credit is gone */                          \
	X(LIMIT_0, "limit_0")       /* 429: no free tier */                                                    \
	X(INTERNAL, "internal")     /* 500 */                                                                  \
	X(UNAVAILABLE, "unavailable") /* 503 */                                                                \
	X(PROXY_HTML, "proxy_html") /* 502, HTML, worked on and not billed */                                  \
	X(PROXY_524, "proxy_524")   /* 524, HTML: a proxy did not wait, the work was done and billed */           \
	X(FORBIDDEN, "forbidden")   /* 403, HTML: a firewall dislikes the words */                             \
	X(HANG, "hang")             /* billed, never answered */                                               \
	X(CUT, "cut")               /* billed, half the answer, then the connection ends */                    \
	X(TRUNCATED, "truncated")   /* billed, half the JSON as if it were all */                              \
	X(BAD_BASE64, "bad_base64")                                                                            \
	X(HALF_JPEG, "half_jpeg")                                                                              \
	X(SMALL, "small")           /* 512 x 640 instead of what was asked for */                              \
	X(OFF_WHITE, "off_white")   /* a grey border */                                                        \
	X(AT_FRAME, "at_frame")     /* the product reaches the frame */                                        \
	X(NO_IMAGE, "no_image")                                                                                \
	X(APOLOGY, "apology")       /* STOP and a text */                                                      \
	X(SAFETY, "safety")         /* IMAGE_SAFETY */                                                         \
	X(BLOCKED, "blocked")       /* promptFeedback */                                                       \
	X(MAX_TOKENS, "max_tokens")                                                                            \
	X(LOST, "lost")             /* billed, the connection ends before the answer */                        \
	X(BAD_REQUEST, "bad_request") /* 400 */                                                                \
	X(BAD_COPY, "bad_copy")     /* texts: an invented number */                                            \
	X(NOT_JSON, "not_json")     /* texts */

enum fault {
#define X(id, name) FAULT_##id,
	EMULATOR_FAULTS(X)
#undef X
	FAULTS
};
const char *fault_name(enum fault);
/* Sets "name=percent"; false: there is no such fault. */
bool fault_set_chance(const char *setting);
/* "name,name,...": for the next requests, in this order; replaces what is left of an earlier one. False as above. */
bool fault_set_script(const char *names);
void fault_seed(unsigned long seed);
/* The next request's: what its text names ("FAULT-safety" in a product's brand: for ever), else the script's, else by chance (which is the same for
 * the same text asked for the same time). */
enum fault fault_next(const char *text);

/* --- bill.c: what would have been billed, and how often what happened --- */

struct usage {
	int64_t text_in, image_in, text_out, image_out;
};
/* Opens the file that bills are written to, a line each; NULL path: none. */
bool bill_open(const char *path);
/* One answer that is billed. Returns the id it was given, in out. */
void bill_write(const char *model, const char *kind, const struct usage *, bool delivered, const char *id);
void bill_count(const char *what);
/* {"billed":3,"nano":...,"started":5,...}; malloc()ed. */
char *bill_stats(void);
void bill_in_flight(int change);

/* --- pictures.c --- */

/* What an editing model makes of a picture: the product on near white, side x side, as base64 text that stays valid. NULL: it is no
 * picture. */
const char *picture_edited(struct span base64, bool png, enum fault, size_t *size);

/* --- what is answered --- */

struct answer_http {
	int status;
	const char *type;
	char *data; /* malloc()ed */
	size_t size;
	bool hang, lost, cut;
};
void answer_json(struct answer_http *, int status, cJSON *); /* takes the tree over */
void answer_text(struct answer_http *, int status, const char *type, const char *text);
void answer_error(struct answer_http *, int status, const char *name, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* gemini.c: a POST to .../models/ID:generateContent. */
void gemini_generate(const char *id, const char *body, size_t size, struct answer_http *);
void gemini_models(struct answer_http *);
/* The refusal of an HTTP kind (429, 500 ...) that a fault stands for; false: it is another kind of fault. */
bool gemini_refuse(enum fault, const char *id, struct answer_http *);

/* openai.c */
void openai_chat(const char *body, size_t size, struct answer_http *);
void openai_edit(const char *type, const char *body, size_t size, struct answer_http *);
void openai_models(struct answer_http *);

/* plain.c's: an endpoint of one's own */
void plain_edit(const char *body, size_t size, struct answer_http *);

/* copy.c: texts by the schema, from the facts in the prompt. malloc()ed JSON. */
char *copy_written(const cJSON *schema, const char *prompt, enum fault);

/* A new name for an answer. */
void answer_id(char out[32]);

#endif
