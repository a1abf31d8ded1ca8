/*
 * decimal.h - whole numbers of small units (microseconds, nano-dollars) as decimal fractions, exactly.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_DECIMAL_H
#define PACKSHOT_PIPELINE_DECIMAL_H

#include <stdint.h>

#define DECIMAL_MAX 32 /* bytes that are enough for any */
#define PLACES_MAX  18

/* value / 10^places (0..PLACES_MAX) without zeros at the end: "0.0355", "12", "-0.5". Fills and returns `out`. */
char *decimal_text(char out[DECIMAL_MAX], int64_t value, int places);

#endif
