#include "jobs/admission.h"

#include "pipeline/clock.h"

#include <stdlib.h>
#include <string.h>

int admission_open(struct admission *a, struct err *e)
{
	return seen_open(&a->seen, e);
}

void admission_close(struct admission *a)
{
	seen_close(a->seen);
	a->seen = NULL;
}

static int no_memory(int64_t line, struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory to admit line %lld", (long long)line);
}

/* The engine took no more: because the run has failed, and then that is the reason; else there was no memory. */
static int refused(struct admission *a, int64_t line, struct err *e)
{
	return engine_failed(a->engine, e) ? -1 : no_memory(line, e);
}

/* An item that never goes on the road, and why. NULL: no memory. */
static int record_only(struct admission *a, int64_t line, struct item *it, const struct err *why, struct err *e)
{
	a->admitted++;
	if (!it)
		return no_memory(line, e);
	it->err = *why;
	return engine_conclude(a->engine, it) == 0 ? 0 : refused(a, line, e);
}

/* The item of a line as a whole. */
static struct item *item_of_line(const struct admission *a, const struct record *rec)
{
	return item_create(a->admitted + 1, rec->line, rec->product ? rec->product->sku : rec->sku, 0, NULL, NULL,
			   NULL);
}

/* A product on its way to the database. */
struct product_note {
	int64_t run;
	struct product *product;
	struct digest text;
};

static int write_product(struct store *st, void *ctx, struct err *e)
{
	const struct product_note *n = ctx;
	const struct product *p = n->product;
	struct product_row row = { p->sku, p->title, p->brand, p->category, p->json, &n->text };

	return store_product(st, n->run, &row, e);
}

static void product_written(void *ctx, bool failed)
{
	struct product_note *n = ctx;

	(void)failed; /* the recorder keeps the reason */
	product_unref(n->product);
	free(n);
}

static int post_product(struct admission *a, const struct record *rec)
{
	struct product_note *n = malloc(sizeof(*n));
	struct entry entry = { write_product, product_written, n };

	if (!n)
		return -1;
	n->run = a->run;
	n->product = product_ref(rec->product);
	n->text = rec->text;
	if (recorder_post(a->recorder, &entry) == 0)
		return 0; /* cppcheck-suppress memleak ; the recorder has it now */
	product_written(n, true);
	return -1;
}

/* Gives an item to the road, unless the run is ending. */
static int send_off(struct admission *a, struct item *it, struct err *e)
{
	int64_t line = it->line;
	struct err why = { 0 };

	if (!a->wait(a->ctx, &why))
		return record_only(a, line, it, &why, e);
	a->admitted++;
	return engine_admit(a->engine, it) == 0 ? 0 : refused(a, line, e);
}

/* It stands as it was made. */
static int record_unchanged(struct admission *a, struct sighting *s, struct err *e)
{
	if (unchanged_record(a->unchanged, s, 0) != 0)
		return refused(a, s->line, e);
	last_made_free(s->was);
	a->admitted++;
	return 1;
}

/* 1: its photo's server is asked, and then it stands or goes along the road; 0: not so; -1: err. */
static int ask(struct admission *a, const struct sighting *s, const char *line, size_t size, struct err *e)
{
	struct err why = { 0 };
	int rc = a->wait(a->ctx, &why) ? engine_ask(a->engine, s, line, size) : 0;

	a->admitted += rc > 0;
	return rc < 0 ? refused(a, s->line, e) : rc;
}

/* --- lines that nobody needs to read --- */

/* Its server cannot be asked after all: an item of it goes along the road. */
static int work_on(struct admission *a, const struct sighting *s, const struct manifest_line *line, struct err *e)
{
	struct product *p = manifest_product(a->folder, line->text, line->size);
	struct item *it = NULL;

	if (p)
		it = sighting_item(s, p, product_unref);
	else
		last_made_free(s->was);
	return it ? send_off(a, it, e) : no_memory(line->line, e);
}

/* One picture of such a line. Takes over `was`. 0, or -1: err. */
static int let_stand(struct admission *a, struct last_made *was, const struct manifest_line *line, int64_t now,
		     struct err *e)
{
	struct sighting s = sighting_of(was);
	int rc;

	s.seq = a->admitted + 1;
	s.line = line->line;
	s.seen_us = now;
	rc = s.to_ask ? ask(a, &s, line->text, line->size, e) : record_unchanged(a, &s, e);
	if (rc == 0)
		return work_on(a, &s, line, e);
	if (rc < 0)
		last_made_free(was);
	return rc < 0 ? -1 : 0;
}

int admission_recognise(struct admission *a, const struct manifest_line *line, struct err *e)
{
	struct fingerprint f = { *a->shape, line->digest, a->folder };
	int64_t now = clock_monotonic_us(), first = 0;
	struct last_made *list = NULL;
	int rc = unchanged_line(a->unchanged, &f, now, &list, e), known;

	if (rc > 0) {
		known = seen_add(a->seen, list->sku, line->line, &first, e);
		rc = known < 0 ? -1 : !known; /* of a repeated SKU admission_take() tells */
	}
	while (rc > 0 && list) {
		struct last_made *was = list;

		list = was->next;
		was->next = NULL;
		if (let_stand(a, was, line, now, e) != 0)
			rc = -1;
	}
	last_made_free_all(list);
	return rc;
}

/* --- records --- */

/* What a line that was read is recognised by; NULL where nothing is. */
static const struct fingerprint *print_of(const struct admission *a, const struct digest *text, bool relative,
					  struct fingerprint *f)
{
	if (!a->shape)
		return NULL;
	*f = (struct fingerprint){ *a->shape, *text, relative ? a->folder : NULL };
	return f;
}

/* 1: the picture stands, or its server is asked; 0: an item is to be made of it; -1: err. */
static int pass_over(struct admission *a, const struct record *rec, struct sighting *s, struct err *e)
{
	const char *json = rec->product->json;
	int rc = a->unchanged ? unchanged_look(a->unchanged, s, e) : 0;

	if (rc > 0)
		return record_unchanged(a, s, e);
	if (rc == 0 && s->to_ask)
		rc = ask(a, s, json, strlen(json), e);
	return rc;
}

static int admit_picture(struct admission *a, const struct record *rec, int position, bool *noted, struct err *e)
{
	struct product *p = rec->product;
	struct fingerprint f;
	struct sighting s = { .seq = a->admitted + 1,
			      .line = rec->line,
			      .sku = p->sku,
			      .source = rec->images[position - 1],
			      .position = position,
			      .fingerprint = print_of(a, &rec->text, rec->relative, &f),
			      .pictures = (int)rec->image_count,
			      .seen_us = clock_monotonic_us() };
	struct item *it;
	int rc = pass_over(a, rec, &s, e);

	if (rc < 0)
		last_made_free(s.was);
	if (rc != 0)
		return rc > 0 ? 0 : -1;
	it = sighting_item(&s, product_ref(p), product_unref);
	if (!it)
		return no_memory(rec->line, e);
	if (!*noted && !it->was && post_product(a, rec) != 0) {
		item_free(it);
		return no_memory(rec->line, e);
	}
	*noted |= !it->was; /* where the line is what it was, so is the product's row */
	return send_off(a, it, e);
}

int admission_take(struct admission *a, const struct record *rec, struct err *e)
{
	struct err duplicate = { 0 };
	int64_t first = 0;
	bool noted = false;
	int known;

	if (rec->err.code != ERR_OK)
		return record_only(a, rec->line, item_of_line(a, rec), &rec->err, e);
	known = seen_add(a->seen, rec->product->sku, rec->line, &first, e);
	if (known < 0)
		return -1;
	if (known) {
		err_set(&duplicate, ERR_DUPLICATE, "line %lld: SKU %s stands on line %lld already",
			(long long)rec->line, rec->product->sku, (long long)first);
		return record_only(a, rec->line, item_of_line(a, rec), &duplicate, e);
	}
	for (size_t i = 0; i < rec->image_count; i++) {
		if (admit_picture(a, rec, (int)i + 1, &noted, e) != 0)
			return -1;
	}
	return 0;
}

/* Does its line still name that picture? It may have been read anew since. */
static bool names(const struct record *rec, int position, const char *source)
{
	return position > 0 && (size_t)position <= rec->image_count && source &&
	       strcmp(rec->images[position - 1], source) == 0;
}

int admission_again(struct admission *a, const struct standing_row *row, const struct record *rec,
		    const struct digest *text, struct err *e)
{
	struct fingerprint f;
	struct sighting s = {
		.seq = row->seq, .line = row->line, .sku = row->sku, .source = row->source, .position = row->position
	};
	struct item *it;

	if (!rec->product)
		return record_only(a, s.line, item_create(s.seq, s.line, s.sku, s.position, s.source, NULL, NULL),
				   &rec->err, e);
	if (text && names(rec, row->position, row->source))
		s.fingerprint = print_of(a, text, rec->relative, &f);
	s.pictures = (int)rec->image_count;
	it = sighting_item(&s, product_ref(rec->product), product_unref);
	return it ? send_off(a, it, e) : no_memory(s.line, e);
}
