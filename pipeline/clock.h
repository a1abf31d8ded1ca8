/*
 * clock.h - the two clocks: wall time for records, monotonic time for durations. Any thread.
 */
#ifndef PACKSHOT_PIPELINE_CLOCK_H
#define PACKSHOT_PIPELINE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_us(void);      /* microseconds since 1970, UTC */
int64_t clock_monotonic_us(void); /* microseconds since some fixed moment */

#endif
