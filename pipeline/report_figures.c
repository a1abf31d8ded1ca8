/* report_figures.c - the figures' lists: grown, sorted, freed. */
#include "pipeline/store_report_parts.h"

#include <stdlib.h>
#include <string.h>

int report_no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for the report");
}

int64_t query_number(struct query *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

const char *query_borrowed(struct query *q, int column)
{
	return (const char *)sqlite3_column_text(q->s, column);
}

char *query_text(struct query *q, int column)
{
	char *copy = query_borrowed(q, column) ? strdup(query_borrowed(q, column)) : NULL;

	if (!copy && sqlite3_column_type(q->s, column) != SQLITE_NULL)
		q->no_memory = true;
	return copy;
}

void *list_add(void *list, size_t *count, size_t size)
{
	char *old, *grown;

	memcpy(&old, list, sizeof(old));
	grown = realloc(old, (*count + 1) * size);
	if (!grown)
		return NULL;
	memcpy(list, &grown, sizeof(grown));
	memset(grown + *count * size, 0, size);
	return grown + (*count)++ * size;
}

struct report_model *figures_model(struct report_figures *f, const char *name)
{
	struct report_model *m = f->models, *end = f->models + f->model_count;

	while (m < end && strcmp(m->name, name) != 0)
		m++;
	if (m < end)
		return m;
	m = list_add(&f->models, &f->model_count, sizeof(*m));
	if (m && !(m->name = strdup(name)))
		f->model_count--;
	return m && m->name ? m : NULL;
}

static int by_count(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

static int compare_categories(const void *a, const void *b)
{
	const struct report_category *x = a, *y = b;
	int by = by_count(x->cost_nano, y->cost_nano);

	by = by ? by : by_count(x->items, y->items);
	return by ? by : strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static int compare_failures(const void *a, const void *b)
{
	const struct report_failure *x = a, *y = b;
	int by = by_count(x->count, y->count);

	by = by ? by : strcmp(x->code, y->code);
	return by ? by : strcmp(x->stage ? x->stage : "", y->stage ? y->stage : "");
}

static int compare_reasons(const void *a, const void *b)
{
	const struct report_reason *x = a, *y = b;
	int by = by_count(x->review + x->rejected, y->review + y->rejected);

	return by ? by : strcmp(x->name, y->name);
}

static int compare_models(const void *a, const void *b)
{
	const struct report_model *x = a, *y = b;
	int by = by_count(x->cost_nano, y->cost_nano);

	by = by ? by : by_count(x->items, y->items);
	return by ? by : strcmp(x->name, y->name);
}

static void drop_categories(struct report_figures *f)
{
	f->category_count = (int64_t)f->category_rows;
	while (f->category_rows > REPORT_CATEGORIES_MAX)
		free(f->categories[--f->category_rows].name);
}

static int compare_stages(const void *a, const void *b)
{
	const struct report_stage *x = a, *y = b;

	return by_count(y->after_us, x->after_us);
}

void figures_sort(struct report_figures *f)
{
	const struct {
		void *list;
		size_t count, size;
		int (*compare)(const void *, const void *);
	} lists[] = {
		{ f->stages, f->stage_count, sizeof(*f->stages), compare_stages },
		{ f->categories, f->category_rows, sizeof(*f->categories), compare_categories },
		{ f->failures, f->failure_count, sizeof(*f->failures), compare_failures },
		{ f->reasons, f->reason_count, sizeof(*f->reasons), compare_reasons },
		{ f->models, f->model_count, sizeof(*f->models), compare_models },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (lists[i].count > 1)
			qsort(lists[i].list, lists[i].count, lists[i].size, lists[i].compare);
	}
	drop_categories(f);
}

static void release_runs(struct report_figures *f)
{
	for (size_t i = 0; i < f->run_count; i++) {
		struct report_run *r = &f->runs[i];

		free(r->state);
		free(r->command);
		free(r->manifest);
		free(r->version);
		free(r->minutes);
	}
	free(f->runs);
}

static void release_failures(struct report_figures *f)
{
	for (size_t i = 0; i < f->failure_count; i++) {
		struct report_failure *x = &f->failures[i];

		free(x->code);
		free(x->stage);
		for (size_t n = 0; n < x->example_count; n++) {
			free(x->examples[n].sku);
			free(x->examples[n].source);
			free(x->examples[n].message);
		}
	}
	free(f->failures);
}

void report_figures_release(struct report_figures *f)
{
	release_runs(f);
	release_failures(f);
	for (size_t i = 0; i < f->stage_count; i++)
		free(f->stages[i].name);
	for (size_t i = 0; i < f->reason_count; i++)
		free(f->reasons[i].name);
	for (size_t i = 0; i < f->model_count; i++)
		free(f->models[i].name);
	for (size_t i = 0; i < f->category_rows; i++)
		free(f->categories[i].name);
	free(f->stages);
	free(f->reasons);
	free(f->models);
	free(f->categories);
	memset(f, 0, sizeof(*f));
}
