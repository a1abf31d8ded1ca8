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
 * Services (service.h): a call of one is paid for or counts against limits. The wire chooses its endpoint, keeps its pace (requests,
 *   tokens, dollars, calls in flight), rests and retries what was turned away unbilled, and stops asking an endpoint that is
 *   unwell. What may have been billed is never repeated here: it ends with reply.lost, and a new payment is the ledger's matter.
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
#include "pipeline/service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_HEADERS_MAX 12
#define CALL_PARTS_MAX 40 /* text, picture, text, picture ... : 16 pictures and what stands between them */

/* A piece of a request's body. A large one is sent as it lies in memory; base64 is made while it is sent. */
struct part {
	struct bytes *bytes; /* a reference of the call's */
	bool base64;
};

/* What a call may cost, for limits and the ledger. All zero: it is free. */
struct purchase {
	bool paid;
	const char *kind;     /* "image" or "text": what is bought; borrowed, constant */
	const char *model;    /* id asked for; borrowed, constant for the run */
	int64_t reserve_nano; /* the most that it is expected to cost, nano-dollars */
	int64_t tokens;       /* input tokens expected, for limits a minute */
};

/* It is a paid call's turn: its payment is to be written down, once for all tries, and wire_paid() to be called with the ticket. On
 * the wire's thread; may block briefly. */
typedef void wire_pay(void *ctx, void *ticket);

struct call {
	char *url;                      /* malloc()ed. Of a service: what follows the endpoint's base, from its '/' on */
	int service;                    /* 0: none, a plain fetch; else 1 + index of the wire's services */
	struct purchase purchase;
	wire_pay *pay;                  /* of a paid call; with the ctx of wire_send() */
	char *headers[CALL_HEADERS_MAX]; /* "Name: value", malloc()ed; NULL ends the list */
	struct part *body;              /* sent one behind the other; none: GET; else POST. call_part() adds to it */
	int parts;
	size_t max_bytes;               /* a longer reply (unpacked) is ERR_TOO_LARGE, from Content-Length or while it arrives */
	int redirects;                  /* followed at most; one more is ERR_SOURCE_HTTP. Headers go along to wherever they
					 * lead: a call with a secret in a header follows none */
	bool private_hosts;             /* loopback and private addresses are allowed */
};

struct reply {
	struct err err;      /* ERR_OK: `status` and the rest hold; of a plain fetch, a 4xx or 5xx is not an err by itself. Of a
			      * service: it answered 2xx, or with what its judge wants delivered */
	bool lost;           /* with an err: the request left this machine and its answer did not arrive whole: it may have been
			      * billed */
	const char *endpoint; /* of a service: the base URL that was asked last; NULL: none */
	int status;          /* HTTP status of the last hop, after retries */
	struct bytes *body;  /* never NULL when err is ERR_OK */
	const char *content_type, *etag, *last_modified; /* of the last hop; NULL where absent, and of a 304 */
	const char *url;     /* where the redirects led */
	int tries;           /* made to send it; 0: refused or interrupted before the first */
};

/* Frees what a call points to and zeroes it. */
void call_release(struct call *c);
/* A second call with the same contents (bodies are shared). -1: no memory, *copy is zeroed. */
int call_copy(struct call *copy, const struct call *);
/* Adds a part, whose reference is taken over, also on failure. -1: NULL bytes or no memory, or no room. */
int call_part(struct call *c, struct bytes *, bool base64);
/* Bytes of the body as sent. */
size_t call_body_size(const struct call *c);
/* Adds a header. -1: no memory, no room, or a CR/LF or another control character in the value (never sent). */
int call_header(struct call *c, const char *name, const char *value);

struct counts;

struct wire_config {
	const char *agent_line; /* "User-Agent: ..."; borrowed, must outlive the wire */
	int concurrency;        /* plain fetches at once; each service has its own figure beside it */
	int per_host;           /* transfers from one host (name and port) at once; over HTTP/2 they share one connection */
	int retries;            /* further tries after a transient failure (408, 429, 5xx, cut, time-out); see wire_retry.h */
	int timeout_ms;         /* one try, from start to last byte */
	int connect_timeout_ms;
	int stall_ms;           /* less than 1 KiB/s for so long counts as a time-out; rounded up to whole seconds */
	int backoff_ms;         /* before the first retry; doubles, full jitter, at most 60 s. Retry-After is honoured; a
				 * longer one than 60 s ends the call with the reply that said so */
	const struct service *services; /* borrowed, constant, must outlive the wire; calls name them by index */
	int service_count;
	struct counts *counts;  /* borrowed; NULL: nobody watches */
	int patience_ms;        /* of a service's call: how long it may go on being turned away (429, 503, no connection) before it
				 * ends; `retries` bounds the other transient failures */
};

struct wire;
typedef void wire_done(void *ctx, const struct reply *);

/* ERR_CONFIG: a figure makes no sense; ERR_NOMEM. */
int wire_open(struct wire **out, const struct wire_config *, struct err *);
/* Queues a call; calls to one host start in the order they came, hosts take turns. done(ctx, reply) is called exactly once. -1 (no memory): the call stays the caller's, done is not called. */
int wire_send(struct wire *, struct call *, wire_done *done, void *ctx);
/* The answer to a wire_pay: the call may leave, or (failed) ends with ERR_INTERRUPTED. Any thread; does not block. */
void wire_paid(struct wire *, void *ticket, bool failed);
/* From here on no call is sent that was not yet: those that wait, for their turn or for another try, end with ERR_INTERRUPTED. What is under
 * way comes to its end. Any thread. */
void wire_hold(struct wire *);
/* From here on every call, under way or yet to come, ends with ERR_INTERRUPTED. Also safe while other threads send. */
void wire_abort(struct wire *);
void wire_close(struct wire *); /* aborts, joins, frees; nobody may use it any more. NULL is fine */

#endif
