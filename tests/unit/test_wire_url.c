#include "tests/check.h"

#include "pipeline/wire_hosts.h"
#include "pipeline/wire_url.h"

#include <curl/curl.h>
#include <string.h>

/* What libcurl is given, taken apart and as text, is the same: it would take the text apart into the same parts. */
static void check_parts(const struct url *u)
{
	static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_HOST,
					   CURLUPART_PORT,   CURLUPART_PATH, CURLUPART_QUERY,    CURLUPART_FRAGMENT };
	CURLU *again = curl_url();

	assert_int_equal(curl_url_set(again, CURLUPART_URL, u->text, 0), CURLUE_OK);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *is = NULL, *want = NULL;

		curl_url_get(u->parts, parts[i], &is, 0);
		curl_url_get(again, parts[i], &want, 0);
		CHECK_TEXT(u->text, is ? is : "none", want ? want : "none");
		curl_free(is);
		curl_free(want);
	}
	curl_url_cleanup(again);
}

static void what_is_sent_for_a_url(void **state)
{
	static const struct {
		const char *text, *sent, *host; /* sent NULL: refused */
	} cases[] = {
		{ "https://Shop.Example/a.jpg", "https://Shop.Example/a.jpg", "shop.example:443" },
		{ "HTTP://shop.example:8080/a.jpg?w=1", "http://shop.example:8080/a.jpg?w=1", "shop.example:8080" },
		{ "http://shop.example/my mug.jpg", "http://shop.example/my%20mug.jpg", "shop.example:80" },
		{ "http://shop.example/\xe6\x9d\xaf.jpg", "http://shop.example/%e6%9d%af.jpg", "shop.example:80" },
		{ "http://shop.example/100%25.jpg", "http://shop.example/100%25.jpg", "shop.example:80" },
		{ "http://[2606:4700::1]/a.jpg", "http://[2606:4700::1]/a.jpg", "[2606:4700::1]:80" },
		{ "ftp://shop.example/a.jpg", NULL, NULL },
		{ "file:///etc/passwd", NULL, NULL },
		{ "javascript:alert(1)", NULL, NULL },
		{ "//shop.example/a.jpg", NULL, NULL },
		{ "shop.example/a.jpg", NULL, NULL },
		{ "/a.jpg", NULL, NULL },
		{ "", NULL, NULL },
		{ "http://", NULL, NULL },
		{ "http:///a.jpg", NULL, NULL },
		{ "http://shop.example:99999/", NULL, NULL },
		{ "http://shop.example/a\nb", NULL, NULL },
		{ "http://shop.example/a\x7f", NULL, NULL },
		{ "http://sh op.example/", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		struct url u;
		int rc = url_parse(&u, cases[i].text, &e);

		CHECK_INT(cases[i].text, rc, cases[i].sent ? 0 : -1);
		CHECK_INT(cases[i].text, e.code, cases[i].sent ? ERR_OK : ERR_SOURCE_REFUSED);
		if (cases[i].sent) {
			CHECK_TEXT(cases[i].text, u.text, cases[i].sent);
			CHECK_TEXT(cases[i].text, u.host, cases[i].host);
			check_parts(&u);
		}
		url_release(&u);
	}
}

static void a_zone_goes_by_the_text(void **state)
{
	struct url_memo memo = { 0 };
	struct err e = { 0 };
	struct url u;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(url_parse_next(&memo, &u, "http://[fe80::1%25eth0]/a.jpg", &e), 0);
		CHECK_TEXT("text", u.text, "http://[fe80::1%25eth0]/a.jpg");
		assert_null(u.parts);
		url_release(&u);
	}
	url_memo_release(&memo);
}

/* Whatever stood before it. */
static void the_same_is_sent_after_another(void **state)
{
	static const char *const texts[] = { "http://Shop.Example/a.jpg",
					     "http://Shop.Example/b/c_1-2~3.jpg",
					     "http://Shop.Example/",
					     "http://Shop.Example/b/../c.jpg",
					     "http://Shop.Example/./c.jpg",
					     "http://Shop.Example/../c.jpg",
					     "http://Shop.Example/my mug.jpg",
					     "http://Shop.Example/a.jpg?w=1&h=2",
					     "http://Shop.Example/a.jpg#top",
					     "http://Shop.Example/a.jpg?",
					     "http://Shop.Example/a?#",
					     "http://Shop.Example/\xe6\x9d\xaf.jpg",
					     "http://Shop.Example/a\nb",
					     "http://Shop.Example:81/a.jpg",
					     "http://Shop.Example:81/b.jpg",
					     "http://Shop.Example/a.jpg",
					     "http://joe:pw@Shop.Example/a.jpg",
					     "http://joe:pw@Shop.Example/b.jpg",
					     "http://Shop.Example?a/b.jpg",
					     "http://Shop.Example?a/c.jpg",
					     "http:///a.jpg",
					     "http:///b.jpg",
					     "HTTPS://[2606:4700::1]/a.jpg",
					     "HTTPS://[2606:4700::1]/b.jpg",
					     "http://Shop.Example\\@other.example/a.jpg",
					     "http://Shop.Example\\@other.example/b.jpg",
					     "http:x://Shop.Example/a.jpg",
					     "a" };
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	struct url_memo memo = { 0 };

	(void)state;
	for (size_t i = 0; i < count * count; i++) {
		const char *pair[] = { texts[i / count], texts[i % count] };

		for (int k = 0; k < 2; k++) {
			struct err want_err = { 0 }, e = { 0 };
			struct url want, u;
			int rc = url_parse(&want, pair[k], &want_err);

			CHECK_INT(pair[k], url_parse_next(&memo, &u, pair[k], &e), rc);
			CHECK_INT(pair[k], e.code, want_err.code);
			if (rc == 0) {
				CHECK_TEXT(pair[k], u.text, want.text);
				CHECK_TEXT(pair[k], u.host, want.host);
				check_parts(&u);
			}
			url_release(&want);
			url_release(&u);
		}
	}
	url_memo_release(&memo);
}

static void what_messages_show(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "https://shop.example/a.jpg", "https://shop.example/a.jpg" },
		{ "https://shop.example/a.jpg?token=x#y", "https://shop.example/a.jpg" },
		{ "https://joe:pw@shop.example/a.jpg", "https://shop.example/a.jpg" },
		{ "https://joe:p@w@shop.example", "https://shop.example" },
		{ "//joe:pw@shop.example/a", "//shop.example/a" },
		{ "https://shop.example/a@2x.jpg", "https://shop.example/a@2x.jpg" },
		{ "https://shop.example?u=http://a@b", "https://shop.example" },
		{ "", "" },
	};
	char small[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char shown[64];

		url_show(cases[i].text, shown, sizeof(shown));
		CHECK_TEXT(cases[i].text, shown, cases[i].shown);
	}
	url_show("abcdef\xe6\x9d\xaf", small, sizeof(small));
	CHECK_TEXT("no half characters", small, "abcdef");
}

/* Hosts take turns, and none is served beyond its limit. */
static void hosts_take_turns(void **state)
{
	struct hosts hs = { .per_host = 2 };
	struct turn a[3] = { 0 }, b[1] = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(hosts_wait(&hs, "a:80", &a[i]), 0);
	assert_int_equal(hosts_wait(&hs, "b:80", &b[0]), 0);
	assert_ptr_equal(hosts_next(&hs), &a[0]);
	assert_ptr_equal(hosts_next(&hs), &b[0]); /* though a came first, twice more */
	assert_ptr_equal(hosts_next(&hs), &a[1]);
	assert_null(hosts_next(&hs)); /* a has two */
	hosts_leave(&hs, &a[0]);
	assert_ptr_equal(hosts_next(&hs), &a[2]);
	assert_int_equal(hosts_wait(&hs, "a:80", &a[0]), 0);
	assert_ptr_equal(hosts_drop(&hs), &a[0]); /* whatever the limit */
	assert_null(hosts_drop(&hs));
	hosts_leave(&hs, &a[1]);
	hosts_leave(&hs, &a[2]);
	hosts_leave(&hs, &b[0]);
	assert_null(hs.first); /* idle hosts are forgotten */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_for_a_url),  cmocka_unit_test(the_same_is_sent_after_another),
		cmocka_unit_test(a_zone_goes_by_the_text), cmocka_unit_test(what_messages_show),
		cmocka_unit_test(hosts_take_turns),
	};

	return cmocka_run_group_tests_name("wire_url", tests, NULL, NULL);
}
