/* Files that are long, cut, damaged on purpose or by chance. */
#include "tests/unit/manifest_reading.h"

/* More records than the window holds, so they lie across its end in every way. */
static void longer_than_the_window(void **state)
{
	static const struct {
		const char *name, *head, *one, *tail;
	} forms[] = {
		{ "jsonl", "", "{\"sku\":\"S%06d\",\"image_url\":\"a\",\"title\":\"%.*s\"}\n", "" },
		{ "pretty", "", "{\n \"sku\":\"S%06d\",\n \"image_url\":\"a\",\n \"title\":\"%.*s\"\n}\n", "" },
		{ "json", "[{\"sku\":\"S999999\",\"image_url\":\"a\"}",
		  ",\n{\"sku\":\"S%06d\",\"image_url\":\"a\",\"title\":\"%.*s\"}", "]" },
		{ "csv", "sku,image,title\n", "S%06d,a,\"%.*s\n\"\n", "" },
	};
	static const char filler[] =
		"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456";
	const int count = 30000;

	(void)state;
	for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
		FILE *out = fopen(path, "wb");
		struct err e = { ERR_OK, "" };
		struct manifest *m;
		struct record r;
		double progress = 0;

		fputs(forms[f].head, out);
		for (int i = 0; i < count; i++)
			fprintf(out, forms[f].one, i, i % 97, filler);
		fputs(forms[f].tail, out);
		fclose(out);
		assert_int_equal(manifest_open(&m, path, &e), 0);
		if (strcmp(forms[f].name, "json") == 0) {
			assert_int_equal(manifest_next(m, &r, &e), 1);
			record_release(&r);
		}
		for (int i = 0; i < count; i++) {
			char want[10];

			snprintf(want, sizeof(want), "S%06d", i);
			CHECK_INT(forms[f].name, manifest_next(m, &r, &e), 1);
			assert_non_null(r.product);
			CHECK_TEXT(forms[f].name, r.product->sku, want);
			record_release(&r);
			assert_true(manifest_progress(m) >= progress);
			progress = manifest_progress(m);
			assert_true(i != count / 2 || (progress > 0.49 && progress < 0.51));
		}
		CHECK_INT(forms[f].name, manifest_next(m, &r, &e), 0);
		assert_true(manifest_progress(m) == 1);
		manifest_close(m);
	}
}

static void records_of_every_size(void **state)
{
	static const struct {
		const char *name, *before, *head, *tail, *after; /* the record is head, filler, tail */
		long over;                                       /* its size beyond MANIFEST_RECORD_MAX */
		const char *want;
	} cases[] = {
		{ "jsonl that just fits", "", "{\"sku\":\"A\",\"image_url\":\"a\",\"t\":\"", "\"}\n",
		  "{\"sku\":\"B\",\"image_url\":\"b\"}\n", 0, "1 +A a\n2 +B b\n" },
		{ "jsonl", "", "{\"sku\":\"A\",\"image_url\":\"a\",\"t\":\"", "\"}\n",
		  "{\"sku\":\"B\",\"image_url\":\"b\"}\n", 1, "1 -?: more than 1048576 bytes in one line\n2 +B b\n" },
		{ "jsonl, far too long", "", "{\"sku\":\"A\",\"image_url\":\"a\",\"t\":\"", "\"}\n",
		  "{\"sku\":\"B\",\"image_url\":\"b\"}\n", 3000000,
		  "1 -?: more than 1048576 bytes in one line\n2 +B b\n" },
		{ "pretty", "", "{\n\"sku\":\"A\",\n\"image_url\":\"a\",\n\"t\":\"", "\"\n}\n",
		  "{\"sku\":\"B\",\"image_url\":\"b\"}\n", 10,
		  "1 -?: more than 1048576 bytes in one object\n6 +B b\n" },
		{ "an element that just fits", "[", "{\"sku\":\"A\",\"image_url\":\"a\",\"t\":\"", "\"}",
		  ",\n{\"sku\":\"B\",\"image_url\":\"b\"}]", 0, "1 +A a\n2 +B b\n" },
		{ "an element", "[", "{\"sku\":\"A\",\"image_url\":\"a\",\"t\":\"", "\"}",
		  ",\n{\"sku\":\"B\",\"image_url\":\"b\"}]", 2500000,
		  "1 -?: more than 1048576 bytes in one object\n2 +B b\n" },
		{ "a row that just fits", "sku,image,t\n", "A,a,", "\n", "B,b\n", 0, "2 +A a\n3 +B b\n" },
		{ "a row", "sku,image,t\n", "A,a,", "\n", "B,b\n", 2000000,
		  "2 -?: more than 1048576 bytes in one line\n3 +B b\n" },
		{ "an open quote", "sku,image,t\nB,b\n", "A,\"a\n", "\n", "B,b\n", 500000,
		  "2 +B b\n3 -?: a quote opens in this row and is not closed\n4 -?: more than 1048576 bytes in one "
		  "line\n5 +B b\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		long fill = MANIFEST_RECORD_MAX + cases[i].over - (long)(strlen(cases[i].head) + strlen(cases[i].tail));
		FILE *out = fopen(path, "wb");
		struct reading got;

		fprintf(out, "%s%s", cases[i].before, cases[i].head);
		while (fill-- > 0)
			fputc('x', out);
		fprintf(out, "%s%s", cases[i].tail, cases[i].after);
		fclose(out);
		got = read_all(path);
		CHECK_TEXT(cases[i].name, got.text, cases[i].want);
		free(got.text);
	}
}

/* A GB18030 export whose first megabytes happen to be ASCII. */
static void chinese_turns_up_late(void **state)
{
	FILE *out = fopen(path, "wb");
	struct reading got;

	(void)state;
	fputs("sku,image,t\n", out);
	for (int i = 0; i < 20000; i++)
		fprintf(out, "S%d,a,some ASCII that is filler\n", i);
	fputs("\xb1\xad\xd7\xd3,b,c\n", out);
	fclose(out);
	got = read_all(path);
	assert_int_equal(got.good, 20001);
	assert_non_null(strstr(got.text, "20002 +\xe6\x9d\xaf\xe5\xad\x90 b\n"));
	free(got.text);
}

/* Hostile: every row opens a quote that is never closed. It must end, and soon. */
static void quotes_without_end(void **state)
{
	FILE *out = fopen(path, "wb");
	struct reading got;

	(void)state;
	fputs("sku,image\n", out);
	for (int i = 0; i < 200000; i++)
		fputs("A,\"x\"y\n", out);
	fclose(out);
	got = read_all(path);
	assert_true(got.records > 1 && got.records < 300);
	free(got.text);
}

static const char *const good_files[] = {
	"{\"sku\":\"A\",\"image_url\":\"a\",\"product_info\":{\"price\":299.90,\"attributes\":{\"m\":"
	"\"\\u00e9\xe6\x9d\xaf\"}}}\n"
	"{\n  \"sku\": 17,\n  \"images\": [\n    \"https://x/y,z\"\n  "
	"]\n}\n{\"image_url\":\"b\",\"locales\":[\"en\"]}\n",
	BOM "[ {\"sku\":\"A\",\"image_url\":\"a\",\"x\":[[1.50,-2e3],{\"y\":null}]},\n  "
	    "{\"images\":[\"b\\\\\",\"c\\\"\"],\"title\":\"\xe6\x9d\xaf\"},\n"
	    "{\"sku\":\"C\",\"image_url\":\"c\",\"priority\":3}\n]\n",
	"sku;title;image;images;colour\r\nA;\"x;\"\"y\"\"\r\nz\";a;\"b|c, d\";\xe6\x9d\xaf\r\n;;e;;\r\nB;t;f\r\n",
	"sku,title,image\n1,\xb1\xad\xd7\xd3,a\n2,\"\xb1\xad\n\xd7\xd3\",b\n",
};
#define GOOD_FILES (sizeof(good_files) / sizeof(*good_files))

/* Files that end anywhere: nothing but records and ERR_MANIFEST comes of it (check_record()), and the whole is good. */
static void every_prefix(void **state)
{
	(void)state;
	for (size_t f = 0; f < GOOD_FILES; f++) {
		const size_t size = strlen(good_files[f]);
		struct reading got = { 0 };

		for (size_t n = 0; n <= size; n++) {
			free(got.text);
			write_file(good_files[f], n);
			got = read_all(path);
		}
		assert_true(got.good >= 2);
		CHECK_INT(good_files[f], got.good, got.records);
		free(got.text);
	}
}

/* Bytes overwritten, taken out and doubled, the same ones in every run. */
static void mutations(void **state)
{
	static const char spice[] = "{}[]\",:\\\n\r;|\t\0\xff\xb1 0-e";
	uint32_t seed = 20;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		const char *from = good_files[round % (int)GOOD_FILES];
		size_t size = strlen(from);
		char text[600];
		struct reading got;

		memcpy(text, from, size);
		for (int edits = 0; edits < 1 + round % 4; edits++) {
			size_t at;

			seed = seed * 1664525u + 1013904223u;
			at = (seed >> 8) % size;
			if (seed >> 30 == 0) {
				memmove(text + at, text + at + 1, --size - at);
			} else if (seed >> 30 == 1) {
				memmove(text + at + 1, text + at, size++ - at);
			} else {
				text[at] = spice[(seed >> 4) % (sizeof(spice) - 1)];
			}
		}
		write_file(text, size);
		got = read_all(path);
		free(got.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longer_than_the_window), cmocka_unit_test(records_of_every_size),
		cmocka_unit_test(chinese_turns_up_late),  cmocka_unit_test(quotes_without_end),
		cmocka_unit_test(every_prefix),           cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests_name("manifest_hostile", tests, make_folder, remove_folder);
}
