#include "pipeline/unchanged.h"

#include "pipeline/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH     256
#define ENOUGH    4096    /* rows are given away by so many, for each transaction ends with a sync, */
#define ENOUGH_US 250000  /* or when the first is as old as that */
#define LOOK_US   1000000 /* the database is looked at anew after that: a long look keeps its log from starting anew */

/* Rows on their way to the database. */
struct batch {
	struct batch *next;
	struct unchanged *u;
	int count;
	struct unchanged_row rows[BATCH];
};

struct unchanged {
	struct unchanged_config cfg;
	int workspace;               /* its folder */
	struct store_reader *reader; /* the main thread's, like the next */
	int64_t looked_us;           /* since when it has looked */
	bool lost;                   /* a batch could not be passed on; the main thread's too */
	pthread_mutex_t lock;        /* a leaf; guards the next */
	struct batch *first, *last;  /* the last is being filled */
	int waiting;                 /* rows in them */
	int64_t since_us;            /* when the first came */
};

static void release(struct batch *b)
{
	for (int i = 0; b && i < b->count; i++) {
		free(b->rows[i].sku);
		free(b->rows[i].reasons);
	}
	free(b);
}

int unchanged_open(struct unchanged **out, const struct unchanged_config *cfg, struct err *e)
{
	struct unchanged *u = calloc(1, sizeof(*u));

	*out = NULL;
	if (!u)
		return err_set(e, ERR_NOMEM, "no memory to look at what was made");
	u->cfg = *cfg;
	pthread_mutex_init(&u->lock, NULL);
	u->workspace = open(cfg->out_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (u->workspace < 0) {
		err_errno(e, ERR_IO, "%s", file_shown(cfg->out_dir));
		unchanged_close(u);
		return -1;
	}
	if (store_reader_open(&u->reader, cfg->store_path, e) != 0) {
		unchanged_close(u);
		return -1;
	}
	*out = u;
	return 0;
}

void unchanged_close(struct unchanged *u)
{
	if (!u)
		return;
	if (u->workspace >= 0)
		close(u->workspace);
	store_reader_close(u->reader);
	pthread_mutex_destroy(&u->lock);
	for (struct batch *b = u->first, *next; b; b = next) {
		next = b->next;
		release(b);
	}
	free(u);
}

/* --- recording --- */

static int write_rows(struct store *st, void *ctx, struct err *e)
{
	const struct batch *b = ctx;

	return store_unchanged(st, b->u->cfg.run, b->rows, b->count, e);
}

static void rows_written(void *ctx, bool failed)
{
	struct batch *b = ctx;

	for (int i = 0; i < b->count && !failed && b->u->cfg.committed; i++)
		b->u->cfg.committed(b->u->cfg.ctx, &b->rows[i]);
	release(b);
}

static void post(struct batch *b)
{
	struct unchanged *u = b->u;
	struct entry entry = { write_rows, rows_written, b };

	if (!recorder_failed(u->cfg.recorder, NULL) && recorder_post(u->cfg.recorder, &entry) == 0)
		return;
	rows_written(b, true);
	u->lost = true;
}

/* Gives the recorder what waits, where that is enough or the first came before that. */
static void hand_over(struct unchanged *u, int64_t before_us)
{
	struct batch *list = NULL;

	pthread_mutex_lock(&u->lock);
	if (u->waiting >= ENOUGH || u->since_us < before_us) {
		list = u->first;
		u->first = u->last = NULL;
		u->waiting = 0;
	}
	pthread_mutex_unlock(&u->lock);
	while (list) {
		struct batch *b = list;

		list = b->next;
		post(b);
	}
}

static int fill(const struct sighting *s, int requests, int64_t took_us, struct unchanged_row *row)
{
	const struct last_made *was = s->was;

	*row = (struct unchanged_row){ .seq = s->seq,
				       .line = s->line,
				       .requests = requests,
				       .took_us = took_us,
				       .made_run = was->run,
				       .made_seq = was->seq,
				       .worth_nano = was->worth_nano,
				       .grp = was->grp,
				       .json_line = was->json_line,
				       .status = was->status,
				       .stages = was->stages,
				       .position = s->position };
	if (!was->reasons)
		return 0;
	row->sku = strdup(s->sku);
	row->reasons = strdup(was->reasons);
	if (row->sku && row->reasons)
		return 0;
	free(row->sku);
	free(row->reasons);
	return -1;
}

/* Makes room for one more row. NULL: no memory. */
static struct batch *open_batch_locked(struct unchanged *u)
{
	struct batch *b = u->last;

	if (b && b->count < BATCH)
		return b;
	b = malloc(sizeof(*b));
	if (!b)
		return NULL;
	b->next = NULL;
	b->u = u;
	b->count = 0;
	if (u->last)
		u->last->next = b;
	else
		u->first = b;
	u->last = b;
	return b;
}

int unchanged_record(struct unchanged *u, const struct sighting *s, int requests)
{
	int64_t now = clock_monotonic_us();
	struct batch *b;
	int rc = -1;

	pthread_mutex_lock(&u->lock);
	b = open_batch_locked(u);
	if (b)
		rc = fill(s, requests, now - s->seen_us, &b->rows[b->count]);
	if (rc == 0) {
		b->count++;
		if (u->waiting++ == 0)
			u->since_us = now;
	}
	pthread_mutex_unlock(&u->lock);
	return rc;
}

int unchanged_rest(struct unchanged *u)
{
	if (!u)
		return 0;
	store_look_end(u->reader);
	hand_over(u, INT64_MAX);
	return u->lost ? -1 : 0;
}

/* --- looking --- */

static void look_anew(struct unchanged *u, int64_t now_us)
{
	if (now_us - u->looked_us <= LOOK_US)
		return;
	store_look_end(u->reader);
	u->looked_us = now_us;
}

static bool stands(const struct unchanged *u, const struct last_made *was)
{
	return (was->source_is_file ? last_made_source_holds(was) : was->etag || was->last_modified) &&
	       last_made_output_holds(was, u->workspace);
}

int unchanged_look(struct unchanged *u, struct sighting *s, struct err *e)
{
	struct last_made *was;
	int rc;
	bool yes;

	look_anew(u, s->seen_us);
	rc = store_last_made(u->reader, s->sku, s->position, &was, e);
	if (rc > 0 && (!last_made_matches(was, s->fingerprint) || strcmp(was->place, s->source) != 0)) {
		last_made_free(was);
		rc = 0;
	}
	s->was = rc > 0 ? was : NULL;
	yes = rc > 0 && stands(u, was);
	if (!yes) /* the next look may be long in coming */
		store_look_end(u->reader);
	hand_over(u, s->seen_us - ENOUGH_US);
	s->to_ask = yes && !was->source_is_file;
	return rc < 0 ? -1 : yes && !s->to_ask;
}

/* 1: the next row is that picture's, and it stands; 0, -1. */
static int next_of_line(struct unchanged *u, const struct fingerprint *f, const struct last_made *first, int position,
			struct last_made **out, struct err *e)
{
	int rc = store_last_made_next(u->reader, f, out, e);

	if (rc <= 0 ||
	    ((*out)->position == position && (!first || strcmp((*out)->sku, first->sku) == 0) && stands(u, *out)))
		return rc;
	last_made_free(*out);
	*out = NULL;
	return 0;
}

int unchanged_line(struct unchanged *u, const struct fingerprint *f, int64_t now_us, struct last_made **out,
		   struct err *e)
{
	struct last_made **end = out;
	int rc;

	*out = NULL;
	look_anew(u, now_us);
	hand_over(u, now_us - ENOUGH_US);
	for (int position = 1; (rc = next_of_line(u, f, *out, position, end, e)) > 0; position++) {
		if (position == (*out)->pictures)
			return 1;
		end = &(*end)->next;
	}
	last_made_free_all(*out);
	*out = NULL;
	return rc;
}

struct sighting sighting_of(struct last_made *was)
{
	return (struct sighting){ .sku = was->sku,
				  .source = was->place,
				  .position = was->position,
				  .fingerprint = &was->fingerprint,
				  .pictures = was->pictures,
				  .was = was,
				  .to_ask = !was->source_is_file };
}

struct item *sighting_item(const struct sighting *s, struct product *product, void (*product_free)(struct product *))
{
	struct item *it = item_create(s->seq, s->line, s->sku, s->position, s->source, product, product_free);

	if (!it) {
		if (product)
			product_free(product);
		last_made_free(s->was);
		return NULL;
	}
	it->has_fingerprint = s->fingerprint != NULL;
	if (s->fingerprint)
		it->fingerprint = *s->fingerprint;
	it->pictures = s->pictures;
	it->was = s->was;
	return it;
}

bool unchanged_holds(const struct unchanged *u, const struct item *it, const struct result *fetched)
{
	return it->was && fetched->has_blob && digest_equal(&fetched->blob, &it->was->source) &&
	       last_made_output_holds(it->was, u->workspace);
}
