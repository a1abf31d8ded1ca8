/*
 * json_string.h - any text as a JSON string (RFC 8259), for the floor that has no cJSON.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_JSON_STRING_H
#define PACKSHOT_PIPELINE_JSON_STRING_H

#include <stddef.h>

/* Writes the text with its quotes, and a zero byte, into `room` bytes (3 at least); what does not fit is left out, between characters.
 * Control characters are escaped, those of Latin-1 too; a byte that is not UTF-8 becomes U+FFFD. Returns the length. */
size_t json_string(char *out, size_t room, const char *text);

#endif
