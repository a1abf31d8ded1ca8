/* Which product was meant, in a catalogue that is too large for its neighbours in the index to tell. */
#include "tests/db.h"

#include "pipeline/store_nearest.h"

#define PRODUCTS "200000"

static const struct {
	const char *asked, *first; /* "": none */
} cases[] = {
	{ "MUG-0100007", "MUG-100007" },  /* one too many, in the middle */
	{ "NUG-100007", "MUG-100007" },   /* the first one wrong */
	{ "UG-100007", "MUG-100007" },    /* missing */
	{ "UMG-100007", "MUG-100007" },   /* swapped */
	{ "xMUG-100007", "MUG-100007" },  /* one too many */
	{ "xyMUG-100007", "MUG-100007" }, /* two */
	{ "Nug-100007", "MUG-100007" },   /* in small letters too */
	{ "xyzMUG-100007", "" },          { "quite another one", "" }, { "x", "" }, { "", "A1" },
};

static void slips_at_the_beginning(void **state)
{
	const char *path = scratch_path(state, "packshot.db");
	struct store_reader *rd;
	struct err e = { 0 };

	store_close(open_store(path));
	execute(path, "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " PRODUCTS
		      ") INSERT INTO products (sku, run) SELECT 'MUG-' || (100000 + i), 1 FROM n");
	execute(path, "INSERT INTO products (sku, run) VALUES ('A1', 1), ('ZZ-9', 1)");
	rd = open_reader(path);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *found[3] = { NULL };
		size_t count = 0;

		CHECK_INT(e.msg, store_nearest_skus(rd, cases[i].asked, found, 3, &count, &e), 0);
		if (!*cases[i].first)
			CHECK_INT(cases[i].asked, count, 0);
		else
			CHECK_TEXT(cases[i].asked, found[0], cases[i].first);
		while (count > 0)
			free(found[--count]);
	}
	store_reader_close(rd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(slips_at_the_beginning, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests_name("the nearest SKUs", tests, NULL, NULL);
}
