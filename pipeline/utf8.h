/*
 * utf8.h - is this text UTF-8? By RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_UTF8_H
#define PACKSHOT_PIPELINE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest valid beginning of text: size where all of it is UTF-8. A zero byte is a character like any other. */
size_t utf8_prefix(const char *text, size_t size);

/* Bytes of the character at text[0]; 0: it is not UTF-8, or is cut off by size. */
size_t utf8_character(const char *text, size_t size);

/* The number (U+...) of a valid character that is n bytes long. */
uint32_t utf8_number(const char *text, size_t n);

/* Characters of valid UTF-8. */
size_t utf8_length(const char *text, size_t size);

/* Bytes of the beginning of valid UTF-8, at most `most`, that does not end within a character: a precision for "%.*s". */
int utf8_clip(const char *text, int most);

/* The first control character (U+0001-001F, U+007F-009F) of valid UTF-8, zero terminated, or NULL. */
const char *utf8_control(const char *text);

#endif
