#include "pipeline/nearest.h"

#include <string.h>

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static char fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Row i of the table from the two above it; the smallest number in it. */
static int fill_row(const char *a, const char *b, int i, int *row, const int *above, const int *before)
{
	char ca = fold(a[i - 1]);
	int least = row[0] = i;

	for (int j = 1; b[j - 1]; j++) {
		char cb = fold(b[j - 1]);

		row[j] = smaller(above[j - 1] + (ca != cb), smaller(above[j], row[j - 1]) + 1);
		if (i > 1 && j > 1 && ca == fold(b[j - 2]) && fold(a[i - 2]) == cb)
			row[j] = smaller(row[j], before[j - 2] + 1);
		least = smaller(least, row[j]);
	}
	return least;
}

/* Optimal string alignment: Levenshtein's distance, where a swap of neighbours is one slip. Three rows are enough, and
 * where two of them are beyond `most`, so is all that follows. */
int nearest_slips(const char *a, const char *b, int most)
{
	int rows[3][NEAREST_WORD_MAX + 1];
	int *before = rows[0], *above = rows[1], *row = rows[2], *spare, least = 0, least_above = 0;
	int la = (int)strnlen(a, NEAREST_WORD_MAX + 1), lb = (int)strnlen(b, NEAREST_WORD_MAX + 1);

	if (la > NEAREST_WORD_MAX || lb > NEAREST_WORD_MAX || la - lb > most || lb - la > most)
		return most + 1;
	for (int j = 0; j <= lb; j++)
		above[j] = before[j] = j;
	for (int i = 1; i <= la; i++) {
		least = fill_row(a, b, i, row, above, before);
		if (least > most && least_above >= most)
			return most + 1;
		least_above = least;
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return smaller(above[lb], most + 1);
}

const char *nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word);
	const char *best = NULL;
	int fewest = 0;

	if (length > NEAREST_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other = candidates[i] ? strlen(candidates[i]) : NEAREST_WORD_MAX + 1;
		int most = (int)(length > other ? length : other) / 3, distance;

		if (other > NEAREST_WORD_MAX)
			continue;
		distance = nearest_slips(word, candidates[i], most);
		if (distance > most)
			continue;
		if (!best || distance < fewest) {
			best = candidates[i];
			fewest = distance;
		}
	}
	return best;
}
