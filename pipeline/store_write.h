/*
 * store_write.h - the writing connection from inside: its statements, prepared once, and how they are used. Inside the store only.
 *
 * Threads: the store's.
 */
#ifndef PACKSHOT_PIPELINE_STORE_WRITE_H
#define PACKSHOT_PIPELINE_STORE_WRITE_H

#include "pipeline/store.h"
#include "pipeline/store_db.h"

enum statement {
	RUNS_ABANDONED, /* see store_statements.c */
	CALLS_ABANDONED,
	CACHE_EXPIRED,
	RUN_BEGIN,
	RUN_END,
	RUN_RESULTS,
	PRODUCT,
	STAGE,
	CACHE,
	LINE,
	GROUP,
	GROUP_NEW,
	ITEM,
	LAST_MADE,
	LAST_MADE_GONE,
	PRODUCT_CHANGED,
	UNCHANGED,
	UNCHANGED_ROWS, /* of UNCHANGED_AT_ONCE */
	CALL,
	CALL_END,
	TX_BEGIN,
	TX_COMMIT,
	TX_ROLLBACK,
	STATEMENTS
};

#define UNCHANGED_AT_ONCE 16

extern const char *const store_sql[STATEMENTS];

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	/* Pages of the write-ahead log: from how many on they are taken in, after how many (more) it is to start anew, and when next. */
	int take_in, restart, restart_at;
};

/* Binding: column numbers from 1; what is absent becomes NULL. The text is the caller's until the statement was run. */
void store_bind_text(sqlite3_stmt *, int at, const char *text);
void store_bind_digest(sqlite3_stmt *, int at, bool there, const struct digest *);

/* Executes a statement whose parameters are bound, and makes it ready for the next use. `doing` is for the message. */
int store_run(struct store *, enum statement which, const char *doing, struct err *);

#endif
