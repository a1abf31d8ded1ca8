/*
 * asking - CPU microseconds of the least that asking a server about a photo can cost on this machine: libcurl, and a
 * conditional GET for each line of a file, a few at a time, in one bare loop. What a run over unchanged photos costs
 * beyond it is packshot's own; method, path and headers are packshot's too.
 *
 * asking FILE AT_ONCE: lines of URL, ETag and date, with tabs between them; prints the microseconds each.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define LINE 4096

struct question {
	CURL *easy;
	struct curl_slist *headers;
};

static CURLM *multi;
static FILE *lines;
static int asked;

static void die(const char *why)
{
	fprintf(stderr, "asking: %s\n", why);
	exit(1);
}

static void add_header(struct question *q, const char *name, const char *value)
{
	char line[LINE + 40];

	snprintf(line, sizeof(line), "%s: %s", name, value);
	q->headers = curl_slist_append(q->headers, line);
}

/* False: there are no more lines. */
static int ask_next(struct question *q)
{
	char line[LINE], *etag, *date;

	if (!fgets(line, sizeof(line), lines))
		return 0;
	line[strcspn(line, "\n")] = 0;
	etag = strchr(line, '\t');
	date = etag ? strchr(etag + 1, '\t') : NULL;
	if (!date)
		die("a line without its tabs");
	*etag++ = *date++ = 0;
	curl_slist_free_all(q->headers);
	q->headers = NULL;
	add_header(q, "Accept", "image/*,*/*;q=0.5");
	add_header(q, "If-None-Match", etag);
	add_header(q, "If-Modified-Since", date);
	curl_easy_setopt(q->easy, CURLOPT_URL, line);
	curl_easy_setopt(q->easy, CURLOPT_HTTPHEADER, q->headers);
	curl_multi_add_handle(multi, q->easy);
	asked++;
	return 1;
}

/* What any careful program sets, and no more. */
static void begin(struct question *q)
{
	q->easy = curl_easy_init();
	curl_easy_setopt(q->easy, CURLOPT_PRIVATE, q);
	curl_easy_setopt(q->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(q->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(q->easy, CURLOPT_CONNECTTIMEOUT_MS, 15000L);
	curl_easy_setopt(q->easy, CURLOPT_TIMEOUT_MS, 90000L);
	curl_easy_setopt(q->easy, CURLOPT_USERAGENT, "packshot/" PACKSHOT_VERSION " (product picture fetcher)");
}

/* Puts the next question in the place of each that was answered. Returns how many places are empty now. */
static int answers(void)
{
	CURLMsg *m;
	int left, ended = 0;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = m->easy_handle;
		CURLcode result = m->data.result;
		struct question *q;
		long status = 0;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&q);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		if (result != CURLE_OK || status != 304)
			die("an answer that is not 304");
		curl_multi_remove_handle(multi, easy);
		ended += !ask_next(q);
	}
	return ended;
}

int main(int argc, char **argv)
{
	int at_once, open = 0, running;
	struct rusage u;

	if (argc != 3) {
		puts("usage: asking FILE AT_ONCE");
		return 0;
	}
	lines = fopen(argv[1], "r");
	at_once = atoi(argv[2]);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	if (!lines || !multi)
		die("cannot start");
	for (int i = 0; i < at_once; i++) {
		struct question *q = calloc(1, sizeof(*q));

		if (!q)
			die("no memory");
		begin(q);
		open += ask_next(q);
	}
	while (open > 0) {
		curl_multi_perform(multi, &running);
		open -= answers();
		if (open > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	getrusage(RUSAGE_SELF, &u);
	printf("%.2f\n", (1e6 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			  (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec)) /
				 asked);
	return 0;
}
