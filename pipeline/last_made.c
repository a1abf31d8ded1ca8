#include "pipeline/last_made.h"

#include <fcntl.h>
#include <stdlib.h>

/* Of a photo even its ctime; that of a delivered picture may well move, as when a shop gives it to another user. */
static bool is_same_file(int folder, const char *path, const struct file_stamp *was, bool even_ctime)
{
	struct err ignored = { 0 };
	struct file_stamp now;

	return file_stat_in(folder, path, &now, &ignored) == 0 && now.size == was->size &&
	       now.mtime_ns == was->mtime_ns && now.inode == was->inode &&
	       (!even_ctime || now.ctime_ns == was->ctime_ns);
}

bool last_made_source_holds(const struct last_made *m, const char *source)
{
	return m->source_is_file && is_same_file(AT_FDCWD, source, &m->source_stamp, true);
}

bool last_made_output_holds(const struct last_made *m, int workspace)
{
	return is_same_file(workspace, m->output, &m->output_stamp, false);
}

void last_made_free(struct last_made *m)
{
	if (!m)
		return;
	free(m->source_facts);
	free(m->output);
	free(m->reasons);
	free(m);
}
