/* Pictures of which nothing has changed: recognised, recorded, shown by the views. */
#include "tests/standing.h"

#include "pipeline/store_db.h"
#include "pipeline/store_standing.h"

static int look_for(struct bench *b, const char *sku, int shape, bool *was)
{
	struct fingerprint f = print_of(shape);
	struct sighting s = seen(b, sku, &f);
	struct err e = { 0 };
	int rc = unchanged_look(b->unchanged, &s, &e);

	*was = s.was != NULL;
	CHECK_INT("nobody has to be asked", s.to_ask, 0);
	last_made_free(s.was);
	return rc;
}

static void what_stands_and_what_does_not(void **state)
{
	struct fingerprint f;
	struct sighting s;
	struct bench b;
	bool was;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	next_run(&b);
	CHECK_INT("as it was", look_for(&b, "A", 5, &was), 1);
	CHECK_INT("other settings or another line", look_for(&b, "A", 4, &was), 0);
	CHECK_INT("and then it is no use", was, 0);
	CHECK_INT("never made", look_for(&b, "B", 5, &was), 0);
	f = print_of(5);
	s = seen(&b, "A", &f);
	s.source = "/another/photo.jpg";
	CHECK_INT("of a photo in another place", unchanged_look(b.unchanged, &s, &(struct err){ 0 }), 0);
	assert_null(s.was);
	usleep(20000); /* a file's time is as coarse as the clock tick */
	scratch_write(scratch_path(state, "1.jpg"), "another", 7);
	CHECK_INT("the picture was written to", look_for(&b, "A", 5, &was), 0);
	end_run(&b);
	b.run = 2;
	make(&b, 1, "A", true);
	next_run(&b);
	CHECK_INT("made again", look_for(&b, "A", 5, &was), 1);
	unlink(scratch_path(state, "1.jpg"));
	CHECK_INT("the picture is gone", look_for(&b, "A", 5, &was), 0);
	scratch_write(scratch_path(state, "1.jpg"), "picture", 7);
	scratch_write(b.source, "other photo", 11);
	CHECK_INT("another photo", look_for(&b, "A", 5, &was), 0);
	end_run(&b);
	store_close(b.store);
}

static void a_server_has_to_be_asked(void **state)
{
	struct result fetched = { .has_blob = true };
	struct fingerprint f = print_of(5);
	struct bench b;
	struct sighting s;
	struct item *it;
	struct err e = { 0 };

	open_bench(&b, state);
	make(&b, 1, "A", false);
	next_run(&b);
	s = seen(&b, "A", &f);
	CHECK_INT("not on the word of this machine", unchanged_look(b.unchanged, &s, &e), 0);
	CHECK_INT("but on its server's", s.to_ask, 1);
	CHECK_TEXT("by this", s.was->etag, "\"1\"");
	it = item_create(3, 4, "A", 1, b.source, NULL, NULL);
	it->was = s.was;
	memset(&fetched.blob, 6, sizeof(fetched.blob));
	CHECK_INT("the same photo", unchanged_holds(b.unchanged, it, &fetched), 1);
	fetched.blob.b[31] = 7;
	CHECK_INT("another photo", unchanged_holds(b.unchanged, it, &fetched), 0);
	fetched.blob.b[31] = 6;
	unlink(scratch_path(state, "1.jpg"));
	CHECK_INT("the picture is gone", unchanged_holds(b.unchanged, it, &fetched), 0);
	s = seen(&b, "A", &f);
	CHECK_INT("then it is worked on", unchanged_look(b.unchanged, &s, &e), 0);
	CHECK_INT("and not merely asked about", s.to_ask, 0);
	last_made_free(s.was);
	item_free(it);
	end_run(&b);
	store_close(b.store);
}

/* A line of so many pictures, made in this order. */
static void make_line(struct bench *b, int64_t seq, const char *sku, unsigned char text, const char *folder,
		      int pictures)
{
	struct last_made made = { .pictures = pictures,
				  .fingerprint = { .text = { { text } }, .folder = folder },
				  .output = "1.jpg",
				  .stages = 7,
				  .source_is_file = true };
	struct item_row row = {
		.line = 1, .sku = sku, .source = b->source, .confidence = -1, .json = "{}", .made = &made
	};
	struct err e = { 0 };
	char output[300];

	snprintf(output, sizeof(output), "%s/1.jpg", b->dir);
	assert_int_equal(file_stat(b->source, &made.source_stamp, &e), 0);
	assert_int_equal(file_stat(output, &made.output_stamp, &e), 0);
	assert_int_equal(store_begin(b->store, &e), 0);
	for (int i = 0; i < pictures; i++) {
		row.seq = seq + i;
		row.position = i + 1;
		assert_int_equal(store_item(b->store, b->run, &row, &e), 0);
	}
	assert_int_equal(store_commit(b->store, &e), 0);
}

/* The next line of a manifest in that folder: how many of its pictures stand without its being read. */
static int recognised(struct bench *b, unsigned char text, const char *folder)
{
	struct fingerprint f = { .text = { { text } }, .folder = folder };
	struct last_made *list;
	struct err e = { 0 };
	int rc = unchanged_line(b->unchanged, &f, 0, &list, &e), count = 0;

	assert_true(rc >= 0);
	for (const struct last_made *was = list; was; was = was->next)
		CHECK_INT("in order", was->position, ++count);
	CHECK_INT("all or none", rc, count > 0);
	last_made_free_all(list);
	return count;
}

/* The same by its SKU, as of a line that was read. */
static void look_up(struct bench *b, const char *sku, unsigned char text)
{
	struct fingerprint f = { .text = { { text } } };
	struct sighting s = seen(b, sku, &f);
	struct err e = { 0 };

	assert_true(unchanged_look(b->unchanged, &s, &e) >= 0);
	last_made_free(s.was);
}

static void a_catalogue_is_walked_along(void **state)
{
	struct bench b;

	open_bench(&b, state);
	make_line(&b, 1, "A", 1, NULL, 1);
	make_line(&b, 2, "B", 2, NULL, 3);
	make_line(&b, 5, "C", 3, "/shop", 1);
	make_line(&b, 6, "D", 4, NULL, 1);
	next_run(&b);
	CHECK_INT("as it was", recognised(&b, 1, "/"), 1);
	CHECK_INT("a new line", recognised(&b, 9, "/"), 0);
	look_up(&b, "new", 9);
	CHECK_INT("several pictures", recognised(&b, 2, "/"), 3);
	CHECK_INT("relative ones in another folder", recognised(&b, 3, "/"), 0);
	look_up(&b, "C", 3);
	CHECK_INT("behind it", recognised(&b, 4, "/"), 1);
	CHECK_INT("the end", recognised(&b, 4, "/"), 0);
	end_run(&b);
	store_close(b.store);
}

static void changes_are_stepped_over(void **state)
{
	struct bench b;

	open_bench(&b, state);
	for (unsigned char i = 1; i <= 6; i++)
		make_line(&b, i, (char[]){ (char)('A' + i), 0 }, i, i == 3 ? "/shop" : NULL, 1);
	assert_int_equal(store_run_end(b.store, b.run, "finished", &(struct err){ 0 }), 0);
	assert_int_equal(store_run_begin(b.store, "run", "m", NULL, "{}", 0, &b.run, &(struct err){ 0 }), 0);
	make_line(&b, 2, "C", 2, NULL, 1); /* made again: behind all others now */
	next_run(&b);
	CHECK_INT("as it was", recognised(&b, 1, "/shop"), 1);
	CHECK_INT("made later", recognised(&b, 2, "/shop"), 0);
	look_up(&b, "C", 2);
	CHECK_INT("far behind", recognised(&b, 3, "/shop"), 0);
	look_up(&b, "D", 3);
	CHECK_INT("in step again", recognised(&b, 4, "/shop"), 1);
	CHECK_INT("one is gone from the catalogue", recognised(&b, 6, "/shop"), 0);
	look_up(&b, "G", 6);
	CHECK_INT("then come those of the other run", recognised(&b, 2, "/shop"), 1);
	CHECK_INT("the end", recognised(&b, 2, "/shop"), 0);
	end_run(&b);
	store_close(b.store);
}

/* A picture of several that is gone or changed: the line is read. */
static void a_line_stands_as_a_whole(void **state)
{
	struct err e = { 0 };
	struct bench b;

	open_bench(&b, state);
	make_line(&b, 1, "A", 1, NULL, 2);
	make_line(&b, 3, "B", 2, NULL, 2);
	make_line(&b, 5, "C", 3, "/shop", 1);
	assert_int_equal(store_exec(store_db(b.store), "DELETE FROM last_made WHERE sku = 'A' AND position = 2", &e),
			 0);
	next_run(&b);
	CHECK_INT("one of two", recognised(&b, 1, "/shop"), 0);
	look_up(&b, "A", 1);
	CHECK_INT("both", recognised(&b, 2, "/shop"), 2);
	CHECK_INT("in the same folder", recognised(&b, 3, "/shop"), 1);
	unlink(scratch_path(state, "1.jpg"));
	end_run(&b);
	next_run(&b);
	look_up(&b, "A", 1);
	CHECK_INT("what was delivered is gone", recognised(&b, 2, "/shop"), 0);
	end_run(&b);
	store_close(b.store);
}

static void a_row_stands_for_all(void **state)
{
	struct bench b;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	next_run(&b);
	record(&b);
	end_run(&b);
	CHECK_INT("counted", b.counted, 1);
	check_sql(b.db,
		  "SELECT group_concat(run || '/' || seq || '/' || line || '/' || sku || '/' || status || '/' || calls"
		  " || '/' || cost_nano || '/' || (took >= 8000) || '/' || unchanged, ' ') FROM items",
		  "1/1/1/A/succeeded/0/99/0/0 2/3/4/A/succeeded/2/0/1/1");
	check_sql(b.db,
		  "SELECT group_concat(run || '/' || seq || '/' || stage || '/' || origin || '/' || cost_nano, ' ')"
		  " FROM stage_results",
		  "1/1/resize/made/99 2/3/resize/cache/99");
	check_sql(b.db, "SELECT count(*) FROM made_items", "1");
	store_close(b.store);
}

/* As of a catalogue of so many lines. */
static void record_many(struct bench *b, int count)
{
	struct fingerprint f = print_of(5);
	struct sighting s = seen(b, "A", &f);
	struct err e = { 0 };

	CHECK_INT("stands", unchanged_look(b->unchanged, &s, &e), 1);
	for (int i = 0; i < count; i++) {
		s.seq = s.line = i + 1;
		CHECK_INT("recorded", unchanged_record(b->unchanged, &s, 0), 0);
	}
	last_made_free(s.was);
}

/* At the next look. */
static void check_given_away(struct bench *b, int64_t now_us, const char *want)
{
	struct fingerprint none = { .text = { { 99 } } };
	struct last_made *list;
	struct err e = { 0 };

	CHECK_INT("nothing", unchanged_line(b->unchanged, &none, now_us, &list, &e), 0);
	CHECK_INT(e.msg, recorder_flush(b->recorder, &e), 0);
	check_sql(b->db,
		  "SELECT count(*) || '/' || count(DISTINCT seq) || '/' || coalesce(sum(seq = line), 0) FROM unchanged",
		  want);
}

static void rows_are_given_away_by_thousands(void **state)
{
	struct bench b;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	next_run(&b);
	record_many(&b, 17);
	check_given_away(&b, clock_monotonic_us(), "0/0/0"); /* too few, and too young */
	check_given_away(&b, clock_monotonic_us() + 300000, "17/17/17");
	end_run(&b);
	next_run(&b);
	record_many(&b, 4095);
	check_given_away(&b, 0, "17/17/17");
	end_run(&b);
	check_sql(b.db, "SELECT group_concat(n, ' ') FROM (SELECT count(*) AS n FROM unchanged GROUP BY run)",
		  "17 4095");
	next_run(&b);
	record_many(&b, 4096);
	check_given_away(&b, 0, "8208/4096/8208");
	end_run(&b);
	store_close(b.store);
}

static int results_stand(const struct bench *b, const struct file_stamp *stamp)
{
	struct store_reader *reader;
	struct err e = { 0 };
	int rc;

	assert_int_equal(store_reader_open(&reader, b->db, &e), 0);
	rc = store_results_stand(reader, b->run, stamp, &e);
	store_reader_close(reader);
	return rc;
}

/* Whatever that changes, they do not stand by it; taken back, they do. */
static void check_results_change(const struct bench *b, const struct file_stamp *left, const char *sql,
				 const char *back)
{
	struct err e = { 0 };

	CHECK_INT(back, results_stand(b, left), 1);
	assert_int_equal(store_exec(store_db(b->store), sql, &e), 0);
	CHECK_INT(sql, results_stand(b, left), 0);
	assert_int_equal(store_exec(store_db(b->store), back, &e), 0);
}

static void results_are_written_once(void **state)
{
	const struct file_stamp left = { .size = 5, .mtime_ns = 6, .inode = 7 },
				edited = { .size = 5, .mtime_ns = 9, .inode = 7 };
	struct err e = { 0 };
	struct bench b;

	open_bench(&b, state);
	make(&b, 1, "A", true);
	assert_int_equal(store_run_results(b.store, b.run, &left, &e), 0);
	next_run(&b);
	record(&b);
	end_run(&b);
	CHECK_INT("they say how it was made", results_stand(&b, &left), 0);
	assert_int_equal(store_run_results(b.store, b.run, &left, &e), 0);
	next_run(&b);
	record(&b);
	end_run(&b);
	CHECK_INT("and then that it was found", results_stand(&b, &left), 1);
	CHECK_INT("not where the file is another one", results_stand(&b, &edited), 0);
	assert_int_equal(store_exec(store_db(b.store), "UPDATE unchanged SET requests = 1 WHERE run = 3", &e), 0);
	CHECK_INT("nor by other requests", results_stand(&b, &left), 0);
	assert_int_equal(store_exec(store_db(b.store), "UPDATE unchanged SET requests = 2, line = 9 WHERE run = 3", &e),
			 0);
	CHECK_INT("nor on another line", results_stand(&b, &left), 0);
	assert_int_equal(store_exec(store_db(b.store), "UPDATE unchanged SET line = 4 WHERE run = 3", &e), 0);
	check_results_change(&b, &left, "UPDATE unchanged SET made_seq = 2 WHERE run = 3",
			     "UPDATE unchanged SET made_seq = 1 WHERE run = 3");
	check_results_change(&b, &left, "UPDATE unchanged SET made_run = 2 WHERE run = 3",
			     "UPDATE unchanged SET made_run = 1 WHERE run = 3");
	check_results_change(&b, &left, "UPDATE runs SET base = 1 WHERE id = 3", "UPDATE runs SET base = NULL");
	check_results_change(&b, &left, "UPDATE runs SET base = 1 WHERE id = 2", "UPDATE runs SET base = NULL");
	check_results_change(&b, &left, "UPDATE runs SET tidied = 1 WHERE id = 2", "UPDATE runs SET tidied = 0");
	check_results_change(&b, &left, "UPDATE made_items SET run = 2", "UPDATE made_items SET run = 1");
	make(&b, 9, "B", true);
	CHECK_INT("nor with one that was worked on", results_stand(&b, &left), 0);
	next_run(&b);
	end_run(&b);
	CHECK_INT("nor where there is less", results_stand(&b, &left), 0);
	store_close(b.store);
}

/* The product's row says something else since: whatever was made of it is recognised by the cache alone. */
static void another_line_in_between(void **state)
{
	struct product_row p = { .sku = "A", .title = "Mug", .json = "{}" };
	struct err e = { 0 };
	struct bench b;

	open_bench(&b, state);
	assert_int_equal(store_product(b.store, b.run, &p, &e), 0);
	make(&b, 1, "A", true);
	assert_int_equal(store_product(b.store, b.run, &p, &e), 0);
	check_sql(b.db, "SELECT count(*) FROM last_made", "1");
	p.json = "{2}"; /* another manifest's; its run is killed before it comes to the pictures */
	assert_int_equal(store_product(b.store, b.run, &p, &e), 0);
	check_sql(b.db, "SELECT count(*) FROM last_made", "0");
	store_close(b.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_stands_and_what_does_not, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_server_has_to_be_asked, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_catalogue_is_walked_along, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(changes_are_stepped_over, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_line_stands_as_a_whole, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_row_stands_for_all, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(rows_are_given_away_by_thousands, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(results_are_written_once, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(another_line_in_between, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("unchanged", tests, NULL, NULL);
}
