#include "jobs/report_gallery.h"

#include "jobs/figures.h"
#include "jobs/markup.h"

#include <inttypes.h>
#include <string.h>

/* In the order of the page. Each has so many places and embedded pictures; what it leaves goes to those after it. */
static const struct {
	enum item_status status;
	size_t listed, embedded;
} shares[] = {
	{ ITEM_REVIEW, 700, 100 },
	{ ITEM_REJECTED, 300, 30 },
	{ ITEM_FAILED, 400, 30 },
	{ ITEM_SKIPPED, 50, 0 },
	{ ITEM_SUCCEEDED, GALLERY_LISTED, GALLERY_EMBEDDED }, /* what is left */
};
#define SHARES (int)(sizeof(shares) / sizeof(shares[0]))

#define FULL 1 /* put_item() has no more room; err knows nothing of it */

struct gallery {
	FILE *out;
	const struct gallery_place *place;
	struct gallery_room room; /* of all */
	size_t embedded;          /* that the status at hand may still embed */
	int64_t shown;
};

static int64_t cost_of(const struct gallery_item *x)
{
	/* It has lost answers in it; of an unchanged one nothing was paid this time. */
	return x->unchanged ? 0 : x->cost_nano;
}

static void put_names(FILE *out, const struct gallery_item *x)
{
	fputs("<h3>", out);
	markup_clip(out, x->sku && *x->sku ? x->sku : "(no SKU)", 120);
	if (x->position > 1)
		fprintf(out, " <span>%d</span>", x->position);
	fputs("</h3>", out);
	if (x->title) {
		fputs("<p class=\"title\">", out);
		markup_clip(out, x->title, 160);
		fputs("</p>", out);
	}
}

/* The line that says why one would look at it. */
static void put_why(FILE *out, const struct gallery_item *x)
{
	if (!x->error && !x->reasons)
		return;
	fputs("<p class=\"why\">", out);
	markup_clip(out, x->error, 120);
	for (const char *name = x->error ? "" : x->reasons; *name;) {
		size_t length = strcspn(name, ",");
		char one[64];

		snprintf(one, sizeof(one), "%.*s", length < sizeof(one) ? (int)length : 0, name);
		markup_text(out, one);
		name += length + (name[length] == ',');
		fputs(*name ? ", " : "", out);
	}
	fputs("</p>", out);
}

static void put_figures(FILE *out, const struct gallery_item *x)
{
	char money[FIGURE_MAX];

	fputs("<p class=\"small-print\">", out);
	if (x->confidence >= 0)
		fprintf(out, "confidence %.2f, ", x->confidence);
	markup_text(out, x->unchanged ? "unchanged" : figure_money(money, cost_of(x)));
	fputs("</p>\n", out);
}

static int put_item(void *ctx, const struct gallery_item *x)
{
	struct gallery *g = ctx;
	const char *status = item_status_name(x->status);
	struct gallery_room room = { g->embedded < g->room.pictures ? g->embedded : g->room.pictures, g->room.bytes };
	size_t before = room.pictures;

	if (ftell(g->out) > GALLERY_BYTES)
		return FULL;
	fprintf(g->out, "<li class=\"item\" data-status=\"%s\" data-confidence=\"%.4f\" data-cost=\"%" PRId64 "\">\n",
		status, x->confidence, cost_of(x));
	gallery_pair(g->out, g->place, x, &room);
	g->embedded -= before - room.pictures;
	g->room.pictures -= before - room.pictures;
	g->room.bytes = room.bytes;
	fprintf(g->out, "<div class=\"what\"><p class=\"status %s\">%s</p>", status, status);
	put_names(g->out, x);
	put_why(g->out, x);
	put_figures(g->out, x);
	gallery_story(g->out, g->place, x);
	fputs("</div></li>\n", g->out);
	g->shown++;
	return 0;
}

/* Sorting and filtering need the script; it shows them. */
static void put_tools(FILE *out, const int64_t shown[ITEM_STATUSES])
{
	fputs("<div class=\"tools\" hidden>\n<div role=\"group\" aria-label=\"Show\">"
	      "<button type=\"button\" data-show=\"\" aria-pressed=\"true\">all</button>",
	      out);
	for (int i = 0; i < SHARES; i++) {
		const char *name = item_status_name(shares[i].status);

		if (shown[shares[i].status] > 0)
			fprintf(out,
				"<button type=\"button\" data-show=\"%s\" aria-pressed=\"false\">%s %" PRId64
				"</button>",
				name, name, shown[shares[i].status]);
	}
	fputs("</div>\n<label>Sort by <select id=\"sort\"><option value=\"\">what needs a look</option>"
	      "<option value=\"confidence\">confidence, lowest first</option><option value=\"status\">status</option>"
	      "<option value=\"cost\">cost, dearest first</option><option value=\"sku\">SKU</option></select></label>\n"
	      "<p class=\"tally\" aria-live=\"polite\"></p>\n</div>\n",
	      out);
}

static void put_intro(FILE *out, const struct report_figures *f, int64_t shown)
{
	char a[FIGURE_MAX], b[FIGURE_MAX];

	if (shown == 0)
		fputs("<p class=\"nothing\">There is no picture to show.</p>\n", out);
	else if (shown < f->total)
		fprintf(out,
			"<p class=\"intro\">%s of %s: what needs a look first, then what did not work, then the least "
			"sure "
			"of what succeeded.</p>\n",
			figure_count(a, shown), figure_count(b, f->total));
	else
		fputs("<p class=\"intro\">What needs a look first, then what did not work, then the rest, the least "
		      "sure "
		      "first.</p>\n",
		      out);
}

/* The items go to `out`; how many there are of each is known only then. */
static int put_items(FILE *out, struct store_reader *reader, const struct report_figures *f,
		     const struct gallery_place *place, int64_t shown[ITEM_STATUSES], int64_t *all, struct err *e)
{
	struct gallery g = { .out = out, .place = place, .room = { GALLERY_EMBEDDED, GALLERY_EMBEDDED_BYTES } };
	int rc = 0;

	for (int i = 0; i < SHARES && rc == 0; i++) {
		size_t left = (size_t)(GALLERY_LISTED - g.shown);
		int64_t before = g.shown;

		g.embedded += shares[i].embedded;
		rc = store_gallery(reader, f, shares[i].status, shares[i].listed < left ? shares[i].listed : left,
				   put_item, &g, e);
		shown[shares[i].status] = g.shown - before;
	}
	*all = g.shown;
	return rc == FULL ? 0 : rc;
}

int report_gallery(FILE *out, struct store_reader *reader, const struct report_figures *f,
		   const struct gallery_place *place, struct err *e)
{
	int64_t shown[ITEM_STATUSES] = { 0 }, all = 0;
	FILE *items = tmpfile();
	char piece[1 << 14];
	size_t n;
	int rc;

	if (!items)
		return err_errno(e, ERR_IO, "a temporary file");
	rc = put_items(items, reader, f, place, shown, &all, e);
	if (rc == 0 && (fflush(items) != 0 || ferror(items)))
		rc = err_errno(e, ERR_IO, "a temporary file");
	rewind(items);
	fputs("<section id=\"pictures\">\n<h2>Pictures</h2>\n", out);
	put_intro(out, f, all);
	if (all > 0)
		put_tools(out, shown);
	fputs(all > 0 ? "<ul class=\"gallery\">\n" : "", out);
	while (rc == 0 && (n = fread(piece, 1, sizeof(piece), items)) > 0)
		fwrite(piece, 1, n, out);
	fputs(all > 0 ? "</ul>\n</section>\n" : "</section>\n", out);
	fclose(items);
	return rc;
}
