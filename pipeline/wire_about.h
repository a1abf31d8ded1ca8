/*
 * wire_about.h - what the libcurl of this machine can do. For `packshot doctor`.
 *
 * Threads: any, once the wire has been opened or while nobody opens it.
 */
#ifndef PACKSHOT_PIPELINE_WIRE_ABOUT_H
#define PACKSHOT_PIPELINE_WIRE_ABOUT_H

#include <stdbool.h>

struct wire_about {
	const char *version, *tls; /* "7.88.1", "OpenSSL/3.0.15"; static; tls "" where there is none */
	bool https, http2, brotli, zstd;
	const char *ca_file, *ca_dir; /* where it looks for certificates of authorities unless told otherwise; NULL: nowhere */
};

void wire_about(struct wire_about *out);

#endif
