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

/* An item that never goes on the road. position 0: the line as a whole. */
static int record_only(struct admission *a, const struct record *rec, int position, const struct err *why,
		       struct err *e)
{
	const char *source = position ? rec->images[position - 1] : NULL;
	const char *sku = rec->product ? rec->product->sku : rec->sku;
	struct item *it = item_create(++a->admitted, rec->line, sku, position, source, NULL, NULL);

	if (!it)
		return no_memory(rec, e);
	it->err = *why;
	return engine_conclude(a->engine, it) == 0 ? 0 : refused(a, rec, e);
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
static int pass_over(struct admission *a, const struct record *rec, struct item *it, struct err *e)
{
	int64_t began = clock_monotonic_us();
	int rc = a->unchanged ? unchanged_look(a->unchanged, it, e) : 0;

	if (rc > 0 && unchanged_record(a->unchanged, it, clock_monotonic_us() - began) != 0)
		return refused(a, rec, e);
	return rc;
}

static int admit_picture(struct admission *a, const struct record *rec, int position, bool *noted, struct err *e)
{
	const char *source = rec->images[position - 1];
	struct err why = { 0 };
	struct product *p = product_ref(rec->product);
	struct item *it = item_create(a->admitted + 1, rec->line, p->sku, position, source, p, product_unref);
	int rc;

	if (!it) {
		product_unref(p);
		return no_memory(rec, e);
	}
	if (a->shape)
		shape_sign(a->shape, it, p);
	rc = pass_over(a, rec, it, e);
	if (rc != 0) {
		a->admitted += rc > 0;
		item_free(it);
		return rc > 0 ? 0 : -1;
	}
	if (!*noted && !it->was && post_product(a, p) != 0) {
		item_free(it);
		return no_memory(rec, e);
	}
	*noted |= !it->was; /* where the line is what it was, so is the product's row */
	a->admitted++;
	if (a->wait(a->ctx, &why))
		return engine_admit(a->engine, it) == 0 ? 0 : refused(a, rec, e);
	it->err = why;
	return engine_conclude(a->engine, it) == 0 ? 0 : refused(a, rec, e);
}

int admission_take(struct admission *a, const struct record *rec, struct err *e)
{
	struct err duplicate = { 0 };
	int64_t first = 0;
	bool noted = false;
	int known;

	if (rec->err.code != ERR_OK)
		return record_only(a, rec, 0, &rec->err, e);
	known = seen_add(a->seen, rec->product->sku, rec->line, &first, e);
	if (known < 0)
		return -1;
	if (known) {
		err_set(&duplicate, ERR_DUPLICATE, "line %lld: SKU %s stands on line %lld already",
			(long long)rec->line, rec->product->sku, (long long)first);
		return record_only(a, rec, 0, &duplicate, e);
	}
	for (size_t i = 0; i < rec->image_count; i++) {
		if (admit_picture(a, rec, (int)i + 1, &noted, e) != 0)
			return -1;
	}
	return 0;
}

int admission_again(struct admission *a, const struct standing_row *row, const struct record *rec, struct err *e)
{
	struct err why = { 0 };
	struct product *p = rec->product ? product_ref(rec->product) : NULL;
	struct item *it = item_create(row->seq, row->line, row->sku, row->position, row->source, p,
				      p ? product_unref : NULL);

	if (!it) {
		product_unref(p);
		return no_memory(rec, e);
	}
	a->admitted++;
	if (p && a->shape)
		shape_sign(a->shape, it, p);
	if (p && a->wait(a->ctx, &why))
		return engine_admit(a->engine, it) == 0 ? 0 : refused(a, rec, e);
	it->err = p ? why : rec->err;
	return engine_conclude(a->engine, it) == 0 ? 0 : refused(a, rec, e);
}
