#include "pipeline/store_night.h"

#include "pipeline/store_db.h"

/* A call that was turned away is settled at nothing. */
static const char paid_sql[] =
	"SELECT seq, max(state = 'settled' AND error IS NULL) FROM calls WHERE run BETWEEN ?1 AND ?2"
	" AND (state = 'unknown' OR (state = 'settled' AND settled_nano > 0))"
	" GROUP BY seq ORDER BY seq";

int store_each_paid(struct store_reader *rd, int64_t first, int64_t last,
		    int (*row)(void *ctx, int64_t seq, bool has_bought), void *ctx, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc, said = 0;

	if (store_prepare(rd->db, paid_sql, &s, e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, first);
	sqlite3_bind_int64(s, 2, last);
	while (said == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW)
		said = row(ctx, sqlite3_column_int64(s, 0), sqlite3_column_int(s, 1) != 0);
	if (said == 0 && rc != SQLITE_DONE)
		said = store_fail(rd->db, "reading the ledger", e);
	sqlite3_finalize(s);
	return said;
}
