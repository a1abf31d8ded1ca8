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

/* Optimal string alignment: Levenshtein's distance, where a swap of neighbours is one slip. Three rows are enough. */
static int slips(const char *a, const char *b)
{
	int rows[3][NEAREST_WORD_MAX + 1];
	int *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	int la = (int)strlen(a), lb = (int)strlen(b);

	for (int j = 0; j <= lb; j++)
		above[j] = before[j] = j;
	for (int i = 1; i <= la; i++) {
		row[0] = i;
		for (int j = 1; j <= lb; j++) {
			char ca = fold(a[i - 1]), cb = fold(b[j - 1]);

			row[j] = smaller(above[j - 1] + (ca != cb), smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && ca == fold(b[j - 2]) && fold(a[i - 2]) == cb)
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[lb];
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
		int distance;

		if (other > NEAREST_WORD_MAX)
			continue;
		distance = slips(word, candidates[i]);
		if (distance > (int)(length > other ? length : other) / 3)
			continue;
		if (!best || distance < fewest) {
			best = candidates[i];
			fewest = distance;
		}
	}
	return best;
}
