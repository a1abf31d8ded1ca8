/*
 * findings.h - what the doctor found, check by check, and how it is printed.
 *
 * Threads: one at a time.
 */
#ifndef PACKSHOT_JOBS_FINDINGS_H
#define PACKSHOT_JOBS_FINDINGS_H

#include "jobs/settings.h"
#include "pipeline/err.h"

#include <stdio.h>

enum finding_state { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
	const char *name; /* of the check; static; a promise of the JSON */
	enum finding_state state;
	char about[320];
	char fix[200]; /* "": nothing to do */
};

#define FINDINGS_MAX 32

struct findings {
	struct finding list[FINDINGS_MAX];
	int count;
};

/* Adds one; with `fix` (NULL: none) where the state is not OK. */
void finding_add(struct findings *, const char *name, enum finding_state, const char *fix, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Adds one that failed (or only warns) with an error's message, and its advice as the fix unless another is given. */
void finding_add_err(struct findings *, const char *name, enum finding_state, const char *fix, const struct err *);

bool findings_fit(const struct findings *); /* nothing failed */
void findings_print(const struct findings *, FILE *out, bool colour);
int findings_print_json(const struct findings *, FILE *out, struct err *); /* ERR_NOMEM */

/* The checks, in groups. */
void check_settings(struct findings *, const struct settings *, const struct err *config);
void check_libraries(struct findings *, const struct settings *);
void check_workspace(struct findings *, const struct settings *);
void check_machine(struct findings *, const struct settings *);
void check_api(struct findings *, const struct settings *); /* goes to the network where a model is called */

#endif
