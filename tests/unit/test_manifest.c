#include "tests/unit/manifest_reading.h"

#include <sys/wait.h>

struct one_case {
	const char *name, *content, *want;
	size_t size;
};
#define CASE(name, content, want)                        \
	{                                                \
		name, content, want, sizeof(content) - 1 \
	}

static void check_cases(const struct one_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct reading got;

		write_file(cases[i].content, cases[i].size);
		got = read_all(path);
		CHECK_TEXT(cases[i].name, got.text, cases[i].want);
		free(got.text);
	}
}

static void json_lines(void **state)
{
	static const struct one_case cases[] = {
		CASE("two", "{\"sku\":\"A\",\"image_url\":\"a\"}\n{\"sku\":\"B\",\"images\":[\"b\",\"c\"]}\n",
		     "1 +A a\n2 +B b c\n"),
		CASE("no end of line", "{\"sku\":\"A\",\"image_url\":\"a\"}", "1 +A a\n"),
		CASE("mark, blank lines, CRLF",
		     BOM
		     "\r\n \r\n{\"sku\":\"A\",\"image_url\":\"a\"}\r\n\t\r\n{\"sku\":\"B\",\"image_url\":\"b\"}\r\n",
		     "3 +A a\n5 +B b\n"),
		CASE("where pictures lie",
		     "{\"sku\":\"A\",\"images\":[\"p/a.jpg\",\"./b\",\"/c\",\"https://x/d?e=f,g\",\"HTTP://x\",\"ftp://"
		     "x/e\",\"data:,x\","
		     "\"C:f\",\"p/a:b\",\"http\"]}",
		     "1 +A p/a.jpg b /c https://x/d?e=f,g HTTP://x ftp://x/e data:,x C:f p/a:b http\n"),
		CASE("bad lines cost themselves",
		     "{\"sku\":\"A\" "
		     "\"image_url\":\"a\"}\nhello\n[]\n{\"sku\":\"B\"}\n{\"sku\":\"C\",\"image_url\":\"c\"}\n",
		     "1 -A: not JSON: column 12: a comma or } is expected here, at: \"image_url\":\"a\"}\n"
		     "2 -?: not JSON: column 1: a value is expected here (text in double quotes, a number, true, "
		     "false, null, { or [), "
		     "at: hello\n"
		     "3 -?: a product must be an object, not a list\n"
		     "4 -B: no picture: \"image_url\" or \"images\" must name at least one\n"
		     "5 +C c\n"),
		CASE("zero byte, bad UTF-8",
		     "{\"sku\":\"A\0\",\"image_url\":\"a\"}\n{\"sku\":\"\xff\",\"image_url\":\"a\"}\n{\"sku\":\"C\","
		     "\"image_url\":\"c\"}",
		     "1 -?: not JSON: column 10: a raw control character in a text (write \\t or \\u00..)\n"
		     "2 -?: not JSON: column 9: bytes that are not UTF-8\n3 +C c\n"),
		CASE("pretty-printed",
		     "{\n  \"sku\": \"A\",\n  \"images\": [\n    \"a\"\n  "
		     "]\n}\n{\"sku\":\"B\",\"image_url\":\"b\"}\n{\n \"sku\": 1\n}\n",
		     "1 +A a\n7 +B b\n8 -1: no picture: \"image_url\" or \"images\" must name at least one\n"),
		CASE("pretty-printed and cut",
		     "{\n  \"sku\": \"A\",\n{\"sku\":\"B\",\"image_url\":\"b\"}\n{\n  \"sku\": \"C\"",
		     "1 -A: not JSON: line 3, column 1: the text ends in the middle\n3 +B b\n"
		     "4 -C: not JSON: line 5, column 13: the text ends in the middle\n"),
	};

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases));
}

static void json_array(void **state)
{
	static const struct one_case cases[] = {
		CASE("the bare shape",
		     "[{\"image_url\":\"https://x/"
		     "mug.jpg\",\"product_info\":{\"category\":\"c\",\"brand\":\"b\",\"audience\":\"a\","
		     "\"price\":299.99}}]",
		     "1 +mug-86064bdcea7a4150 https://x/mug.jpg\n"),
		CASE("empty", "[]", ""),
		CASE("empty with room", BOM "\n[\n]\n", ""),
		CASE("pretty-printed",
		     "[\n  {\n    \"sku\": \"A\",\n    \"images\": [\n      \"a\"\n    ]\n  },\n\n  {\"sku\": \"B\", "
		     "\"image_url\": \"b\"}\n]\n",
		     "2 +A a\n9 +B b\n"),
		CASE("brackets and quotes in texts",
		     "[{\"sku\":\"]},\\\"[\",\"image_url\":\"a\"},{\"sku\":\"\\\\\",\"image_url\":\"b\"}]",
		     "1 +]},\"[ a\n1 +\\ b\n"),
		CASE("elements that are no objects", "[1, \"a,]\" ,null,[[2],3],{\"sku\":\"A\",\"image_url\":\"a\"}]",
		     "1 -?: a product must be an object, not a number\n1 -?: a product must be an object, not text\n"
		     "1 -?: a product must be an object, not null\n1 -?: a product must be an object, not a list\n1 +A "
		     "a\n"),
		CASE("commas",
		     "[{\"sku\":\"A\",\"image_url\":\"a\"} "
		     "{\"sku\":\"B\",\"image_url\":\"b\"},,{\"sku\":\"C\",\"image_url\":\"c\"},]",
		     "1 +A a\n1 -?: the array is broken at column 30: a comma is missing here\n1 +B b\n"
		     "1 -?: the array is broken at column 58: a product is missing at this comma or bracket\n1 +C c\n"
		     "1 -?: the array is broken at column 87: a product is missing at this comma or bracket\n"),
		CASE("a quote too few",
		     "[\n{\"sku\":\"A\",\"image_url\":\"a},\n{\"sku\":\"B\",\"image_url\":\"b\"}\n,{\"sku\":\"C\","
		     "\"image_url\":\"c\"}\n]",
		     "2 -A: not JSON: column 28: a text runs over the end of its line (a quote is missing)\n3 +B b\n4 "
		     "+C c\n"),
		CASE("brackets crossed",
		     "[\n {\"sku\":\"A\",\"images\":[\"a\"},\n {\"sku\":\"B\",\"image_url\":\"b\"}\n]",
		     "2 -A: not JSON: column 26: a comma or ] is expected here, at: }\n3 +B b\n"),
		CASE("cut", "[{\"sku\":\"A\",\"image_url\":\"a\"},\n{\"sku\":\"B\",\"im",
		     "1 +A a\n2 -B: not JSON: column 15: the text ends in the middle\n"
		     "!: line 2: the file ends before its array is closed with ]\n"),
		CASE("not closed", "[{\"sku\":\"A\",\"image_url\":\"a\"}\n",
		     "1 +A a\n!: line 2: the file ends before its array is closed with ]\n"),
		CASE("more behind it", "[{\"sku\":\"A\",\"image_url\":\"a\"}]\n[]",
		     "1 +A a\n!: line 2: something follows after the end of the array\n"),
		CASE("zero byte", "[\0,{\"sku\":\"A\",\"image_url\":\"a\"}]",
		     "1 -?: not JSON: column 2: a value is expected here (text in double quotes, a number, true, "
		     "false, null, { or [)\n"
		     "1 +A a\n"),
	};

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases));
}

static void csv_shapes(void **state)
{
	static const struct one_case cases[] = {
		CASE("commas", "sku,image_url\nA,a\nB,b\n", "2 +A a\n3 +B b\n"),
		CASE("semicolons, CRLF, mark", BOM "sku;image_url\r\nA;a,1\r\n\r\nB;b\r\n", "2 +A a,1\n4 +B b\n"),
		CASE("tabs, an empty first cell", "\timage_url\tsku\n\ta\tA\n", "2 +A a\n"),
		CASE("old line ends", "sku,image_url\rA,a\rB,b", "2 +A a\n3 +B b\n"),
		CASE("lines inside quotes", "sku,title,image_url\nA,\"x\ny \"\"q\"\", z\",a\nB,t,b\n",
		     "2 +A a\n4 +B b\n"),
		CASE("blank rows", "sku,image_url\n\n,\n  \nA,a\n,,,\n", "5 +A a\n"),
		CASE("short and long rows", "sku,image_url,x\nA,a\nB,b,1,,\nC,c,1,2\nD,d\n",
		     "2 +A a\n3 +B b\n4 -C: 4 cells, but the header has 3 columns; the last is: 2\n5 +D d\n"),
		CASE("no picture", "sku,image_url\nA,\nB,b\n",
		     "2 -A: no picture: \"image_url\" or \"images\" must name at least one\n3 +B b\n"),
		CASE("a quote that is not closed", "sku,image_url\nA,\"a\nB,b\nC,c\n",
		     "2 -?: a quote opens in this row and is not closed\n3 +B b\n4 +C c\n"),
		CASE("one column", "Image Src\nhttps://x/mug.jpg\n", "2 +mug-86064bdcea7a4150 https://x/mug.jpg\n"),
		CASE("other names, any case",
		     "Product-ID,NAME,Main_Image_URL,Additional Image Links\nA,t,a,\"b, c|d\ne\"\n",
		     "2 +A a b c d e\n"),
		CASE("all columns of pictures", "image_link,sku,image\na,A,b\n,B,b\n", "2 +A a b\n3 +B b\n"),
		CASE("commas in URLs",
		     "sku,images\nA,\"https://x/a,b.jpg,https://x/c.jpg, d.jpg\"\nB,\"a.jpg,b.jpg\"\n",
		     "2 +A https://x/a,b.jpg https://x/c.jpg d.jpg\n3 +B a.jpg b.jpg\n"),
		CASE("sku before id", "id,sku,image\n1,A,a\n", "2 +A a\n"),
		CASE("a priority that is none", "sku,image,priority\nA,a,high\n",
		     "2 -A: \"priority\" must be a whole number, not text\n"),
		CASE("a zero byte", "sku,image\nA\0B,a\nC,c\n", "2 -?: a zero byte in the row\n3 +C c\n"),
		CASE("Latin-1", "sku,title,image\nA,Caf\xe9 cr\xe8me,a\nC,c,c\n",
		     "2 -?: byte 6 of the row, 0xe9, is neither UTF-8 nor GB18030: save the file as UTF-8\n3 +C c\n"),
		CASE("GB18030", "\xbb\xf5\xba\xc5,sku,image\n1,\xb1\xad\xd7\xd3-1,\xcd\xbc.jpg\n2,\x81\x30\x81\x30,x\n",
		     "2 +\xe6\x9d\xaf\xe5\xad\x90-1 \xe5\x9b\xbe.jpg\n3 -?: \"sku\" holds a control character, after: "
		     "\n"),
		CASE("not GB18030 further on", "sku,image\n\xb1\xad\xd7\xd3\xb1\xad\xd7\xd3,a\n",
		     "2 +\xe6\x9d\xaf\xe5\xad\x90\xe6\x9d\xaf\xe5\xad\x90 a\n"),
	};

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases));
}

/* What a row becomes, field by field. */
static void csv_fields(void **state)
{
	static const char content[] = "id,Vendor,product_type,Price,currency,audience,group,priority,locales,Material,,"
				      "Material,image,images\n"
				      "A,V,P,\"1.299,00 kr\",SEK,all,G,7,\"en, zh-CN\",steel,odd,wood,a,b|c\n";
	static const char want[] =
		"{\"images\":[\"a\",\"b\",\"c\"],\"product_info\":{\"brand\":\"V\",\"category\":\"P\",\"price\":\"1."
		"299,00 kr\","
		"\"currency\":\"SEK\",\"audience\":\"all\",\"attributes\":{\"Material\":\"steel\",\"column "
		"11\":\"odd\","
		"\"Material (column "
		"12)\":\"wood\"}},\"sku\":\"A\",\"group\":\"G\",\"priority\":7,\"locales\":[\"en\",\"zh-CN\"]}";
	struct err e = { ERR_OK, "" };
	struct manifest *m;
	struct record r;

	(void)state;
	write_file(content, sizeof(content) - 1);
	assert_int_equal(manifest_open(&m, path, &e), 0);
	assert_string_equal(manifest_format(m), "csv");
	assert_int_equal(manifest_next(m, &r, &e), 1);
	CHECK_TEXT("row", r.product->json, want);
	assert_string_equal(r.product->price, "1.299,00 kr");
	assert_int_equal(r.product->priority, 7);
	record_release(&r);
	assert_int_equal(manifest_next(m, &r, &e), 0);
	manifest_close(m);
}

/* Made up names keep clear of those that are there, so that the product can be read again from what is stored of it. */
static void csv_names(void **state)
{
	static const char content[] = "sku,image,note (column 5),note,note,column 7,\nA,a,1,2,3,4,5\n";
	struct err e = { ERR_OK, "" };
	struct record again;
	struct manifest *m;
	struct record r;

	(void)state;
	write_file(content, sizeof(content) - 1);
	assert_int_equal(manifest_open(&m, path, &e), 0);
	assert_int_equal(manifest_next(m, &r, &e), 1);
	CHECK_TEXT("row", r.product->json,
		   "{\"images\":[\"a\"],\"product_info\":{\"attributes\":{\"note (column 5)\":\"1\",\"note\":\"2\","
		   "\"note (column 5) (column 5)\":\"3\",\"column 7\":\"4\",\"column 7 (column "
		   "7)\":\"5\"}},\"sku\":\"A\"}");
	manifest_again("/shop", r.product->json, &again);
	assert_non_null(again.product);
	CHECK_TEXT("again", again.product->json, r.product->json);
	record_release(&again);
	record_release(&r);
	manifest_close(m);
}

static void lines_are_passed_over(void **state)
{
	static const char content[] = BOM "\n  {\"sku\":\"A\",\"image_url\":\"a\"} \r\n\n"
					  "{\n \"sku\":\"B\",\"image_url\":\"http://b/b\"\n}\n{broken\n"
					  "{\"sku\":\"A\",\"image_url\":\"a\"}";
	struct err e = { ERR_OK, "" };
	struct manifest_line line;
	struct product *p;
	struct digest first;
	struct manifest *m;
	struct record r;

	(void)state;
	write_file(content, sizeof(content) - 1);
	assert_int_equal(manifest_open(&m, path, &e), 0);
	assert_int_equal(manifest_peek(m, &line, &e), 1);
	CHECK_INT("line", line.line, 2);
	CHECK_INT("without white space around it", line.size, 27);
	first = line.digest;
	p = manifest_product("/shop", line.text, line.size);
	CHECK_TEXT("read all the same", p->sku, "A");
	product_unref(p);
	manifest_skip(m);
	assert_int_equal(manifest_peek(m, &line, &e), 1);
	assert_int_equal(manifest_peek(m, &line, &e), 1); /* changes nothing */
	CHECK_INT("line", line.line, 4);
	CHECK_INT("an object of several", memcmp(line.text + line.size - 2, "\n}", 2), 0);
	assert_int_equal(manifest_next(m, &r, &e), 1);
	CHECK_TEXT("which is read", r.product->sku, "B");
	CHECK_INT("is the one", digest_equal(&r.text, &line.digest), 1);
	CHECK_INT("its picture is absolute", r.relative, 0);
	record_release(&r);
	assert_int_equal(manifest_peek(m, &line, &e), 1);
	CHECK_INT("line", line.line, 7);
	assert_null(manifest_product("/shop", line.text, line.size));
	assert_int_equal(manifest_next(m, &r, &e), 1);
	CHECK_INT("broken", r.err.code, ERR_LINE);
	record_release(&r);
	assert_int_equal(manifest_next(m, &r, &e), 1);
	CHECK_INT("the same text", digest_equal(&r.text, &first), 1);
	CHECK_INT("its picture is not", r.relative, 1);
	record_release(&r);
	assert_int_equal(manifest_peek(m, &line, &e), 0);
	assert_int_equal(manifest_next(m, &r, &e), 0);
	manifest_close(m);
}

static void what_cannot_be_passed_over_is_read(void **state)
{
	static const char rows[] = "sku,image\nA,a\n";
	struct err e = { ERR_OK, "" };
	char *line = malloc(MANIFEST_RECORD_MAX + 9);
	struct manifest_line text;
	struct manifest *m;
	struct record r;

	(void)state;
	memset(line, ' ', MANIFEST_RECORD_MAX + 8);
	memcpy(line, "{\"a\"", 4);
	memcpy(line + MANIFEST_RECORD_MAX + 5, "}\n{", 3);
	write_file(line, MANIFEST_RECORD_MAX + 8);
	assert_int_equal(manifest_open(&m, path, &e), 0);
	assert_int_equal(manifest_peek(m, &text, &e), 0);
	assert_int_equal(manifest_next(m, &r, &e), 1);
	CHECK_INT("too long", r.err.code, ERR_LINE);
	record_release(&r);
	assert_int_equal(manifest_peek(m, &text, &e), 1);
	CHECK_INT("the next one", text.line, 2);
	manifest_close(m);
	free(line);
	write_file(rows, sizeof(rows) - 1);
	assert_int_equal(manifest_open(&m, path, &e), 0);
	assert_int_equal(manifest_peek(m, &text, &e), 0);
	assert_int_equal(manifest_next(m, &r, &e), 1);
	digest_of(r.product->json, strlen(r.product->json), &text.digest);
	CHECK_INT("a row goes by its product", digest_equal(&r.text, &text.digest), 1);
	record_release(&r);
	manifest_close(m);
}

static void refused(void **state)
{
	static const struct one_case cases[] = {
		CASE("empty", "", "! is empty\n"),
		CASE("white space", BOM " \n\n", "! is empty\n"),
		CASE("UTF-16", "\xff\xfe{\0", "! is UTF-16; save it as UTF-8\n"),
		CASE("UTF-16 the other way", "\xfe\xff\0{", "! is UTF-16; save it as UTF-8\n"),
		CASE("gzip", "\x1f\x8b\x08\0\0\0",
		     "! is compressed; unpack it, or pipe it in: gzip -dc FILE | packshot run -\n"),
		CASE("a spreadsheet", "PK\x03\x04....", "! is a spreadsheet or archive; save it as CSV\n"),
		CASE("a picture", "\xff\xd8\xff\xe0\0\x10JFIF\0\n\n", "!: the header: a zero byte in the row\n"),
		CASE("a header in Latin-1",
		     "sku,gr\xf6\xdf"
		     "e\n",
		     "!: the header: byte 7 of the row, 0xf6, is neither UTF-8 nor GB18030: save the file as UTF-8\n"),
		CASE("a quote in the header", "sku,\"image\nA,a\n",
		     "!: neither JSON nor CSV: the header does not end\n"),
	};
	struct err e = { ERR_OK, "" };
	struct manifest *m;

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases));
	assert_int_equal(manifest_open(&m, folder, &e), -1);
	assert_int_equal(e.code, ERR_MANIFEST);
	err_clear(&e);
	assert_int_equal(manifest_open(&m, "/nowhere/m.jsonl", &e), -1);
	assert_int_equal(e.code, ERR_MANIFEST);
	err_clear(&e);
	write_file("sku,photo,price\n", 16);
	assert_int_equal(manifest_open(&m, path, &e), -1);
	assert_int_equal(e.code, ERR_MANIFEST);
	assert_non_null(strstr(e.msg, "image_url, image, image_link, Image Src"));
	assert_non_null(strstr(e.msg, "it has: sku, photo, price"));
}

/* One line of the table that tests/flow/test_manifest_schema.py holds against an independent validator: "good" or
 * "bad", its name, the line. */
static void the_common_table(void **state)
{
	FILE *table = fopen("tests/unit/manifest_lines.tsv", "r");
	char *line = NULL;
	size_t room = 0;
	long rows = 0;

	(void)state;
	assert_non_null(table);
	while (getline(&line, &room, table) > 0) {
		char *name = strchr(line, '\t') + 1, *text = strchr(name, '\t') + 1, all[20000];
		struct reading got;

		name[strcspn(name, "\t")] = 0;
		/* A good line first, or the format would be told by a line that is not JSON. */
		write_file(all, (size_t)snprintf(all, sizeof(all), "{\"image_url\":\"first\"}\n%s", text));
		got = read_all(path);
		CHECK_INT(name, got.records, 2);
		CHECK_INT(name, got.good, line[0] == 'g' ? 2 : 1);
		free(got.text);
		rows++;
	}
	free(line);
	fclose(table);
	assert_true(rows >= 60);
}

/* A pipe that gives one byte at a time tells the same as a file. */
static void a_pipe_in_crumbs(void **state)
{
	static const char content[] = BOM
		"[\n{\"sku\":\"A\",\"image_url\":\"/a\"},{\"sku\":\"B\" 1},\n{\"sku\":\"C\",\"image_url\":\"/c\"}]";
	struct reading from_file, from_pipe;
	struct err e = { ERR_OK, "" };
	struct manifest *m;
	int ends[2], saved = dup(STDIN_FILENO);
	pid_t child;

	(void)state;
	write_file(content, sizeof(content) - 1);
	from_file = read_all(path);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		for (size_t i = 0; i < sizeof(content) - 1; i++)
			if (write(ends[1], content + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	from_pipe = read_all("-");
	waitpid(child, NULL, 0);
	assert_string_equal(from_pipe.text, from_file.text);
	assert_int_equal(from_pipe.good, 2);
	assert_int_equal(manifest_open(&m, "-", &e), -1); /* read to its end */
	assert_string_equal(e.msg, "standard input is empty");
	dup2(saved, STDIN_FILENO);
	close(saved);
	free(from_file.text);
	free(from_pipe.text);
}

static void a_pipe_has_no_progress(void **state)
{
	struct err e = { ERR_OK, "" };
	struct manifest *m;
	int ends[2], saved = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "{}\n", 3), 3);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(manifest_open(&m, "-", &e), 0);
	assert_true(manifest_progress(m) < 0);
	manifest_close(m);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_lines),
		cmocka_unit_test(json_array),
		cmocka_unit_test(csv_shapes),
		cmocka_unit_test(csv_fields),
		cmocka_unit_test(csv_names),
		cmocka_unit_test(lines_are_passed_over),
		cmocka_unit_test(what_cannot_be_passed_over_is_read),
		cmocka_unit_test(refused),
		cmocka_unit_test(the_common_table),
		cmocka_unit_test(a_pipe_in_crumbs),
		cmocka_unit_test(a_pipe_has_no_progress),
	};

	return cmocka_run_group_tests_name("manifest", tests, make_folder, remove_folder);
}
