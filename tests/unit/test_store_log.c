/* The write-ahead log stays short, also while somebody is always looking. */
#include "tests/db.h"

#include "pipeline/store_write.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#define COMMITS 2000
#define ROWS    4    /* a commit */
#define JSON    6000 /* bytes of a row: more than a page */
#define READERS 6
#define LOOK_MS 4

/* Pages; a run's own bounds would take hundreds of megabytes to see. */
#define TAKE_IN 64
#define RESTART 1024
/* A busy machine holds readers up in the middle of a look, and then it is tried again later. All that is written is 75
 * MiB. */
#define BOUND (10 * RESTART * 4096L)

/* Readers that look again as soon as they have looked: at hardly any moment is none of them within a transaction. */
struct looking {
	const char *path;
	pthread_mutex_t lock;
	bool over;
	int failed, looks;
};

static bool is_over(struct looking *l)
{
	bool over;

	pthread_mutex_lock(&l->lock);
	over = l->over;
	pthread_mutex_unlock(&l->lock);
	return over;
}

static void *keep_looking(void *arg)
{
	static const struct timespec pause = { 0, LOOK_MS * 1000000L };
	static const char look_at[] = "BEGIN; SELECT count(*) FROM runs";
	struct looking *l = arg;
	sqlite3 *db = NULL;
	int failed, looks = 0;

	failed = sqlite3_open_v2(l->path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK;
	sqlite3_busy_timeout(db, 5000);
	for (; !failed && !is_over(l); looks++) {
		failed = sqlite3_exec(db, look_at, NULL, NULL, NULL) != SQLITE_OK;
		nanosleep(&pause, NULL);
		failed |= sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK;
	}
	sqlite3_close(db);
	pthread_mutex_lock(&l->lock);
	l->failed += failed;
	l->looks += looks;
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (long)st.st_size : 0;
}

/* Writes thousands of rows; the longest that the log was. */
static long write_many(struct store *st, const char *log)
{
	static char json[JSON];
	struct err e = { 0 };
	long longest = 0;
	char sku[32];

	memset(json, 'x', sizeof(json) - 1);
	for (int i = 0; i < COMMITS; i++) {
		assert_int_equal(store_begin(st, &e), 0);
		for (int j = 0; j < ROWS; j++) {
			struct product_row p = { .sku = sku, .json = json };

			snprintf(sku, sizeof(sku), "S%06d", i * ROWS + j);
			CHECK_INT(e.msg, store_product(st, 1, &p, &e), 0);
		}
		CHECK_INT(e.msg, store_commit(st, &e), 0);
		if (size_of(log) > longest)
			longest = size_of(log);
	}
	return longest;
}

static long longest_log(void **state, int readers, struct looking *l)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store *st = open_store(path);
	pthread_t threads[READERS];
	long longest;

	*l = (struct looking){ .path = path };
	pthread_mutex_init(&l->lock, NULL);
	st->take_in = TAKE_IN;
	st->restart = st->restart_at = RESTART;
	for (int i = 0; i < readers; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, keep_looking, l), 0);
	longest = write_many(st, scratch_path(state, "packshot.db-wal"));
	pthread_mutex_lock(&l->lock);
	l->over = true;
	pthread_mutex_unlock(&l->lock);
	for (int i = 0; i < readers; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&l->lock);
	check_sql(path, "SELECT count(*) FROM products", "8000");
	store_close(st);
	return longest;
}

static void while_nobody_looks(void **state)
{
	struct looking l;
	long longest = longest_log(state, 0, &l);

	assert_in_range(longest, 1, 4 * TAKE_IN * 4096L);
}

static void while_somebody_always_looks(void **state)
{
	struct looking l;
	long longest = longest_log(state, READERS, &l);

	print_message("the log was at most %ld KiB, while %d looks were taken\n", longest / 1024, l.looks);
	CHECK_INT("readers", l.failed, 0);
	assert_true(l.looks > 3 * READERS);
	assert_in_range(longest, 1, BOUND);
}

/* What a run uses. */
static void its_bounds(void **state)
{
	struct store *st = open_store(scratch_path(state, "packshot.db"));

	CHECK_INT("taken in", st->take_in, 4000);
	CHECK_INT("kept out for", st->restart, 65536);
	CHECK_INT("at first", st->restart_at, 65536);
	store_close(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(while_nobody_looks, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(while_somebody_always_looks, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(its_bounds, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests_name("the store's log", tests, NULL, NULL);
}
