#include "tests/check.h"

#include "pipeline/file.h"
#include "stages/fetch.h"
#include "stages/fetch_looks.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct fetch_config cfg = { .limits = { .max_bytes = 1000 }, .redirects = 5 };
static char home[] = "/tmp/packshot-fetch-XXXXXX";

#define JPEG "\xff\xd8\xff\xe0\0\x10JFIF\0\1"
#define PNG  "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

/* One walk through the stage. */
struct walk {
	struct item *it;
	struct result out;
	struct call call;
	struct receipt receipt;
	struct err e;
	enum stage_next next;
};

static void begin(struct walk *w, const char *source, const char *stale_facts)
{
	memset(w, 0, sizeof(*w));
	w->it = item_create(1, 1, "SKU", 1, source, NULL, NULL);
	if (stale_facts) {
		w->it->stale.origin = ORIGIN_CACHE;
		w->it->stale.has_blob = true;
		w->it->stale.facts = strdup(stale_facts);
	}
	w->next = stage_fetch.begin(&cfg, w->it, &w->out, &w->call, &w->e);
}

static void accept_reply(struct walk *w, struct reply *r)
{
	w->next = stage_fetch.accept(&cfg, w->it, r, &w->out, &w->call, &w->receipt, &w->e);
	bytes_unref(r->body);
}

static void end(struct walk *w)
{
	item_free(w->it);
	result_release(&w->out);
	call_release(&w->call);
}

static const char *fact_of(const cJSON *facts, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(facts, name));

	return text ? text : "(none)";
}

static void a_url_is_asked_for(void **state)
{
	static const struct {
		const char *stale, *etag, *date; /* of the request */
	} cases[] = {
		{ NULL, NULL, NULL },
		{ "{\"etag\":\"\\\"a\\\"\",\"last_modified\":\"Mon\"}", "If-None-Match: \"a\"",
		  "If-Modified-Since: Mon" },
		{ "{\"last_modified\":\"Mon\"}", NULL, "If-Modified-Since: Mon" },
		{ "{\"etag\":7}", NULL, NULL },
		{ "no JSON", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *etag = NULL, *date = NULL;
		struct walk w;

		begin(&w, "https://joe@shop.example/a.jpg?w=1", cases[i].stale);
		CHECK_INT("next", w.next, STAGE_CALL);
		CHECK_TEXT("url", w.call.url, "https://joe@shop.example/a.jpg?w=1");
		CHECK_INT("max_bytes", w.call.max_bytes, 1000);
		CHECK_INT("redirects", w.call.redirects, 5);
		CHECK_INT("private_hosts", w.call.private_hosts, false);
		CHECK_INT("fresh() cannot tell", stage_fetch.fresh(&cfg, w.it), false);
		for (int h = 0; w.call.headers[h]; h++) {
			if (strncmp(w.call.headers[h], "If-None-Match", 13) == 0)
				etag = w.call.headers[h];
			if (strncmp(w.call.headers[h], "If-Modified-Since", 17) == 0)
				date = w.call.headers[h];
		}
		if (cases[i].etag)
			CHECK_TEXT("etag", etag, cases[i].etag);
		else
			assert_null(etag);
		if (cases[i].date)
			CHECK_TEXT("date", date, cases[i].date);
		else
			assert_null(date);
		end(&w);
	}
}

static void sources_that_are_refused(void **state)
{
	static const char *const sources[] = { "file:///etc/passwd", "FILE:/etc/passwd",
					       "ftp://h/a.jpg",      "data:image/png;base64,AA",
					       "//host/a.jpg",       "photos/a.jpg",
					       "javascript:1",       "",
					       "gopher://x",         "http:/x" };

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct walk w;

		begin(&w, sources[i], NULL);
		CHECK_INT(sources[i], w.next, STAGE_FAIL);
		CHECK_INT(sources[i], w.e.code, ERR_SOURCE_REFUSED);
		assert_true(strlen(w.e.msg) > 5);
		end(&w);
	}
}

static void replies(void **state)
{
	static const struct {
		const char *name;
		bool stale;
		enum err_code wire;
		int status;
		const char *body;
		size_t size;
		enum stage_next next;
		enum err_code code;
		const char *says; /* in the message, or the type */
	} cases[] = {
#define B(text) text, sizeof(text) - 1
		{ "jpeg", false, ERR_OK, 200, B(JPEG), STAGE_DONE, ERR_OK, "jpeg" },
		{ "png", true, ERR_OK, 200, B(PNG), STAGE_DONE, ERR_OK, "png" },
		{ "unchanged", true, ERR_OK, 304, B(""), STAGE_SAME, ERR_OK, NULL },
		{ "unchanged from what?", false, ERR_OK, 304, B(""), STAGE_FAIL, ERR_SOURCE_HTTP, "304" },
		{ "page", false, ERR_OK, 200, B(" <!DOCTYPE HTML>"), STAGE_FAIL, ERR_NOT_PICTURE, "an HTML page" },
		{ "empty", false, ERR_OK, 200, B(""), STAGE_FAIL, ERR_NOT_PICTURE, "empty" },
		{ "no content", false, ERR_OK, 204, B(""), STAGE_FAIL, ERR_NOT_PICTURE, "empty" },
		{ "json", false, ERR_OK, 200, B("{\"error\":1}"), STAGE_FAIL, ERR_NOT_PICTURE, "JSON" },
		{ "svg", false, ERR_OK, 200, B("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), STAGE_FAIL,
		  ERR_UNSUPPORTED, "svg" },
		{ "pdf", false, ERR_OK, 200, B("%PDF-1.7\n"), STAGE_FAIL, ERR_UNSUPPORTED, "pdf" },
		{ "a part", false, ERR_OK, 206, B(JPEG), STAGE_FAIL, ERR_SOURCE_HTTP, "206" },
		{ "missing", true, ERR_OK, 404, B(JPEG), STAGE_FAIL, ERR_SOURCE_MISSING, "404" },
		{ "gone", false, ERR_OK, 410, B(""), STAGE_FAIL, ERR_SOURCE_MISSING, "410" },
		{ "login", false, ERR_OK, 401, B(""), STAGE_FAIL, ERR_SOURCE_HTTP, "401" },
		{ "forbidden", false, ERR_OK, 403, B(""), STAGE_FAIL, ERR_SOURCE_HTTP, "403" },
		{ "legal reasons", false, ERR_OK, 451, B(""), STAGE_FAIL, ERR_SOURCE_HTTP, "451" },
		{ "late", false, ERR_OK, 408, B(""), STAGE_FAIL, ERR_NETWORK, "408" },
		{ "too many", false, ERR_OK, 429, B(""), STAGE_FAIL, ERR_NETWORK, "429" },
		{ "broken", false, ERR_OK, 500, B(""), STAGE_FAIL, ERR_NETWORK, "500" },
		{ "busy", false, ERR_OK, 503, B(JPEG), STAGE_FAIL, ERR_NETWORK, "503" },
		{ "time-out", false, ERR_TIMEOUT, 0, NULL, 0, STAGE_FAIL, ERR_TIMEOUT, "as the wire" },
		{ "interrupted", true, ERR_INTERRUPTED, 0, NULL, 0, STAGE_FAIL, ERR_INTERRUPTED, "as the wire" },
#undef B
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply r = { .status = cases[i].status,
				   .tries = 1,
				   .url = "https://shop.example/final.jpg?token=hush" };
		struct walk w;

		begin(&w, "https://shop.example/a.jpg?token=hush", cases[i].stale ? "{\"etag\":\"a\"}" : NULL);
		if (cases[i].wire != ERR_OK)
			err_set(&r.err, cases[i].wire, "as the wire says");
		if (cases[i].body)
			r.body = bytes_copy(cases[i].body, cases[i].size);
		accept_reply(&w, &r);
		CHECK_INT(cases[i].name, w.next, cases[i].next);
		CHECK_INT(cases[i].name, w.e.code, cases[i].code);
		if (w.next == STAGE_FAIL && (!strstr(w.e.msg, cases[i].says) || strstr(w.e.msg, "hush")))
			fail_msg("%s: %s", cases[i].name, w.e.msg);
		if (w.next == STAGE_DONE) {
			cJSON *facts = cJSON_Parse(w.out.facts);

			CHECK_TEXT(cases[i].name, fact_of(facts, "type"), cases[i].says);
			CHECK_TEXT(cases[i].name, fact_of(facts, "url"), "https://shop.example/final.jpg");
			CHECK_INT(cases[i].name, w.out.bytes->size, cases[i].size);
			CHECK_INT("the machinery names the blob", w.out.has_blob, false);
			cJSON_Delete(facts);
		}
		end(&w);
	}
}

/* What is kept of a reply is what the next run asks with; what a server may not say is not kept. */
static void validators_are_kept(void **state)
{
	static const struct {
		const char *etag, *date, *kept_etag, *kept_date;
	} cases[] = {
		{ "W/\"1-a\"", "Mon, 01 Jan 2024 00:00:00 GMT", "W/\"1-a\"", "Mon, 01 Jan 2024 00:00:00 GMT" },
		{ NULL, NULL, "(none)", "(none)" },
		{ "\"a\xff\"", "a\tb", "(none)", "(none)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply r = { .status = 200, .etag = cases[i].etag, .last_modified = cases[i].date };
		struct walk w;
		cJSON *facts;

		r.body = bytes_copy(JPEG, sizeof(JPEG) - 1);
		begin(&w, "http://shop.example/a.jpg", NULL);
		accept_reply(&w, &r);
		CHECK_INT("next", w.next, STAGE_DONE);
		facts = cJSON_Parse(w.out.facts);
		CHECK_TEXT("etag", fact_of(facts, "etag"), cases[i].kept_etag);
		CHECK_TEXT("date", fact_of(facts, "last_modified"), cases[i].kept_date);
		CHECK_INT("bytes", cJSON_GetNumberValue(cJSON_GetObjectItem(facts, "bytes")), sizeof(JPEG) - 1);
		cJSON_Delete(facts);
		end(&w);
	}
}

static void write_file(const char *path, const void *data, size_t size)
{
	struct err e = { 0 };

	assert_int_equal(file_write(home, path, data, size, &e), 0);
}

static void a_file_is_read_once(void **state)
{
	char *path = file_join(home, "50% mug?.jpg"), *facts;
	struct digest want;
	struct walk w;

	(void)state;
	write_file(path, JPEG, sizeof(JPEG) - 1);
	begin(&w, path, NULL);
	CHECK_INT(w.e.msg, w.next, STAGE_DONE);
	digest_of(JPEG, sizeof(JPEG) - 1, &want);
	assert_true(w.out.has_blob && digest_equal(&w.out.blob, &want));
	CHECK_INT("size", w.out.blob_size, sizeof(JPEG) - 1);
	CHECK_TEXT("not copied", w.out.path, path);
	facts = strdup(w.out.facts);
	end(&w);

	begin(&w, path, facts);
	CHECK_INT("as it was", stage_fetch.fresh(&cfg, w.it), true);
	write_file(path, JPEG, sizeof(JPEG) - 1); /* same content, another file */
	CHECK_INT("replaced", stage_fetch.fresh(&cfg, w.it), false);
	unlink(path);
	CHECK_INT("gone", stage_fetch.fresh(&cfg, w.it), false);
	end(&w);

	begin(&w, path, "{\"bytes\":1}");
	CHECK_INT("gone", w.e.code, ERR_SOURCE_MISSING);
	end(&w);
	free(facts);
	free(path);
}

static void files_that_are_refused(void **state)
{
	static char big[2000];
	static const struct {
		const char *name, *data;
		size_t size;
		enum err_code code;
	} cases[] = {
		{ "page.jpg", "<html>", 6, ERR_NOT_PICTURE },
		{ "empty.jpg", "", 0, ERR_NOT_PICTURE },
		{ "big.jpg", big, sizeof(big), ERR_TOO_LARGE },
		{ "drawing.jpg", "<svg/>", 6, ERR_UNSUPPORTED },
		{ ".", NULL, 0, ERR_NOT_PICTURE },
		{ "no.jpg", NULL, 0, ERR_SOURCE_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = file_join(home, cases[i].name);
		struct walk w;

		if (cases[i].data)
			write_file(path, cases[i].data, cases[i].size);
		begin(&w, path, NULL);
		CHECK_INT(cases[i].name, w.next, STAGE_FAIL);
		CHECK_INT(cases[i].name, w.e.code, cases[i].code);
		assert_non_null(strstr(w.e.msg, cases[i].name));
		end(&w);
		free(path);
	}
}

static void keys_tell_sources_apart(void **state)
{
	static const char *const sources[] = { "http://a/1", "http://a/2", "http://a/1" };
	struct digest d[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct item *it = item_create(1, 1, "S", 1, sources[i], NULL, NULL);
		struct key *k = key_create(stage_fetch.name, stage_fetch.version);

		assert_true(stage_fetch.key(&cfg, it, k));
		key_final(k, &d[i]);
		item_free(it);
	}
	assert_false(digest_equal(&d[0], &d[1]));
	assert_true(digest_equal(&d[0], &d[2]));
}

static void what_it_looks_like(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		const char *want;
	} cases[] = {
		{ "", 0, "empty" },
		{ "\xef\xbb\xbf\n<HTML>", 10, "an HTML page" },
		{ "<?xml version=\"1.0\"?>", 21, "an XML document" },
		{ "[1]", 3, "JSON" },
		{ "hello", 5, "text" },
		{ " \n\t", 3, "blank text" },
		{ "PK\3\4\0\0", 6, "a ZIP archive" },
		{ "\0\0\0\x20"
		  "ftypisom",
		  12, "a video, or another MP4-like file" },
		{ "\0\0\0\0", 4, "nothing but zero bytes" },
		{ "\1\2\3\4", 4, "data of an unknown kind" },
		{ "\xef\xbb\xbf", 3, "blank text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_TEXT(cases[i].want, looks_like(cases[i].data, cases[i].size), cases[i].want);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(home) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_asked_for),
		cmocka_unit_test(sources_that_are_refused),
		cmocka_unit_test(replies),
		cmocka_unit_test(validators_are_kept),
		cmocka_unit_test(a_file_is_read_once),
		cmocka_unit_test(files_that_are_refused),
		cmocka_unit_test(keys_tell_sources_apart),
		cmocka_unit_test(what_it_looks_like),
	};

	return cmocka_run_group_tests_name("fetch", tests, set_up, tear_down);
}
