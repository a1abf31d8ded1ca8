#include "pipeline/wire_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Special IPv4 ranges; everything else is public. */
static const struct {
	uint32_t prefix;
	int bits;
} special4[] = {
	{ 0x00000000, 8 },  /* "this network": 0.0.0.0 reaches the machine itself */
	{ 0x0a000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* shared by carriers (CGNAT); a cloud's metadata service among it */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa83f8110, 32 }, /* 168.63.129.16: a public number, but a cloud's host answers on it */
	{ 0xa9fe0000, 16 }, /* link-local; the other clouds' metadata services */
	{ 0xac100000, 12 }, /* private */
	{ 0xc0000000, 24 }, /* IETF protocol assignments */
	{ 0xc0000200, 24 }, /* documentation */
	{ 0xc0586300, 24 }, /* 6to4 relays, withdrawn */
	{ 0xc0a80000, 16 }, /* private */
	{ 0xc6120000, 15 }, /* benchmarks */
	{ 0xc6336400, 24 }, /* documentation */
	{ 0xcb007100, 24 }, /* documentation */
	{ 0xe0000000, 4 },  /* multicast */
	{ 0xf0000000, 4 },  /* reserved, broadcast */
};

/* In IPv6 only 2000::/3 is public at all, which leaves out loopback, mapped and compatible IPv4, NAT64, unique-local,
 * link-local and multicast. These parts of 2000::/3 are special again: */
static const struct {
	unsigned char prefix[4];
	int bits;
} special6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* IETF protocol assignments; Teredo (an IPv4 address inside), benchmarks */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02, 0x00, 0x00 }, 16 }, /* 6to4: an IPv4 address inside */
	{ { 0x3f, 0xff, 0x00, 0x00 }, 20 }, /* documentation */
};

static bool has_prefix(uint32_t value, uint32_t prefix, int bits)
{
	return (value ^ prefix) >> (32 - bits) == 0;
}

static uint32_t first_word(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool public4(const struct in_addr *a)
{
	uint32_t value = ntohl(a->s_addr);

	for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++) {
		if (has_prefix(value, special4[i].prefix, special4[i].bits))
			return false;
	}
	return true;
}

static bool public6(const struct in6_addr *a)
{
	uint32_t value = first_word(a->s6_addr);

	if (!has_prefix(value, 0x20000000, 3))
		return false;
	for (size_t i = 0; i < sizeof(special6) / sizeof(special6[0]); i++) {
		if (has_prefix(value, first_word(special6[i].prefix), special6[i].bits))
			return false;
	}
	return true;
}

bool address_is_public(const struct sockaddr *a)
{
	switch (a->sa_family) {
	case AF_INET:
		return public4(&((const struct sockaddr_in *)(const void *)a)->sin_addr);
	case AF_INET6:
		return public6(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	default:
		return false;
	}
}

bool address_text_is_public(const char *text)
{
	struct in_addr a4;
	struct in6_addr a6;

	if (inet_pton(AF_INET, text, &a4) == 1)
		return public4(&a4);
	return inet_pton(AF_INET6, text, &a6) == 1 && public6(&a6);
}

void address_text(const struct sockaddr *a, char out[ADDRESS_TEXT])
{
	const void *number = NULL;

	if (a->sa_family == AF_INET)
		number = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	else if (a->sa_family == AF_INET6)
		number = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	if (!number || !inet_ntop(a->sa_family, number, out, ADDRESS_TEXT))
		snprintf(out, ADDRESS_TEXT, "?");
}
