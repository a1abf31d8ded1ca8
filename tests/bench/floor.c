/*
 * floor - CPU milliseconds of the least that the paid road can cost on this machine: libcurl, libjpeg, zimg and SQLite
 * in one loop, without checks, prompts, limits, retries, books or a cache. What packshot costs beyond it is what all of
 * these cost.
 *
 * floor ENDPOINT KEY COUNT OUT_FOLDER PHOTO_URL...: each photo is fetched, sent base64 to generateContent, and the
 * picture that comes back is brought to 800 x 800 and written, with a row for it. 64 transfers at once.
 */
#include "pipeline/base64.h"
#include "stages/picture_planes.h"
#include "stages/reply_scan.h"

#include <curl/curl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define AT_ONCE 64
#define SIDE    800

static const char request_head[] = "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Pure white background.\"},"
				   "{\"inlineData\":{\"mimeType\":\"image/jpeg\",\"data\":\"";
static const char request_tail[] = "\"}}]}],\"generationConfig\":{\"responseModalities\":[\"IMAGE\"],\"imageConfig\":"
				   "{\"aspectRatio\":\"1:1\",\"imageSize\":\"1K\"}}}";

struct chain {
	CURL *easy;
	char *data, *body;
	size_t size, room, body_size;
	bool asked; /* the photo is there, the model is asked */
	int number;
};

static struct {
	CURLM *multi;
	struct curl_slist *headers;
	char url[300];
	char **photos;
	int photo_count, count, begun, done;
	const char *folder;
	sqlite3 *db;
	sqlite3_stmt *row;
} all;

static void die(const char *why)
{
	fprintf(stderr, "floor: %s\n", why);
	exit(1);
}

static size_t take(char *data, size_t one, size_t size, void *arg)
{
	struct chain *c = arg;

	(void)one;
	if (c->size + size > c->room) {
		c->room = 2 * (c->size + size) + 65536;
		c->data = realloc(c->data, c->room);
		if (!c->data)
			die("no memory");
	}
	memcpy(c->data + c->size, data, size);
	c->size += size;
	return size;
}

static void fetch(struct chain *c)
{
	c->number = all.begun++;
	c->size = 0;
	c->asked = false;
	curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(c->easy, CURLOPT_URL, all.photos[c->number % all.photo_count]);
	curl_multi_add_handle(all.multi, c->easy);
}

static void ask(struct chain *c)
{
	size_t head = sizeof(request_head) - 1, tail = sizeof(request_tail) - 1, middle = base64_size(c->size);

	free(c->body);
	c->body = malloc(head + middle + tail);
	if (!c->body)
		die("no memory");
	memcpy(c->body, request_head, head);
	base64_encode((const unsigned char *)c->data, c->size, c->body + head);
	memcpy(c->body + head + middle, request_tail, tail);
	c->body_size = head + middle + tail;
	c->size = 0;
	c->asked = true;
	curl_easy_setopt(c->easy, CURLOPT_URL, all.url);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, all.headers);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body_size);
	curl_multi_add_handle(all.multi, c->easy);
}

static struct bytes *edited(const struct bytes *picture)
{
	static const struct picture_limits limits = { 64 << 20, 100 << 20, 10 };
	struct planes source, out;
	struct bytes *jpeg = NULL;
	struct err e = { 0 };

	if (planes_from_jpeg(picture, &limits, &source, &e) != 1 ||
	    planes_init(&out, SIDE, SIDE, false, false, &e) != 0)
		die(e.msg);
	for (int i = 0; i < 2; i++) { /* Y, then both of the chroma */
		struct window whole = { 0, 0, source.p[i].width, source.p[i].height };

		if (plane_scale(&source.p[i], whole, &out.p[i], i + 1, &e) != 0)
			die(e.msg);
	}
	if (planes_to_jpeg(&out, 85, &jpeg, &e) != 0)
		die(e.msg);
	planes_release(&source);
	planes_release(&out);
	return jpeg;
}

static void write_picture(int number, const struct bytes *jpeg)
{
	char path[400], temporary[420];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.jpg", all.folder, number);
	snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	f = fopen(temporary, "wb");
	if (!f || fwrite(jpeg->data, 1, jpeg->size, f) != jpeg->size || fclose(f) != 0 || rename(temporary, path) != 0)
		die("cannot write");
	sqlite3_bind_int(all.row, 1, number);
	sqlite3_bind_int64(all.row, 2, (sqlite3_int64)jpeg->size);
	if (sqlite3_step(all.row) != SQLITE_DONE)
		die("cannot record");
	sqlite3_reset(all.row);
	if (number % 500 == 499)
		sqlite3_exec(all.db, "COMMIT; BEGIN", NULL, NULL, NULL);
}

static void finish(struct chain *c)
{
	struct reply_scan s = { 0 };
	struct err e = { 0 };
	const cJSON *parts, *data;
	struct bytes *picture, *jpeg;

	if (reply_scan(&s, c->data, c->size, &e) != 0)
		die(e.msg);
	parts = cJSON_GetObjectItem(
		cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(s.root, "candidates"), 0), "content"),
		"parts");
	data = cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetArrayItem(parts, 0), "inlineData"), "data");
	picture = data ? scan_base64(scan_text(&s, data), &e) : NULL;
	if (!picture)
		die("an answer without a picture");
	jpeg = edited(picture);
	write_picture(c->number, jpeg);
	bytes_unref(jpeg);
	bytes_unref(picture);
	reply_scan_release(&s);
	all.done++;
}

static void loop(void)
{
	int running = 1, left;
	CURLMsg *m;

	while (all.done < all.count) {
		curl_multi_perform(all.multi, &running);
		while ((m = curl_multi_info_read(all.multi, &left)) != NULL) {
			struct chain *c;
			long status = 0;

			curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
			curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
			if (m->data.result != CURLE_OK || status != 200)
				die("a transfer failed");
			curl_multi_remove_handle(all.multi, c->easy);
			if (!c->asked) {
				ask(c);
				continue;
			}
			finish(c);
			if (all.begun < all.count)
				fetch(c);
		}
		curl_multi_poll(all.multi, NULL, 0, 1000, NULL);
	}
}

static void begin(const char *endpoint, const char *key)
{
	char header[300], path[400];

	snprintf(header, sizeof(header), "x-goog-api-key: %s", key);
	all.headers = curl_slist_append(
		curl_slist_append(curl_slist_append(NULL, header), "Content-Type: application/json"), "Expect:");
	snprintf(all.url, sizeof(all.url), "%s/v1beta/models/gemini-nano-banana-2.1:generateContent", endpoint);
	snprintf(path, sizeof(path), "%s/floor.db", all.folder);
	all.multi = curl_multi_init();
	if (sqlite3_open(path, &all.db) != SQLITE_OK ||
	    sqlite3_exec(all.db, "PRAGMA journal_mode=WAL; CREATE TABLE done (n INTEGER, size INTEGER); BEGIN", NULL,
			 NULL, NULL) ||
	    sqlite3_prepare_v2(all.db, "INSERT INTO done VALUES (?, ?)", -1, &all.row, NULL) != SQLITE_OK)
		die("no database");
	for (int i = 0; i < AT_ONCE && i < all.count; i++) {
		struct chain *c = calloc(1, sizeof(*c));

		c->easy = curl_easy_init();
		curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
		curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, take);
		curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
		fetch(c);
	}
}

int main(int argc, char **argv)
{
	struct rusage u;
	struct err e = { 0 };

	if (argc < 6) {
		puts("usage: floor ENDPOINT KEY COUNT OUT_FOLDER PHOTO_URL...");
		return 0;
	}
	all.count = atoi(argv[3]);
	all.folder = argv[4];
	all.photos = argv + 5;
	all.photo_count = argc - 5;
	if (picture_library_open(argv[0], &e) != 0)
		die(e.msg);
	begin(argv[1], argv[2]);
	loop();
	sqlite3_exec(all.db, "COMMIT", NULL, NULL, NULL);
	getrusage(RUSAGE_SELF, &u);
	printf("%.2f\n", (1e3 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			  1e-3 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec)) /
				 all.count);
	return 0;
}
