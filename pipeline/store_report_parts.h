/*
 * store_report_parts.h - what the files of the report share. Inside the store only.
 *
 * Threads: the reader's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_REPORT_PARTS_H
#define PACKSHOT_PIPELINE_STORE_REPORT_PARTS_H

#include "pipeline/store_db.h"
#include "pipeline/store_report.h"

/* What the runs' groups come to, by groups.id. */
struct fold {
	int64_t *items, *same, *cost; /* standing; of them, unchanged; paid */
	int64_t *found;               /* unchanged, whether they stand or not */
	int64_t *status;              /* enum item_status */
	size_t count;
};

/* A query that is being read. */
struct query {
	sqlite3_stmt *s;
	bool no_memory; /* for a text() that there is */
};
int64_t query_number(struct query *, int column);
const char *query_borrowed(struct query *, int column); /* until the next row; NULL where it is NULL */
char *query_text(struct query *, int column);           /* the caller's */

/* Room for one more behind a list (a pointer to it), zeroed and counted; NULL: no memory, and the list is as it was. */
void *list_add(void *list, size_t *count, size_t size);

/* The model of that name, added where it is new; NULL: no memory. */
struct report_model *figures_model(struct report_figures *, const char *name);
/* Lists in the order in which they are shown, and not longer than that. */
void figures_sort(struct report_figures *);

/* Categories, failures with examples, reasons, models' items, and what stands unchanged. -1: err. */
int figures_of_groups(sqlite3 *, struct report_figures *, struct fold *, struct err *);

int report_no_memory(struct err *); /* -1 */

#endif
