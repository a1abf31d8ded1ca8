/* Photos that are merely asked about, with a made-up stage and a wire that answers when it is told to. */
#include "tests/check.h"
#include "tests/db.h"
#include "tests/scratch.h"

#include "pipeline/clock.h"
#include "pipeline/engine.h"
#include "pipeline/last_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a wire of our own: one call at a time, kept until the test answers it --- */

static struct {
	int sent;
	bool refuses;
	char etag[40]; /* the header */
	wire_done *done;
	void *ctx;
} wire;

int wire_send(struct wire *w, struct call *c, wire_done *done, void *ctx)
{
	(void)w;
	if (wire.refuses)
		return -1;
	wire.sent++;
	snprintf(wire.etag, sizeof(wire.etag), "%s", c->headers[0] ? c->headers[0] : "");
	wire.done = done;
	wire.ctx = ctx;
	call_release(c);
	return 0;
}

void wire_paid(struct wire *w, void *ticket, bool failed)
{
	(void)w, (void)ticket, (void)failed; /* nothing here is paid for */
}

void wire_hold(struct wire *w)
{
	(void)w;
}

void wire_abort(struct wire *w)
{
	(void)w;
}

static void answer(int status, enum err_code code)
{
	struct reply reply = { .status = status, .tries = 2, .body = bytes_copy("new", 3) };

	if (code != ERR_OK)
		err_set(&reply.err, code, "scripted");
	wire.done(wire.ctx, &reply);
	bytes_unref(reply.body);
	wire.done = NULL;
}

/* --- one stage, and products that count themselves --- */

static int products;

struct product {
	char line[20];
};

static bool no_products;

static struct product *read_product(void *ctx, const char *line, size_t size)
{
	struct product *p = no_products ? NULL : calloc(1, sizeof(*p));

	(void)ctx;
	if (!p)
		return NULL;
	products++;
	snprintf(p->line, sizeof(p->line), "%.*s", (int)size, line);
	return p;
}

static void product_free(struct product *p)
{
	products--;
	free(p);
}

static bool put_key(const void *cfg, const struct item *it, struct key *k)
{
	(void)cfg;
	key_text(k, "source", it->source);
	return true;
}

static int ask(const void *cfg, const struct last_made *was, struct call *call)
{
	(void)cfg;
	call->url = strdup(was->place);
	return call_header(call, "If-None-Match", was->etag);
}

static bool fresh(const void *cfg, const struct item *it)
{
	(void)cfg, (void)it;
	return false;
}

static enum stage_next begin(const void *cfg, struct item *it, struct result *out, struct call *call, struct err *e)
{
	(void)cfg, (void)out, (void)e;
	call->url = strdup(it->source);
	return STAGE_CALL;
}

static enum stage_next accept(const void *cfg, struct item *it, const struct reply *reply, struct result *out,
			      struct call *call, struct receipt *receipt, struct err *e)
{
	(void)cfg, (void)call, (void)receipt;
	CHECK_TEXT("the product of its line", it->product->line, "a line");
	if (reply->err.code != ERR_OK) {
		*e = reply->err;
		return STAGE_FAIL;
	}
	CHECK_INT("never what says that nothing has changed", reply->status, 200);
	out->bytes = bytes_ref(reply->body);
	return STAGE_DONE;
}

static const struct stage get = {
	.name = "get", .version = 1, .fresh = fresh, .ask = ask, .key = put_key, .begin = begin, .accept = accept
};
static const struct stage *const stages[] = { &get };
static const void *const cfgs[] = { NULL };

/* --- a bench --- */

struct bench {
	const char *db;
	struct store *store;
	struct recorder *recorder;
	struct blobs *blobs;
	struct unchanged *unchanged;
	struct engine *engine;
	int64_t run, seq;
};

static int conclude(void *ctx, struct item *it, int64_t took_us, struct item_row *row)
{
	(void)ctx;
	*row = (struct item_row){ .seq = it->seq,
				  .sku = it->sku,
				  .position = it->position,
				  .source = it->source,
				  .status = it->status,
				  .err = &it->err,
				  .confidence = -1,
				  .calls = it->calls,
				  .took_us = took_us,
				  .json = "{}" };
	return 0;
}

static void start(struct bench *b, void **state)
{
	struct err e = { 0 };
	struct unchanged_config looks = { .out_dir = scratch_path(state, ""),
					  .store_path = scratch_path(state, "packshot.db") };
	struct engine_config cfg = { .road = { stages, cfgs, 1 },
				     .workers = 2,
				     .max_items = 8,
				     .max_bytes = 1 << 20,
				     .read_cache = true,
				     .write_cache = true,
				     .read_product = read_product,
				     .product_free = product_free,
				     .conclude = conclude,
				     .ctx = b };

	memset(b, 0, sizeof(*b));
	memset(&wire, 0, sizeof(wire));
	b->db = scratch_path(state, "packshot.db");
	CHECK_INT(e.msg, store_open(&b->store, b->db, &e), 0);
	CHECK_INT(e.msg, blobs_open(&b->blobs, scratch_path(state, "blobs"), scratch_path(state, "tmp"), &e), 0);
	CHECK_INT(e.msg, store_run_begin(b->store, "run", "m", NULL, "{}", 0, &b->run, &e), 0);
	CHECK_INT(e.msg, recorder_open(&b->recorder, b->store, &e), 0);
	looks.run = cfg.run = b->run;
	looks.recorder = cfg.recorder = b->recorder;
	CHECK_INT(e.msg, unchanged_open(&b->unchanged, &looks, &e), 0);
	cfg.store_path = b->db;
	cfg.blobs = b->blobs;
	cfg.unchanged = b->unchanged;
	CHECK_INT(e.msg, engine_open(&b->engine, &cfg, &e), 0);
}

/* Everything ends; what the run's rows say: made ones as SKU/status/calls, and how many stood. */
static void finish(struct bench *b, const char *made, const char *stood)
{
	struct err e = { 0 };

	while (engine_wait(b->engine, 1000) > 0)
		;
	CHECK_INT("nothing is left on the road", engine_wait(b->engine, 0), 0);
	CHECK_INT("rows are given away", unchanged_rest(b->unchanged), 0);
	engine_close(b->engine);
	CHECK_INT(e.msg, recorder_flush(b->recorder, &e), 0);
	recorder_close(b->recorder);
	unchanged_close(b->unchanged);
	check_sql(b->db, "SELECT coalesce(group_concat(sku || '/' || status || '/' || calls, ' '), '') FROM made_items",
		  made);
	check_sql(b->db, "SELECT coalesce(group_concat(seq || '/' || requests, ' '), '') FROM unchanged", stood);
	blobs_close(b->blobs);
	store_close(b->store);
	CHECK_INT("products", products, 0);
}

/* Asks about a photo that was of this content ("new" is what the wire's answers hold). Gives back what engine_ask()
 * says. */
static int ask_about(struct bench *b, const char *sku, const char *source, const char *content)
{
	static const char line[] = "a line, and what comes after it";
	struct last_made made = { .run = 1,
				  .seq = 1,
				  .sku = sku,
				  .position = 1,
				  .pictures = 1,
				  .place = source,
				  .etag = "\"v1\"",
				  .output = "1.jpg",
				  .grp = 1 };
	struct last_made *was;
	struct sighting s;
	int rc;

	digest_of(content, strlen(content), &made.source);
	digest_of(source, strlen(source), &made.source_key);
	was = last_made_copy(&made);
	s = sighting_of(was);
	s.seq = s.line = ++b->seq;
	rc = engine_ask(b->engine, &s, line, 6);
	if (rc <= 0)
		last_made_free(was);
	return rc;
}

static void nothing_has_changed(void **state)
{
	struct bench b;

	start(&b, state);
	CHECK_INT("asked", ask_about(&b, "A", "u", "old"), 1);
	CHECK_TEXT("by what it said last", wire.etag, "If-None-Match: \"v1\"");
	CHECK_INT("on the road meanwhile", engine_wait(b.engine, 0), 1);
	answer(304, ERR_OK);
	CHECK_INT("and no more", engine_wait(b.engine, 0), 0);
	finish(&b, "", "1/2");
}

static void the_photo_has_changed(void **state)
{
	struct bench b;

	start(&b, state);
	CHECK_INT("asked", ask_about(&b, "A", "u", "old"), 1);
	answer(200, ERR_OK);
	finish(&b, "A/succeeded/2", "");
	CHECK_INT("with the answer to the only question", wire.sent, 1);
}

/* The server does not know its own validators, but the photo is the same. */
static void the_same_comes_again(void **state)
{
	struct bench b;

	start(&b, state);
	CHECK_INT("asked", ask_about(&b, "A", "u", "new"), 1);
	answer(200, ERR_OK);
	finish(&b, "A/succeeded/2", "");
}

static void no_answer(void **state)
{
	struct bench b;

	start(&b, state);
	CHECK_INT("asked", ask_about(&b, "A", "u", "old"), 1);
	answer(0, ERR_INTERRUPTED);
	CHECK_INT("asked", ask_about(&b, "B", "v", "old"), 1);
	answer(0, ERR_NETWORK);
	finish(&b, "A/skipped/2 B/failed/2", "");
}

static void one_photo_of_several_products(void **state)
{
	struct bench b;

	start(&b, state);
	CHECK_INT("asked", ask_about(&b, "A", "u", "old"), 1);
	CHECK_INT("while it is, nobody else asks", ask_about(&b, "B", "u", "old"), 0);
	answer(304, ERR_OK);
	CHECK_INT("known", ask_about(&b, "C", "u", "old"), 1);
	CHECK_INT("that of an older photo does not stand by it", ask_about(&b, "D", "u", "older"), 0);
	CHECK_INT("requests", wire.sent, 1);
	finish(&b, "", "1/2 3/0");
}

static void no_memory_to_send(void **state)
{
	struct bench b;

	start(&b, state);
	wire.refuses = true;
	CHECK_INT("not asked", ask_about(&b, "A", "u", "old"), -1);
	CHECK_INT("and not on the road", engine_wait(b.engine, 0), 0);
	wire.refuses = false;
	CHECK_INT("nor is its claim", ask_about(&b, "A", "u", "old"), 1);
	answer(304, ERR_OK);
	finish(&b, "", "2/2");
}

static void no_memory_for_the_product(void **state)
{
	struct err e = { 0 };
	struct bench b;

	start(&b, state);
	CHECK_INT("asked", ask_about(&b, "A", "u", "old"), 1);
	no_products = true;
	answer(200, ERR_OK);
	no_products = false;
	CHECK_INT("the run has failed", engine_failed(b.engine, &e), 1);
	CHECK_TEXT("by this", e.msg, "no memory to record what became of line 1");
	finish(&b, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_has_changed, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_photo_has_changed, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_same_comes_again, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(no_answer, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(one_photo_of_several_products, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(no_memory_to_send, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(no_memory_for_the_product, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
