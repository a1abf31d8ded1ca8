#include "pipeline/store_prune.h"

#include "pipeline/store_db.h"

#include <stdio.h>
#include <string.h>

/* The last catalogues that were worked through, however long ago: a night in which half of one was missing must not
 * decide what nobody needs. Of each manifest the last, where there are not too many. */
#define LAST_CATALOGUES                                                                                           \
	"SELECT id FROM (SELECT id FROM runs WHERE base IS NULL AND state = 'finished' ORDER BY id DESC LIMIT 7)" \
	" UNION SELECT id FROM (SELECT max(id) AS id FROM runs WHERE base IS NULL AND state = 'finished'"         \
	" GROUP BY manifest ORDER BY 1 DESC LIMIT 50)"

/* Runs that are let go: old ones whose sums are kept, but for those and their re-runs, and the very last. */
#define OLD_RUNS                                                                                   \
	"(SELECT id FROM runs WHERE started < %lld AND state != 'running' AND summed"              \
	" AND coalesce(base, id) NOT IN (" LAST_CATALOGUES " UNION SELECT coalesce(base, id) FROM" \
	" (SELECT base, id FROM runs ORDER BY id DESC LIMIT 1)))"

/* Rows that a run kept has found unchanged, or that a later run may: those of pictures that stand. */
#define STILL_NEEDED "(run, seq) IN (SELECT made_run, made_seq FROM unchanged UNION ALL SELECT run, seq FROM last_made)"

/* Pictures that no run kept has seen, not even to fail. */
#define UNSEEN                                                                                        \
	"run IN " OLD_RUNS " AND (run, seq) NOT IN (SELECT made_run, made_seq FROM unchanged)"        \
	" AND (sku, position) NOT IN (SELECT sku, position FROM made_items WHERE sku IS NOT NULL AND" \
	" run NOT IN " OLD_RUNS ")"

/* Rows of old runs that nothing rests on any more. */
#define LET_GO "run IN " OLD_RUNS " AND NOT " STILL_NEEDED

#define KEYS_IN_USE "(SELECT key FROM made_stages WHERE key IS NOT NULL)"

/* In this order: what points to others goes first. %lld: the moment that divides old from young. */
enum { UNCHANGED_ROWS = 1, ITEMS = 5, RESULTS = 6 };
static const char *const deletions[] = {
	"UPDATE runs SET tidied = 1 WHERE id IN " OLD_RUNS,
	[UNCHANGED_ROWS] = "DELETE FROM unchanged WHERE run IN " OLD_RUNS,
	"DELETE FROM last_made WHERE " UNSEEN,
	"DELETE FROM made_stages WHERE " LET_GO,
	"DELETE FROM lines WHERE id IN (SELECT json_line FROM made_items WHERE " LET_GO ")",
	[ITEMS] = "DELETE FROM made_items WHERE " LET_GO,
	[RESULTS] = ("DELETE FROM cache WHERE created < %lld AND key NOT IN " KEYS_IN_USE),
};
#define DELETIONS (sizeof(deletions) / sizeof(deletions[0]))

static int delete_all(struct store *st, int64_t since_us, int64_t counts[DELETIONS], struct err *e)
{
	char text[3000];

	for (size_t i = 0; i < DELETIONS; i++) {
		snprintf(text, sizeof(text), deletions[i], (long long)since_us, (long long)since_us);
		if (store_exec(store_db(st), text, e) != 0)
			return -1;
		counts[i] = sqlite3_changes64(store_db(st));
	}
	return 0;
}

int store_prune(struct store *st, int64_t since_us, struct pruned *out, struct err *e)
{
	int64_t counts[DELETIONS] = { 0 };

	memset(out, 0, sizeof(*out));
	if (store_begin(st, e) != 0)
		return -1;
	if (delete_all(st, since_us, counts, e) == 0 && store_commit(st, e) == 0) {
		out->items = counts[UNCHANGED_ROWS] + counts[ITEMS];
		out->results = counts[RESULTS];
		return 0;
	}
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
