/*
 * store_spent.h - what a run that goes on with others finds spent already, of the one budget for them all.
 *
 * Threads: the store's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_SPENT_H
#define PACKSHOT_PIPELINE_STORE_SPENT_H

#include "pipeline/store.h"

/* What was spent, or may have been, by the runs that `run` goes on with, in nano-dollars.
 *   A run that reads a manifest goes on with the last one that did, where that did not come to its end, and with those that it went on
 *     with; with their re-runs too. A night that reached its budget has come to its end: the next one has a budget of its own.
 *   A re-run goes on with re-runs of the same items that did not come to their end, and with the run whose items they are where that did
 *     not either. one_night: with all of them, finished or not.
 * ERR_STORE. */
int store_spent_before(struct store *, int64_t run, bool one_night, int64_t *nano, struct err *);

#endif
