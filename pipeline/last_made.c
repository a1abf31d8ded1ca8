#include "pipeline/last_made.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static size_t room_for(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put(char **room, const char *text)
{
	char *to = *room;

	if (!text)
		return NULL;
	*room = stpcpy(to, text) + 1;
	return to;
}

struct last_made *last_made_create(const char *output, const char *reasons, const char *etag, const char *last_modified)
{
	size_t size = room_for(output) + room_for(reasons) + room_for(etag) + room_for(last_modified);
	struct last_made *m = malloc(sizeof(*m) + size); /* one block: it is read for every picture of a catalogue */
	char *room;

	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m));
	room = (char *)(m + 1);
	m->output = put(&room, output);
	m->reasons = put(&room, reasons);
	m->etag = put(&room, etag);
	m->last_modified = put(&room, last_modified);
	return m;
}

void last_made_free(struct last_made *m)
{
	free(m);
}

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
