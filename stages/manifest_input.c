#include "stages/manifest_format.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024) /* bytes a read() asks for */

/* Makes room at the end of data: by dropping what is consumed, or by growing, which one record bounds. */
static int make_room(struct manifest_input *in, struct err *e)
{
	char *bigger;

	if (in->end < in->capacity && in->start < in->end)
		return 0;
	if (in->start > 0) {
		memmove(in->data, in->data + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	if (in->end < in->capacity)
		return 0;
	assert(in->end <= MANIFEST_RECORD_MAX);
	bigger = realloc(in->data, in->capacity ? 2 * in->capacity : 2 * CHUNK);
	if (!bigger)
		return err_set(e, ERR_NOMEM, "no memory to read %s", in->path);
	in->data = bigger;
	in->capacity = in->capacity ? 2 * in->capacity : 2 * CHUNK;
	return 0;
}

int manifest_input_more(struct manifest_input *in, struct err *e)
{
	size_t room;
	ssize_t got;

	if (in->ended)
		return 0;
	if (make_room(in, e) != 0)
		return -1;
	room = in->capacity - in->end;
	got = read(in->fd, in->data + in->end, room < CHUNK ? room : CHUNK);
	if (got < 0 && errno == EINTR) /* a pipe may stay silent for hours: whoever asks to stop is not kept waiting */
		return err_set(e, ERR_INTERRUPTED, "%s: interrupted after %lld bytes", in->path, (long long)in->read);
	if (got < 0)
		return err_errno(e, ERR_MANIFEST, "%s: after %lld bytes", in->path, (long long)in->read);
	in->ended = got == 0;
	in->end += (size_t)got;
	in->read += got;
	return got > 0;
}

static const char *find_end(const char *data, size_t size, const char *ends)
{
	if (!ends[1])
		return memchr(data, ends[0], size);
	for (size_t i = 0; i < size; i++)
		if (data[i] == ends[0] || data[i] == ends[1])
			return data + i;
	return NULL;
}

ptrdiff_t manifest_input_line(struct manifest_input *in, size_t from, const char *ends, struct err *e)
{
	size_t seen = from;

	for (;;) {
		const char *begin = in->data + in->start;
		const size_t size = in->end - in->start;
		const char *end = find_end(begin + seen, size - seen, ends);
		int more;

		if (end)
			return end + 1 - (begin + from);
		seen = size;
		if (size > MANIFEST_RECORD_MAX)
			return (ptrdiff_t)(size - from);
		more = manifest_input_more(in, e);
		if (more < 0)
			return -1;
		if (more == 0)
			return (ptrdiff_t)(size - from);
	}
}

int manifest_input_skip_line(struct manifest_input *in, struct err *e)
{
	for (;;) {
		const char *begin = in->data + in->start, *end = memchr(begin, '\n', in->end - in->start);
		int more;

		if (end) {
			in->start += (size_t)(end + 1 - begin);
			return 0;
		}
		in->start = in->end;
		more = manifest_input_more(in, e);
		if (more <= 0)
			return more;
	}
}
