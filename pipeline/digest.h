/*
 * digest.h - SHA-256 (OpenSSL's), and the identity of a stage's result built with it.
 *
 * A key is written field by field; every field goes in with its name and its length, so no two
 * different sets of fields can give the same stream of bytes.
 *
 * Threads: no state of its own.
 */
#ifndef PACKSHOT_PIPELINE_DIGEST_H
#define PACKSHOT_PIPELINE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX (2 * DIGEST_SIZE + 1) /* with the final zero */

struct digest {
	unsigned char b[DIGEST_SIZE];
};

void digest_of(const void *data, size_t size, struct digest *out);
void digest_hex(const struct digest *d, char out[DIGEST_HEX]);
bool digest_from_hex(const char *hex, struct digest *out); /* false: not 64 hex digits */
bool digest_equal(const struct digest *a, const struct digest *b);

/* One key in the making. Init, any number of fields, final. */
struct key;
struct key *key_create(const char *stage, int version); /* NULL: no memory */
void key_text(struct key *k, const char *field, const char *value); /* NULL differs from "" */
void key_int(struct key *k, const char *field, int64_t value);
void key_real(struct key *k, const char *field, double value); /* to six decimals */
void key_digest(struct key *k, const char *field, const struct digest *value);
void key_final(struct key *k, struct digest *out); /* frees k */

#endif
