#include "jobs/tidy.h"

#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/store_prune.h"
#include "pipeline/store_sums.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_US (86400 * INT64_C(1000000))

/* --- results that nobody uses --- */

/* Digests in order, to be looked for. */
struct used {
	struct digest *v;
	size_t count, room;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

static int keep_digest(void *ctx, const struct digest *d)
{
	struct used *u = ctx;

	if (u->count == u->room) {
		size_t room = u->room ? 2 * u->room : 4096;
		struct digest *grown = realloc(u->v, room * sizeof(*grown));

		if (!grown)
			return 1;
		u->v = grown;
		u->room = room;
	}
	u->v[u->count++] = *d;
	return 0;
}

static bool is_used(void *ctx, const struct digest *d)
{
	const struct used *u = ctx;

	return u->count > 0 && bsearch(d, u->v, u->count, sizeof(*d), compare) != NULL;
}

static int sweep(const struct workspace *w, int64_t *count, int64_t *bytes, struct err *e)
{
	struct store_reader *reader = NULL;
	struct used u = { 0 };
	int rc = store_reader_open(&reader, w->db, e);

	if (rc == 0)
		rc = store_each_blob(reader, keep_digest, &u, e);
	if (rc > 0)
		rc = err_set(e, ERR_NOMEM, "no memory to tidy up");
	if (rc == 0) {
		if (u.count > 0)
			qsort(u.v, u.count, sizeof(*u.v), compare);
		rc = blobs_sweep(w->blobs, is_used, &u, count, bytes, e);
	}
	store_reader_close(reader);
	free(u.v);
	return rc;
}

/* --- reports --- */

/* "run-12.txt", "run-12.json" and "night-12.html", and nothing else. */
static bool is_report(const char *name)
{
	static const struct {
		const char *before, *behind;
	} names[] = { { "run-", ".txt" }, { "run-", ".json" }, { "night-", ".html" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strlen(names[i].before), digits;

		if (strncmp(name, names[i].before, length) != 0)
			continue;
		digits = strspn(name + length, "0123456789");
		if (digits > 0 && strcmp(name + length + digits, names[i].behind) == 0)
			return true;
	}
	return false;
}

static bool is_older(int folder, const char *name, int64_t since_us)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (int64_t)st.st_mtime * 1000000 < since_us;
}

static int remove_reports(const struct workspace *w, int64_t since_us, int64_t *count, struct err *e)
{
	char *path = file_join(w->dir, REPORTS_FOLDER);
	DIR *folder = path ? opendir(path) : NULL;
	const struct dirent *entry;
	int rc = 0;

	free(path);
	if (!folder)
		return 0; /* there are none */
	while ((entry = readdir(folder))) {
		if (!is_report(entry->d_name) || !is_older(dirfd(folder), entry->d_name, since_us))
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
			++*count;
		else
			rc = err_errno(e, ERR_IO, "%s in the folder of reports", entry->d_name);
	}
	closedir(folder);
	return rc;
}

/* --- all of it --- */

int tidy(const struct workspace *w, int64_t days, struct err *e)
{
	int64_t since_us = clock_wall_us() - days * DAY_US, count = 0, bytes = 0, reports = 0;
	struct pruned gone = { 0 };
	int rc;

	if (days == 0)
		return 0;
	rc = store_sums_keep(w->store, e); /* reports outlive the rows */
	if (rc == 0)
		rc = store_prune(w->store, since_us, &gone, e);
	if (rc == 0)
		rc = sweep(w, &count, &bytes, e);
	if (remove_reports(w, since_us, &reports, e) != 0)
		rc = -1;
	if (gone.items + gone.results + count + reports > 0)
		log_line(LOG_INFO,
			 "tidied up: %lld rows of old runs, %lld results that nobody uses, %lld files of %lld bytes, "
			 "%lld "
			 "old reports",
			 (long long)gone.items, (long long)gone.results, (long long)count, (long long)bytes,
			 (long long)reports);
	return rc;
}
