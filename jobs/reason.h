/*
 * reason.h - why a picture needs a look, or was rejected, in words.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_REASON_H
#define PACKSHOT_JOBS_REASON_H

/* What a reason of a result means, a sentence without its full stop; NULL: it has no more to say than its name. */
const char *reason_meaning(const char *name);

#endif
