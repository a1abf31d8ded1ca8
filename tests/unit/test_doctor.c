/* The doctor's checks of database, workspace, settings and machine, and how findings are printed. */
#include "tests/check.h"

#include "jobs/config.h"
#include "jobs/findings.h"
#include "jobs/resources.h"
#include "pipeline/store.h"
#include "pipeline/store_check.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/packshot-doctor-XXXXXX";
static char database[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(database, sizeof(database), "%s/packshot.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char other[80];

	(void)state;
	unlink(database);
	snprintf(other, sizeof(other), "%s-wal", database);
	unlink(other);
	snprintf(other, sizeof(other), "%s-shm", database);
	unlink(other);
	return rmdir(folder);
}

static void make_database(void)
{
	struct store *store = NULL;
	struct err err = { 0 };

	unlink(database);
	if (store_open(&store, database, &err))
		fail_msg("%s", err.msg);
	store_close(store);
}

/* Overwrites part of a file. */
static void write_at(off_t at, const void *bytes, size_t size)
{
	int fd = open(database, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, size, at), size);
	close(fd);
}

static void test_database(void **state)
{
	static const unsigned char newer[4] = { 0, 0, 3, 0xe8 }; /* user_version 1000, at byte 60 of the header */
	unsigned char garbage[4096];
	struct err err = { 0 };

	(void)state;
	memset(garbage, 0xa5, sizeof(garbage));
	make_database();
	if (store_check(database, &err))
		fail_msg("a new one: %s", err.msg);

	write_at(4096, garbage, sizeof(garbage));
	CHECK_INT("damaged", store_check(database, &err), -1);
	CHECK_INT("damaged", err.code, ERR_STORE);

	make_database();
	write_at(60, newer, sizeof(newer));
	err_clear(&err);
	CHECK_INT("newer", store_check(database, &err), -1);
	assert_non_null(strstr(err.msg, "newer packshot (version 1000"));

	unlink(database);
	write_at(0, garbage, sizeof(garbage));
	err_clear(&err);
	CHECK_INT("no database", store_check(database, &err), -1);
	CHECK_INT("no database", err.code, ERR_STORE);

	unlink(database);
	err_clear(&err);
	CHECK_INT("missing", store_check(database, &err), -1);
	assert_int_not_equal(access(database, F_OK), 0); /* looking does not make one */
}

/* The finding of that name, or a failure. */
static const struct finding *found(const struct findings *f, const char *name)
{
	for (int i = 0; i < f->count; i++) {
		if (strcmp(f->list[i].name, name) == 0)
			return &f->list[i];
	}
	fail_msg("there is no finding called %s", name);
	return NULL;
}

static void look_at_workspace(struct findings *f, const char *out)
{
	struct settings s;
	struct err err = { 0 };
	static char program[] = "packshot", command[] = "doctor", flag[] = "-o";
	char dir[128], *argv[] = { program, command, flag, dir };

	memset(f, 0, sizeof(*f));
	snprintf(dir, sizeof(dir), "%s", out);
	assert_int_equal(config_parse(&s, 4, argv, NULL, &err), 0);
	check_workspace(f, &s);
	config_release(&s);
}

static void test_workspace(void **state)
{
	struct findings f;
	char path[128];
	struct stat st;

	(void)state;
	look_at_workspace(&f, folder);
	CHECK_INT("writable", found(&f, "workspace")->state, FINDING_OK);
	CHECK_TEXT("none yet", found(&f, "database")->about, "none yet");
	assert_int_equal(stat(folder, &st), 0);
	CHECK_INT("nothing is left behind", st.st_nlink, 2);

	snprintf(path, sizeof(path), "%s/a/b", folder);
	look_at_workspace(&f, path);
	CHECK_INT("to be made", found(&f, "workspace")->state, FINDING_OK);
	assert_non_null(strstr(found(&f, "workspace")->about, "can be made"));
	assert_int_not_equal(access(path, F_OK), 0);

	look_at_workspace(&f, "/proc/packshot-out"); /* not even root may */
	CHECK_INT("no permission", found(&f, "workspace")->state, FINDING_FAIL);
	assert_true(*found(&f, "workspace")->fix != '\0');

	make_database();
	look_at_workspace(&f, folder);
	CHECK_TEXT("sound", found(&f, "database")->about, "sound");
	look_at_workspace(&f, database);
	CHECK_INT("a file", found(&f, "workspace")->state, FINDING_FAIL);
	assert_non_null(strstr(found(&f, "workspace")->about, "is not a folder"));
	write_at(0, "rubbish, rubbish", 16);
	look_at_workspace(&f, folder);
	CHECK_INT("damaged", found(&f, "database")->state, FINDING_FAIL);
	unlink(database);
}

static void test_settings(void **state)
{
	static char program[] = "packshot", command[] = "doctor", flag[] = "--image-model", id[] = "locl";
	char *argv[] = { program, command, flag, id };
	struct findings f = { 0 };
	struct settings s;
	struct err err = { 0 }, wrong = { 0 };

	(void)state;
	assert_int_equal(config_parse(&s, 4, argv, NULL, &err), 0);
	setenv("PACKSHOT_QUALTY", "5", 1);
	err_set(&wrong, ERR_CONFIG, "it is wrong");
	check_settings(&f, &s, &wrong);
	unsetenv("PACKSHOT_QUALTY");
	CHECK_INT("file", found(&f, "configuration")->state, FINDING_FAIL);
	CHECK_TEXT("file", found(&f, "configuration")->about, "it is wrong");
	CHECK_INT("variable", found(&f, "environment")->state, FINDING_WARN);
	CHECK_TEXT("variable", found(&f, "environment")->about,
		   "PACKSHOT_QUALTY means nothing; the nearest is PACKSHOT_QUALITY");
	CHECK_INT("unknown model", found(&f, "image model")->state, FINDING_FAIL);
	CHECK_INT("known model", found(&f, "text model")->state, FINDING_OK);
	config_release(&s);
}

static void test_machine(void **state)
{
	static char program[] = "packshot", command[] = "doctor", flag[] = "--concurrency", number[] = "4096";
	char *argv[] = { program, command, flag, number };
	struct findings f = { 0 };
	struct settings s;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(config_parse(&s, 4, argv, NULL, &err), 0);
	check_machine(&f, &s);
	CHECK_INT("files", found(&f, "open files")->state,
		  resources_open_files() < 0 || resources_open_files() >= 4096 + 64 + 4 * s.workers ? FINDING_OK
												    : FINDING_FAIL);
	CHECK_INT("clock", found(&f, "clock")->state, FINDING_OK);
	config_release(&s);
}

static void test_resources(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} meminfo[] = {
		{ "MemTotal:  100 kB\nMemFree: 5 kB\nMemAvailable:   24 kB\n", 24 * 1024 },
		{ "MemTotal:  100 kB\n", -1 },
		{ "", -1 },
		{ "MemAvailable: much kB\n", -1 },
		{ "MemAvailable: -3 kB\n", -1 },
		{ "MemAvailable: 9223372036854775807 kB\n", -1 },
	};
	static const struct {
		const char *text;
		int64_t want;
	} limits[] = { { "max\n", -1 }, { "536870912\n", 536870912 }, { "", -1 }, { "12x\n", -1 }, { "0\n", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(meminfo) / sizeof(meminfo[0]); i++)
		CHECK_INT(meminfo[i].text, resources_meminfo_available(meminfo[i].text), meminfo[i].want);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		CHECK_INT(limits[i].text, resources_group_limit(limits[i].text), limits[i].want);
	assert_true(resources_memory() > 0 && resources_disk_free("/tmp") >= 0);
	assert_true(resources_disk_free("/no/such/path") < 0);
}

static void test_printing(void **state)
{
	struct findings f = { 0 };
	struct err err = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cJSON *root;

	(void)state;
	finding_add(&f, "good", FINDING_OK, "never shown", "all is %s", "well");
	finding_add(&f, "so-so", FINDING_WARN, "do this", "a\033[2Jb");
	findings_print(&f, out, false);
	fflush(out);
	CHECK_TEXT("text", text,
		   "ok    good          all is well\n"
		   "warn  so-so         a?[2Jb\n"
		   "                    -> do this\n"
		   "\nFit for a run; 1 warning.\n");
	assert_true(findings_fit(&f));
	finding_add(&f, "bad", FINDING_FAIL, NULL, "no");
	assert_false(findings_fit(&f));
	rewind(out);
	assert_int_equal(findings_print_json(&f, out, &err), 0);
	fclose(out);
	root = cJSON_Parse(text);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "fit")));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "checks")), 3);
	CHECK_TEXT("state",
		   cJSON_GetStringValue(
			   cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "checks"), 1), "state")),
		   "warn");
	cJSON_Delete(root);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_database), cmocka_unit_test(test_workspace), cmocka_unit_test(test_settings),
		cmocka_unit_test(test_machine),  cmocka_unit_test(test_resources), cmocka_unit_test(test_printing),
	};

	return cmocka_run_group_tests_name("doctor", tests, make_folder, remove_folder);
}
