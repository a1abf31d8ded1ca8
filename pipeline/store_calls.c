/* store_calls.c - the rows of the ledger. */
#include "pipeline/store_write.h"

int store_call(struct store *st, int64_t run, const struct call_row *c, struct err *e)
{
	sqlite3_stmt *s = st->statements[CALL];

	sqlite3_bind_int64(s, 1, c->id);
	sqlite3_bind_int64(s, 2, run);
	sqlite3_bind_int64(s, 3, c->seq);
	store_bind_text(s, 4, c->stage);
	store_bind_text(s, 5, c->kind);
	store_bind_text(s, 6, c->model);
	sqlite3_bind_int64(s, 7, c->reserved_nano);
	return store_run(st, CALL, "recording a call", e);
}

int store_call_end(struct store *st, const struct call_end_row *c, struct err *e)
{
	sqlite3_stmt *s = st->statements[CALL_END];
	const int64_t tokens[] = { c->text_in, c->image_in, c->text_out, c->image_out };

	sqlite3_bind_int64(s, 1, c->id);
	store_bind_text(s, 2, c->settled ? "settled" : "unknown");
	if (c->settled)
		sqlite3_bind_int64(s, 3, c->settled_nano);
	for (int i = 0; i < 4 && c->has_tokens; i++)
		sqlite3_bind_int64(s, 4 + i, tokens[i]);
	sqlite3_bind_int64(s, 8, c->started_us);
	sqlite3_bind_int64(s, 9, c->ended_us);
	sqlite3_bind_int(s, 10, c->tries);
	store_bind_text(s, 11, c->endpoint);
	store_bind_text(s, 12, c->answered_by);
	store_bind_text(s, 13, c->answer_id);
	store_bind_text(s, 14, c->error);
	return store_run(st, CALL_END, "recording the end of a call", e);
}

int store_last_call(struct store *st, int64_t *id, struct err *e)
{
	return store_get_int(st->db, "SELECT coalesce(max(id), 0) FROM calls", id, e);
}
