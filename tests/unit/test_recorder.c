/* The recorder: grouped, in order, bounded; and what it does when the database refuses. */
#include "tests/scratch.h"

#include "pipeline/store_standing.h"
#include "pipeline/recorder.h"

#include <pthread.h>
#include <stdatomic.h>

enum { POSTERS = 4, EACH = 3000 };

struct bench { /* what a test works with */
	struct store *store;
	struct recorder *recorder;
	char *path;
	int64_t run;
};

static struct bench *set_up(void **state)
{
	static struct bench b;
	struct err e = { 0 };

	b.path = (char *)scratch_path(state, "packshot.db");
	assert_int_equal(store_open(&b.store, b.path, &e), 0);
	assert_int_equal(store_run_begin(b.store, "run", "m", NULL, "{}", 0, &b.run, &e), 0);
	assert_int_equal(recorder_open(&b.recorder, b.store, &e), 0);
	return &b;
}

static void tear_down(struct bench *b)
{
	recorder_close(b->recorder);
	store_close(b->store);
}

static int count_row(void *ctx, const struct result_row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static int rows_in(const char *path, int64_t run)
{
	struct store_reader *rd = NULL;
	struct err e = { 0 };
	int n = 0;

	assert_int_equal(store_reader_open(&rd, path, &e), 0);
	assert_int_equal(store_each_result(rd, run, count_row, &n, &e), 0);
	store_reader_close(rd);
	return n;
}

/* --- entries --- */

struct note {
	struct bench *bench;
	int64_t seq;
	atomic_int *written, *done, *failed;
};

/* Both run on the recorder's thread alone: how many groups there were, and whether a poster's own order was kept. */
static int groups;
static bool in_done;
static int64_t latest[POSTERS];
static bool out_of_order;

static int write_row(struct store *st, void *ctx, struct err *e)
{
	struct note *n = ctx;
	struct item_row row = { .seq = n->seq, .position = 1, .confidence = -1, .json = "{}" };
	int64_t poster = (n->seq - 1) / EACH % POSTERS;

	if (in_done)
		groups++;
	in_done = false;
	out_of_order |= n->seq <= latest[poster];
	latest[poster] = n->seq;
	++*n->written;
	return store_item(st, n->bench->run, &row, e);
}

static void row_done(void *ctx, bool failed)
{
	struct note *n = ctx;

	in_done = true;
	++*(failed ? n->failed : n->done);
}

static struct note notes[POSTERS * EACH];
static atomic_int written, done, failed;

static void reset_counts(void)
{
	written = done = failed = 0;
	groups = 0;
	in_done = out_of_order = false;
	memset(latest, 0, sizeof(latest));
}

static void post(struct bench *b, int64_t seq)
{
	struct note *n = &notes[seq - 1];
	struct entry entry = { write_row, row_done, n };

	*n = (struct note){ b, seq, &written, &done, &failed };
	assert_int_equal(recorder_post(b->recorder, &entry), 0);
}

struct poster {
	struct bench *bench;
	int64_t first;
};

static void *post_many(void *arg)
{
	struct poster *p = arg;

	for (int i = 0; i < EACH; i++)
		post(p->bench, p->first + i);
	return NULL;
}

/* --- the tests --- */

static void writes_everything_in_groups(void **state)
{
	struct bench *b = set_up(state);
	pthread_t threads[POSTERS];
	struct poster posters[POSTERS];
	struct err e = { 0 };

	reset_counts();
	for (int i = 0; i < POSTERS; i++) {
		posters[i] = (struct poster){ b, 1 + (int64_t)i * EACH };
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
	}
	for (int i = 0; i < POSTERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(recorder_flush(b->recorder, &e), 0);
	assert_int_equal(done, POSTERS * EACH);
	assert_int_equal(failed, 0);
	assert_false(out_of_order);
	assert_int_equal(rows_in(b->path, b->run), POSTERS * EACH);
	printf("| recorder: %d entries in %d groups\n", POSTERS * EACH, groups + 1);
	assert_in_range(groups + 1, POSTERS * EACH / 512, POSTERS * EACH / 10);
	tear_down(b);
}

static void *watch_db(void *ctx)
{
	struct bench *b = ctx;

	return (void *)(intptr_t)rows_in(b->path, b->run);
}

static atomic_int seen_in_callback;

static void look_when_done(void *ctx, bool was_failed)
{
	struct note *n = ctx;

	assert_false(was_failed);
	seen_in_callback = (int)(intptr_t)watch_db(n->bench);
}

static void callbacks_come_after_the_commit(void **state)
{
	struct bench *b = set_up(state);
	struct entry entry = { write_row, look_when_done, &notes[0] };
	struct err e = { 0 };

	reset_counts();
	seen_in_callback = -1;
	notes[0] = (struct note){ b, 1, &written, &done, &failed };
	assert_int_equal(recorder_post(b->recorder, &entry), 0);
	while (seen_in_callback < 0) /* comes by itself, without a flush */
		usleep(1000);
	assert_int_equal(seen_in_callback, 1);
	assert_int_equal(recorder_flush(b->recorder, &e), 0);
	tear_down(b);
}

static void closing_writes_what_is_left(void **state)
{
	struct bench *b = set_up(state);

	reset_counts();
	for (int i = 1; i <= 700; i++)
		post(b, i);
	recorder_close(b->recorder);
	assert_int_equal(done, 700);
	assert_int_equal(rows_in(b->path, b->run), 700);
	store_close(b->store);
	recorder_close(NULL);
}

/* --- bounded --- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int posted;

static int wait_at_gate(struct store *st, void *ctx, struct err *e)
{
	(void)st;
	(void)ctx;
	(void)e;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return 0;
}

static void *post_without_end(void *arg)
{
	struct bench *b = arg;
	struct entry entry = { wait_at_gate, NULL, NULL };

	for (int i = 0; i < 10000; i++) {
		recorder_post(b->recorder, &entry);
		posted++;
	}
	return NULL;
}

static void posting_waits_while_the_inbox_is_full(void **state)
{
	struct bench *b = set_up(state);
	struct err e = { 0 };
	pthread_t thread;
	int before;

	posted = 0;
	pthread_mutex_lock(&gate);
	assert_int_equal(pthread_create(&thread, NULL, post_without_end, b), 0);
	do { /* until it stands still */
		before = posted;
		usleep(100000);
	} while (posted == 0 || posted != before);
	assert_in_range(posted, 512, 5000);
	pthread_mutex_unlock(&gate);
	pthread_join(thread, NULL);
	assert_int_equal(posted, 10000);
	assert_int_equal(recorder_flush(b->recorder, &e), 0);
	tear_down(b);
}

/* --- failing --- */

static void one_error_fails_the_group_and_all_that_follows(void **state)
{
	struct bench *b = set_up(state);
	struct err e = { 0 }, first = { 0 };

	reset_counts();
	for (int i = 1; i <= 10; i++)
		post(b, i);
	assert_int_equal(recorder_flush(b->recorder, &e), 0);
	assert_false(recorder_failed(b->recorder, &e));
	for (int i = 11; i <= 13; i++)
		post(b, i);
	notes[13] = (struct note){ b, 5, &written, &done, &failed }; /* item 5 stands there already */
	assert_int_equal(recorder_post(b->recorder, &(struct entry){ write_row, row_done, &notes[13] }), 0);
	assert_int_equal(recorder_flush(b->recorder, &first), -1);
	assert_int_equal(first.code, ERR_STORE);
	assert_non_null(strstr(first.msg, "UNIQUE"));
	assert_true(failed >= 1);
	assert_int_equal(done + failed, 14);

	int before = written, ok = done;

	for (int i = 20; i <= 29; i++)
		post(b, i);
	assert_int_equal(recorder_flush(b->recorder, &e), -1);
	assert_string_equal(e.msg, first.msg); /* the first reason is kept */
	assert_true(recorder_failed(b->recorder, NULL));
	assert_int_equal(written, before); /* nothing was tried */
	assert_int_equal(done + failed, 24);
	assert_int_equal(rows_in(b->path, b->run), ok); /* what was reported written is there, and nothing else */
	tear_down(b);
}

static int refuse(struct store *st, void *ctx, struct err *e)
{
	(void)st;
	(void)ctx;
	(void)e;
	return -1;
}

static void a_refusal_without_a_reason_is_an_error_too(void **state)
{
	struct bench *b = set_up(state);
	struct entry entry = { refuse, NULL, NULL };
	struct err e = { 0 };

	assert_int_equal(recorder_post(b->recorder, &entry), 0);
	assert_int_equal(recorder_flush(b->recorder, &e), -1);
	assert_int_equal(e.code, ERR_STORE);
	tear_down(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_everything_in_groups),
		TEST(callbacks_come_after_the_commit),
		TEST(closing_writes_what_is_left),
		TEST(posting_waits_while_the_inbox_is_full),
		TEST(one_error_fails_the_group_and_all_that_follows),
		TEST(a_refusal_without_a_reason_is_an_error_too),
	};

	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
