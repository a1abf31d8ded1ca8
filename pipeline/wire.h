/*
 * wire.h - the one thread that speaks HTTP (libcurl's multi interface), and the only door to libcurl.
 *
 * A stage fills in a `struct call`; the wire carries it out - pace, limits per host, redirects, retries with
 * backoff and their timers are its business alone - and gives back one `struct reply`.
 *
 * Addresses: unless a call says private_hosts, a connection to an address that is not public is refused at
 *   connect time, after name resolution and on every redirect, so no spelling and no DNS trick gets around it
 *   (ERR_SOURCE_REFUSED). What counts is the connected address: also of a kept connection that another call opened.
 *   For the same reason proxies named in the environment are used for private_hosts calls only.
 * Never: other schemes than http and https, cookies, .netrc, unverified TLS; passwords and query strings in messages.
 *
 * Ownership: wire_send() takes the call's contents over. The reply is the callback's to read until it returns; it may
 *   take the body with bytes_ref().
 * Ending: wire_abort() lets every call under way end with ERR_INTERRUPTED; wire_close() joins the thread.
 * Threads: all functions from any thread. The callback runs on the wire thread and must not block.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_H
#define PACKSHOT_PIPELINE_WIRE_H

#include "pipeline/bytes.h"
#include "pipeline/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_HEADERS_MAX 12

struct call {
	char *url;                      /* malloc()ed */
	char *headers[CALL_HEADERS_MAX]; /* "Name: value", malloc()ed; NULL ends the list */
	struct bytes *body;             /* NULL: GET; else POST */
	size_t max_bytes;               /* a longer reply (unpacked) is ERR_TOO_LARGE, from Content-Length or while it arrives */
	int redirects;                  /* followed at most; one more is ERR_SOURCE_HTTP. Headers go along to wherever they
					 * lead: a call with a secret in a header follows none */
	bool private_hosts;             /* loopback and private addresses are allowed */
};

struct reply {
	struct err err;      /* ERR_OK: `status` and the rest hold; a 4xx or 5xx is not an err by itself */
	int status;          /* HTTP status of the last hop, after retries */
	struct bytes *body;  /* never NULL when err is ERR_OK */
	const char *content_type, *etag, *last_modified; /* of the last hop; NULL where absent */
	const char *url;     /* where the redirects led */
	int tries;           /* made to send it; 0: refused or interrupted before the first */
};

/* Frees what a call points to and zeroes it. */
void call_release(struct call *c);
/* Adds a header, printf-like. -1: no memory, no room, or a CR/LF in it (never sent). */
int call_header(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct wire_config {
	const char *user_agent; /* borrowed; must outlive the wire */
	int concurrency;        /* transfers at once */
	int per_host;           /* transfers from one host (name and port) at once; over HTTP/2 they share one connection */
	int retries;            /* further tries after a transient failure (408, 429, 5xx, cut, time-out); see wire_retry.h */
	int timeout_ms;         /* one try, from start to last byte */
	int connect_timeout_ms;
	int stall_ms;           /* less than 1 KiB/s for so long counts as a time-out; rounded up to whole seconds */
	int backoff_ms;         /* before the first retry; doubles, full jitter, at most 60 s. Retry-After is honoured; a
				 * longer one than 60 s ends the call with the reply that said so */
};

struct wire;
typedef void wire_done(void *ctx, const struct reply *);

/* ERR_CONFIG: a figure makes no sense; ERR_NOMEM. */
int wire_open(struct wire **out, const struct wire_config *, struct err *);
/* Queues a call; calls to one host start in the order they came, hosts take turns. done(ctx, reply) is called exactly once. -1 (no memory): the call stays the caller's, done is not called. */
int wire_send(struct wire *, struct call *, wire_done *done, void *ctx);
/* From here on every call, under way or yet to come, ends with ERR_INTERRUPTED. Also safe while other threads send. */
void wire_abort(struct wire *);
void wire_close(struct wire *); /* aborts, joins, frees; nobody may use it any more. NULL is fine */

#endif
