/*
 * wire_transfer.h - one try of one call: a libcurl easy handle, set up, filled, and judged when it has ended.
 *
 * Internal to the wire. Threads: the wire's. A transfer is used for one try after the other, so that its handle's memory is
 * not made anew for each.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_TRANSFER_H
#define PACKSHOT_PIPELINE_WIRE_TRANSFER_H

#include "pipeline/wire.h"
#include "pipeline/wire_address.h"
#include "pipeline/wire_retry.h"
#include "pipeline/wire_url.h"

#include <curl/curl.h>

/* What calls have in common, one after the other: the handle is told only what differs from the last. */
struct terms {
	size_t max_bytes;
	long redirects, timeout_ms, stall_s;
	bool service; /* else a plain fetch. What a service was sent whole is never sent again */
	bool private_hosts, env_proxy, tls, post;
};

struct transfer {
	CURL *easy;
	struct terms terms;
	bool has_terms;
	struct curl_slist headers[SERVICE_HEADERS_MAX + CALL_HEADERS_MAX + 3]; /* a list of others' texts */
	int header_count;
	const char *agent_line;
	long stall_s; /* of a plain fetch */
	bool env_has_proxy;

	const struct call *call;   /* whose body is sent */
	int part;                  /* of it, the next byte's */
	size_t at;                 /* within that part, in bytes as they lie in memory */
	size_t sent, body_size;    /* as sent */

	unsigned char *data; /* the body so far */
	size_t size, room;
	bool too_large, no_memory;

	int opened, refused; /* sockets for the hop under way: made, and not made because of the address below */
	char refused_address[ADDRESS_TEXT];
};

/* Starts libcurl, once a process; for good, since other parts of it may use the libraries behind. -1: it does not start. Any thread. */
int transfer_library(void);

/* -1: no memory; release works all the same. */
int transfer_init(struct transfer *, const struct wire_config *);
void transfer_release(struct transfer *); /* zeroed or half-built is fine */

/* Sets it up for a try of the call, which must live until transfer_clear(), like the URL. A service's calls (NULL: a plain fetch) carry its secret
 * headers, follow no redirect, may go to private hosts, and have `timeout_ms` and no limit on silence. -1: no memory. */
int transfer_prepare(struct transfer *, const struct call *, const struct url *, const struct service *, int timeout_ms);

/* Has the whole request left this machine? */
bool transfer_has_left(const struct transfer *);

/* Judges a try that ended with `ended`. */
void transfer_judge(const struct transfer *, CURLcode ended, struct outcome *, struct err *);

/* What the server asked for in Retry-After, in ms; -1: nothing. */
int64_t transfer_retry_after_ms(const struct transfer *);

/* Moves the body into reply->body (the caller's to unref) and points the rest of reply at what the transfer holds until
 * transfer_clear(). -1: no memory. */
int transfer_reply(struct transfer *, struct reply *);

/* Drops everything of the last try. */
void transfer_clear(struct transfer *);

#endif
