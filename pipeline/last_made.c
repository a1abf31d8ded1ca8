#include "pipeline/last_made.h"

#include <stdlib.h>

static bool is_same_file(const char *path, const struct file_stamp *was)
{
	struct err ignored = { 0 };
	struct file_stamp now;

	return file_stat(path, &now, &ignored) == 0 && now.size == was->size && now.mtime_ns == was->mtime_ns &&
	       now.inode == was->inode;
}

bool last_made_source_holds(const struct last_made *m, const char *source)
{
	return m->source_is_file && is_same_file(source, &m->source_stamp);
}

bool last_made_output_holds(const struct last_made *m, const char *out_dir)
{
	char *path = file_join(out_dir, m->output);
	bool holds = path && is_same_file(path, &m->output_stamp);

	free(path);
	return holds;
}

void last_made_free(struct last_made *m)
{
	if (!m)
		return;
	free(m->output);
	free(m->reasons);
	free(m);
}
