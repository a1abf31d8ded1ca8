/*
 * dialect_parts.h - what the dialects share: pieces of requests, and what is read the same way from every reply.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_DIALECT_PARTS_H
#define PACKSHOT_STAGES_DIALECT_PARTS_H

#include "stages/dialect.h"
#include "stages/reply_scan.h"

#define ANSWER_MAX_BYTES (64u << 20) /* of a reply with a picture: a 4K one is about 20 MB in base64 */
#define TEXT_MAX_BYTES   (2u << 20)  /* of a reply with a text */
#define SAID_MAX         140         /* of a service's own words in a message */

extern const struct dialect_functions dialect_gemini, dialect_openai_images, dialect_openai_chat, dialect_http;

/* Appends text to the call's body, printf-like; and a picture in base64. -1 with ERR_NOMEM. */
int body_text(struct call *, struct err *, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int body_picture(struct call *, struct bytes *picture, bool base64, struct err *);

/* A string as JSON, its quotes included. malloc()ed; NULL: ERR_NOMEM. */
char *json_quoted(const char *text, struct err *);

/* Starts a call: the model's path (or the dialect's own) with the id in it, and the content type. -1 with ERR_NOMEM. */
int call_begin(struct call *, const struct model *, const char *own_path, const char *content_type, struct err *);

/* Are all pictures of a kind that the model takes? -1 with ERR_UNSUPPORTED. */
int check_formats(const struct edit_request *, struct err *);
const char *mime_of(enum picture_format); /* "image/jpeg" */

/* Takes the picture over into the answer if its first bytes are a picture's and its end is there as far as that format shows it. -1:
 * ERR_ANSWER, and the picture is released. */
int answer_take_picture(struct answer *, struct bytes *picture, struct err *);

/* A number that may be missing: then 0, never negative. Also int64 in quotes. */
int64_t count_at(const cJSON *object, const char *name);
const char *text_at(const cJSON *object, const char *name); /* borrowed; NULL */

/* A service's own words for a message: one line, no longer than SAID_MAX. */
void say(char out[SAID_MAX + 4], const char *text);

/* What an answer that is no success means by its status alone: the verdict of a service whose words are not understood (a
 * proxy's HTML). */
void judge_status(const struct reply *, struct verdict *);
void verdict_end(struct verdict *, enum err_code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void verdict_retry(struct verdict *, bool rate, int64_t wait_ms, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
