#include "pipeline/metrics.h"

#include "pipeline/decimal.h"
#include "pipeline/utf8.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct series {
	struct series *next;
	const struct metric *metric;
	char *labels; /* as they are printed, without braces; "": none */
	atomic_llong value;
	atomic_llong buckets[]; /* of a histogram; not cumulative, the last is for what is beyond all bounds */
};

struct family {
	struct family *next;
	const struct metric *metric;
	struct series *first, **last;
};

struct metrics {
	struct family *first, **last;
	bool broken; /* there was no memory for something */
};

struct metrics *metrics_create(void)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m)
		m->last = &m->first;
	return m;
}

static void free_family(struct family *f)
{
	while (f->first) {
		struct series *s = f->first;

		f->first = s->next;
		free(s->labels);
		free(s);
	}
	free(f);
}

void metrics_free(struct metrics *m)
{
	while (m && m->first) {
		struct family *f = m->first;

		m->first = f->next;
		free_family(f);
	}
	free(m);
}

bool metrics_whole(const struct metrics *m)
{
	return !m->broken;
}

/* --- filling --- */

static struct family *family_of(struct metrics *m, const struct metric *metric)
{
	struct family *f = m->first;

	while (f && f->metric != metric)
		f = f->next;
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->metric = metric;
	f->last = &f->first;
	*m->last = f;
	m->last = &f->next;
	return f;
}

/* Backslash, line feed and (in label values) the quote are what would end a line or a value early; a byte that is not
 * UTF-8 spoils the whole page. */
static void print_escaped(FILE *out, const char *text, bool quoted)
{
	const char *end = text + strlen(text);

	while (text < end) {
		size_t n = utf8_character(text, (size_t)(end - text));

		if (n == 0)
			fputs("\xef\xbf\xbd", out);
		else if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || (*text == '"' && quoted))
			fprintf(out, "\\%c", *text);
		else
			fwrite(text, 1, n, out);
		text += n ? n : 1;
	}
}

/* malloc()ed; NULL: no memory. */
static char *print_labels(const struct metric *metric, const char *const *values)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	bool whole;

	if (!f)
		return NULL;
	for (int i = 0; i < METRIC_LABELS_MAX && metric->labels[i]; i++) {
		fprintf(f, "%s%s=\"", i ? "," : "", metric->labels[i]);
		print_escaped(f, values[i], true);
		fputc('"', f);
	}
	whole = !ferror(f);
	if (fclose(f) == 0 && whole)
		return text;
	free(text);
	return NULL;
}

static int bucket_count(const struct metric *metric)
{
	int n = 0;

	while (metric->bounds && n < METRIC_BUCKETS_MAX && metric->bounds[n])
		n++;
	return n;
}

/* NULL: there is none with these labels. */
static struct series *find(const struct family *f, const char *labels)
{
	struct series *s = f->first;

	while (s && strcmp(s->labels, labels) != 0)
		s = s->next;
	return s;
}

/* Takes the labels over. NULL: no memory. */
static struct series *append(struct family *f, char *labels)
{
	size_t buckets = f->metric->type == METRIC_HISTOGRAM ? (size_t)bucket_count(f->metric) + 1 : 0;
	struct series *s = calloc(1, sizeof(*s) + buckets * sizeof(s->buckets[0]));

	if (!s) {
		free(labels);
		return NULL;
	}
	s->metric = f->metric;
	s->labels = labels;
	*f->last = s;
	f->last = &s->next;
	return s;
}

struct series *metrics_add(struct metrics *m, const struct metric *metric, const char *const *values)
{
	struct family *f = family_of(m, metric);
	char *labels = f ? print_labels(metric, values) : NULL;
	struct series *s = labels ? find(f, labels) : NULL;

	if (s)
		free(labels);
	else if (labels)
		s = append(f, labels);
	m->broken |= !s;
	return s;
}

/* --- counting --- */

void series_add(struct series *s, int64_t amount)
{
	if (s)
		atomic_fetch_add_explicit(&s->value, amount, memory_order_relaxed);
}

void series_set(struct series *s, int64_t value)
{
	if (s)
		atomic_store_explicit(&s->value, value, memory_order_relaxed);
}

void series_observe(struct series *s, int64_t value)
{
	int i = 0;

	if (!s)
		return;
	while (i < METRIC_BUCKETS_MAX && s->metric->bounds[i] && value > s->metric->bounds[i])
		i++;
	atomic_fetch_add_explicit(&s->buckets[i], 1, memory_order_relaxed);
	series_add(s, value);
}

int64_t series_value(const struct series *s)
{
	return s ? atomic_load_explicit(&s->value, memory_order_relaxed) : 0;
}

/* --- printing --- */

static void print_sample(FILE *out, const struct series *s, const char *suffix, const char *number)
{
	bool braces = *s->labels;

	fprintf(out, "%s%s%s%s%s %s\n", s->metric->name, suffix, braces ? "{" : "", s->labels, braces ? "}" : "",
		number);
}

/* The count is the sum of the buckets, so that it is that of +Inf also while others count. */
static void print_histogram(FILE *out, const struct series *s)
{
	int bounds = bucket_count(s->metric);
	char bound[DECIMAL_MAX], number[DECIMAL_MAX];
	int64_t count = 0;

	for (int i = 0; i <= bounds; i++) {
		count += atomic_load_explicit(&s->buckets[i], memory_order_relaxed);
		fprintf(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", s->metric->name, s->labels,
			*s->labels ? "," : "",
			i < bounds ? decimal_text(bound, s->metric->bounds[i], s->metric->places) : "+Inf", count);
	}
	print_sample(out, s, "_sum", decimal_text(number, series_value(s), s->metric->places));
	print_sample(out, s, "_count", decimal_text(number, count, 0));
}

static void print_family(FILE *out, const struct family *f)
{
	static const char *const types[] = {
		[METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"
	};
	char number[DECIMAL_MAX];

	fprintf(out, "# HELP %s ", f->metric->name);
	print_escaped(out, f->metric->help, false);
	fprintf(out, "\n# TYPE %s %s\n", f->metric->name, types[f->metric->type]);
	for (const struct series *s = f->first; s; s = s->next) {
		int64_t value = series_value(s);

		if (f->metric->type == METRIC_HISTOGRAM)
			print_histogram(out, s);
		else if (value != 0 || !f->metric->sparse)
			print_sample(out, s, "", decimal_text(number, value, f->metric->places));
	}
}

void metrics_print(FILE *out, const struct metrics *m)
{
	for (const struct family *f = m->first; f; f = f->next)
		print_family(out, f);
}
