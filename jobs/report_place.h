/*
 * report_place.h - where a report's file stands, and how the workspace's files are reached from there.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_REPORT_PLACE_H
#define PACKSHOT_JOBS_REPORT_PLACE_H

#include "pipeline/err.h"

#include <stdio.h>

/* What stands before "images/..." in a link of a page in this file: "" or "../" within the workspace, elsewhere the workspace as a
 * file: URL. file NULL: the page's place is not known, the links are as seen from the workspace. malloc()ed; NULL: ERR_NOMEM, or
 * ERR_IO where the file's folder does not exist. */
char *report_place_prefix(const char *workspace, const char *file, struct err *);

/* Writes a file whole: what write() puts on a stream appears under this name, or nothing does. Its folder is made where missing. -1: what
 * write() says, ERR_IO, ERR_NOMEM. */
int report_place_write(const char *file, int (*write)(FILE *, void *ctx, struct err *), void *ctx, struct err *);

#endif
