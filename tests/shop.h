/* shop.h - a workspace with runs in it: items of every fate, thrown with fixed dice. */
#ifndef PACKSHOT_TESTS_SHOP_H
#define PACKSHOT_TESTS_SHOP_H

#include "tests/db.h"

#include "pipeline/store_report.h"

#include <inttypes.h>

struct shop {
	const char *dir, *path;
	struct store *store;
	int64_t run;
	uint32_t dice;
};

static inline int64_t begin(struct shop *s)
{
	struct err e = { 0 };

	if (store_run_begin(s->store, "run", "catalog.jsonl", NULL, "{}", 0, &s->run, &e) != 0)
		fail_msg("%s", e.msg);
	return s->run;
}

static inline struct shop open_shop(void **state)
{
	struct shop s = { .dir = ((struct scratch *)*state)->dir,
			  .path = scratch_path(state, "packshot.db"),
			  .dice = 7 };
	struct err e = { 0 };

	if (store_open(&s.store, s.path, &e) != 0)
		fail_msg("%s", e.msg);
	begin(&s);
	return s;
}

static inline int roll(struct shop *s, int sides)
{
	s->dice = s->dice * 1664525u + 1013904223u;
	return (int)((s->dice >> 8) % (uint32_t)sides);
}

static const char *const stage_names[] = { "fetch", "remove_background", "resize", "copy" };
enum { STAGE_NAMES = 4 };

static inline void add_stages(struct shop *s, int64_t seq, int upto, enum err_code error)
{
	for (int i = 0; i <= upto; i++) {
		struct result r = { .origin = roll(s, 3) ? ORIGIN_MADE : ORIGIN_CACHE, .has_key = roll(s, 4) != 0 };
		struct stage_row row = { seq, stage_names[i], &r, NULL, false, 0, 0 };
		struct err e = { 0 };
		int shared = roll(s, 40);

		digest_of(&shared, sizeof(shared), &r.key);
		r.started_us = seq * 1000 + i;
		r.took_us = roll(s, 1000000);
		row.keep = r.origin == ORIGIN_MADE;
		row.cost_nano = row.keep ? roll(s, 100) * 1000003 : 0;
		if (i == upto && error != ERR_OK) {
			r.origin = ORIGIN_FAILED;
			row.error = err_name(error);
		}
		if (store_stage(s->store, s->run, &row, &e) != 0)
			fail_msg("%s", e.msg);
	}
}

static const char *const shop_categories[] = { "Kitchen", "Garden", NULL };

static inline void add_item(struct shop *s, int64_t seq)
{
	int number = roll(s, 60); /* of its product; ten have none */
	static const enum err_code errors[] = { ERR_SOURCE_MISSING, ERR_TIMEOUT, ERR_NOT_PICTURE };
	static const char *const reasons[] = { "low_contrast", "touches_border,low_contrast",
					       "unsure_cutout,tiny_product" };
	enum item_status status = roll(s, 2) ? ITEM_SUCCEEDED : (enum item_status)roll(s, ITEM_STATUSES);
	int upto = status == ITEM_FAILED ? roll(s, STAGE_NAMES + 1) - 1 : STAGE_NAMES - 1;
	struct err why = { 0 }, e = { 0 };
	char sku[24];
	struct item_row row = { .seq = seq,
				.line = seq * 2,
				.sku = sku,
				.position = 1 + roll(s, 3),
				.source = "/a.jpg",
				.status = status,
				.err = &why,
				.confidence = -1,
				.calls = roll(s, 5),
				.cost_nano = roll(s, 50) * 1000000,
				.took_us = roll(s, 5000000) };

	snprintf(sku, sizeof(sku), "SKU-%d", number);
	row.category = number < 50 ? shop_categories[number % 3] : NULL;
	if (status == ITEM_FAILED)
		err_set(&why, errors[roll(s, 3)], "message of %" PRId64, seq);
	if (status == ITEM_SKIPPED)
		err_set(&why, ERR_INTERRUPTED, "not worked on");
	row.err_stage = why.code != ERR_OK && upto >= 0 ? stage_names[upto] : NULL;
	if (status == ITEM_REVIEW || status == ITEM_REJECTED)
		row.reasons = reasons[roll(s, 3)];
	if (roll(s, 5))
		row.image_model = roll(s, 2) ? "local" : "both";
	if (roll(s, 5))
		row.text_model = roll(s, 2) ? "template" : "both";
	add_stages(s, seq, upto, why.code);
	if (store_item(s->store, s->run, &row, &e) != 0)
		fail_msg("%s", e.msg);
}

static const char ledger[] =
	"INSERT INTO calls (run, seq, stage, kind, endpoint, model, state, reserved_nano, settled_nano, error)"
	" SELECT run, seq, 'enhance', iif(seq % 3, 'image', 'text'), 'https://x', iif(seq % 2, 'both', 'paid-only'),"
	" CASE seq % 5 WHEN 0 THEN 'unknown' WHEN 1 THEN 'reserved' ELSE 'settled' END, seq * 1000, seq * 900,"
	" iif(seq % 7, NULL, 'timeout') FROM items WHERE seq % 4 = 0 UNION ALL"
	" SELECT run, seq, 'enhance', 'image', 'https://x', 'both', 'settled', 5, 4, NULL FROM items WHERE seq % 8 = 0";

static inline void fill(struct shop *s, int items)
{
	struct err e = { 0 };

	assert_int_equal(store_begin(s->store, &e), 0);
	for (int i = 0; i < 50; i++) { /* ten of the SKUs stay without a product */
		char sku[24];
		struct product_row p = { .sku = sku, .category = shop_categories[i % 3] };

		snprintf(sku, sizeof(sku), "SKU-%d", i);
		assert_int_equal(store_product(s->store, s->run, &p, &e), 0);
	}
	for (int i = 1; i <= items; i++)
		add_item(s, i);
	assert_int_equal(store_commit(s->store, &e), 0);
}

static inline struct report_figures figures_of(const struct shop *s, struct report_scope scope)
{
	struct store_reader *rd = NULL;
	struct report_figures f = { 0 };
	struct err e = { 0 };

	if (store_reader_open(&rd, s->path, &e) != 0 || store_report(rd, &scope, &f, &e) != 0)
		fail_msg("%s", e.msg);
	store_reader_close(rd);
	return f;
}

static inline struct report_figures figures(const struct shop *s, int64_t run)
{
	return figures_of(s, (struct report_scope){ .reach = REPORT_ONE_RUN, .run = run });
}

#endif
