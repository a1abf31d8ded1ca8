#include "pipeline/base64.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define BAD UINT32_C(0x80000000)

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char pairs[4096][2];     /* of 12 bits */
static uint32_t places[4][256]; /* a character's bits where they belong in the group of 24; BAD: not of the alphabet */

static void fill_tables(void)
{
	for (int i = 0; i < 4096; i++) {
		pairs[i][0] = alphabet[i >> 6];
		pairs[i][1] = alphabet[i & 63];
	}
	for (int place = 0; place < 4; place++) {
		for (int c = 0; c < 256; c++)
			places[place][c] = BAD;
		for (uint32_t v = 0; v < 64; v++)
			places[place][(unsigned char)alphabet[v]] = v << (18 - 6 * place);
	}
}

size_t base64_size(size_t size)
{
	return (size + 2) / 3 * 4;
}

void base64_encode(const unsigned char *data, size_t size, char *out)
{
	size_t whole = size / 3 * 3;
	unsigned rest[3] = { 0 };

	pthread_once(&once, fill_tables);
	for (size_t i = 0; i < whole; i += 3, out += 4) {
		memcpy(out, pairs[data[i] << 4 | data[i + 1] >> 4], 2);
		memcpy(out + 2, pairs[(data[i + 1] & 15) << 8 | data[i + 2]], 2);
	}
	if (whole == size)
		return;
	for (size_t i = whole; i < size; i++)
		rest[i - whole] = data[i];
	memcpy(out, pairs[rest[0] << 4 | rest[1] >> 4], 2);
	memcpy(out + 2, pairs[(rest[1] & 15) << 8], 2);
	out[3] = '=';
	if (size - whole == 1)
		out[2] = '=';
}

static uint32_t group(const unsigned char *c)
{
	return places[0][c[0]] | places[1][c[1]] | places[2][c[2]] | places[3][c[3]];
}

/* The last one to three characters. */
static ptrdiff_t decode_rest(const unsigned char *text, size_t size, unsigned char *out)
{
	unsigned char full[4] = { 'A', 'A', 'A', 'A' };
	uint32_t bits;

	if (size == 1)
		return -1;
	memcpy(full, text, size);
	bits = group(full);
	if (bits & BAD || (size == 2 ? bits & 0xffff : size == 3 ? bits & 0xff : 0))
		return -1;
	if (size > 1)
		out[0] = (unsigned char)(bits >> 16);
	if (size > 2)
		out[1] = (unsigned char)(bits >> 8);
	return size > 1 ? (ptrdiff_t)size - 1 : 0;
}

ptrdiff_t base64_decode(const char *text, size_t size, unsigned char *out)
{
	const unsigned char *in = (const unsigned char *)text;
	unsigned char *at = out;
	uint32_t bad = 0;
	ptrdiff_t rest;
	size_t whole;

	pthread_once(&once, fill_tables);
	if (size > 0 && size % 4 == 0) {
		size -= in[size - 1] == '=';
		size -= in[size - 1] == '=' && size % 4 == 3;
	}
	whole = size / 4 * 4;
	for (size_t i = 0; i < whole; i += 4, at += 3) {
		uint32_t bits = group(in + i);

		bad |= bits;
		at[0] = (unsigned char)(bits >> 16);
		at[1] = (unsigned char)(bits >> 8);
		at[2] = (unsigned char)bits;
	}
	rest = bad & BAD ? -1 : decode_rest(in + whole, size - whole, at);
	return rest < 0 ? -1 : at - out + rest;
}
