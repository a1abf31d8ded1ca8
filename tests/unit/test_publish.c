#include "tests/check.h"

#include "pipeline/file.h"
#include "stages/publish.h"
#include "stages/road.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/packshot-publish-XXXXXX";
static char tmp[64], file[128];
static struct publish_config cfg = { root, tmp, "jpg" };

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(tmp, sizeof(tmp), "%s/tmp", root);
	snprintf(file, sizeof(file), "%s/images/MUG-001/2.jpg", root);
	return mkdir(tmp, 0777);
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static struct item *make_item(const char *content)
{
	struct item *it = item_create(1, 1, "MUG-001", 2, "a.jpg", NULL, NULL);
	struct result *r = &it->results[STAGE_RESIZE];

	r->origin = ORIGIN_MADE;
	r->has_blob = true;
	r->bytes = bytes_copy(content, strlen(content));
	r->blob_size = (int64_t)r->bytes->size;
	digest_of(content, strlen(content), &r->blob);
	return it;
}

static void check_file(const char *name, const char *want)
{
	struct bytes *b = NULL;
	struct err e = { 0 };

	CHECK_INT(name, file_read(file, 1000, &b, NULL, &e), 0);
	CHECK_TEXT(name, (char *)b->data, want);
	bytes_unref(b);
}

static char *publish(struct item *it)
{
	struct result out = { 0 };
	struct call call = { 0 };
	struct err e = { 0 };

	CHECK_INT(e.msg, stage_publish.begin(&cfg, it, &out, &call, &e), STAGE_DONE);
	assert_false(out.has_blob || out.bytes || out.path);
	return out.facts;
}

static void test_writes_and_says_so(void **state)
{
	struct item *it = make_item("picture");
	char *facts = publish(it);

	(void)state;
	check_file("written", "picture");
	assert_non_null(strstr(facts, "\"path\":\"images/MUG-001/2.jpg\""));
	assert_non_null(strstr(facts, "\"bytes\":7"));
	assert_non_null(
		strstr(facts, "\"sha256\":\"2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97\""));
	free(facts);
	item_free(it);
}

static void age(void)
{
	const struct timespec old[2] = { { 1000000, 7 }, { 1000000, 7 } };

	CHECK_INT("utimensat", utimensat(AT_FDCWD, file, old, 0), 0);
}

static void test_same_bytes_stay(void **state)
{
	struct item *it = make_item("picture");
	struct file_stamp stamp;
	struct err e = { 0 };

	(void)state;
	free(publish(it));
	age();
	free(publish(it));
	CHECK_INT("stat", file_stat(file, &stamp, &e), 0);
	CHECK_INT("not written again", stamp.mtime_ns, INT64_C(1000000) * 1000000000 + 7);
	item_free(it);
}

static void test_fresh(void **state)
{
	struct item *it = make_item("picture"), *other = make_item("another");

	(void)state;
	unlink(file);
	it->stale.facts = publish(it);
	it->stale.origin = ORIGIN_CACHE;
	other->stale.facts = strdup(it->stale.facts);
	assert_true(stage_publish.fresh(&cfg, it));
	assert_false(stage_publish.fresh(&cfg, other)); /* another picture */
	age();
	assert_false(stage_publish.fresh(&cfg, it)); /* somebody touched it */
	unlink(file);
	assert_false(stage_publish.fresh(&cfg, it)); /* somebody removed it */
	free(it->stale.facts);
	it->stale.facts = strdup("{\"path\":3}");
	assert_false(stage_publish.fresh(&cfg, it)); /* facts that are none */
	free(publish(it));
	check_file("put back", "picture");
	item_free(it);
	item_free(other);
}

static void test_damaged_is_replaced(void **state)
{
	struct item *it = make_item("picture");
	FILE *f;

	(void)state;
	free(publish(it));
	f = fopen(file, "w");
	fputs("pictuRE", f); /* the size is right */
	fclose(f);
	free(publish(it));
	check_file("replaced", "picture");
	item_free(it);
}

static void key_of(const char *sku, int position, const char *extension, struct digest *out)
{
	struct item *it = item_create(1, 1, sku, position, "a.jpg", NULL, NULL);
	struct publish_config c = { root, tmp, extension };
	struct key *k = key_create("publish", 1);

	assert_true(stage_publish.key(&c, it, k));
	key_final(k, out);
	item_free(it);
}

static void test_key_is_the_place(void **state)
{
	struct digest a, b;

	(void)state;
	key_of("MUG-001", 1, "jpg", &a);
	key_of("MUG-001", 1, "jpg", &b);
	assert_true(digest_equal(&a, &b));
	key_of("MUG-001", 2, "jpg", &b);
	assert_false(digest_equal(&a, &b));
	key_of("mug-001", 1, "jpg", &b);
	assert_false(digest_equal(&a, &b));
	key_of("MUG-001", 1, "png", &b);
	assert_false(digest_equal(&a, &b));
}

static void test_stays_inside(void **state)
{
	struct item *it = make_item("picture");
	char *facts;

	(void)state;
	free(it->sku);
	it->sku = strdup("../../up");
	facts = publish(it);
	assert_non_null(strstr(facts, "\"path\":\"images/=2E.=2F..=2Fup=l/2.jpg\""));
	free(facts);
	item_free(it);
}

static void test_rejected_is_not_delivered(void **state)
{
	struct item *it = make_item("another");
	struct result out = { 0 };
	struct call call = { 0 };
	struct err e = { 0 };
	struct key *k = key_create("publish", 1);
	struct digest unused;

	(void)state;
	it->results[STAGE_INSPECT].facts = strdup("{\"verdict\":\"rejected\",\"reasons\":[\"wrong_size\"]}");
	assert_false(stage_publish.key(&cfg, it, k)); /* the entry of what was delivered before stays */
	key_final(k, &unused);
	CHECK_INT("done", stage_publish.begin(&cfg, it, &out, &call, &e), STAGE_DONE);
	assert_null(out.facts);
	check_file("what was delivered before stays", "picture");
	it->results[STAGE_INSPECT].facts[12] = 'R'; /* any other verdict */
	free(publish(it));
	check_file("delivered", "another");
	item_free(it);
}

static void test_disk_refuses(void **state)
{
	struct publish_config bad = { "/dev/null/out", tmp, "jpg" };
	struct item *it = make_item("picture");
	struct result out = { 0 };
	struct call call = { 0 };
	struct err e = { 0 };

	(void)state;
	CHECK_INT("refused", stage_publish.begin(&bad, it, &out, &call, &e), STAGE_FAIL);
	CHECK_INT(e.msg, e.code, ERR_IO);
	item_free(it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writes_and_says_so),
		cmocka_unit_test(test_same_bytes_stay),
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_damaged_is_replaced),
		cmocka_unit_test(test_key_is_the_place),
		cmocka_unit_test(test_stays_inside),
		cmocka_unit_test(test_rejected_is_not_delivered),
		cmocka_unit_test(test_disk_refuses),
	};
	return cmocka_run_group_tests_name("publish", tests, set_up, tear_down);
}
