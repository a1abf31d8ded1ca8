#include "jobs/tally.h"

#include "jobs/printable.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	_Atomic int64_t status[ITEM_STATUSES];
	_Atomic int64_t made, hits, cost_nano;

	/* Of the counting thread, until it has ended. */
	struct tally_group errors[ERR_CODES];
	struct tally_group reasons[TALLY_REASONS_MAX];
};

struct tally *tally_create(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	for (int i = 0; t && i < ERR_CODES; i++)
		snprintf(t->errors[i].name, sizeof(t->errors[i].name), "%s", err_name((enum err_code)i));
	return t;
}

void tally_free(struct tally *t)
{
	free(t);
}

/* Copies text from outside, made fit for a terminal. Without memory it is left out: the count is what matters. */
static void show(char *out, size_t size, const char *text)
{
	char *line = printable_line(text, TALLY_SHOWN_MAX);

	snprintf(out, size, "%s", line ? line : "");
	free(line);
}

static void add(struct tally_group *g, const struct tally_item *it, const char *why)
{
	char where[160], text[TALLY_EXAMPLE_MAX + 160];

	if (g->count++ >= TALLY_EXAMPLES_MAX)
		return;
	if (it->sku && it->position > 0)
		snprintf(where, sizeof(where), "%.120s, picture %d", it->sku, it->position);
	else if (it->sku)
		snprintf(where, sizeof(where), "%.120s, line %" PRId64, it->sku, it->line);
	else
		snprintf(where, sizeof(where), "line %" PRId64, it->line);
	if (!*why)
		snprintf(text, sizeof(text), "%s", where);
	else
		snprintf(text, sizeof(text), "%s: %s", where, why);
	show(g->examples[g->count - 1], TALLY_EXAMPLE_MAX, text);
}

static void add_reason(struct tally *t, const struct tally_item *it, const char *name, size_t len)
{
	struct tally_group *g = t->reasons, *end = g + TALLY_REASONS_MAX;

	if (len == 0 || len >= sizeof(g->name))
		return;
	while (g < end && g->count && !(strlen(g->name) == len && memcmp(g->name, name, len) == 0))
		g++;
	if (g == end)
		return;
	memcpy(g->name, name, len);
	add(g, it, "");
}

void tally_count(struct tally *t, const struct tally_item *it)
{
	if (it->err && it->err->code != ERR_OK)
		add(&t->errors[it->err->code], it, it->err->msg);
	if (it->status == ITEM_REVIEW && it->reasons) {
		for (const char *name = it->reasons; *name;) {
			size_t len = strcspn(name, ",");

			add_reason(t, it, name, len);
			name += len + (name[len] == ',');
		}
	}
	atomic_fetch_add(&t->made, it->made);
	atomic_fetch_add(&t->hits, it->hits);
	atomic_fetch_add(&t->cost_nano, it->cost_nano);
	atomic_fetch_add(&t->status[it->status], 1);
}

void tally_read(const struct tally *t, struct tally_counts *out)
{
	for (int i = 0; i < ITEM_STATUSES; i++)
		out->status[i] = atomic_load(&t->status[i]);
	out->made = atomic_load(&t->made);
	out->hits = atomic_load(&t->hits);
	out->cost_nano = atomic_load(&t->cost_nano);
}

int64_t tally_ended(const struct tally_counts *c)
{
	int64_t sum = 0;

	for (int i = 0; i < ITEM_STATUSES; i++)
		sum += c->status[i];
	return sum;
}

const struct tally_group *tally_error(const struct tally *t, enum err_code code)
{
	return &t->errors[code];
}

const struct tally_group *tally_reason(const struct tally *t, int i)
{
	return i < TALLY_REASONS_MAX && t->reasons[i].count ? &t->reasons[i] : NULL;
}
