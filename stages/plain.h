/*
 * plain.h - words from outside as plain text: no markup, nothing invisible, no longer than there is room for.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_PLAIN_H
#define PACKSHOT_STAGES_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at text (zero terminated, not at its end), and which it is. A byte that is no UTF-8 counts as
 * U+FFFD, by itself. */
size_t plain_character(const char *text, uint32_t *c);

/* Is it of a script that is written without spaces between words (Han, kana, and their punctuation)? */
bool plain_is_unspaced(uint32_t c);

/* What a person would read of raw: character references read, tags taken out (again and again, so that none is left to be put
 * together), control characters, bytes that are no UTF-8 and invisible marks (direction overrides among them) gone, white
 * space single, none at the ends. At most `max` characters, as plain_cut(). malloc()ed, maybe ""; NULL: no memory. */
char *plain_text(const char *raw, size_t max);

/* Shortens to at most `max` characters (4 or more), in place, between two words where there is a gap in the second half; "…"
 * at the end shows it. */
void plain_cut(char *text, size_t max);

#endif
