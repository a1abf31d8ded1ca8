/* results.jsonl, whole or not at all. The store's reading side is this test's own: lines to hand out, and faults. */
#include "tests/check.h"

#include "jobs/results.h"
#include "pipeline/file.h"
#include "pipeline/store.h"
#include "pipeline/store_standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/packshot-results-XXXXXX";
static char tmp[64], path[64];

static int count;             /* lines to hand out */
static int broken_after = -1; /* the store fails behind so many */
static int64_t asked_run;
static bool stands; /* what the store says of a file that is there */
static struct file_stamp stamp, asked_stamp;

int store_reader_open(struct store_reader **out, const char *db, struct err *e)
{
	*out = NULL;
	return strcmp(db, "db") == 0 ? 0 : err_set(e, ERR_STORE, "%s: not a database", db);
}

void store_reader_close(struct store_reader *r)
{
	assert_null(r);
}

int store_results_stand(struct store_reader *r, int64_t run, const struct file_stamp *s, struct err *e)
{
	(void)r, (void)run, (void)e;
	asked_stamp = *s;
	return stands;
}

int store_each_result(struct store_reader *r, int64_t run, int (*row)(void *ctx, const struct result_row *), void *ctx,
		      struct err *e)
{
	char line[64];
	int rc = 0;

	(void)r;
	asked_run = run;
	for (int i = 0; i < count && rc == 0; i++) {
		if (i == broken_after)
			return err_set(e, ERR_STORE, "torn");
		snprintf(line, sizeof(line), "{\"n\":%d,\"sku\":\"搪瓷杯\"}", i);
		rc = row(ctx, &(struct result_row){ .json = line });
	}
	return rc;
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(tmp, sizeof(tmp), "%s/tmp", root);
	snprintf(path, sizeof(path), "%s/results.jsonl", root);
	return mkdir(tmp, 0777);
}

static int tear_down(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static int write_results(const char *dir, const char *db, int lines, struct err *e)
{
	count = lines;
	return results_write(dir, tmp, db, 7, &stamp, e);
}

static void check_content(const char *name, const char *want)
{
	struct bytes *b = NULL;
	struct err e = { 0 };

	CHECK_INT(name, file_read(path, 100000, &b, NULL, &e), 0);
	CHECK_TEXT(name, (char *)b->data, want);
	bytes_unref(b);
}

static void test_lines(void **state)
{
	struct err e = { 0 };

	(void)state;
	CHECK_INT(e.msg, write_results(root, "db", 2, &e), 0);
	check_content("two", "{\"n\":0,\"sku\":\"搪瓷杯\"}\n{\"n\":1,\"sku\":\"搪瓷杯\"}\n");
	CHECK_INT("of the run", asked_run, 7);
	CHECK_INT(e.msg, write_results(root, "db", 1, &e), 0);
	check_content("replaced", "{\"n\":0,\"sku\":\"搪瓷杯\"}\n");
	CHECK_INT(e.msg, write_results(root, "db", 0, &e), 0);
	check_content("none", "");
}

static void test_what_stands_is_left(void **state)
{
	struct err e = { 0 };
	struct file_stamp left;

	(void)state;
	stands = true;
	unlink(path);
	CHECK_INT(e.msg, write_results(root, "db", 1, &e), 0);
	check_content("there is none to stand", "{\"n\":0,\"sku\":\"搪瓷杯\"}\n");
	left = stamp;
	CHECK_INT(e.msg, write_results(root, "db", 2, &e), 0);
	check_content("left as it is", "{\"n\":0,\"sku\":\"搪瓷杯\"}\n");
	CHECK_INT("asked of this one", asked_stamp.mtime_ns == left.mtime_ns && asked_stamp.inode == left.inode, 1);
	CHECK_INT("whose stamp is given back", stamp.inode, left.inode);
	stands = false;
	CHECK_INT(e.msg, write_results(root, "db", 1, &e), 0);
	CHECK_INT("another file", stamp.inode != left.inode, 1);
}

/* Whatever fails: the old file is as it was, and nothing is left lying about. */
static void check_kept(const char *name, const char *dir, const char *db, enum err_code want)
{
	struct err e = { 0 };

	CHECK_INT(name, write_results(dir, db, 5, &e), -1);
	CHECK_INT(e.msg, e.code, want);
	check_content(name, "{\"n\":0,\"sku\":\"搪瓷杯\"}\n");
	CHECK_INT(name, rmdir(tmp), 0); /* it is empty */
	CHECK_INT(name, mkdir(tmp, 0777), 0);
}

static void test_failures(void **state)
{
	struct err e = { 0 };

	(void)state;
	CHECK_INT(e.msg, write_results(root, "db", 1, &e), 0);
	check_kept("no database", root, "other", ERR_STORE);
	check_kept("no folder", "/dev/null", "db", ERR_IO);
	broken_after = 3;
	check_kept("torn half way", root, "db", ERR_STORE);
	broken_after = -1;
	rmdir(tmp);
	CHECK_INT("nowhere to write", write_results(root, "db", 5, &e), -1);
	CHECK_INT(e.msg, e.code, ERR_IO);
	CHECK_INT("back", mkdir(tmp, 0777), 0);
}

static void test_disk_full(void **state)
{
	char full[80];
	struct err e = { 0 };

	(void)state;
	snprintf(full, sizeof(full), "%s/results.jsonl", tmp);
	CHECK_INT("a full device in the place of the file", symlink("/dev/full", full), 0);
	check_kept("disk full", root, "db", ERR_IO);
	CHECK_INT(e.msg, write_results(root, "db", 1, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_what_stands_is_left),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_disk_full),
	};
	return cmocka_run_group_tests_name("results", tests, set_up, tear_down);
}
