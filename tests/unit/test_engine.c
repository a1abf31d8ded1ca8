/* The machinery with three made-up stages and a wire that answers from memory: what is worked, shared, hit, remade,
 * skipped. */
#include "tests/check.h"

#include "pipeline/blobs.h"
#include "pipeline/engine.h"
#include "pipeline/file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- a wire of our own: answers at once, or keeps the call until it is told to --- */

static struct {
	atomic_int sent;
	bool hold;
	enum err_code fail;
	pthread_mutex_t lock;
	struct {
		wire_done *done;
		void *ctx;
	} held[64];
	int held_count;
} wire = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void reply_to(wire_done *done, void *ctx, enum err_code code)
{
	struct reply reply = { .status = 200, .tries = 1, .etag = "\"v1\"" };

	if (code != ERR_OK)
		err_set(&reply.err, code, "scripted");
	reply.body = bytes_copy("reply", 5);
	done(ctx, &reply);
	bytes_unref(reply.body);
}

int wire_send(struct wire *w, struct call *c, wire_done *done, void *ctx)
{
	(void)w;
	call_release(c);
	wire.sent++;
	pthread_mutex_lock(&wire.lock);
	if (wire.hold) {
		wire.held[wire.held_count].done = done;
		wire.held[wire.held_count++].ctx = ctx;
	} else {
		reply_to(done, ctx, wire.fail);
	}
	pthread_mutex_unlock(&wire.lock);
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
	pthread_mutex_lock(&wire.lock);
	for (int i = 0; i < wire.held_count; i++)
		reply_to(wire.held[i].done, wire.held[i].ctx, ERR_INTERRUPTED);
	wire.held_count = 0;
	wire.hold = false; /* like the real one, it also ends what is yet to come */
	wire.fail = ERR_INTERRUPTED;
	pthread_mutex_unlock(&wire.lock);
}

/* --- stages: get (a call), grow (bytes to longer bytes), tell (facts only) --- */

static atomic_int got, grown, told, fresh_asked;
static bool is_fresh, wide;

static enum stage_next get_begin(const void *cfg, struct item *it, struct result *out, struct call *call, struct err *e)
{
	(void)cfg, (void)out;
	if (strncmp(it->source, "bad", 3) == 0) {
		err_set(e, ERR_NOT_PICTURE, "%s is bad", it->source);
		return STAGE_FAIL;
	}
	got++;
	call->url = strdup(it->source);
	return STAGE_CALL;
}

static enum stage_next get_accept(const void *cfg, struct item *it, const struct reply *reply, struct result *out,
				  struct call *call, struct receipt *receipt, struct err *e)
{
	(void)cfg, (void)call, (void)receipt;
	if (reply->err.code != ERR_OK) {
		*e = reply->err;
		return STAGE_FAIL;
	}
	CHECK_INT("status", reply->status, 200);
	out->bytes = bytes_copy(it->source, strlen(it->source));
	out->facts = strdup("{\"etag\":1}");
	return STAGE_DONE;
}

static bool get_key(const void *cfg, const struct item *it, struct key *k)
{
	(void)cfg;
	key_text(k, "source", it->source);
	return true;
}

static bool get_fresh(const void *cfg, const struct item *it)
{
	(void)cfg;
	fresh_asked++;
	CHECK_TEXT("stale facts", it->stale.facts, "{\"etag\":1}");
	return is_fresh;
}

static bool grow_key(const void *cfg, const struct item *it, struct key *k)
{
	(void)cfg;
	key_digest(k, "source", &it->results[0].blob);
	return true;
}

static enum stage_next grow_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
				  struct err *e)
{
	const struct bytes *in = it->results[0].bytes;

	(void)cfg, (void)call, (void)e;
	grown++;
	assert_non_null(in);
	usleep(20000); /* long enough for a second item with the same key to meet the claim */
	out->bytes = bytes_create(in->size + 1);
	memcpy(out->bytes->data, in->data, in->size);
	out->bytes->data[in->size] = '+';
	return STAGE_DONE;
}

static enum stage_next tell_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
				  struct err *e)
{
	(void)cfg, (void)call, (void)e;
	told++;
	assert_non_null(it->results[1].bytes);
	assert_null(it->results[0].bytes); /* nothing reads it any more */
	out->facts = strdup("{\"told\":true}");
	return STAGE_DONE;
}

static const struct stage get = {
	.name = "get",
	.version = 1,
	.needs = 0,
	.fresh = get_fresh,
	.key = get_key,
	.begin = get_begin,
	.accept = get_accept,
};
static const struct stage grow = {
	.name = "grow",
	.version = 1,
	.needs = 1u << 0,
	.key = grow_key,
	.begin = grow_begin,
};
static const struct stage tell = {
	.name = "tell",
	.version = 1,
	.needs = 1u << 1,
	.begin = tell_begin,
};
static const struct stage *const stages[] = { &get, &grow, &tell };
static const void *const cfgs[] = { NULL, NULL, NULL };

/* --- a bench to run items on --- */

struct bench {
	char dir[64], db[96];
	struct store *store;
	struct recorder *recorder;
	struct blobs *blobs;
	struct engine *engine;
	int64_t run, seq;
	atomic_int committed, by_status[ITEM_STATUSES];
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
				  .took_us = took_us,
				  .json = "{}" };
	return 0;
}

static void count_committed(void *ctx, const struct item *it, const struct item_row *row)
{
	struct bench *b = ctx;

	CHECK_INT(it->sku ? it->sku : "a line", row->seq, it->seq);
	b->committed++;
	b->by_status[it->status]++;
}

static void bench_init(struct bench *b)
{
	char blobs[96], tmp[96];

	memset(b, 0, sizeof(*b));
	strcpy(b->dir, "/tmp/test_engine.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->db, sizeof(b->db), "%s/packshot.db", b->dir);
	snprintf(blobs, sizeof(blobs), "%s/blobs", b->dir);
	snprintf(tmp, sizeof(tmp), "%s/tmp", b->dir);
	struct err e = { 0 };
	CHECK_INT(e.msg, store_open(&b->store, b->db, &e), 0);
	CHECK_INT(e.msg, blobs_open(&b->blobs, blobs, tmp, &e), 0);
	is_fresh = wide = false;
	wire.hold = false;
	wire.fail = ERR_OK;
}

static void bench_clear(struct bench *b)
{
	char command[128];

	blobs_close(b->blobs);
	store_close(b->store);
	snprintf(command, sizeof(command), "rm -rf %s", b->dir);
	assert_int_equal(system(command), 0);
}

static void run_begin(struct bench *b, bool read_cache, bool write_cache)
{
	struct err e = { 0 };
	struct engine_config cfg = { .road = { stages, cfgs, 3 },
				     .workers = wide ? 16 : 4,
				     .max_items = wide ? 256 : 8,
				     .max_bytes = 1 << 20,
				     .read_cache = read_cache,
				     .write_cache = write_cache,
				     .store_path = b->db,
				     .blobs = b->blobs,
				     .conclude = conclude,
				     .committed = count_committed,
				     .ctx = b };

	got = grown = told = fresh_asked = wire.sent = 0;
	b->committed = 0;
	b->seq = 0;
	memset(b->by_status, 0, sizeof(b->by_status));
	CHECK_INT(e.msg, store_run_begin(b->store, "run", "m", NULL, "{}", 0, &b->run, &e), 0);
	CHECK_INT(e.msg, recorder_open(&b->recorder, b->store, &e), 0);
	cfg.run = b->run;
	cfg.recorder = b->recorder;
	CHECK_INT(e.msg, engine_open(&b->engine, &cfg, &e), 0);
}

static void admit(struct bench *b, const char *source)
{
	while (!engine_has_room(b->engine, 1000))
		;
	b->seq++;
	CHECK_INT(source, engine_admit(b->engine, item_create(b->seq, b->seq, source, 1, source, NULL, NULL)), 0);
}

static void run_end(struct bench *b)
{
	struct err e = { 0 };

	while (engine_wait(b->engine, 1000) > 0)
		;
	CHECK_INT(e.msg, engine_failed(b->engine, &e), 0);
	engine_close(b->engine);
	recorder_close(b->recorder);
	CHECK_INT(e.msg, store_run_end(b->store, b->run, "finished", &e), 0);
}

static void admit_all(struct bench *b, const char *const *sources)
{
	for (; *sources; sources++)
		admit(b, *sources);
}

/* --- the tests --- */

static const char *const two_alike[] = { "a", "b", "a", "a", NULL };

static void test_equal_work_is_done_once(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	run_begin(&b, true, true);
	admit_all(&b, two_alike);
	run_end(&b);
	CHECK_INT("fetched", got, 2);
	CHECK_INT("grown", grown, 2);
	CHECK_INT("told: has no key", told, 4);
	CHECK_INT("committed", b.committed, 4);
	CHECK_INT("succeeded", b.by_status[ITEM_SUCCEEDED], 4);
	bench_clear(&b);
}

/* Waiters come back while their holder's worker is still on its way out: -fsanitize=thread sees who touches whose. */
static void test_many_wait_for_one(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	wide = true;
	run_begin(&b, true, true);
	for (int i = 0; i < 4000; i++)
		admit(&b, "a");
	run_end(&b);
	CHECK_INT("fetched", got, 1);
	CHECK_INT("succeeded", b.by_status[ITEM_SUCCEEDED], 4000);
	bench_clear(&b);
}

static void test_second_run(void **state)
{
	static const struct {
		const char *name;
		bool read, write, fresh;
		int want_got, want_grown, want_asked;
	} cases[] = {
		{ "unchanged", true, true, true, 0, 0, 4 }, /* nothing is kept of a fresh look, so each item looks */
		{ "origin asked", true, true, false, 2, 0, 2 }, /* asked once a run, then shared */
		{ "force", false, true, true, 2, 2, 0 },
		{ "no cache", false, false, true, 4, 4, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench b;

		bench_init(&b);
		run_begin(&b, true, true);
		admit_all(&b, two_alike);
		run_end(&b);
		is_fresh = cases[i].fresh;
		run_begin(&b, cases[i].read, cases[i].write);
		admit_all(&b, two_alike);
		run_end(&b);
		CHECK_INT(cases[i].name, got, cases[i].want_got);
		CHECK_INT(cases[i].name, grown, cases[i].want_grown);
		CHECK_INT(cases[i].name, fresh_asked, cases[i].want_asked);
		CHECK_INT(cases[i].name, b.by_status[ITEM_SUCCEEDED], 4);
		bench_clear(&b);
	}
}

static void test_one_bad_item_fails_alone(void **state)
{
	static const char *const sources[] = { "a", "bad", "b", NULL };
	struct bench b;

	(void)state;
	bench_init(&b);
	run_begin(&b, true, true);
	admit_all(&b, sources);
	run_end(&b);
	CHECK_INT("failed", b.by_status[ITEM_FAILED], 1);
	CHECK_INT("succeeded", b.by_status[ITEM_SUCCEEDED], 2);
	bench_clear(&b);
}

static void test_transport_failure_fails_the_item(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	wire.fail = ERR_TIMEOUT;
	run_begin(&b, true, true);
	admit_all(&b, two_alike);
	run_end(&b);
	CHECK_INT("failed", b.by_status[ITEM_FAILED], 4);
	CHECK_INT("each waiter tried for itself", wire.sent, 4);
	bench_clear(&b);
}

static void test_lost_blob_is_made_again(void **state)
{
	struct bench b;
	char command[160];

	(void)state;
	bench_init(&b);
	run_begin(&b, true, true);
	admit(&b, "a");
	run_end(&b);
	snprintf(command, sizeof(command), "find %s/blobs -type f -delete", b.dir);
	assert_int_equal(system(command), 0);
	is_fresh = true;
	run_begin(&b, true, true);
	admit(&b, "a");
	run_end(&b);
	CHECK_INT("succeeded", b.by_status[ITEM_SUCCEEDED], 1);
	CHECK_INT("fetched again", got, 1);
	CHECK_INT("told", told, 1);
	bench_clear(&b);
}

static void test_stop_skips_what_waits(void **state)
{
	static const char *const sources[] = { "a", "b", "c", "d", "e", NULL };
	struct bench b;

	(void)state;
	bench_init(&b);
	wire.hold = true;
	run_begin(&b, true, true);
	admit_all(&b, sources);
	while (wire.sent < 5)
		usleep(1000);
	CHECK_INT("on the road", engine_wait(b.engine, 1), 5);
	engine_stop(b.engine);
	run_end(&b);
	CHECK_INT("skipped", b.by_status[ITEM_SKIPPED], 5);
	CHECK_INT("recorded", b.committed, 5);
	bench_clear(&b);
}

static void test_turning_away_lets_what_has_begun_finish(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	wire.hold = true;
	run_begin(&b, true, true);
	admit(&b, "a");
	while (wire.sent < 1)
		usleep(1000);
	engine_turn_away(b.engine);
	admit(&b, "b");
	while (b.committed < 1)
		usleep(1000);
	CHECK_INT("skipped: had not begun", b.by_status[ITEM_SKIPPED], 1);
	pthread_mutex_lock(&wire.lock);
	reply_to(wire.held[0].done, wire.held[0].ctx, ERR_OK);
	wire.held_count = 0;
	pthread_mutex_unlock(&wire.lock);
	run_end(&b);
	CHECK_INT("succeeded: was under way", b.by_status[ITEM_SUCCEEDED], 1);
	bench_clear(&b);
}

static void test_admission_is_bounded(void **state)
{
	struct bench b;
	char source[16];

	(void)state;
	bench_init(&b);
	wire.hold = true;
	run_begin(&b, true, true);
	for (int i = 0; i < 8; i++) {
		snprintf(source, sizeof(source), "s%d", i);
		assert_true(engine_has_room(b.engine, 0));
		admit(&b, source);
	}
	assert_false(engine_has_room(b.engine, 20));
	engine_stop(b.engine);
	run_end(&b);
	bench_clear(&b);
}

static int refuse(struct store *st, void *ctx, struct err *e)
{
	(void)st, (void)ctx;
	return err_set(e, ERR_STORE, "scripted");
}

static void test_nothing_more_is_worked_once_nothing_is_recorded(void **state)
{
	const struct entry bad = { refuse, NULL, NULL };
	struct err e = { 0 };
	struct bench b;

	(void)state;
	bench_init(&b);
	wire.hold = true;
	run_begin(&b, true, true);
	for (int i = 0; i < 8; i++) {
		char source[] = { (char)('a' + i), 0 };

		admit(&b, source);
	}
	while (wire.sent < 8)
		usleep(1000);
	recorder_post(b.recorder, &bad);
	CHECK_INT("flushed", recorder_flush(b.recorder, &e), -1);
	assert_true(engine_has_room(b.engine, 0)); /* so that whoever waits for room learns of it */
	pthread_mutex_lock(&wire.lock);
	for (int i = 0; i < wire.held_count; i++)
		reply_to(wire.held[i].done, wire.held[i].ctx, ERR_OK);
	wire.held_count = 0;
	pthread_mutex_unlock(&wire.lock);
	while (engine_wait(b.engine, 1000) > 0)
		;
	CHECK_INT("worked in vain", grown, 0);
	assert_true(engine_failed(b.engine, NULL));
	engine_close(b.engine);
	recorder_close(b.recorder);
	bench_clear(&b);
}

static void test_a_line_that_never_went_on_the_road(void **state)
{
	struct bench b;
	struct item *it;

	(void)state;
	bench_init(&b);
	run_begin(&b, true, true);
	it = item_create(1, 7, NULL, 0, NULL, NULL, NULL);
	err_set(&it->err, ERR_LINE, "line 7: not JSON");
	CHECK_INT("concluded", engine_conclude(b.engine, it), 0);
	run_end(&b);
	CHECK_INT("failed", b.by_status[ITEM_FAILED], 1);
	bench_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_work_is_done_once),
		cmocka_unit_test(test_many_wait_for_one),
		cmocka_unit_test(test_second_run),
		cmocka_unit_test(test_one_bad_item_fails_alone),
		cmocka_unit_test(test_transport_failure_fails_the_item),
		cmocka_unit_test(test_lost_blob_is_made_again),
		cmocka_unit_test(test_stop_skips_what_waits),
		cmocka_unit_test(test_turning_away_lets_what_has_begun_finish),
		cmocka_unit_test(test_admission_is_bounded),
		cmocka_unit_test(test_nothing_more_is_worked_once_nothing_is_recorded),
		cmocka_unit_test(test_a_line_that_never_went_on_the_road),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
