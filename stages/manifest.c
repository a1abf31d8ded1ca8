#include "stages/manifest.h"
#include "stages/json_text.h"
#include "stages/manifest_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct manifest {
	const struct manifest_format *format;
	void *state; /* of the format */
	struct manifest_input in;
	char *path, *folder; /* folder: absolute, what relative pictures are relative to */
	int64_t size;        /* bytes; -1: not a file */
};

void record_release(struct record *r)
{
	product_images_free(r->images, r->image_count);
	product_unref(r->product);
	free(r->sku);
	memset(r, 0, sizeof(*r));
}

/* ---- where pictures lie ---- */

/* "https:", "ftp:", "data:", but not "C:" and not "photos/a:b". */
static bool has_scheme(const char *source)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-";
	size_t length = strspn(source, rest);

	return length >= 2 && strchr(letters, *source) && source[length] == ':';
}

/* The folder of a path as an absolute one; symbolic links stay, so a link that moves every day keeps the pictures'
 * names. */
char *manifest_folder_of(const char *path, struct err *e)
{
	char cwd[4096], *folder;
	const char *slash = strcmp(path, "-") == 0 ? NULL : strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0, room;

	*cwd = 0;
	if ((!slash || *path != '/') && !getcwd(cwd, sizeof(cwd))) {
		err_errno(e, ERR_MANIFEST, "%s: the working folder", path);
		return NULL;
	}
	room = strlen(cwd) + 1 + length + 1;
	folder = malloc(room);
	if (!folder)
		err_set(e, ERR_NOMEM, "no memory to open %s", path);
	else
		snprintf(folder, room, "%s%s%.*s", cwd, *cwd && length ? "/" : "", (int)length, path);
	return folder;
}

/* Relative paths among the pictures become absolute, in place. */
static int resolve(const char *folder, struct record *r, struct err *e)
{
	for (size_t i = 0; i < r->image_count; i++) {
		const char *name = r->images[i];
		size_t room;
		char *path;

		if (*name == '/' || has_scheme(name))
			continue;
		while (name[0] == '.' && name[1] == '/')
			name += 2;
		room = strlen(folder) + 1 + strlen(name) + 1;
		path = malloc(room);
		if (!path)
			return err_set(e, ERR_NOMEM, "no memory for a picture's path");
		snprintf(path, room, "%s/%s", folder, name);
		r->relative = true;
		free(r->images[i]);
		r->images[i] = path;
	}
	return 0;
}

/* ---- opening ---- */

static int refuse_by_content(const struct manifest_input *in, struct err *e)
{
	static const struct {
		const char *begin, *what;
		size_t size;
	} others[] = {
		{ "\xff\xfe", "is UTF-16; save it as UTF-8", 2 },
		{ "\xfe\xff", "is UTF-16; save it as UTF-8", 2 },
		{ "\x1f\x8b", "is compressed; unpack it, or pipe it in: gzip -dc FILE | packshot run -", 2 },
		{ "PK\x03\x04", "is a spreadsheet or archive; save it as CSV", 4 },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (in->end - in->start >= others[i].size &&
		    memcmp(in->data + in->start, others[i].begin, others[i].size) == 0)
			return err_set(e, ERR_MANIFEST, "%s %s", in->path, others[i].what);
	return 0;
}

/* Finds the format by the first character that is not white space, and leaves the input on it. *line: that character's.
 */
static const struct manifest_format *tell_format(struct manifest_input *in, int64_t *line, struct err *e)
{
	size_t line_begin;
	int more;

	do /* enough for the marks of other formats */
		more = manifest_input_more(in, e);
	while (more > 0 && in->end < 4);
	if (more < 0 || refuse_by_content(in, e) != 0)
		return NULL;
	if (in->end >= 3 && memcmp(in->data, "\xef\xbb\xbf", 3) == 0)
		in->start = 3;
	*line = 1;
	line_begin = in->start;
	for (;; in->start++) {
		if (in->start == in->end) {
			more = manifest_input_more(in, e);
			if (more <= 0) {
				if (more == 0)
					err_set(e, ERR_MANIFEST, "%s is empty", in->path);
				return NULL;
			}
			line_begin = in->start;
		}
		if (in->data[in->start] == '\n') {
			++*line;
			line_begin = in->start + 1;
		} else if (!strchr(" \t\r", in->data[in->start]) || !in->data[in->start]) {
			break;
		}
	}
	if (in->data[in->start] == '{')
		return &manifest_jsonl;
	if (in->data[in->start] == '[')
		return &manifest_json;
	in->start = line_begin; /* an empty first cell of a tab-separated header counts */
	return &manifest_csv;
}

static int open_file(struct manifest *m, const char *path, struct err *e)
{
	struct stat st;

	m->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	if (!m->path)
		return err_set(e, ERR_NOMEM, "no memory to open %s", path);
	m->in.path = m->path;
	m->folder = manifest_folder_of(path, e);
	if (!m->folder)
		return -1;
	m->in.fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (m->in.fd < 0)
		return err_errno(e, ERR_MANIFEST, "%s", m->path);
	if (fstat(m->in.fd, &st) == 0 && S_ISREG(st.st_mode))
		m->size = (int64_t)st.st_size;
	return 0;
}

int manifest_open(struct manifest **out, const char *path, struct err *e)
{
	struct manifest *m = calloc(1, sizeof(*m));
	int64_t line;

	*out = NULL;
	if (!m)
		return err_set(e, ERR_NOMEM, "no memory to open %s", path);
	m->in.fd = -1;
	m->size = -1;
	if (open_file(m, path, e) != 0)
		goto fail;
	m->format = tell_format(&m->in, &line, e);
	if (!m->format)
		goto fail;
	m->state = m->format->open(&m->in, line, e);
	if (!m->state)
		goto fail;
	*out = m;
	return 0;
fail:
	manifest_close(m);
	return -1;
}

void manifest_close(struct manifest *m)
{
	if (!m)
		return;
	if (m->format)
		m->format->close(m->state);
	if (m->in.fd >= 0)
		close(m->in.fd);
	free(m->in.data);
	free(m->folder);
	free(m->path);
	free(m);
}

/* ---- reading ---- */

/* The value of the first "sku" in a text that is not JSON, so the report can name the product; NULL where it is not
 * plain. */
static char *sku_in_ruins(const char *text, size_t size)
{
	static const char key[] = "\"sku\"";
	const char *end = text + size, *p = text, *begin;
	const size_t length = sizeof(key) - 1;

	while ((p = memchr(p, '"', (size_t)(end - p))) && ((size_t)(end - p) < length || memcmp(p, key, length) != 0))
		p++;
	if (!p)
		return NULL;
	for (p += length; p < end && (*p == ' ' || *p == '\t' || *p == ':'); p++)
		;
	if (p == end || *p != '"')
		return NULL;
	for (begin = ++p; p < end && *p != '"'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e || *p == '\\' || p - begin >= PRODUCT_SKU_MAX)
			return NULL;
	return p < end && p > begin ? strndup(begin, (size_t)(p - begin)) : NULL;
}

int manifest_entry_parse(struct manifest_entry *out, const char *text, size_t size, int64_t column, struct err *e)
{
	out->object = json_parse(text, size, (struct json_place){ out->line, column }, &out->err);
	if (out->err.code == ERR_NOMEM)
		return err_set(e, ERR_NOMEM, "%s", out->err.msg);
	if (!out->object)
		out->sku = sku_in_ruins(text, size);
	return 1;
}

/* The product of a line's object, or what is wrong with it. */
static void take_product(const char *folder, const struct manifest_entry *entry, struct record *out)
{
	const cJSON *object = entry->object;
	int64_t line = out->line;
	struct err why;
	char *sku;

	out->product = product_create(object, &out->err);
	if (out->product && product_images(object, &out->images, &out->image_count, &out->err) == 0 &&
	    resolve(folder, out, &out->err) == 0 &&
	    product_tell_images(out->product, out->images, out->image_count, &out->err) == 0) {
		out->text = entry->text;
		if (!entry->has_text)
			digest_of(out->product->json, strlen(out->product->json), &out->text);
		return;
	}
	sku = out->err.code == ERR_NOMEM ? NULL : product_sku(object);
	why = out->err;
	record_release(out);
	out->line = line;
	out->err = why;
	out->sku = sku;
}

int manifest_next(struct manifest *m, struct record *out, struct err *e)
{
	struct manifest_entry entry = { 0 };
	int got = m->format->next(m->state, &entry, e);

	memset(out, 0, sizeof(*out));
	if (got <= 0)
		goto done;
	out->line = entry.line;
	out->err = entry.err;
	out->sku = entry.sku;
	entry.sku = NULL;
	if (entry.object)
		take_product(m->folder, &entry, out);
	if (out->err.code == ERR_NOMEM) {
		got = err_set(e, ERR_NOMEM, "%s", out->err.msg);
		record_release(out);
	}
done:
	cJSON_Delete(entry.object);
	free(entry.sku);
	return got;
}

int manifest_peek(struct manifest *m, struct manifest_line *out, struct err *e)
{
	return m->format->peek ? m->format->peek(m->state, out, e) : 0;
}

void manifest_skip(struct manifest *m)
{
	m->format->skip(m->state);
}

const char *manifest_folder(const struct manifest *m)
{
	return m->folder;
}

/* A text that is no line of an open manifest. False: it is no JSON. */
static bool read_text(const char *folder, const char *text, size_t size, struct record *out)
{
	struct manifest_entry entry = { .line = 1 };
	struct err ignored = { 0 };

	memset(out, 0, sizeof(*out));
	entry.object = json_parse(text, size, (struct json_place){ 1, 1 }, &ignored);
	if (entry.object)
		take_product(folder, &entry, out);
	cJSON_Delete(entry.object);
	return entry.object != NULL;
}

struct product *manifest_product(const char *folder, const char *text, size_t size)
{
	struct product *p;
	struct record r;

	read_text(folder, text, size, &r);
	p = r.product;
	r.product = NULL;
	record_release(&r);
	return p;
}

void manifest_again(const char *folder, const char *json, struct record *out)
{
	if (!read_text(folder, json, strlen(json), out))
		err_set(&out->err, ERR_LINE, "what is stored of the product is no manifest line any more");
	memset(&out->text, 0, sizeof(out->text));
}

bool manifest_is_drained(const struct manifest *m)
{
	return m->in.start == m->in.end;
}

double manifest_progress(const struct manifest *m)
{
	const int64_t done = m->in.read - (int64_t)(m->in.end - m->in.start);

	if (m->size < 0)
		return -1;
	return m->size == 0 || done >= m->size ? 1 : (double)done / (double)m->size;
}

const char *manifest_format(const struct manifest *m)
{
	return m->format->name;
}
