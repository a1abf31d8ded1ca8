/*
 * shift.h - a run under way, whatever it works on: the main thread's side of the road, from its first item to results.jsonl.
 *
 * Threads: the main thread.
 */
#ifndef PACKSHOT_JOBS_SHIFT_H
#define PACKSHOT_JOBS_SHIFT_H

#include "jobs/admission.h"
#include "jobs/machine.h"
#include "jobs/progress.h"
#include "jobs/settings.h"
#include "jobs/summary.h"
#include "jobs/workspace.h"

struct shift {
	/* Set by the command; the machine is prepared and the workspace open. */
	const struct settings *set;
	const char *command;  /* as the database has it */
	const char *manifest; /* path, or NULL */
	int64_t base;         /* the run whose items are worked on again; 0: none */
	struct machine machine;
	struct workspace space;
	int64_t began_us;
	/* Gives everything that is to be worked on to the road (admission.h), unless `end` says otherwise meanwhile; looks around now and then.
	 * -1: err, or see engine_failed(). */
	int (*admit)(struct shift *, struct err *);
	double (*progress_of)(const struct shift *); /* 0..1: how much of it has been read */
	void *ctx;

	struct admission admission;
	struct progress *progress;
	int64_t id;
	bool all_read;    /* everything has been given to the road */
	enum run_end end; /* RUN_FINISHED until something ends it earlier */
	struct err halt;  /* what ended it, where that was no limit of the user's */
	bool hurried;     /* the user asked twice */
	bool silent;      /* set by the command: it says itself how it went */
};

/* Gives the exit status: 0 all succeeded, 1 some items failed, 4 stopped by a limit, 130 interrupted; or -1: that of *err, which says why
 * the run could not go on. Everything it opened is closed again. */
int shift_work(struct shift *, struct err *);

/* One look around, for admit(): the progress line, the user's wish to stop, the limits. */
void shift_look(struct shift *);

#endif
