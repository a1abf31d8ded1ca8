/*
 * listen.h - an address and a port, as people write them, become a socket that listens.
 *
 *   127.0.0.1:9464   [::1]:9464   0.0.0.0:9464   :9464 (this machine alone)   :0 (any port)
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_JOBS_LISTEN_H
#define PACKSHOT_JOBS_LISTEN_H

#include "pipeline/err.h"

#define LISTEN_NAME_MAX 80

/* A listening socket, the caller's to close, and in `name` the address it has, with its port. -1: ERR_CONFIG, which begins with `flag`. */
int listen_on(const char *address, const char *flag, char name[LISTEN_NAME_MAX], struct err *);

#endif
