/*
 * json_text.h - JSON from outside, read strictly (RFC 8259) into cJSON's tree, with a reason for people where it is wrong.
 *
 * cJSON alone takes what other readers refuse (raw control characters, bytes that are not UTF-8, 01, \u0000 that cuts a
 * string short) and says little of what it refuses. Refused here on top of the grammar, because readers disagree about them:
 * a key that stands twice in one object, \u0000, half a surrogate pair, numbers longer than JSON_NUMBER_MAX.
 *
 * Numbers keep their digits: what is not a plain integer of at most 15 digits becomes a cJSON_Raw node whose valuestring is the
 * number exactly as written and whose valuedouble is its value, so 19.90 is not 19.9 and an 18-digit id stays itself.
 * cJSON_PrintUnformatted() writes such nodes as they were.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_JSON_TEXT_H
#define PACKSHOT_STAGES_JSON_TEXT_H

#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 64  /* brackets within brackets; a product needs four */
#define JSON_NUMBER_MAX 63 /* characters; cJSON's own limit */

/* Where the text begins in its file, from 1 (columns in characters). Messages name a fault's column, and its line where that is
 * another one. */
struct json_place {
	int64_t line, column;
};

/* Moves the place past the text. */
void json_place_advance(struct json_place *, const char *text, size_t size);

/* One JSON value, white space around it allowed; the caller owns it (cJSON_Delete). NULL: ERR_LINE, or ERR_NOMEM. */
cJSON *json_parse(const char *text, size_t size, struct json_place at, struct err *);

bool json_is_number(const cJSON *); /* of either make; NULL is not a number */
/* A number as it was written: the node's own text, or in buf, which has room for JSON_NUMBER_MAX + 1. */
const char *json_number_text(const cJSON *, char *buf);
/* "text", "a number", "a list", "null" ... for messages. */
const char *json_kind(const cJSON *);

#endif
