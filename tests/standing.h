/*
 * standing.h - a workspace with pictures that were made, and runs that find them as they were.
 *
 * Threads: the test's, and the recorder's that next_run() starts.
 */
#ifndef PACKSHOT_TESTS_STANDING_H
#define PACKSHOT_TESTS_STANDING_H

#include "tests/check.h"
#include "tests/db.h"
#include "tests/scratch.h"

#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/recorder.h"
#include "pipeline/store.h"
#include "pipeline/unchanged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench {
	char db[200], source[200], dir[200];
	struct store *store;
	struct recorder *recorder;
	struct unchanged *unchanged;
	int64_t run;
	int64_t counted;
};

static inline void open_bench(struct bench *b, void **state)
{
	struct err e = { 0 };

	memset(b, 0, sizeof(*b));
	snprintf(b->db, sizeof(b->db), "%s", scratch_path(state, "packshot.db"));
	snprintf(b->source, sizeof(b->source), "%s", scratch_path(state, "photo.jpg"));
	snprintf(b->dir, sizeof(b->dir), "%s", b->db);
	*strrchr(b->dir, '/') = 0;
	scratch_write(b->source, "photo", 5);
	scratch_write(scratch_path(state, "1.jpg"), "picture", 7);
	assert_int_equal(store_open(&b->store, b->db, &e), 0);
	assert_int_equal(store_run_begin(b->store, "run", "m", NULL, "{}", 0, &b->run, &e), 0);
}

static inline void count(void *ctx, const struct unchanged_row *row)
{
	struct bench *b = ctx;

	b->counted += row->status == ITEM_REVIEW ? 1000 : 1;
}

static inline void next_run(struct bench *b)
{
	struct unchanged_config cfg = { .store_path = b->db, .out_dir = b->dir, .committed = count, .ctx = b };
	struct err e = { 0 };

	assert_int_equal(store_run_end(b->store, b->run, "finished", &e), 0);
	assert_int_equal(store_run_begin(b->store, "run", "m", NULL, "{}", 0, &b->run, &e), 0);
	assert_int_equal(recorder_open(&b->recorder, b->store, &e), 0);
	cfg.run = b->run;
	cfg.recorder = b->recorder;
	assert_int_equal(unchanged_open(&b->unchanged, &cfg, &e), 0);
}

static inline void end_run(struct bench *b)
{
	struct err e = { 0 };

	assert_int_equal(unchanged_rest(b->unchanged), 0);
	assert_int_equal(recorder_flush(b->recorder, &e), 0);
	unchanged_close(b->unchanged);
	recorder_close(b->recorder);
}

static const struct digest text_of_line = { { 9 } };

static inline struct fingerprint print_of(int shape)
{
	struct fingerprint f = { .text = text_of_line };

	memset(&f.shape, shape, sizeof(f.shape));
	return f;
}

/* As the first run of a bench makes it: SKU A, picture 1, all of its facts at their best. */
static inline void make(struct bench *b, int64_t seq, const char *sku, bool file)
{
	struct last_made made = {
		.output = "1.jpg", .stages = 7, .source_is_file = file, .etag = file ? NULL : "\"1\""
	};
	struct item_row row = { .seq = seq,
				.line = 1,
				.sku = sku,
				.position = 1,
				.source = b->source,
				.confidence = -1,
				.cost_nano = 99,
				.json = "{}",
				.made = &made };
	struct stage_row stage = { .seq = seq, .stage = "resize", .keep = true, .cost_nano = 99 };
	struct result result = { .origin = ORIGIN_MADE, .has_key = true };
	struct err e = { 0 };
	char output[300];

	snprintf(output, sizeof(output), "%s/1.jpg", b->dir);
	made.fingerprint = print_of(5);
	memset(&made.source, 6, sizeof(made.source));
	assert_int_equal(file_stat(b->source, &made.source_stamp, &e), 0);
	assert_int_equal(file_stat(output, &made.output_stamp, &e), 0);
	stage.result = &result;
	assert_int_equal(store_begin(b->store, &e), 0);
	assert_int_equal(store_stage(b->store, b->run, &stage, &e), 0);
	assert_int_equal(store_item(b->store, b->run, &row, &e), 0);
	assert_int_equal(store_commit(b->store, &e), 0);
}

/* Its picture on the fourth line, as the third item. */
static inline struct sighting seen(const struct bench *b, const char *sku, const struct fingerprint *f)
{
	return (struct sighting){
		.seq = 3, .line = 4, .sku = sku, .source = b->source, .position = 1, .fingerprint = f, .pictures = 1
	};
}

static inline void record(struct bench *b)
{
	struct fingerprint f = print_of(5);
	struct sighting s = seen(b, "A", &f);
	struct err e = { 0 };

	s.seen_us = clock_monotonic_us() - 8000;
	CHECK_INT("stands", unchanged_look(b->unchanged, &s, &e), 1);
	CHECK_INT("recorded", unchanged_record(b->unchanged, &s, 2), 0);
	last_made_free(s.was);
}

#endif
