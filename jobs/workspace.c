#include "jobs/workspace.h"

#include "pipeline/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int name_parts(struct workspace *w, const char *dir, char **lock, char **blobs, struct err *e)
{
	w->dir = realpath(dir, NULL);
	if (!w->dir)
		return err_errno(e, ERR_IO, "%s", dir);
	w->tmp = file_join(w->dir, "tmp");
	w->db = file_join(w->dir, "packshot.db");
	*lock = file_join(w->dir, "lock");
	*blobs = file_join(w->dir, "blobs");
	if (!w->tmp || !w->db || !*lock || !*blobs)
		return err_set(e, ERR_NOMEM, "no memory to open %s", dir);
	return 0;
}

int workspace_open(struct workspace *w, const char *dir, struct err *e)
{
	char *lock = NULL, *blobs = NULL;
	int rc = -1;

	memset(w, 0, sizeof(*w));
	if (file_make_dirs(dir, e) != 0 || name_parts(w, dir, &lock, &blobs, e) != 0)
		goto done;
	if (lock_take(&w->lock, lock, e) != 0 || file_make_dirs(w->tmp, e) != 0)
		goto done;
	file_clear_dir(w->tmp);
	if (store_open(&w->store, w->db, e) != 0 || blobs_open(&w->blobs, blobs, w->tmp, e) != 0)
		goto done;
	rc = 0;
done:
	free(lock);
	free(blobs);
	return rc;
}

void workspace_close(struct workspace *w)
{
	blobs_close(w->blobs);
	store_close(w->store);
	lock_release(w->lock);
	free(w->dir);
	free(w->tmp);
	free(w->db);
	memset(w, 0, sizeof(*w));
}
