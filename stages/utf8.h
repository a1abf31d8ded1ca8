/*
 * utf8.h - is this text UTF-8? By RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_UTF8_H
#define PACKSHOT_STAGES_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the longest valid beginning of text: size where all of it is UTF-8. A zero byte is a character like any other. */
size_t utf8_prefix(const char *text, size_t size);

/* Bytes of the character at text[0]; 0: it is not UTF-8, or is cut off by size. */
size_t utf8_character(const char *text, size_t size);

/* Characters of valid UTF-8. */
size_t utf8_length(const char *text, size_t size);

/* Does valid UTF-8, zero terminated, hold a control character (U+0000-001F, U+007F-009F)? */
bool utf8_has_control(const char *text);

#endif
