/* Errors, bytes and digests: the small nouns that everything else stands on. */
#include "tests/check.h"

#include "pipeline/bytes.h"
#include "pipeline/digest.h"
#include "pipeline/err.h"
#include "pipeline/item.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_first_cause_wins(void **state)
{
	struct err e = { 0 };

	(void)state;
	CHECK_INT("returns", err_set(&e, ERR_NETWORK, "first %d", 1), -1);
	err_set(&e, ERR_IO, "second");
	CHECK_INT("code", e.code, ERR_NETWORK);
	CHECK_TEXT("message", e.msg, "first 1");
	err_clear(&e);
	errno = ENOENT;
	err_errno(&e, ERR_IO, "a\nb%c", 0x1b);
	CHECK_TEXT("control characters", e.msg, "a?b?: No such file or directory");
	err_clear(&e);
	err_set(&e, ERR_IO,
		"a\xc2\x9b"
		"b");
	CHECK_TEXT("a control character of two bytes", e.msg, "a??b");
	err_clear(&e);
	err_set(&e, ERR_IO, "%0238d\xe5\x95\x86", 0);
	CHECK_INT("cut between characters", strlen(e.msg), 238);
}

static void test_table(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_CODES; i++) {
		enum err_code code = (enum err_code)i;

		CHECK_INT(err_name(code), err_by_name(err_name(code)), code);
		assert_true(strlen(err_meaning(code)) > 0 && strlen(err_advice(code)) > 0);
		CHECK_INT(err_name(code), err_ends_run(code), err_exit(code) >= 2);
	}
	CHECK_INT("unknown", err_by_name("nonsense"), ERR_CODES);
}

static void test_bytes_are_counted(void **state)
{
	size_t before = bytes_alive();
	struct bytes *b = bytes_copy("abc", 3), *again = bytes_ref(b), *adopted;

	(void)state;
	CHECK_INT("alive", bytes_alive() - before, 3);
	CHECK_TEXT("ends with a zero", (char *)b->data, "abc");
	bytes_unref(b);
	CHECK_INT("one reference left", bytes_alive() - before, 3);
	bytes_unref(again);
	adopted = bytes_adopt(strdup("hello"), 5);
	CHECK_INT("adopted", bytes_alive() - before, 5);
	bytes_unref(adopted);
	bytes_unref(NULL);
	CHECK_INT("none", bytes_alive() - before, 0);
}

static void test_digest(void **state)
{
	struct digest d, back;
	char hex[DIGEST_HEX];

	(void)state;
	digest_of("abc", 3, &d);
	digest_hex(&d, hex); /* FIPS 180-2, appendix B.1 */
	CHECK_TEXT("abc", hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(digest_from_hex(hex, &back) && digest_equal(&d, &back));
	assert_false(digest_from_hex("ba78", &back));
	hex[3] = 'g';
	assert_false(digest_from_hex(hex, &back));
}

static void make_key(struct digest *out, const char *field, const char *a, const char *b)
{
	struct key *k = key_create("stage", 1);

	key_text(k, field, a);
	key_text(k, "second", b);
	key_final(k, out);
}

static void test_keys_tell_fields_apart(void **state)
{
	struct digest keys[6];

	(void)state;
	make_key(&keys[0], "first", "ab", "c");
	make_key(&keys[1], "first", "a", "bc");
	make_key(&keys[2], "first", "", "abc");
	make_key(&keys[3], "first", NULL, "abc");
	make_key(&keys[4], "firsta", "b", "c");
	make_key(&keys[5], "first", "ab", "c");
	for (int i = 0; i < 5; i++) {
		for (int j = 0; j < i; j++)
			assert_false(digest_equal(&keys[i], &keys[j]));
	}
	assert_true(digest_equal(&keys[0], &keys[5]));
}

static void test_result_copy(void **state)
{
	struct result a = { .origin = ORIGIN_MADE, .facts = strdup("{}"), .bytes = bytes_copy("x", 1) }, b = { 0 };

	(void)state;
	assert_int_equal(result_copy(&b, &a), 0);
	assert_ptr_not_equal(a.facts, b.facts);
	assert_ptr_equal(a.bytes, b.bytes);
	result_release(&a);
	CHECK_TEXT("survives", b.facts, "{}");
	result_release(&b);
	assert_null(b.facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_cause_wins),       cmocka_unit_test(test_table),
		cmocka_unit_test(test_bytes_are_counted),      cmocka_unit_test(test_digest),
		cmocka_unit_test(test_keys_tell_fields_apart), cmocka_unit_test(test_result_copy),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
