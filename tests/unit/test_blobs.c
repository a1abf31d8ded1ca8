/* Content-addressed files: put, got, and never believed when damaged. */
#include "tests/scratch.h"

#include "pipeline/blobs.h"

#include <pthread.h>
#include <sys/stat.h>

static const char TEXT[] = "a picture of a mug";
#define SIZE ((int64_t)sizeof(TEXT) - 1)
/* SHA-256 of TEXT, as sha256sum says. */
#define HEX "b68682118372129c5afa3c8c32ac416548db10f836ed4dd44c7de314f58bc4fb"

static struct blobs *open_blobs(void **state)
{
	struct blobs *b = NULL;
	struct err e = { 0 };

	if (blobs_open(&b, scratch_path(state, "blobs"), scratch_path(state, "tmp"), &e) != 0)
		fail_msg("blobs_open: %s", e.msg);
	return b;
}

static struct digest put_text(struct blobs *b)
{
	struct bytes *content = bytes_copy(TEXT, sizeof(TEXT) - 1);
	struct err e = { 0 };
	struct digest d;

	digest_of(content->data, content->size, &d);
	if (blobs_put(b, &d, content, &e) != 0)
		fail_msg("blobs_put: %s", e.msg);
	bytes_unref(content);
	return d;
}

static const char *blob_path(void **state)
{
	char name[96];

	snprintf(name, sizeof(name), "blobs/%.2s/%s", HEX, &HEX[2]);
	return scratch_path(state, name);
}

static void puts_and_gets(void **state)
{
	struct blobs *b = open_blobs(state);
	const char *path = blob_path(state);
	struct stat first, second;
	struct bytes *got = NULL;
	struct err e = { 0 };
	struct digest d;

	digest_of(TEXT, sizeof(TEXT) - 1, &d);
	assert_false(blobs_has(b, &d, SIZE));
	assert_int_equal(blobs_get(b, &d, SIZE, &got, &e), 0);
	assert_null(got);
	d = put_text(b);
	assert_int_equal(stat(path, &first), 0); /* a file by the name of its digest */
	assert_true(blobs_has(b, &d, SIZE));
	assert_false(blobs_has(b, &d, SIZE + 1));
	assert_int_equal(blobs_get(b, &d, SIZE, &got, &e), 1);
	assert_int_equal(got->size, SIZE);
	assert_memory_equal(got->data, TEXT, SIZE);
	bytes_unref(got);
	put_text(b);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);          /* what is there is not written again */
	assert_int_equal(rmdir(scratch_path(state, "tmp")), 0); /* and nothing is left lying about */
	assert_int_equal(blobs_get(b, &d, -1, &got, &e), 0);
	blobs_close(b);
	blobs_close(NULL);
}

static void keeps_empty_content(void **state)
{
	struct blobs *b = open_blobs(state);
	struct bytes *none = bytes_copy("", 0), *got = NULL;
	struct err e = { 0 };
	struct digest d;

	digest_of("", 0, &d);
	assert_int_equal(blobs_put(b, &d, none, &e), 0);
	assert_int_equal(blobs_get(b, &d, 0, &got, &e), 1);
	assert_int_equal(got->size, 0);
	bytes_unref(got);
	bytes_unref(none);
	blobs_close(b);
}

static void damage_is_absence(void **state)
{
	static const struct {
		const char *name, *content;
	} cases[] = {
		{ "one byte differs", "a picture of a mud" },
		{ "cut short", "a picture" },
		{ "longer", "a picture of a mug, and more" },
		{ "empty", "" },
	};
	struct blobs *b = open_blobs(state);
	const char *path = blob_path(state);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct digest d = put_text(b);
		struct bytes *got = NULL;
		struct err e = { 0 };

		scratch_write(path, cases[i].content, strlen(cases[i].content));
		CHECK_INT(cases[i].name, blobs_get(b, &d, SIZE, &got, &e), 0);
		CHECK_INT(cases[i].name, got == NULL, 1);
		CHECK_INT(cases[i].name, access(path, F_OK), -1); /* so that it is written anew */
		put_text(b);
		CHECK_INT(cases[i].name, blobs_get(b, &d, SIZE, &got, &e), 1);
		bytes_unref(got);
	}
	blobs_close(b);
}

/* A disk that refuses is an error: taking it for absence would mean to pay for the same result again. */
static void refusal_is_not_absence(void **state)
{
	struct blobs *b = open_blobs(state);
	struct digest d = put_text(b);
	const char *path = blob_path(state);
	struct bytes *got = NULL;
	struct err e = { 0 };

	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(blobs_get(b, &d, SIZE, &got, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	blobs_close(b);
}

static void says_when_it_cannot_write(void **state)
{
	struct blobs *b = open_blobs(state), *other = NULL;
	struct bytes *content = bytes_copy(TEXT, sizeof(TEXT) - 1);
	const char *plain = scratch_path(state, "plain");
	char name[16];
	struct err e = { 0 };
	struct digest d;

	snprintf(name, sizeof(name), "blobs/%.2s", HEX);
	scratch_write(scratch_path(state, name), "in the way", 10);
	digest_of(content->data, content->size, &d);
	assert_int_equal(blobs_put(b, &d, content, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	err_clear(&e);
	scratch_write(plain, "a file", 6);
	assert_int_equal(blobs_open(&other, plain, scratch_path(state, "tmp"), &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_null(other);
	bytes_unref(content);
	blobs_close(b);
}

static void *put_often(void *arg)
{
	for (int i = 0; i < 50; i++) {
		struct err e = { 0 };
		struct bytes *got = NULL;
		struct digest d = put_text(arg);

		assert_int_equal(blobs_get(arg, &d, SIZE, &got, &e), 1);
		bytes_unref(got);
	}
	return NULL;
}

static void many_writers_are_harmless(void **state)
{
	struct blobs *b = open_blobs(state);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, put_often, b), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(rmdir(scratch_path(state, "tmp")), 0);
	blobs_close(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(puts_and_gets),          TEST(keeps_empty_content),       TEST(damage_is_absence),
		TEST(refusal_is_not_absence), TEST(says_when_it_cannot_write), TEST(many_writers_are_harmless),
	};

	return cmocka_run_group_tests_name("blobs", tests, NULL, NULL);
}
