/* base64.h, held against OpenSSL's encoder and the vectors of RFC 4648. */
#include "tests/check.h"

#include "pipeline/base64.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static void test_vectors(void **state)
{
	static const struct {
		const char *plain, *coded;
	} cases[] = { { "", "" },
		      { "f", "Zg==" },
		      { "fo", "Zm8=" },
		      { "foo", "Zm9v" },
		      { "foob", "Zm9vYg==" },
		      { "fooba", "Zm9vYmE=" },
		      { "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t size = strlen(cases[i].plain);
		unsigned char plain[16];
		char coded[16] = { 0 };

		base64_encode((const unsigned char *)cases[i].plain, size, coded);
		assert_string_equal(coded, cases[i].coded);
		assert_int_equal(base64_decode(coded, strlen(coded), plain), size);
		assert_memory_equal(plain, cases[i].plain, size);
	}
}

static void test_bad_text(void **state)
{
	static const char *const cases[] = { "Z",     "Zg=",        "Z===",  "====", "Zg==Zg==",
					     "Zm9v=", "Zm=v",       "Zm9\n", "Zm-_", "Zm9 v",
					     "Zm\"v", "\xc3\xa4xx", "Zh==",  "Zm9=", "Zm9v\\/" };
	unsigned char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (base64_decode(cases[i], strlen(cases[i]), out) != -1)
			fail_msg("\"%s\" was taken", cases[i]);
	}
	assert_int_equal(base64_decode("Zg", 2, out), 1); /* without padding */
}

static void test_against_openssl(void **state)
{
	unsigned char data[1000], back[1003];
	char ours[1400], theirs[1400];

	(void)state;
	srand(1);
	for (size_t size = 0; size < sizeof(data); size++) {
		for (size_t i = 0; i < size; i++)
			data[i] = (unsigned char)rand();
		base64_encode(data, size, ours);
		assert_int_equal(EVP_EncodeBlock((unsigned char *)theirs, data, (int)size), base64_size(size));
		assert_memory_equal(ours, theirs, base64_size(size));
		assert_int_equal(base64_decode(ours, base64_size(size), back), size);
		assert_memory_equal(back, data, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_against_openssl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
