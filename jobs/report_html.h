/*
 * report_html.h - the report as one page for a browser: what happened, what went wrong, what it cost, and the pictures.
 *
 * The page needs no network, and no script but for sorting and comparing; a policy in its head forbids everything else. All text from
 * outside goes through markup.h.
 * Threads: the main thread; libvips is opened and closed (stages/picture.h).
 */
#ifndef PACKSHOT_JOBS_REPORT_HTML_H
#define PACKSHOT_JOBS_REPORT_HTML_H

#include "jobs/projection.h"
#include "pipeline/store_report.h"

#include <stdio.h>

/* The file of this name in the workspace is where the page goes when nobody says. */
#define REPORT_PAGE "report.html"

/* Writes the page of these figures, which the reader's workspace gave. file: where it will stand (NULL: as seen from the workspace), for its
 * links. ERR_STORE, ERR_IO, ERR_NOMEM, ERR_CONFIG (libvips). */
int report_html(FILE *, struct store_reader *, const struct report_figures *, const struct projection *, const char *workspace,
		const char *file, struct err *);

/* The night in one sentence: "3 of 1,204 pictures failed and 41 need a look; the night cost $41.20, 0.9 % of it for answers that were
 * lost." No markup. malloc()ed; NULL: no memory. */
char *report_verdict(const struct report_figures *);

#endif
