/*
 * interrupt.h - how often the user has asked to stop (SIGINT, SIGTERM). The count is process-wide, as signals are.
 *
 * Threads: any, after interrupt_watch().
 */
#ifndef PACKSHOT_JOBS_INTERRUPT_H
#define PACKSHOT_JOBS_INTERRUPT_H

#include <stdbool.h>

/* From now on the signals are counted; the third ends the process as it would have without us. SIGPIPE is ignored.
 * Call before threads start. */
void interrupt_watch(void);
int interrupt_count(void);

/* Waits; false: the user has asked to stop meanwhile, and it waits no longer. */
bool interrupt_sleep(double seconds);

#endif
