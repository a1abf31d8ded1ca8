#include "jobs/nightly.h"

#include "jobs/alerts.h"
#include "jobs/interrupt.h"
#include "jobs/report.h"
#include "jobs/rerun.h"
#include "jobs/run.h"
#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/store_prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_US (86400 * INT64_C(1000000))

struct night {
	const struct settings *set;
	struct workspace *space;
	int64_t first, last; /* its runs */
};

/* --- work --- */

/* One run, or one more look at what failed; each on a machine of its own, whose counts begin at nothing. *count: of a
 * re-run, how many items there were. */
static int work_once(struct night *n, struct manifest *manifest, int64_t *count, struct err *e)
{
	struct shift *r = calloc(1, sizeof(*r));
	int status = -1;

	*count = 1;
	if (!r)
		return err_set(e, ERR_NOMEM, "no memory to start");
	r->set = n->set;
	if (machine_prepare(&r->machine, n->set, e) == 0) {
		r->space = *n->space; /* lent */
		status = manifest ? run_shift(r, manifest, e) : rerun_shift(r, count, e);
	}
	if (r->id) {
		n->first = n->first ? n->first : r->id;
		n->last = r->id;
	}
	machine_release(&r->machine);
	free(r);
	return status;
}

/* False: interrupted. */
static bool wait_a_while(double seconds)
{
	int64_t until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
	struct timespec nap = { 0, 100000000 };

	while (clock_monotonic_us() < until && interrupt_count() == 0)
		nanosleep(&nap, NULL);
	return interrupt_count() == 0;
}

static int work(struct night *n, struct manifest *manifest, struct err *e)
{
	int64_t count;
	int status = work_once(n, manifest, &count, e);

	for (int64_t i = 0; i < n->set->rounds && status == 1; i++) {
		int again;

		if (!wait_a_while(n->set->pause))
			return err_exit(ERR_INTERRUPTED);
		again = work_once(n, NULL, &count, e);
		if (count == 0) /* nothing that may pass */
			break;
		status = again;
	}
	return status;
}

/* --- reports --- */

static int write_report(const struct night *n, int64_t run, const char *folder, enum report_format format,
			const char *extension, struct err *e)
{
	char name[64], *making, *path;
	FILE *f = NULL;
	int rc = -1;

	snprintf(name, sizeof(name), "run-%lld.%s", (long long)run, extension);
	making = file_join(n->space->tmp, name);
	path = file_join(folder, name);
	if (making && path)
		f = fopen(making, "we");
	if (!f)
		err_errno(e, ERR_IO, "%s", file_shown(making ? making : name));
	else if (report_print(f, n->space->dir, run, format, false, e) == 0)
		rc = fflush(f) == 0 && fsync(fileno(f)) == 0 && rename(making, path) == 0
			     ? 0
			     : err_errno(e, ERR_IO, "%s", file_shown(path));
	if (f)
		fclose(f);
	if (rc != 0 && making)
		unlink(making);
	free(making);
	free(path);
	return rc;
}

static int write_reports(const struct night *n, struct err *e)
{
	char *folder = file_join(n->space->dir, "reports");
	int rc;

	if (!folder)
		return err_set(e, ERR_NOMEM, "no memory for the reports");
	rc = file_make_dirs(folder, e);
	for (int64_t run = n->first; run <= n->last && rc == 0; run++) {
		rc = write_report(n, run, folder, REPORT_TEXT, "txt", e);
		if (rc == 0)
			rc = write_report(n, run, folder, REPORT_JSON, "json", e);
	}
	free(folder);
	return rc;
}

/* --- tidying up --- */

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

static int sweep(const struct night *n, int64_t *count, int64_t *bytes, struct err *e)
{
	struct store_reader *reader = NULL;
	struct used u = { 0 };
	int rc = store_reader_open(&reader, n->space->db, e);

	if (rc == 0)
		rc = store_each_blob(reader, keep_digest, &u, e);
	if (rc > 0)
		rc = err_set(e, ERR_NOMEM, "no memory to tidy up");
	if (rc == 0) {
		if (u.count > 0)
			qsort(u.v, u.count, sizeof(*u.v), compare);
		rc = blobs_sweep(n->space->blobs, is_used, &u, count, bytes, e);
	}
	store_reader_close(reader);
	free(u.v);
	return rc;
}

static int tidy(const struct night *n, struct err *e)
{
	struct pruned gone;
	int64_t count = 0, bytes = 0;

	if (n->set->keep == 0)
		return 0;
	if (store_prune(n->space->store, clock_wall_us() - n->set->keep * DAY_US, &gone, e) != 0 ||
	    sweep(n, &count, &bytes, e) != 0)
		return -1;
	if (gone.items + gone.results + count > 0)
		log_line(LOG_INFO,
			 "tidied up: %lld rows of old runs, %lld results that nobody uses, %lld files of %lld bytes",
			 (long long)gone.items, (long long)gone.results, (long long)count, (long long)bytes);
	return 0;
}

/* --- all of it --- */

/* What follows the work is done whatever came of it; the work's own error counts first. */
static int close_night(struct night *n, int status, struct err *e)
{
	struct err why = { 0 };

	if (n->first == 0 || status == err_exit(ERR_INTERRUPTED))
		return status;
	if (write_reports(n, &why) != 0 || alerts_check(n->set, n->space->dir, n->first, n->last, &why) < 0 ||
	    tidy(n, &why) != 0) {
		if (status >= 0)
			return err_set(e, why.code, "%s", why.msg);
		log_line(LOG_ERROR, "%s", why.msg);
	}
	return status;
}

int nightly_command(const struct settings *set, struct err *e)
{
	struct workspace space = { 0 };
	struct night n = { .set = set, .space = &space };
	struct manifest *manifest = NULL;
	int status = -1;

	interrupt_watch();
	if (manifest_open(&manifest, set->argument, e) == 0 && workspace_open(&space, set->out, e) == 0)
		status = close_night(&n, work(&n, manifest, e), e);
	manifest_close(manifest);
	workspace_close(&space);
	return status;
}
