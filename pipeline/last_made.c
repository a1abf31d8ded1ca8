#include "pipeline/last_made.h"

#include <stdlib.h>

/* Of a photo even its ctime; that of a delivered picture may well move, as when a shop gives it to another user. */
static bool is_same_file(const char *path, const struct file_stamp *was, bool even_ctime)
{
	struct err ignored = { 0 };
	struct file_stamp now;

	return file_stat(path, &now, &ignored) == 0 && now.size == was->size && now.mtime_ns == was->mtime_ns &&
	       now.inode == was->inode && (!even_ctime || now.ctime_ns == was->ctime_ns);
}

bool last_made_source_holds(const struct last_made *m, const char *source)
{
	return m->source_is_file && is_same_file(source, &m->source_stamp, true);
}

bool last_made_output_holds(const struct last_made *m, const char *out_dir)
{
	char *path = file_join(out_dir, m->output);
	bool holds = path && is_same_file(path, &m->output_stamp, false);

	free(path);
	return holds;
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
