#include "jobs/admission.h"

#include "jobs/shape.h"
#include "pipeline/clock.h"

#include <stdlib.h>

int admission_open(struct admission *a, struct err *e)
{
	return seen_open(&a->seen, e);
}

void admission_close(struct admission *a)
{
	seen_close(a->seen);
	a->seen = NULL;
}

static int no_memory(const struct record *rec, struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory to admit line %lld", (long long)rec->line);
}

/* The engine took no more: because the run has failed, and then that is the reason; else there was no memory. */
static int refused(struct admission *a, const struct record *rec, struct err *e)
{
	return engine_failed(a->engine, e) ? -1 : no_memory(rec, e);
}

/* An item that never goes on the road, and why. NULL: no memory. */
static int record_only(struct admission *a, const struct record *rec, struct item *it, const struct err *why,
		       struct err *e)
{
	a->admitted++;
	if (!it)
		return no_memory(rec, e);
	it->err = *why;
	return engine_conclude(a->engine, it) == 0 ? 0 : refused(a, rec, e);
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
};

static int write_product(struct store *st, void *ctx, struct err *e)
{
	const struct product_note *n = ctx;
	const struct product *p = n->product;
	struct product_row row = { p->sku, p->title, p->brand, p->category, p->json };

	return store_product(st, n->run, &row, e);
}

static void product_written(void *ctx, bool failed)
{
	struct product_note *n = ctx;

	(void)failed; /* the recorder keeps the reason */
	product_unref(n->product);
	free(n);
}

static int post_product(struct admission *a, struct product *p)
{
	struct product_note *n = malloc(sizeof(*n));
	struct entry entry = { write_product, product_written, n };

	if (!n)
		return -1;
	n->run = a->run;
	n->product = product_ref(p);
	if (recorder_post(a->recorder, &entry) == 0)
		return 0; /* cppcheck-suppress memleak ; the recorder has it now */
	product_written(n, true);
	return -1;
}

/* 1: it stands as it was made, and that is recorded; 0: not so; -1: err. */
static int pass_over(struct admission *a, const struct record *rec, struct sighting *s, struct err *e)
{
	int rc = a->unchanged && s->signature ? unchanged_look(a->unchanged, s, e) : 0;

	if (rc <= 0)
		return rc;
	rc = unchanged_record(a->unchanged, s, 0);
	last_made_free(s->was);
	s->was = NULL;
	if (rc != 0)
		return refused(a, rec, e);
	a->admitted++;
	return 1;
}

/* Gives an item to the road, unless the run is ending. */
static int send_off(struct admission *a, const struct record *rec, struct item *it, struct err *e)
{
	struct err why = { 0 };

	if (!a->wait(a->ctx, &why))
		return record_only(a, rec, it, &why, e);
	a->admitted++;
	return engine_admit(a->engine, it) == 0 ? 0 : refused(a, rec, e);
}

/* 1: its photo's server is asked, and then it stands or goes along the road; 0: not so; -1: err. */
static int ask(struct admission *a, const struct record *rec, const struct sighting *s, struct err *e)
{
	struct err why = { 0 };
	int rc;

	if (!s->to_ask || !a->wait(a->ctx, &why))
		return 0;
	rc = engine_ask(a->engine, s, product_ref(rec->product), product_unref);
	if (rc <= 0)
		product_unref(rec->product);
	a->admitted += rc > 0;
	return rc < 0 ? refused(a, rec, e) : rc;
}

static int admit_picture(struct admission *a, const struct record *rec, int position, bool *noted, struct err *e)
{
	struct product *p = rec->product;
	struct digest signature;
	struct sighting s = { .seq = a->admitted + 1,
			      .line = rec->line,
			      .sku = p->sku,
			      .source = rec->images[position - 1],
			      .position = position,
			      .seen_us = clock_monotonic_us() };
	struct item *it;
	int rc;

	if (a->shape && shape_sign(a->shape, p, position, s.source, &signature))
		s.signature = &signature;
	rc = pass_over(a, rec, &s, e);
	if (rc == 0)
		rc = ask(a, rec, &s, e);
	if (rc != 0) {
		if (rc < 0)
			last_made_free(s.was);
		return rc > 0 ? 0 : -1;
	}
	it = sighting_item(&s, product_ref(p), product_unref);
	if (!it)
		return no_memory(rec, e);
	if (!*noted && !it->was && post_product(a, p) != 0) {
		item_free(it);
		return no_memory(rec, e);
	}
	*noted |= !it->was; /* where the line is what it was, so is the product's row */
	return send_off(a, rec, it, e);
}

int admission_take(struct admission *a, const struct record *rec, struct err *e)
{
	struct err duplicate = { 0 };
	int64_t first = 0;
	bool noted = false;
	int known;

	if (rec->err.code != ERR_OK)
		return record_only(a, rec, item_of_line(a, rec), &rec->err, e);
	known = seen_add(a->seen, rec->product->sku, rec->line, &first, e);
	if (known < 0)
		return -1;
	if (known) {
		err_set(&duplicate, ERR_DUPLICATE, "line %lld: SKU %s stands on line %lld already",
			(long long)rec->line, rec->product->sku, (long long)first);
		return record_only(a, rec, item_of_line(a, rec), &duplicate, e);
	}
	for (size_t i = 0; i < rec->image_count; i++) {
		if (admit_picture(a, rec, (int)i + 1, &noted, e) != 0)
			return -1;
	}
	return 0;
}

int admission_again(struct admission *a, const struct standing_row *row, const struct record *rec, struct err *e)
{
	struct digest signature;
	struct sighting s = {
		.seq = row->seq, .line = row->line, .sku = row->sku, .source = row->source, .position = row->position
	};
	struct item *it;

	if (!rec->product)
		return record_only(a, rec, item_create(s.seq, s.line, s.sku, s.position, s.source, NULL, NULL),
				   &rec->err, e);
	if (a->shape && shape_sign(a->shape, rec->product, s.position, s.source, &signature))
		s.signature = &signature;
	it = sighting_item(&s, product_ref(rec->product), product_unref);
	return it ? send_off(a, rec, it, e) : no_memory(rec, e);
}
