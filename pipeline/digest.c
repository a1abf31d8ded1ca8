#include "pipeline/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With the rest of the struct less than 1 KiB: what is larger, malloc() keeps in no list of its own. */
#define GATHERED 960

/* Fields gather until there is no room for the next: libcrypto's way to the processor is longer than most of them. */
struct key {
	EVP_MD_CTX *sha;
	size_t size;
	unsigned char gathered[GATHERED];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256; /* looked up once: a look-up costs more than a short text's digest */

static void find_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	assert(sha256);
}

static const EVP_MD *algorithm(void)
{
	pthread_once(&once, find_sha256);
	return sha256;
}

void digest_of(const void *data, size_t size, struct digest *out)
{
	int ok = EVP_Digest(data, size, out->b, NULL, algorithm(), NULL);

	assert(ok == 1);
	(void)ok;
}

void digest_hex(const struct digest *d, char out[DIGEST_HEX])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_SIZE; i++) {
		out[2 * i] = hex[d->b[i] >> 4];
		out[2 * i + 1] = hex[d->b[i] & 15];
	}
	out[2 * DIGEST_SIZE] = 0;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool digest_from_hex(const char *hex, struct digest *out)
{
	if (!hex || strlen(hex) != 2 * DIGEST_SIZE)
		return false;
	for (int i = 0; i < DIGEST_SIZE; i++) {
		int hi = nibble(hex[2 * i]), lo = nibble(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out->b[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_SIZE) == 0;
}

static void append(struct key *k, const void *data, size_t size)
{
	if (size > GATHERED - k->size) {
		EVP_DigestUpdate(k->sha, k->gathered, k->size);
		k->size = 0;
	}
	if (size > GATHERED) {
		EVP_DigestUpdate(k->sha, data, size);
		return;
	}
	memcpy(k->gathered + k->size, data, size);
	k->size += size;
}

static void feed(struct key *k, const void *data, size_t size)
{
	uint64_t length = size;

	append(k, &length, sizeof(length));
	append(k, data, size);
}

struct key *key_create(const char *stage, int version)
{
	struct key *k = malloc(sizeof(*k));

	if (!k)
		return NULL;
	k->size = 0;
	k->sha = EVP_MD_CTX_new();
	if (!k->sha || EVP_DigestInit_ex(k->sha, algorithm(), NULL) != 1) {
		EVP_MD_CTX_free(k->sha);
		free(k);
		return NULL;
	}
	key_text(k, "stage", stage);
	key_int(k, "version", version);
	return k;
}

void key_text(struct key *k, const char *field, const char *value)
{
	feed(k, field, strlen(field));
	feed(k, value ? "t" : "n", 1);
	feed(k, value ? value : "", value ? strlen(value) : 0);
}

void key_int(struct key *k, const char *field, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	key_text(k, field, text);
}

void key_real(struct key *k, const char *field, double value)
{
	char text[64];

	snprintf(text, sizeof(text), "%.6f", value);
	key_text(k, field, text);
}

void key_digest(struct key *k, const char *field, const struct digest *value)
{
	char text[DIGEST_HEX];

	digest_hex(value, text);
	key_text(k, field, text);
}

void key_final(struct key *k, struct digest *out)
{
	EVP_DigestUpdate(k->sha, k->gathered, k->size);
	EVP_DigestFinal_ex(k->sha, out->b, NULL);
	EVP_MD_CTX_free(k->sha);
	free(k);
}
