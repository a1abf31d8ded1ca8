/*
 * log.h - one line an event on standard error; the progress line steps aside for it.
 *
 * Threads: from any thread; a line is written whole.
 */
#ifndef PACKSHOT_PIPELINE_LOG_H
#define PACKSHOT_PIPELINE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_level(enum log_level); /* what is quieter than this is not printed; LOG_WARN to begin with */
/* What to call before and after a line, to hide and redraw a progress line. Set once, before threads start; NULL: nothing. */
void log_curtain(void (*down)(void), void (*up)(void));
void log_line(enum log_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
