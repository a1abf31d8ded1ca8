/*
 * printable.h - text from outside (SKUs, messages) made fit for a terminal or for JSON.
 *
 * Threads: no state. Results are malloc()ed; NULL: no memory.
 */
#ifndef PACKSHOT_JOBS_PRINTABLE_H
#define PACKSHOT_JOBS_PRINTABLE_H

#include <stddef.h>

/* Valid UTF-8: each byte that is not part of a character becomes U+FFFD. */
char *printable_utf8(const char *text);

/* One line for a terminal, `max` characters at most ("..." marks a cut): control characters, changes of writing
 * direction and bytes that are not UTF-8 become '?', so no name can move the cursor or hide what follows. */
char *printable_line(const char *text, size_t max);

#endif
