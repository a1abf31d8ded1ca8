/*
 * wire_hosts.h - whose turn is it? Calls wait in line per host; hosts are served in turn, none beyond its limit.
 *
 * So a slow host with a thousand pictures holds up nobody else's, and no host sees more of us at once than is polite.
 * Threads: one (the wire's). Ownership: a struct turn is embedded in what waits; nothing of it is freed here.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_HOSTS_H
#define PACKSHOT_PIPELINE_WIRE_HOSTS_H

struct host;

struct turn {
	struct turn *next;
	struct host *host; /* NULL: neither waiting nor active */
};

struct hosts {
	struct host *first, *last; /* those with something waiting or active */
	int per_host;              /* active at once at most */
	int waiting;               /* in all lines */
};

/* Joins the end of the line of the host called `name`. -1: no memory. */
int hosts_wait(struct hosts *, const char *name, struct turn *);

/* The next in turn whose host has room, now active; NULL: none. */
struct turn *hosts_next(struct hosts *);

/* An active one has ended: its place is free again. */
void hosts_leave(struct hosts *, struct turn *);

/* Takes one that waits out of line, whatever the limits say; NULL: nothing waits. */
struct turn *hosts_drop(struct hosts *);

#endif
