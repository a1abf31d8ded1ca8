/*
 * base64.h - base64 (RFC 4648, standard alphabet, padded) at the speed that megabytes of it need.
 *
 * Table-driven, three bytes at a time: OpenSSL's and glib's coders take several times as long, and with every picture going both
 * ways that is a tenth of the CPU time a picture costs.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_PIPELINE_BASE64_H
#define PACKSHOT_PIPELINE_BASE64_H

#include <stddef.h>

/* Characters that size bytes become. */
size_t base64_size(size_t size);

/* Writes base64_size(size) characters to out; no terminator. A text may be made in pieces of which all but the last are multiples of
 * three bytes. */
void base64_encode(const unsigned char *data, size_t size, char *out);

/* Decodes text, strictly: the alphabet, whole groups of four, padding at the end only (which may be missing). out has room for
 * size / 4 * 3 + 3 bytes. Returns the bytes written, or -1. */
ptrdiff_t base64_decode(const char *text, size_t size, unsigned char *out);

#endif
