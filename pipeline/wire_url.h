/*
 * wire_url.h - a URL taken apart as far as the wire and its messages need it.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_URL_H
#define PACKSHOT_PIPELINE_WIRE_URL_H

#include "pipeline/err.h"

#include <stddef.h>

struct Curl_URL; /* libcurl's CURLU */

struct url {
	struct Curl_URL *parts; /* as libcurl takes it, so that it need not take it apart again; NULL: the text alone tells it */
	char *text; /* the same as text: spaces and bytes beyond ASCII percent-encoded; malloc()ed, as the next */
	char *host; /* "name:port", lower case: what limits per host go by */
};

/* ERR_SOURCE_REFUSED: not an absolute http or https URL with a host, or control characters in it. ERR_NOMEM. */
int url_parse(struct url *out, const char *text, struct err *);
void url_release(struct url *); /* zeroes */

/* Where the URL before lay: most of a catalogue's photos lie on one host. Zeroed to begin with; for one thread at a time. */
struct url_memo {
	char *written; /* up to the slash behind the host, as it was written */
	size_t size;   /* of that */
	char *start;   /* the same as it is sent */
	struct Curl_URL *parts; /* the same, and no more */
	char *host;
};

/* url_parse(), quicker for one that lies on the same host as the one before and needs no encoding. */
int url_parse_next(struct url_memo *, struct url *out, const char *text, struct err *);
void url_memo_release(struct url_memo *); /* zeroes */

/* Is it http or https, in any case of letters? Looks at the scheme only. */
bool url_is_web(const char *text);

/* The URL as messages may show it: without user, password, query and fragment, which may hold secrets. Cut to size; works
 * for anything, URL or not. */
void url_show(const char *text, char *out, size_t size);

/* url_parse() of base and path, one behind the other. Also ERR_NOMEM. */
int url_parse_joined(struct url *, const char *base, const char *path, struct err *);

#endif
