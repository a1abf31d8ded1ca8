#include "stages/fetch.h"
#include "pipeline/file.h"
#include "pipeline/last_made.h"
#include "pipeline/wire_url.h"
#include "stages/fetch_looks.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 140 /* of a source in a message */

/* An absolute path. "//host/picture.jpg" is not: in a shop's data that is a URL without its scheme. */
static bool is_path(const char *source)
{
	return source[0] == '/' && source[1] != '/';
}

/* --- facts --- */

static cJSON *read_facts(const struct result *r)
{
	return r->origin != ORIGIN_NONE && r->facts ? cJSON_Parse(r->facts) : NULL;
}

/* The text of a fact; NULL where there is none. */
static const char *fact(const cJSON *facts, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, name));
}

/* Validators come from a server and go into JSON and into a request: plain ASCII or nothing. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (!isprint((unsigned char)*text))
			return false;
	}
	return true;
}

static bool add_text(cJSON *facts, const char *name, const char *value)
{
	return !value || !*value || !is_plain(value) || cJSON_AddStringToObject(facts, name, value);
}

static bool add_digits(cJSON *facts, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return cJSON_AddStringToObject(facts, name, text);
}

/* Ends the facts: prints them into out and frees them. */
static int keep_facts(cJSON *facts, bool complete, struct result *out, struct err *e)
{
	out->facts = facts && complete ? cJSON_PrintUnformatted(facts) : NULL;
	cJSON_Delete(facts);
	return out->facts ? 0 : err_set(e, ERR_NOMEM, "no memory for facts");
}

/* --- content --- */

static int check_content(const struct bytes *b, const char *shown, const char **type, struct err *e)
{
	enum picture_format format = picture_sniff(b->data, b->size);

	*type = picture_format_name(format);
	switch (format) {
	case FORMAT_UNKNOWN:
		return err_set(e, ERR_NOT_PICTURE, "%s: not a picture but %s", shown, looks_like(b->data, b->size));
	case FORMAT_SVG:
	case FORMAT_PDF:
	case FORMAT_BMP:
		return err_set(e, ERR_UNSUPPORTED, "%s: %s is not accepted", shown, *type);
	default:
		return 0;
	}
}

/* --- files --- */

static bool is_same_file(const struct result *stale, const struct file_stamp *stamp)
{
	cJSON *facts = read_facts(stale);
	const char *mtime = fact(facts, "mtime_ns"), *inode = fact(facts, "inode");
	const char *changed = fact(facts, "ctime_ns"); /* not of entries before this was looked at */
	const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(facts, "bytes");
	bool same = mtime && inode && cJSON_IsNumber(bytes) && strtoll(mtime, NULL, 10) == stamp->mtime_ns &&
		    strtoull(inode, NULL, 10) == stamp->inode &&
		    (!changed || strtoll(changed, NULL, 10) == stamp->ctime_ns) &&
		    (int64_t)bytes->valuedouble == stamp->size;

	cJSON_Delete(facts);
	return same;
}

static bool fetch_fresh(const void *cfg, const struct item *it)
{
	struct file_stamp stamp;
	struct err ignored = { 0 }; /* begin() meets it again, and reports it */

	(void)cfg;
	return is_path(it->source) && it->stale.has_blob && file_stat(it->source, &stamp, &ignored) == 0 &&
	       is_same_file(&it->stale, &stamp);
}

static int keep_file_facts(const struct file_stamp *stamp, const char *type, struct result *out, struct err *e)
{
	cJSON *facts = cJSON_CreateObject();
	bool complete = cJSON_AddStringToObject(facts, "type", type) &&
			cJSON_AddNumberToObject(facts, "bytes", (double)stamp->size) &&
			add_digits(facts, "mtime_ns", stamp->mtime_ns) &&
			add_digits(facts, "ctime_ns", stamp->ctime_ns) &&
			add_digits(facts, "inode", (int64_t)stamp->inode);

	return keep_facts(facts, complete, out, e);
}

static int read_file(const struct fetch_config *cfg, const struct item *it, struct result *out, struct err *e)
{
	struct file_stamp stamp;
	struct err why = { 0 };
	const char *type;

	if (file_read(it->source, (size_t)cfg->limits.max_bytes, &out->bytes, &stamp, &why) != 0) {
		/* A disk that refuses ends the run when it is the workspace's. The source's is another item's trouble
		 * at most. */
		return err_set(e, why.code == ERR_IO ? ERR_NETWORK : why.code, "%s", why.msg);
	}
	if (check_content(out->bytes, file_shown(it->source), &type, e) != 0 ||
	    keep_file_facts(&stamp, type, out, e) != 0)
		return -1;
	out->path = strdup(it->source);
	if (!out->path)
		return err_set(e, ERR_NOMEM, "no memory for a path");
	digest_of(out->bytes->data, out->bytes->size, &out->blob);
	out->blob_size = (int64_t)out->bytes->size;
	out->has_blob = true;
	return 0;
}

/* --- URLs --- */

static int add_validators(struct call *call, const char *etag, const char *date)
{
	if (etag && call_header(call, "If-None-Match", etag) != 0)
		return -1;
	return date ? call_header(call, "If-Modified-Since", date) : 0;
}

int fetch_call(const struct fetch_config *cfg, const char *url, struct call *call, struct err *e)
{
	call->url = strdup(url);
	call->max_bytes = (size_t)cfg->limits.max_bytes;
	call->redirects = cfg->redirects;
	call->private_hosts = cfg->private_hosts;
	/* Servers that convert pictures to please the client are asked for nothing in particular, to get the original.
	 */
	if (!call->url || call_header(call, "Accept", "image/*,*/*;q=0.5") != 0)
		return err_set(e, ERR_NOMEM, "no memory for a request");
	return 0;
}

static int ask(const struct fetch_config *cfg, const struct item *it, struct call *call, struct err *e)
{
	cJSON *facts = it->stale.has_blob ? read_facts(&it->stale) : NULL;
	int rc = fetch_call(cfg, it->source, call, e);

	if (rc == 0 && add_validators(call, fact(facts, "etag"), fact(facts, "last_modified")) != 0)
		rc = err_set(e, ERR_NOMEM, "no memory for a request");
	cJSON_Delete(facts);
	return rc;
}

static int fetch_ask(const void *cfg, const struct last_made *was, struct call *call)
{
	struct err ignored = { 0 };

	if (fetch_call(cfg, was->place, call, &ignored) != 0)
		return -1;
	return add_validators(call, was->etag, was->last_modified);
}

static int refuse_source(const char *source, struct err *e)
{
	size_t scheme = strcspn(source, ":/?#");

	if (strncmp(source, "//", 2) == 0)
		return err_set(e, ERR_SOURCE_REFUSED, "a URL without a scheme: write https: before the two slashes");
	if (source[scheme] == ':')
		return err_set(e, ERR_SOURCE_REFUSED, "%.*s: URLs are not fetched, only http, https and paths",
			       scheme > 20 ? 20 : (int)scheme, source);
	return err_set(e, ERR_SOURCE_REFUSED, "neither a URL nor an absolute path");
}

static enum stage_next fetch_begin(const void *cfg, struct item *it, struct result *out, struct call *call,
				   struct err *e)
{
	if (is_path(it->source))
		return read_file(cfg, it, out, e) == 0 ? STAGE_DONE : STAGE_FAIL;
	if (url_is_web(it->source))
		return ask(cfg, it, call, e) == 0 ? STAGE_CALL : STAGE_FAIL;
	refuse_source(it->source, e);
	return STAGE_FAIL;
}

static int refuse_status(int status, const char *shown, struct err *e)
{
	switch (status) {
	case 404:
	case 410:
		return err_set(e, ERR_SOURCE_MISSING, "%s: not there (HTTP %d)", shown, status);
	case 401:
	case 403:
		return err_set(e, ERR_SOURCE_HTTP, "%s: not allowed (HTTP %d)", shown, status);
	case 408:
	case 429:
		return err_set(e, ERR_NETWORK, "%s: the server asks to try later (HTTP %d)", shown, status);
	default:
		return err_set(e, status >= 500 ? ERR_NETWORK : ERR_SOURCE_HTTP, "%s: HTTP %d", shown, status);
	}
}

static int keep_reply(const struct reply *r, const char *shown, struct result *out, struct err *e)
{
	const char *type;
	char url[512];
	cJSON *facts;
	bool complete;

	if (check_content(r->body, shown, &type, e) != 0)
		return -1;
	url_show(r->url ? r->url : "", url, sizeof(url));
	facts = cJSON_CreateObject();
	complete = cJSON_AddStringToObject(facts, "type", type) &&
		   cJSON_AddNumberToObject(facts, "bytes", (double)r->body->size) && add_text(facts, "etag", r->etag) &&
		   add_text(facts, "last_modified", r->last_modified) && add_text(facts, "url", url);
	if (keep_facts(facts, complete, out, e) != 0)
		return -1;
	out->bytes = bytes_ref(r->body);
	return 0;
}

static enum stage_next fetch_accept(const void *cfg, struct item *it, const struct reply *r, struct result *out,
				    struct call *call, struct receipt *receipt, struct err *e)
{
	char shown[SHOWN];

	(void)cfg;
	(void)call;
	(void)receipt;
	if (r->err.code != ERR_OK) {
		*e = r->err;
		return STAGE_FAIL;
	}
	url_show(it->source, shown, sizeof(shown));
	if (r->status == 304 && it->stale.has_blob)
		return STAGE_SAME;
	if (r->status < 200 || r->status > 299 || r->status == 206) { /* a part was not asked for */
		refuse_status(r->status, shown, e);
		return STAGE_FAIL;
	}
	return keep_reply(r, shown, out, e) == 0 ? STAGE_DONE : STAGE_FAIL;
}

static bool fetch_key(const void *cfg, const struct item *it, struct key *k)
{
	(void)cfg;
	key_text(k, "source", it->source);
	return true;
}

const struct stage stage_fetch = {
	.name = "fetch",
	.version = 1,
	.fresh = fetch_fresh,
	.ask = fetch_ask,
	.key = fetch_key,
	.begin = fetch_begin,
	.accept = fetch_accept,
};
