#include "tests/check.h"

#include "pipeline/file.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <dirent.h>
#include <unistd.h>

static char home[] = "/tmp/packshot-file-XXXXXX";

/* A path in the test's folder; freed at the end. */
static char *at(const char *name)
{
	static char *paths[64];
	static int count;

	paths[count] = file_join(home, name);
	return paths[count++];
}

static void put(const char *path, const void *data, size_t size)
{
	struct err e = { 0 };

	CHECK_INT(path, file_write(at("tmp"), path, data, size, &e), 0);
	CHECK_INT(path, e.code, ERR_OK);
}

static int names_in(const char *dir)
{
	DIR *d = opendir(dir);
	int count = 0;

	while (readdir(d))
		count++;
	closedir(d);
	return count - 2;
}

static void written_and_read(void **state)
{
	static const char data[] = "zero\0and more";
	char *path = at("a/b/c.bin");
	struct file_stamp read, seen;
	struct bytes *b;
	struct err e = { 0 };

	(void)state;
	put(path, "old", 3);
	put(path, data, sizeof(data));
	CHECK_INT("read", file_read(path, sizeof(data), &b, &read, &e), 0);
	CHECK_INT("size", b->size, sizeof(data));
	assert_memory_equal(b->data, data, sizeof(data));
	bytes_unref(b);
	CHECK_INT("stat", file_stat(path, &seen, &e), 0);
	assert_memory_equal(&seen, &read, sizeof(seen));
	CHECK_INT("size in the stamp", seen.size, sizeof(data));
	CHECK_INT("nothing is left behind", names_in(at("tmp")), 0);
	put(path, "", 0);
	CHECK_INT("empty", file_read(path, 0, &b, NULL, &e), 0);
	CHECK_INT("empty", b->size, 0);
	bytes_unref(b);
}

static void written_files_obey_the_umask(void **state)
{
	mode_t before = umask(027);
	struct stat st;

	(void)state;
	put(at("masked"), "x", 1);
	umask(before);
	assert_int_equal(stat(at("masked"), &st), 0);
	CHECK_INT("mode", st.st_mode & 0777, 0640);
}

static void what_cannot_be_read(void **state)
{
	static const struct {
		const char *name;
		size_t max;
		enum err_code code;
	} cases[] = {
		{ "nothing-here", 100, ERR_SOURCE_MISSING },
		{ "file/below", 100, ERR_SOURCE_MISSING },
		{ "dangling", 100, ERR_SOURCE_MISSING },
		{ "round", 100, ERR_SOURCE_MISSING },
		{ "folder", 100, ERR_NOT_PICTURE },
		{ "pipe", 100, ERR_NOT_PICTURE },
		{ "socket", 100, ERR_NOT_PICTURE },
		{ "device", 100, ERR_NOT_PICTURE },
		{ "file", 9, ERR_TOO_LARGE },
		{ "file", 10, ERR_OK },
		{ "link", 10, ERR_OK },
	};
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	put(at("file"), "0123456789", 10);
	put(at("folder/inside"), "x", 1);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/socket", home);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(mkfifo(at("pipe"), 0600), 0);
	assert_int_equal(symlink("/dev/zero", at("device")), 0);
	assert_int_equal(symlink("file", at("link")), 0);
	assert_int_equal(symlink("gone", at("dangling")), 0);
	assert_int_equal(symlink("round", at("round")), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		struct bytes *b;

		CHECK_INT(cases[i].name, file_read(at(cases[i].name), cases[i].max, &b, NULL, &e), e.code ? -1 : 0);
		CHECK_INT(cases[i].name, e.code, cases[i].code);
		assert_true(e.code ? b == NULL && strstr(e.msg, cases[i].name) : b != NULL);
		bytes_unref(b);
	}
	close(fd);
}

static void a_failed_write_changes_nothing(void **state)
{
	struct err e = { 0 };

	(void)state;
	put(at("taken/inside"), "x", 1);
	CHECK_INT("onto a folder", file_write(at("tmp"), at("taken"), "y", 1, &e), -1);
	CHECK_INT("code", e.code, ERR_IO);
	CHECK_INT("no temporary file is left", names_in(at("tmp")), 0);
	err_clear(&e);
	put(at("plain"), "x", 1);
	CHECK_INT("below a file", file_write(at("tmp"), at("plain/below"), "y", 1, &e), -1);
	CHECK_INT("code", e.code, ERR_IO);
	err_clear(&e);
	CHECK_INT("no temporary folder", file_write(at("plain/tmp"), at("new"), "y", 1, &e), -1);
	assert_int_equal(access(at("new"), F_OK), -1);
}

static void *write_often(void *name)
{
	for (int i = 0; i < 20; i++) {
		struct err e = { 0 };

		if (file_write(home, name, "0123456789", 10, &e) != 0)
			return name;
	}
	return NULL;
}

/* Temporary names are unique: threads that write into one folder do not meet. */
static void threads_do_not_meet(void **state)
{
	char *name = at("together/x");
	pthread_t threads[4];
	struct err e = { 0 };
	struct bytes *b;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_often, name), 0);
	for (int i = 0; i < 4; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	CHECK_INT("whole", file_read(name, 10, &b, NULL, &e), 0);
	CHECK_INT("whole", b->size, 10);
	bytes_unref(b);
}

/* What a crashed process of our number left behind is stepped over, then cleared away. */
static void left_overs(void **state)
{
	char name[64];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		FILE *f;

		snprintf(name, sizeof(name), "%s/tmp/%ld-%d.tmp", home, (long)getpid(), i);
		f = fopen(name, "wx");
		if (f)
			fclose(f);
	}
	put(at("among-left-overs"), "x", 1);
	put(at("tmp/folder/inside"), "x", 1);
	file_clear_dir(at("tmp"));
	CHECK_INT("only the folder stays", names_in(at("tmp")), 1);
	CHECK_INT("and what is in it", names_in(at("tmp/folder")), 1);
	file_clear_dir(at("nowhere"));
}

static void paths(void **state)
{
	static const struct {
		const char *dir, *name, *want;
	} joins[] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" }, { "a", "/b", "/b" }, { "", "b", "b" },
	};
	char deep[400];

	(void)state;
	for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		char *path = file_join(joins[i].dir, joins[i].name);

		CHECK_TEXT(joins[i].want, path, joins[i].want);
		free(path);
	}
	CHECK_TEXT("short", file_shown("/a/b.jpg"), "/a/b.jpg");
	for (size_t i = 0; i < sizeof(deep) - 1; i += 3)
		memcpy(deep + i, "\xe6\x9d\xaf", 3);
	deep[sizeof(deep) - 1] = 0;
	CHECK_INT("the end of a long one", strlen(file_shown(deep)) <= 140, true);
	CHECK_INT("in whole characters", (unsigned char)file_shown(deep)[0], 0xe6);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(home) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(written_files_obey_the_umask),
		cmocka_unit_test(what_cannot_be_read),
		cmocka_unit_test(a_failed_write_changes_nothing),
		cmocka_unit_test(threads_do_not_meet),
		cmocka_unit_test(left_overs),
		cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
