/*
 * faults.h - what is wrong with a text, collected so that it can be told to whoever wrote it.
 *
 * Threads: one at a time.
 */
#ifndef PACKSHOT_STAGES_FAULTS_H
#define PACKSHOT_STAGES_FAULTS_H

#define FAULTS_TEXT_MAX 2000 /* bytes; what does not fit is counted only */

struct faults {
	int count;
	char text[FAULTS_TEXT_MAX]; /* one line each, "- ..." */
};

void faults_add(struct faults *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
