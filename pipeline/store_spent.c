#include "pipeline/store_spent.h"

#include "pipeline/store_db.h"

/* me: the run; chain: the manifest's runs that are one effort with it, itself or its base first. ?1 the run, ?2 one
 * night. */
static const char spent[] =
	"WITH RECURSIVE me AS (SELECT id, base FROM runs WHERE id = ?1),"
	" ended AS (SELECT id FROM runs WHERE state = 'finished' OR (state = 'stopped' AND command = 'nightly')),"
	" chain (id, manifest) AS (SELECT id, manifest FROM runs WHERE id = (SELECT coalesce(base, id) FROM me)"
	" UNION ALL SELECT p.id, p.manifest FROM chain c JOIN runs p ON p.id = (SELECT max(id) FROM runs"
	" WHERE id < c.id AND base IS NULL AND manifest IS c.manifest) WHERE p.id NOT IN ended),"
	/* The chain counts for a re-run where its own base is part of the effort. */
	" together AS (SELECT c.id FROM chain c, me WHERE ?2 OR me.base IS NULL OR me.base NOT IN ended),"
	" before AS (SELECT id FROM together UNION SELECT r.id FROM runs r JOIN together t ON r.base = t.id"
	" WHERE r.base IS NOT (SELECT base FROM me)"
	" UNION SELECT r.id FROM runs r, me WHERE r.base = me.base AND (?2 OR r.id >"
	" (SELECT coalesce(max(id), 0) FROM runs WHERE base = me.base AND id < me.id AND id IN ended)))"
	" SELECT coalesce(sum(CASE state WHEN 'settled' THEN settled_nano ELSE reserved_nano END), 0) FROM calls"
	" WHERE run IN before AND run < ?1";

int store_spent_before(struct store *st, int64_t run, bool one_night, int64_t *nano, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (store_prepare(store_db(st), spent, &s, e) != 0)
		return -1;
	sqlite3_bind_int64(s, 1, run);
	sqlite3_bind_int(s, 2, one_night);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*nano = sqlite3_column_int64(s, 0);
	else
		store_fail(store_db(st), "reading what was spent", e);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 0 : -1;
}
