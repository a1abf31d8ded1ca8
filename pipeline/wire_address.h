/*
 * wire_address.h - is an address one of the public Internet?
 *
 * Judged on the address a connection is about to be made to, never on a name or a spelling: what "0x7f.1", a redirect
 * or a name that changes between two look-ups lead to is known only then.
 *
 * Source of the ranges: IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).
 * Threads: pure functions.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_ADDRESS_H
#define PACKSHOT_PIPELINE_WIRE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#define ADDRESS_TEXT 46 /* the longest IPv6 address in text, with the final zero */

/* False for whatever is not known to be public, other families than IPv4 and IPv6 among it. */
bool address_is_public(const struct sockaddr *a);

/* The same for a numeric address in text ("192.0.2.1", "2001:db8::1"). What is not one, or has a zone, is not public. */
bool address_text_is_public(const char *text);

/* The address as people write it; "?" for other families. */
void address_text(const struct sockaddr *a, char out[ADDRESS_TEXT]);

#endif
