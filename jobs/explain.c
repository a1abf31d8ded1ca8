/* explain.c - finds the product and prints its life, or says which product may have been meant. */
#include "jobs/explain.h"

#include "jobs/printable.h"
#include "jobs/report.h"
#include "pipeline/file.h"
#include "pipeline/lock.h"
#include "pipeline/store_nearest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUGGESTIONS 3
#define SKU_SHOWN   40 /* characters, so that a message has room for all of them */

const char *explain_money(int64_t nano, char out[EXPLAIN_MONEY_SIZE])
{
	uint64_t amount = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
	size_t length;

	snprintf(out, EXPLAIN_MONEY_SIZE, "%s%llu.%09llu", nano < 0 ? "-" : "",
		 (unsigned long long)(amount / 1000000000), (unsigned long long)(amount % 1000000000));
	length = strlen(out);
	while (out[length - 1] == '0' && out[length - 3] != '.')
		out[--length] = '\0';
	return out;
}

const char *explain_run_state(const struct life_event *e, const char *lock)
{
	long pid;

	if (!e->run_state)
		return "";
	if (strcmp(e->run_state, "running") == 0 && !(lock_held(lock, &pid) && (pid == 0 || pid == e->pid)))
		return "interrupted";
	return e->run_state;
}

const char *explain_cache_name(enum life_cache state)
{
	static const char *const names[] = { [LIFE_CACHE_NONE] = "none",
					     [LIFE_CACHE_HELD] = "held",
					     [LIFE_CACHE_OTHER] = "other",
					     [LIFE_CACHE_EXPIRED] = "expired",
					     [LIFE_CACHE_ABSENT] = "absent" };

	return names[state];
}

/* --- a SKU that is not known --- */

static int unknown_sku(struct store_reader *reader, const char *sku, struct err *e)
{
	char *near[SUGGESTIONS] = { NULL }, *asked = printable_line(sku, SKU_SHOWN), list[256] = "";
	size_t count = 0, used = 0;
	int rc = store_nearest_skus(reader, sku, near, SUGGESTIONS, &count, e);

	for (size_t i = 0; i < count; i++) {
		char *name = printable_line(near[i], SKU_SHOWN);
		int n = snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", name ? name : "?");

		if (n > 0 && (size_t)n < sizeof(list) - used) /* whole ones only */
			used += (size_t)n;
		list[used] = '\0';
		free(name);
		free(near[i]);
	}
	if (rc == 0)
		err_set(e, ERR_USAGE, "no run has seen a product \"%s\"%s%s", asked ? asked : "?",
			used ? "; the nearest: " : "", list);
	free(asked);
	return -1;
}

/* --- the command --- */

static int copy_out(FILE *from, FILE *to, struct err *e)
{
	char buffer[1 << 14];
	size_t n;

	if (fflush(from) != 0 || ferror(from) || fseek(from, 0, SEEK_SET) != 0)
		return err_errno(e, ERR_IO, "the product's life cannot be put together");
	while ((n = fread(buffer, 1, sizeof(buffer), from)) > 0) {
		if (fwrite(buffer, 1, n, to) != n)
			break;
	}
	if (ferror(from) || ferror(to) || fflush(to) != 0)
		return err_errno(e, ERR_IO, "the product's life cannot be written");
	return 0;
}

/* By way of a nameless file: whoever reads page by page must not keep the database's log from being cleared meanwhile,
 * and what cannot be told to its end is not told in part. */
static int print(FILE *out, struct store_reader *reader, const char *sku, const char *lock, bool json, bool colour,
		 struct err *e)
{
	FILE *whole = tmpfile();
	int rc;

	if (!whole)
		return err_errno(e, ERR_IO, "no temporary file for the product's life");
	rc = json ? explain_json(whole, reader, sku, lock, e) : explain_text(whole, reader, sku, lock, colour, e);
	if (rc == 0)
		rc = unknown_sku(reader, sku, e);
	else if (rc > 0)
		rc = copy_out(whole, out, e);
	fclose(whole);
	return rc;
}

static int open_and_print(FILE *out, const char *database, const char *lock, const char *sku, bool json, bool colour,
			  struct err *e)
{
	struct store_reader *reader = NULL;
	int rc;

	if (access(database, F_OK) != 0)
		return err_set(e, ERR_USAGE, "there is no %s: nothing has been run there (see --out)",
			       file_shown(database));
	if (store_reader_open(&reader, database, e) != 0)
		return -1;
	rc = print(out, reader, sku, lock, json, colour, e);
	store_reader_close(reader);
	return rc;
}

int explain_print(FILE *out, const char *workspace, const char *sku, bool json, bool colour, struct err *e)
{
	char *database = file_join(workspace, REPORT_DATABASE), *lock = file_join(workspace, REPORT_LOCK);
	int rc = -1;

	if (!database || !lock)
		err_set(e, ERR_NOMEM, "no memory to explain a product");
	else
		rc = open_and_print(out, database, lock, sku, json, colour, e);
	free(database);
	free(lock);
	return rc;
}
