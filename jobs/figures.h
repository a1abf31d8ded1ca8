/*
 * figures.h - numbers as people read them. Each fills `out` (FIGURE_MAX bytes are enough) with ASCII text and returns it.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_FIGURES_H
#define PACKSHOT_JOBS_FIGURES_H

#include <stdint.h>

#define FIGURE_MAX 32

char *figure_count(char out[FIGURE_MAX], int64_t n);            /* "1,234,567" */
char *figure_duration(char out[FIGURE_MAX], int64_t us);        /* "0.4 s", "12 s", "3 min 05 s", "2 h 05 min", "3 d 04 h" */
char *figure_latency(char out[FIGURE_MAX], int64_t us);         /* "0.04 ms", "41 ms", "2.41 s", then as a duration */
char *figure_share(char out[FIGURE_MAX], double part, double whole); /* "97.2 %"; never 0 for something, nor 100 for less than all */
char *figure_rate(char out[FIGURE_MAX], double per_second);     /* "12/s", "8.2/s", "24/min", "36/h"; "-": none */
char *figure_money(char out[FIGURE_MAX], int64_t nano_dollars); /* "$0.00", "$0.0355", "$12.40"; never 0.00 for something paid */
char *figure_bytes(char out[FIGURE_MAX], int64_t bytes);        /* "812 B", "47.1 KiB", "1.2 GiB" */

#endif
