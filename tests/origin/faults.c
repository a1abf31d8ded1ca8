/*
 * What the paths of the test server do. NAME is a file of its folder; left off, it is a PNG of one pixel.
 */
#include "tests/origin/server.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOREVER_MS   600000
#define SLOW_STEP_MS 100

/* "/3/name" -> 3; *rest is "/name". Without a number: fallback. */
static long number(const char **rest, long fallback)
{
	char *end;
	long n = **rest == '/' ? strtol(*rest + 1, &end, 10) : 0;

	if (**rest != '/' || end == *rest + 1)
		return fallback;
	*rest = end;
	return n;
}

static void redirect(struct exchange *x, const char *to)
{
	char extra[512];

	snprintf(extra, sizeof(extra), "Location: %s\r\n", to);
	exchange_answer(x, 302, extra, "text/plain", "elsewhere\n", 10);
}

/* /stall: the head of an answer, then silence. */
static void stall(struct exchange *x, const char *rest)
{
	(void)rest;
	exchange_claim(x, 50000);
	exchange_wait(x, FOREVER_MS);
}

/* /silent: no answer at all. */
static void silent(struct exchange *x, const char *rest)
{
	(void)rest;
	x->keep = false;
	exchange_wait(x, FOREVER_MS);
}

/* /slow/NAME: ten bytes a second. */
static void slow(struct exchange *x, const char *rest)
{
	struct content c;

	if (!exchange_content(x, rest, &c))
		return;
	exchange_claim(x, (long long)c.size);
	for (size_t i = 0; i < c.size && exchange_send(x, c.data + i, 1) && exchange_wait(x, SLOW_STEP_MS);)
		i++;
	free(c.data);
}

/* /late/MS/NAME: answers after so many milliseconds. */
static void late(struct exchange *x, const char *rest)
{
	if (exchange_wait(x, (int)number(&rest, 200)))
		exchange_serve(x, rest);
	else
		x->keep = false;
}

/* /short/NAME: claims a byte more than comes. */
static void claim_more(struct exchange *x, const char *rest)
{
	struct content c;

	if (!exchange_content(x, rest, &c))
		return;
	exchange_claim(x, (long long)c.size + 1);
	exchange_send(x, c.data, c.size);
	free(c.data);
}

/* /long: claims a terabyte. */
static void claim_terabyte(struct exchange *x, const char *rest)
{
	(void)rest;
	exchange_claim(x, 1LL << 40);
	exchange_wait(x, FOREVER_MS);
}

/* /endless: never says how much, never stops. */
static void endless(struct exchange *x, const char *rest)
{
	static const char block[16384];
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n\r\n";

	(void)rest;
	exchange_send(x, head, strlen(head));
	while (exchange_send(x, block, sizeof(block)))
		;
}

/* /cut/NAME: closes in the middle of the body. */
static void cut(struct exchange *x, const char *rest)
{
	struct content c;

	if (!exchange_content(x, rest, &c))
		return;
	exchange_claim(x, (long long)c.size);
	exchange_send(x, c.data, c.size / 2);
	free(c.data);
}

/* /drop: closes without an answer. */
static void hang_up(struct exchange *x, const char *rest)
{
	(void)rest;
	x->keep = false;
}

/* /garbage: something that is not HTTP. */
static void garbage(struct exchange *x, const char *rest)
{
	(void)rest;
	exchange_send(x, "SSH-2.0-nothing\r\n\r\n", 19);
	x->keep = false;
}

/* /loop: redirects to itself. */
static void loop(struct exchange *x, const char *rest)
{
	(void)rest;
	redirect(x, "/loop");
}

/* /hop/N/NAME: N redirects, then NAME. */
static void hop(struct exchange *x, const char *rest)
{
	long n = number(&rest, 0);
	char to[256];

	if (n < 1) {
		exchange_serve(x, rest);
		return;
	}
	snprintf(to, sizeof(to), "/hop/%ld%s", n - 1, rest);
	redirect(x, to);
}

/* /to-private: redirects to the loopback network, by another number than the server's. */
static void to_private(struct exchange *x, const char *rest)
{
	(void)rest;
	redirect(x, "http://127.0.0.2/secret");
}

/* /to?URL: redirects to URL. */
static void to(struct exchange *x, const char *rest)
{
	(void)rest;
	redirect(x, x->query);
}

/* /500 */
static void error_500(struct exchange *x, const char *rest)
{
	(void)rest;
	exchange_answer(x, 500, "", "text/plain", "broken\n", 7);
}

/* /status/N */
static void status(struct exchange *x, const char *rest)
{
	exchange_answer(x, (int)number(&rest, 418), "", "text/plain", "as asked\n", 9);
}

/* /flaky/K/NAME: 503 for the first K times. */
static void flaky(struct exchange *x, const char *rest)
{
	if (x->nth <= number(&rest, 1))
		exchange_answer(x, 503, "", "text/plain", "not now\n", 8);
	else
		exchange_serve(x, rest);
}

/* /429/S/NAME: the first time 429 with Retry-After: S (1). */
static void too_many(struct exchange *x, const char *rest)
{
	char extra[64];

	snprintf(extra, sizeof(extra), "Retry-After: %ld\r\n", number(&rest, 1));
	if (x->nth == 1)
		exchange_answer(x, 429, extra, "text/plain", "slow down\n", 10);
	else
		exchange_serve(x, rest);
}

/* Deflate with the fixed code: a literal zero, then "258 bytes, distance 1" (13 bits) over and over. */
struct bits {
	unsigned char *at;
	unsigned byte, count;
};

static void put_bit(struct bits *b, unsigned bit)
{
	b->byte |= bit << b->count;
	if (++b->count == 8) {
		*b->at++ = (unsigned char)b->byte;
		b->byte = b->count = 0;
	}
}

static void put_bits(struct bits *b, const char *bits)
{
	for (; *bits; bits++)
		put_bit(b, *bits == '1');
}

/* /gzip-bomb: a MiB that unpacks to about 160 MiB of zeros, named a picture. */
static void gzip_bomb(struct exchange *x, const char *rest)
{
	enum { SIZE = 1 << 20, ROOM = SIZE + 64 };
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\n"
				   "Connection: close\r\n\r\n";
	unsigned char *data = malloc(ROOM);
	struct bits b = { .at = data + 10 };

	(void)rest;
	x->keep = false;
	memcpy(data, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	put_bits(&b, "110");      /* last block, fixed code */
	put_bits(&b, "00110000"); /* literal 0 */
	while (b.at < data + SIZE)
		put_bits(&b, "1100010100000"); /* length 258, distance 1 */
	if (exchange_send(x, head, strlen(head)))
		exchange_send(x, data, SIZE);
	free(data);
}

/* /html...: a page that says what a lost picture's server says, with 200 and under a picture's name. */
static void html(struct exchange *x, const char *rest)
{
	static const char page[] = "<!DOCTYPE html><html><body>Please log in</body></html>\n";

	(void)rest;
	exchange_answer(x, 200, "", "image/jpeg", page, sizeof(page) - 1);
}

/* /empty */
static void empty(struct exchange *x, const char *rest)
{
	(void)rest;
	exchange_answer(x, 200, "", "image/jpeg", "", 0);
}

/* /etag/NAME: as NAME itself; a path of its own to count. */
static void etag(struct exchange *x, const char *rest)
{
	exchange_serve(x, rest);
}

/* /echo: the request's header lines and body. */
static void echo(struct exchange *x, const char *rest)
{
	size_t head = strlen(x->head);
	char *both = malloc(head + x->body_size);

	(void)rest;
	memcpy(both, x->head, head);
	memcpy(both + head, x->body, x->body_size);
	exchange_answer(x, 200, "", "text/plain", both, head + x->body_size);
	free(both);
}

const struct fault origin_faults[] = {
	{ "/stall", stall },
	{ "/silent", silent },
	{ "/slow", slow },
	{ "/late", late },
	{ "/short", claim_more },
	{ "/long", claim_terabyte },
	{ "/endless", endless },
	{ "/cut", cut },
	{ "/drop", hang_up },
	{ "/garbage", garbage },
	{ "/loop", loop },
	{ "/hop", hop },
	{ "/to", to },
	{ "/to-private", to_private },
	{ "/500", error_500 },
	{ "/status", status },
	{ "/flaky", flaky },
	{ "/429", too_many },
	{ "/gzip-bomb", gzip_bomb },
	{ "/html", html },
	{ "/empty", empty },
	{ "/etag", etag },
	{ "/echo", echo },
	{ NULL, NULL },
};
