#include "pipeline/last_made.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static size_t room_for(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Moves a text into the room. */
static void put(char **room, const char **text)
{
	char *to = *room;

	if (!*text)
		return;
	*room = stpcpy(to, *text) + 1;
	*text = to;
}

struct last_made *last_made_copy(const struct last_made *from)
{
	size_t size = room_for(from->sku) + room_for(from->fingerprint.folder) + room_for(from->place) +
		      room_for(from->etag) + room_for(from->last_modified) + room_for(from->output) +
		      room_for(from->reasons);
	struct last_made *m = malloc(sizeof(*m) + size); /* one block: it is read for every picture of a catalogue */
	char *room;

	if (!m)
		return NULL;
	*m = *from;
	m->next = NULL;
	room = (char *)(m + 1);
	put(&room, &m->sku);
	put(&room, &m->fingerprint.folder);
	put(&room, &m->place);
	put(&room, &m->etag);
	put(&room, &m->last_modified);
	put(&room, &m->output);
	put(&room, &m->reasons);
	return m;
}

void last_made_free(struct last_made *m)
{
	free(m);
}

void last_made_free_all(struct last_made *m)
{
	for (struct last_made *next; m; m = next) {
		next = m->next;
		last_made_free(m);
	}
}

bool last_made_matches(const struct last_made *m, const struct fingerprint *f)
{
	const struct fingerprint *was = &m->fingerprint;

	return digest_equal(&was->text, &f->text) && digest_equal(&was->shape, &f->shape) &&
	       (!was->folder || (f->folder && strcmp(was->folder, f->folder) == 0));
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

bool last_made_source_holds(const struct last_made *m)
{
	return m->source_is_file && is_same_file(AT_FDCWD, m->place, &m->source_stamp, true);
}

bool last_made_output_holds(const struct last_made *m, int workspace)
{
	return is_same_file(workspace, m->output, &m->output_stamp, false);
}
