/* store_nearest.c - the SKUs that somebody may have meant: the neighbours, in the order of the index, of the word, of
 * its beginnings, and of both in capital and in small letters; and where the slip may be at its beginning, all. */
#include "pipeline/store_nearest.h"

#include "pipeline/nearest.h"
#include "pipeline/store_db.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NEIGHBOURS     24 /* on each side */
#define BEGINNINGS     4  /* the whole word, and shorter ones */
#define SPELLINGS      3
#define FAR_SLIPS      2      /* of those that are found elsewhere */
#define FAR_KEPT       16     /* with as many slips each */
#define FAR_ROWS       500000 /* are looked at */
#define CANDIDATES     (2 * NEIGHBOURS * BEGINNINGS * SPELLINGS + FAR_KEPT * (FAR_SLIPS + 1))
#define TEXT_OF(macro) #macro
#define NUMBER(macro)  TEXT_OF(macro)

struct candidates {
	char *v[CANDIDATES]; /* room for all that the queries can give */
	size_t count;
};

/* False: no memory. */
static bool add(struct candidates *c, const char *sku)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->v[i], sku) == 0)
			return true;
	}
	c->v[c->count] = strdup(sku);
	return c->v[c->count++] != NULL;
}

static int add_neighbours(sqlite3_stmt *s, const char *word, size_t length, struct candidates *c, struct err *e)
{
	int rc;

	sqlite3_bind_text(s, 1, word, (int)length, SQLITE_STATIC);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *sku = (const char *)sqlite3_column_text(s, 0);

		if (sku && !add(c, sku))
			break;
	}
	sqlite3_reset(s);
	if (rc == SQLITE_ROW)
		return err_set(e, ERR_NOMEM, "no memory to look for a product");
	return rc == SQLITE_DONE ? 0 : store_fail(sqlite3_db_handle(s), "looking for a product", e);
}

static int gather(sqlite3 *db, const char *sku, struct candidates *c, struct err *e)
{
	static const char sql[] =
		"SELECT sku FROM (SELECT sku FROM products WHERE sku >= ?1 ORDER BY sku LIMIT " NUMBER(
			NEIGHBOURS) ") UNION ALL SELECT sku FROM (SELECT sku FROM products WHERE sku < ?1 ORDER BY sku "
				    "DESC"
				    " LIMIT " NUMBER(NEIGHBOURS) ")";
	size_t length = strlen(sku);
	char *word = strdup(sku);
	sqlite3_stmt *s = NULL;
	int rc = word ? store_prepare(db, sql, &s, e) : err_set(e, ERR_NOMEM, "no memory to look for a product");

	for (int spelling = 0; spelling < SPELLINGS && rc == 0; spelling++) {
		for (size_t i = 0; i < length && spelling > 0; i++)
			word[i] = (char)(spelling == 1 ? toupper((unsigned char)sku[i])
						       : tolower((unsigned char)sku[i]));
		for (size_t part = 0; part < BEGINNINGS && rc == 0; part++)
			rc = add_neighbours(s, word, length - length * part / BEGINNINGS, c, e);
	}
	sqlite3_finalize(s);
	free(word);
	return rc;
}

/* Has one been found that can hardly be bettered? */
static bool is_close(const struct candidates *c, const char *sku)
{
	const char *best = nearest(sku, (const char *const *)c->v, c->count);

	return best && nearest_slips(sku, best, 1) <= 1;
}

/* Wherever in the index they are. */
static int gather_far(sqlite3 *db, const char *sku, struct candidates *c, struct err *e)
{
	size_t kept[FAR_SLIPS + 1] = { 0 };
	sqlite3_stmt *s = NULL;
	int rc = store_prepare(db, "SELECT sku FROM products LIMIT " NUMBER(FAR_ROWS), &s, e);

	if (rc != 0)
		return -1;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *other = (const char *)sqlite3_column_text(s, 0);
		int slips = other ? nearest_slips(sku, other, FAR_SLIPS) : FAR_SLIPS + 1;

		if (slips > FAR_SLIPS || kept[slips]++ >= FAR_KEPT)
			continue;
		if (!add(c, other))
			break;
	}
	if (rc == SQLITE_ROW)
		err_set(e, ERR_NOMEM, "no memory to look for a product");
	else if (rc != SQLITE_DONE)
		store_fail(db, "looking for a product", e);
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : -1;
}

static bool begins_so(const char *sku, const char *beginning)
{
	while (*beginning && tolower((unsigned char)*sku) == tolower((unsigned char)*beginning))
		sku++, beginning++;
	return !*beginning;
}

/* The next best one, which is taken out of the candidates; NULL: none is near. */
static char *pick(struct candidates *c, const char *sku)
{
	const char *best = nearest(sku, (const char *const *)c->v, c->count);

	for (size_t i = 0; i < c->count; i++) {
		char *found = c->v[i];

		if (found && (best ? found == best : begins_so(found, sku))) {
			c->v[i] = NULL;
			return found;
		}
	}
	return NULL;
}

int store_nearest_skus(struct store_reader *rd, const char *sku, char **out, size_t max, size_t *count, struct err *e)
{
	struct candidates c = { .count = 0 };
	int rc = gather(rd->db, sku, &c, e);
	char *found;

	if (rc == 0 && !is_close(&c, sku))
		rc = gather_far(rd->db, sku, &c, e);
	*count = 0;
	while (rc == 0 && *count < max && (found = pick(&c, sku)))
		out[(*count)++] = found;
	for (size_t i = 0; i < c.count; i++)
		free(c.v[i]);
	return rc;
}
