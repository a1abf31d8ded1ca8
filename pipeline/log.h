/*
 * log.h - one line an event on standard error; the progress line steps aside for it.
 *
 * As text: "packshot: warning: SKU: what happened". As JSON, for programs: {"time","level","message"} and, where they are known, "run", "sku",
 * "position", "stage" and what an event has beside.
 *
 * Threads: from any thread; a line is written whole. Format and curtain are set before threads start.
 */
#ifndef PACKSHOT_PIPELINE_LOG_H
#define PACKSHOT_PIPELINE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

void log_level(enum log_level); /* what is quieter than this is not printed; LOG_WARN to begin with */
void log_format(enum log_format);
bool log_is_json(void);
void log_run(int64_t run); /* that lines belong to from now on; 0: none */
/* What to call before and after a line, to hide and redraw a progress line. Set once, before threads start; NULL: nothing. */
void log_curtain(void (*down)(void), void (*up)(void));
void log_line(enum log_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The picture that a line is about. */
struct log_subject {
	const char *sku;   /* NULL: unknown, as the next two may be */
	int position;      /* 0: unknown */
	const char *stage; /* NULL */
};
void log_about(enum log_level, const struct log_subject *, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A member of an event: a text, or where that is NULL the number / 10^places. */
struct log_field {
	const char *name;
	const char *text;
	int64_t number;
	int places;
};
/* Something that is said at every level. The fields show in JSON only. */
void log_event(enum log_level, const char *message, const struct log_field *, int count);

#endif
