/*
 * printable.h - text from outside that is about to be shown: it must not steer a terminal or break a line.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_PRINTABLE_H
#define PACKSHOT_PIPELINE_PRINTABLE_H

/* Turns control characters into '?', in place: those of ASCII, DEL, and those of Latin-1 as UTF-8 writes them (U+0080 to
 * U+009F, which some terminals obey like an escape). Everything else stays. */
void printable(char *text);

#endif
