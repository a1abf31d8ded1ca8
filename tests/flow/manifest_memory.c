/*
 * manifest_memory [LINES [jsonl|json|csv]] - reads a catalogue of that many products (default 1,000,000 JSON lines)
 * from a pipe, and says how long it took and what memory was needed at most. Exit status 1: more than 64 MiB, or not
 * every line a good product.
 */
#include "stages/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_KIB (64 * 1024)

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct layout {
	const char *name, *head, *line, *tail; /* line: a format of the number, three times */
};

static const struct layout layouts[] = {
	{ "jsonl", "",
	  "{\"sku\":\"SKU-%08ld\",\"title\":\"Enamel mug %ld\",\"images\":[\"https://shop.example/p/%ld-front.jpg\"],"
	  "\"product_info\":{\"category\":\"Kitchen\",\"brand\":\"Norrland\",\"audience\":\"campers\",\"price\":299.90,"
	  "\"currency\":\"SEK\",\"attributes\":{\"material\":\"steel\"}}}\n",
	  "" },
	{ "json", "[",
	  "{\"sku\":\"SKU-%08ld\",\"product_info\":{\"category\":\"Kitchen\",\"price\":%ld},\n\"image_url\":\"https://"
	  "shop.example/"
	  "p/%ld-front.jpg\"},",
	  "{\"image_url\":\"last.jpg\"}]" },
	{ "csv", "sku,title,image_link,material\n",
	  "SKU-%08ld,\"Mug, enamel %ld\",https://shop.example/p/%ld.jpg,steel\n", "" },
};

/* The other process: writes the catalogue to standard output. */
static void write_catalogue(const struct layout *l, long lines)
{
	fputs(l->head, stdout);
	for (long i = 1; i <= lines; i++)
		printf(l->line, i, i, i);
	fputs(l->tail, stdout);
	fflush(stdout);
	_exit(ferror(stdout) ? 1 : 0);
}

/* Makes standard input the catalogue. The writer's process id, or -1. */
static pid_t start_writer(const struct layout *l, long lines)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		write_catalogue(l, lines);
	}
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	return child;
}

static long count_good(struct err *e)
{
	struct manifest *m;
	struct record r;
	long good = 0;
	int got;

	if (manifest_open(&m, "-", e) != 0)
		return -1;
	while ((got = manifest_next(m, &r, e)) > 0) {
		good += r.product != NULL;
		record_release(&r);
	}
	manifest_close(m);
	return got < 0 ? -1 : good;
}

int main(int argc, char **argv)
{
	const long lines = argc > 1 ? atol(argv[1]) : 1000000;
	const struct layout *l = layouts;
	struct err e = { ERR_OK, "" };
	struct timespec begin, end;
	struct rusage use;
	long good, peak;
	pid_t child;

	for (size_t i = 0; argc > 2 && i < sizeof(layouts) / sizeof(*layouts); i++)
		if (strcmp(argv[2], layouts[i].name) == 0)
			l = &layouts[i];
	child = start_writer(l, lines);
	if (child < 0)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	good = count_good(&e);
	clock_gettime(CLOCK_MONOTONIC, &end);
	waitpid(child, NULL, 0);
	getrusage(RUSAGE_SELF, &use);
	peak = use.ru_maxrss;
	printf("| manifest memory: %ld products of %s, %.1f s, %.2f CPU-us each, %.1f MiB at most%s%s\n", good, l->name,
	       (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
	       ((double)use.ru_utime.tv_sec * 1e6 + (double)use.ru_utime.tv_usec + (double)use.ru_stime.tv_sec * 1e6 +
		(double)use.ru_stime.tv_usec) /
		       (double)(lines ? lines : 1),
	       (double)peak / 1024, e.code ? ": " : "", e.msg);
	if (good != lines + (*l->tail != 0))
		return 1;
	return SANITIZED ? 77 : peak > LIMIT_KIB;
}
