/* report_pictures.c - before and after, as pictures that are part of the page or as links to the workspace's files. */
#include "jobs/report_gallery.h"

#include "jobs/markup.h"
#include "pipeline/base64.h"
#include "pipeline/file.h"
#include "pipeline/stage.h"
#include "stages/picture.h"
#include "stages/road.h"

#include <stdlib.h>
#include <string.h>

#define SIDE 360 /* pixels of an embedded picture */

/* Of photos that are made small for the page; what is beyond is a link. */
static const struct picture_limits limits = { 64 << 20, 60000000, 10000 };

/* A picture to show: its file, and how a browser finds it. */
struct shown {
	char *path;
	bool is_users;             /* path is the user's own, not below the workspace */
	char *name;                /* within the workspace; NULL of the user's own */
	const struct digest *blob; /* what it must be; NULL: whatever it is */
};

static void release(struct shown *s)
{
	free(s->path);
	free(s->name);
}

/* --- where they are --- */

/* The photo as it was fetched. False: nothing is known of it. */
static bool find_before(const struct gallery_place *place, const struct gallery_item *x, struct shown *out)
{
	const struct gallery_stage *s = x->stages, *end = x->stages + x->stage_count;
	char hex[DIGEST_HEX], name[DIGEST_HEX + 8];

	while (s < end && !(strcmp(s->name, road_stages[STAGE_FETCH]->name) == 0 && s->has_blob))
		s++;
	if (s == end)
		return false;
	out->blob = &s->blob;
	if (s->path) {
		out->is_users = true;
		out->path = strdup(s->path);
		return out->path != NULL;
	}
	digest_hex(&s->blob, hex);
	snprintf(name, sizeof(name), "blobs/%.2s/%s", hex, hex + 2);
	out->name = strdup(name);
	out->path = file_join(place->workspace, name);
	return out->name && out->path;
}

static bool find_after(const struct gallery_place *place, const struct gallery_item *x, struct shown *out)
{
	if (!x->output)
		return false;
	out->name = strdup(x->output);
	out->path = file_join(place->workspace, x->output);
	return out->name && out->path;
}

/* --- how they are shown --- */

/* NULL: it cannot be read, is not what it was, or is no picture; then it is no part of the page. */
static struct bytes *small_one(const struct shown *s)
{
	struct bytes *content = NULL, *small = NULL;
	struct digest now;
	struct err ignored = { 0 };

	if (file_read(s->path, (size_t)limits.max_bytes, &content, NULL, &ignored) != 0)
		return NULL;
	if (s->blob)
		digest_of(content->data, content->size, &now);
	if (!s->blob || digest_equal(&now, s->blob))
		picture_thumbnail(content, &limits, SIDE, &small, &ignored);
	bytes_unref(content);
	return small;
}

static void put_alt(FILE *out, const struct gallery_item *x, const char *what)
{
	fprintf(out, " alt=\"%s ", what);
	markup_clip(out, x->sku ? x->sku : "", 120);
	fputs("\">", out);
}

/* Puts it into the page where there is room. */
static bool embed(FILE *out, const struct gallery_item *x, const struct shown *s, const char *what,
		  struct gallery_room *room)
{
	struct bytes *small = room->pictures > 0 ? small_one(s) : NULL;
	size_t size = small ? base64_size(small->size) : 0;
	char *text = small && size <= room->bytes ? malloc(size) : NULL;

	if (text) {
		base64_encode(small->data, small->size, text);
		fputs("<img src=\"data:image/jpeg;base64,", out);
		fwrite(text, 1, size, out);
		fputc('"', out);
		put_alt(out, x, what);
		room->bytes -= size;
	}
	free(text);
	bytes_unref(small);
	return text != NULL;
}

static void link_to(FILE *out, const struct gallery_place *place, const struct gallery_item *x, const struct shown *s,
		    const char *what)
{
	fputs("<img loading=\"lazy\" src=\"", out);
	fputs(s->is_users ? "file://" : place->prefix, out);
	markup_path(out, s->is_users ? s->path : s->name);
	fputc('"', out);
	put_alt(out, x, what);
}

/* The picture, or a sentence in its place. True: it was embedded. */
static bool put_picture(FILE *out, const struct gallery_place *place, const struct gallery_item *x,
			const struct shown *s, const char *what, struct gallery_room *room)
{
	struct file_stamp stamp;
	struct err ignored = { 0 };
	bool embedded = false;

	if (file_stat(s->path, &stamp, &ignored) != 0)
		fprintf(out, "<span class=\"gone\">%s is not there any more</span>",
			s->blob ? "The photo" : "The packshot");
	else if (!(embedded = embed(out, x, s, what, room)))
		link_to(out, place, x, s, what);
	return embedded;
}

static bool put_side(FILE *out, const struct gallery_place *place, const struct gallery_item *x, bool before,
		     struct gallery_room *room)
{
	struct shown s = { 0 };
	bool found = before ? find_before(place, x, &s) : find_after(place, x, &s), embedded = false;

	fprintf(out, "<figure class=\"%s\">", before ? "before" : "after");
	if (found)
		embedded = put_picture(out, place, x, &s, before ? "The photo of" : "The packshot of", room);
	else
		fprintf(out, "<span class=\"gone\">%s</span>", before ? "There is no photo" : "There is no packshot");
	fprintf(out, "<figcaption>%s</figcaption></figure>", before ? "before" : "after");
	release(&s);
	return embedded;
}

void gallery_pair(FILE *out, const struct gallery_place *place, const struct gallery_item *x, struct gallery_room *room)
{
	bool before, after;

	fputs("<div class=\"pair\">", out);
	before = put_side(out, place, x, true, room);
	after = put_side(out, place, x, false, room);
	fputs("</div>\n", out);
	if (before || after)
		room->pictures--;
}
