#include "pipeline/store_prune.h"

#include "pipeline/store_db.h"

#include <stdio.h>
#include <string.h>

/* Runs that are let go: old ones, but for the last catalogue and its re-runs. */
#define OLD_RUNS                                                                                     \
	"(SELECT id FROM runs WHERE started < %lld AND state != 'running' AND coalesce(base, id) !=" \
	" (SELECT coalesce(base, id) FROM runs ORDER BY id DESC LIMIT 1))"

static int delete_rows(struct store *st, const char *sql, int64_t since_us, int64_t *count, struct err *e)
{
	char text[600];

	snprintf(text, sizeof(text), sql, (long long)since_us);
	if (store_exec(store_db(st), text, e) != 0)
		return -1;
	*count = sqlite3_changes64(store_db(st));
	return 0;
}

int store_prune(struct store *st, int64_t since_us, struct pruned *out, struct err *e)
{
	int64_t stages = 0;

	memset(out, 0, sizeof(*out));
	if (store_begin(st, e) != 0)
		return -1;
	if (delete_rows(st, "DELETE FROM stage_results WHERE run IN " OLD_RUNS, since_us, &stages, e) == 0 &&
	    delete_rows(st, "DELETE FROM items WHERE run IN " OLD_RUNS, since_us, &out->items, e) == 0 &&
	    delete_rows(st,
			"DELETE FROM cache WHERE created < %lld AND key NOT IN (SELECT key FROM stage_results WHERE "
			"key IS NOT NULL)",
			since_us, &out->results, e) == 0 &&
	    store_commit(st, e) == 0)
		return 0;
	store_rollback(st);
	return -1;
}

int store_each_blob(struct store_reader *rd, int (*row)(void *ctx, const struct digest *), void *ctx, struct err *e)
{
	sqlite3_stmt *s = NULL;
	struct digest d;
	int rc, said = 0;

	if (store_prepare(rd->db, "SELECT blob FROM cache WHERE blob IS NOT NULL", &s, e) != 0)
		return -1;
	while (said == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (sqlite3_column_bytes(s, 0) != (int)sizeof(d.b))
			continue;
		memcpy(d.b, sqlite3_column_blob(s, 0), sizeof(d.b));
		said = row(ctx, &d);
	}
	if (said == 0 && rc != SQLITE_DONE)
		said = store_fail(rd->db, "reading the cache", e);
	sqlite3_finalize(s);
	return said;
}
