/*
 * nearest.h - which known word did somebody mean? For "did you mean" in messages.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_NEAREST_H
#define PACKSHOT_PIPELINE_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 64 /* bytes; longer words are near nothing */

/* The candidate with the fewest slips (a character too many, missing, wrong, or swapped with its neighbour; ASCII case
 * does not count) between it and word; the first of several. NULL when even that is more than a third of the longer
 * one's length. NULL entries are passed over. Borrowed from candidates. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

/* How many slips lie between two words; where that is more than `most`, or a word is too long: most + 1, without counting on. */
int nearest_slips(const char *a, const char *b, int most);

#endif
