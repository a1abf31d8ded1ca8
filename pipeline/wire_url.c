#include "pipeline/wire_url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool url_is_web(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* Where the text filled its room, its last character may be half one: drops it. */
static void drop_half_character(char *text, size_t size)
{
	size_t length = strlen(text);

	if (length + 1 < size)
		return;
	while (length && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
		text[--length] = 0;
	if (length && (unsigned char)text[length - 1] & 0x80)
		text[--length] = 0;
}

void url_show(const char *text, char *out, size_t size)
{
	const char *start = strstr(text, "://");
	const char *end = text + strcspn(text, "?#");
	const char *at = NULL;

	start = start && start < end ? start + 3 : text;
	while (*start == '/')
		start++;
	for (const char *p = start; p < end && *p != '/' && *p != '\\'; p++) {
		if (*p == '@')
			at = p;
	}
	if (!at)
		snprintf(out, size, "%.*s", (int)(end - text), text);
	else
		snprintf(out, size, "%.*s%.*s", (int)(start - text), text, (int)(end - at - 1), at + 1);
	drop_half_character(out, size);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			return true;
	}
	return false;
}

static char *host_and_port(CURLU *u)
{
	char *host = NULL, *port = NULL, *both = NULL;

	if (curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		both = malloc(strlen(host) + strlen(port) + 2);
	if (both) {
		sprintf(both, "%s:%s", host, port);
		for (char *p = both; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	curl_free(host);
	curl_free(port);
	return both;
}

/* libcurl copies the parts, and then a zone of IPv6 is lost (7.88): such a URL goes by its text alone. */
static bool has_zone(CURLU *u)
{
	char *zone = NULL;
	bool has = curl_url_get(u, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK;

	curl_free(zone);
	return has;
}

/* "http://shop.example/a?" goes without its question mark as text, and so it does in parts. */
static void drop_empty_query(CURLU *u)
{
	char *query = NULL;

	if (curl_url_get(u, CURLUPART_QUERY, &query, 0) == CURLUE_OK && !*query)
		curl_url_set(u, CURLUPART_QUERY, NULL, 0);
	curl_free(query);
}

/* The parts are taken over. */
static int take_parts(struct url *out, CURLU *u, struct err *e)
{
	char *text = NULL;

	drop_empty_query(u);
	if (curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
		out->text = strdup(text);
	curl_free(text);
	out->host = host_and_port(u);
	if (has_zone(u))
		curl_url_cleanup(u);
	else
		out->parts = u;
	if (out->text && out->host)
		return 0;
	url_release(out);
	return err_set(e, ERR_NOMEM, "no memory for a URL");
}

static int refuse(const char *text, const char *why, struct err *e)
{
	char shown[160];

	url_show(text, shown, sizeof(shown));
	return err_set(e, ERR_SOURCE_REFUSED, "%s: %s", shown, why);
}

static int refuse_as_none(const char *text, CURLUcode fault, struct err *e)
{
	char why[100];

	snprintf(why, sizeof(why), "not a URL (%s)", curl_url_strerror(fault));
	return refuse(text, why, e);
}

int url_parse(struct url *out, const char *text, struct err *e)
{
	CURLUcode bad;
	CURLU *u;

	memset(out, 0, sizeof(*out));
	if (has_control(text))
		return refuse(text, "there are control characters in the URL", e);
	if (!url_is_web(text))
		return refuse(text, "only http and https are fetched", e);
	if (strchr(text, ':')[3] == '/') /* libcurl would take what follows for the host */
		return refuse(text, "there is no host in the URL", e);
	u = curl_url();
	if (!u)
		return err_set(e, ERR_NOMEM, "no memory for a URL");
	bad = curl_url_set(u, CURLUPART_URL, text, CURLU_URLENCODE);
	if (bad == CURLUE_OK)
		return take_parts(out, u, e);
	curl_url_cleanup(u);
	if (bad == CURLUE_OUT_OF_MEMORY)
		return err_set(e, ERR_NOMEM, "no memory for a URL");
	return refuse_as_none(text, bad, e);
}

/* The text up to the slash behind the host; 0: there is none. */
static size_t start_of(const char *text)
{
	const char *host = strstr(text, "://"), *slash = host ? host + 3 + strcspn(host + 3, "/?#\\") : "";

	return *slash == '/' ? (size_t)(slash - text) + 1 : 0;
}

/* Is this sent as it is written? Dots at a segment's start may be "..", which leads elsewhere. */
static bool is_plain(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-~";

	return path[strspn(path, plain)] == 0 && *path != '.' && !strstr(path, "/.");
}

/* `path`: what is written behind the slash. */
static int take_again(const struct url_memo *m, struct url *out, const char *path, struct err *e)
{
	size_t size = strlen(m->start) + strlen(path) + 1;

	out->parts = curl_url_dup(m->parts);
	out->text = malloc(size);
	out->host = strdup(m->host);
	if (!out->parts || !out->text || !out->host ||
	    curl_url_set(out->parts, CURLUPART_PATH, path - 1, 0) != CURLUE_OK) {
		url_release(out);
		return err_set(e, ERR_NOMEM, "no memory for a URL");
	}
	strcpy(stpcpy(out->text, m->start), path);
	return 0;
}

static void remember(struct url_memo *m, const char *text, size_t size, const struct url *u)
{
	size_t sent = start_of(u->text);

	url_memo_release(m);
	m->written = strndup(text, size);
	m->start = sent ? strndup(u->text, sent) : NULL;
	m->parts = curl_url_dup(u->parts);
	m->host = strdup(u->host);
	m->size = size;
	if (!m->written || !m->start || !m->parts || !m->host ||
	    curl_url_set(m->parts, CURLUPART_QUERY, NULL, 0) != CURLUE_OK ||
	    curl_url_set(m->parts, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK)
		url_memo_release(m);
}

static bool lies_there(const struct url_memo *m, const char *text, size_t size)
{
	return size == m->size && memcmp(text, m->written, size) == 0;
}

int url_parse_next(struct url_memo *m, struct url *out, const char *text, struct err *e)
{
	size_t size = start_of(text);

	if (size && lies_there(m, text, size) && is_plain(text + size))
		return take_again(m, out, text + size, e);
	if (url_parse(out, text, e) != 0)
		return -1;
	if (size && out->parts && !lies_there(m, text, size))
		remember(m, text, size, out);
	return 0;
}

void url_memo_release(struct url_memo *m)
{
	free(m->written);
	free(m->start);
	curl_url_cleanup(m->parts);
	free(m->host);
	memset(m, 0, sizeof(*m));
}

void url_release(struct url *u)
{
	curl_url_cleanup(u->parts);
	free(u->text);
	free(u->host);
	memset(u, 0, sizeof(*u));
}

int url_parse_joined(struct url *u, const char *base, const char *path, struct err *e)
{
	size_t size = strlen(base) + strlen(path) + 1;
	char *text = malloc(size);
	int rc;

	if (!text)
		return err_set(e, ERR_NOMEM, "no memory for a transfer");
	snprintf(text, size, "%s%s", base, path);
	rc = url_parse(u, text, e);
	free(text);
	return rc;
}
