/*
 * server.h - a small HTTP/1.1 server that serves a folder, and misbehaves where it is asked to.
 *
 * Files below the folder come with ETag and Last-Modified and are answered 304 where they match. What the paths in
 * faults.c do is said there; a fault is one function and one line in its table. NAME in them is a file of the
 * folder; without it a picture of one pixel is served.
 *
 * For tests only. Threads: one a connection; all functions from any thread.
 */
#ifndef PACKSHOT_TESTS_ORIGIN_SERVER_H
#define PACKSHOT_TESTS_ORIGIN_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct origin;

struct origin_counts {
	int requests, not_modified;
	int connections;     /* accepted */
	int connections_max; /* open at once */
	int requests_max;    /* being answered at once */
};

/* folder: borrowed. address: IPv4, NULL for 127.0.0.1. NULL: it could not be started. */
struct origin *origin_open(const char *folder, const char *address);
int origin_port(const struct origin *);
struct origin_counts origin_counts(struct origin *);
int origin_hits(struct origin *, const char *path); /* requests for exactly this path, query left off */
char *origin_stats(struct origin *);                /* the same as JSON: what /stats answers. malloc()ed */
void origin_close(struct origin *);                 /* cuts all connections */

/* --- for the faults --- */

struct exchange {
	struct origin *origin;
	int fd;
	char *path;        /* as it was asked for, without the query */
	const char *query; /* what follows the '?'; "" where there is none */
	const char *head;  /* the request's header lines */
	char *body;        /* what was POSTed; never NULL */
	size_t body_size;
	int nth;   /* how often this path has been asked for, from 1 */
	bool keep; /* keep the connection: a fault that breaks it sets false */
};

struct content {
	char *data; /* malloc()ed */
	size_t size;
	const char *type;
	char etag[48], date[48];
};

/* The fault for a path: what begins with `prefix`; run(x, rest) is given what follows it. NULL prefix ends the table.
 */
struct fault {
	const char *prefix;
	void (*run)(struct exchange *, const char *rest);
};
extern const struct fault origin_faults[];

/* A header's value, copied to out ("" where absent). */
void exchange_header(const struct exchange *, const char *name, char *out, size_t size);
/* Sends bytes; false: the other side has gone. */
bool exchange_send(struct exchange *, const void *data, size_t size);
/* A whole answer. extra: further header lines, each with its \r\n. */
void exchange_answer(struct exchange *, int status, const char *extra, const char *type, const void *data, size_t size);
/* The head of an answer that claims `length` bytes. */
void exchange_claim(struct exchange *, long long length);
/* Sits still for ms, or until the other side or the server goes away: false then. */
bool exchange_wait(struct exchange *, int ms);
/* The file called name ("" or "/": the pixel). False: no such file; a 404 has been answered. */
bool exchange_content(struct exchange *, const char *name, struct content *);
/* Serves it, or 304. */
void exchange_serve(struct exchange *, const char *name);

#endif
