/* The workspace's lock: one holder, named, gone with its process. */
#include "tests/scratch.h"

#include "pipeline/lock.h"

#include <signal.h>
#include <sys/wait.h>

static void one_holder_at_a_time(void **state)
{
	const char *path = scratch_path(state, "lock");
	struct lock *mine = NULL, *other = NULL;
	struct err e = { 0 };
	char pid[32];
	long holder = -1;

	assert_false(lock_held(path, &holder));
	assert_int_equal(holder, 0);
	assert_int_equal(lock_take(&mine, path, &e), 0);
	assert_true(lock_held(path, &holder));
	assert_int_equal(holder, getpid());
	assert_true(lock_held(path, NULL));
	assert_int_equal(lock_take(&other, path, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	assert_null(other);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(e.msg, pid));
	lock_release(mine);
	assert_false(lock_held(path, NULL));
	err_clear(&e);
	assert_int_equal(lock_take(&other, path, &e), 0);
	lock_release(other);
	lock_release(NULL);
}

static void dies_with_its_holder(void **state)
{
	const char *path = scratch_path(state, "lock");
	struct lock *mine = NULL;
	struct err e = { 0 };
	int ready[2], status;
	long holder;
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (lock_take(&mine, path, &e) == 0 && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(lock_held(path, &holder));
	assert_int_equal(holder, child);
	assert_int_equal(lock_take(&mine, path, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(lock_held(path, NULL));
	err_clear(&e);
	assert_int_equal(lock_take(&mine, path, &e), 0); /* the file it left does no harm */
	lock_release(mine);
	close(ready[0]);
	close(ready[1]);
}

/* Somebody who only asks must not make a run believe that the workspace is taken. */
static void asking_does_not_disturb(void **state)
{
	const char *path = scratch_path(state, "lock");
	struct err e = { 0 };
	int status;
	pid_t child = fork();

	if (child == 0) {
		for (;;) {
			lock_held(path, NULL);
			usleep(50);
		}
	}
	for (int i = 0; i < 200; i++) {
		struct lock *mine = NULL;

		if (lock_take(&mine, path, &e) != 0) {
			kill(child, SIGKILL);
			fail_msg("attempt %d: %s", i, e.msg);
		}
		lock_release(mine);
		usleep(200);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void says_why_it_cannot(void **state)
{
	struct lock *mine = NULL;
	struct err e = { 0 };
	const char *link = scratch_path(state, "link"), *target = scratch_path(state, "target");

	assert_int_equal(lock_take(&mine, scratch_path(state, "no/such/lock"), &e), -1);
	assert_int_equal(e.code, ERR_IO);
	err_clear(&e);
	assert_int_equal(symlink(target, link), 0); /* a link could make us write into somebody's file */
	assert_int_equal(lock_take(&mine, link, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_not_equal(access(target, F_OK), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_holder_at_a_time),
		TEST(dies_with_its_holder),
		TEST(asking_does_not_disturb),
		TEST(says_why_it_cannot),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
