#include "tests/check.h"

#include "pipeline/wire_address.h"

#include <netdb.h>
#include <string.h>

static const struct {
	const char *text;
	bool public;
} cases[] = {
	/* loopback, in all its spellings */
	{ "127.0.0.1", false },
	{ "127.1", false },
	{ "127.255.255.254", false },
	{ "0x7f.1", false },
	{ "0x7f000001", false },
	{ "2130706433", false },
	{ "017700000001", false },
	{ "0177.0.0.1", false },
	{ "::1", false },
	{ "::ffff:127.0.0.1", false },
	{ "::ffff:7f00:1", false },
	{ "::127.0.0.1", false },
	{ "64:ff9b::7f00:1", false },
	{ "64:ff9b::8.8.8.8", false },
	{ "64:ff9b:1::1", false },
	{ "2002:7f00:1::", false },
	{ "2002:808:808::1", false },
	{ "2001:0:53aa:64c:0:fbfe:80ff:fffe", false }, /* Teredo */
	/* "this network" */
	{ "0.0.0.0", false },
	{ "0", false },
	{ "0.1.2.3", false },
	{ "::", false },
	{ "::ffff:0.0.0.0", false },
	/* private */
	{ "10.0.0.0", false },
	{ "10.255.255.255", false },
	{ "172.16.0.1", false },
	{ "172.31.255.255", false },
	{ "192.168.0.1", false },
	{ "::ffff:192.168.0.1", false },
	{ "fc00::", false },
	{ "fd12:3456::1", false },
	{ "fd00:ec2::254", false },
	{ "fec0::1", false },
	/* carriers, link-local, clouds */
	{ "100.64.0.1", false },
	{ "100.127.255.255", false },
	{ "100.100.100.200", false },
	{ "169.254.169.254", false },
	{ "169.254.0.1", false },
	{ "168.63.129.16", false },
	{ "fe80::1", false },
	{ "febf::1", false },
	/* assignments, documentation, benchmarks */
	{ "192.0.0.1", false },
	{ "192.0.0.170", false },
	{ "192.0.2.1", false },
	{ "192.88.99.1", false },
	{ "198.18.0.1", false },
	{ "198.19.255.255", false },
	{ "198.51.100.7", false },
	{ "203.0.113.9", false },
	{ "2001:db8::1", false },
	{ "2001:2::1", false },
	{ "2001:10::1", false },
	{ "2001:20::1", false },
	{ "3fff::1", false },
	{ "100::1", false },
	{ "5f00::1", false },
	/* multicast, reserved, broadcast */
	{ "224.0.0.1", false },
	{ "239.255.255.255", false },
	{ "240.0.0.1", false },
	{ "255.255.255.255", false },
	{ "ff02::1", false },
	{ "4000::1", false },
	/* public, among them the neighbours of what is not */
	{ "8.8.8.8", true },
	{ "1.1.1.1", true },
	{ "1.0.0.0", true },
	{ "9.255.255.255", true },
	{ "11.0.0.0", true },
	{ "100.63.255.255", true },
	{ "100.128.0.0", true },
	{ "126.255.255.255", true },
	{ "128.0.0.0", true },
	{ "168.63.129.15", true },
	{ "169.253.255.255", true },
	{ "169.255.0.0", true },
	{ "172.15.255.255", true },
	{ "172.32.0.0", true },
	{ "192.0.1.0", true },
	{ "192.0.3.0", true },
	{ "192.167.255.255", true },
	{ "192.169.0.0", true },
	{ "198.17.255.255", true },
	{ "198.20.0.0", true },
	{ "223.255.255.255", true },
	{ "134744072", true },
	{ "0x8.8.2056", true },
	{ "2606:4700:4700::1111", true },
	{ "2001:4860:4860::8888", true },
	{ "2001:200::1", true },
	{ "2001:db9::1", true },
	{ "2003::1", true },
	{ "2a00:1450::1", true },
	{ "3ffe::1", true },
};

/* Every spelling that the system's own look-up takes for a number is judged by what it leads to. */
static void spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *found;
		char text[ADDRESS_TEXT];

		CHECK_INT(cases[i].text, getaddrinfo(cases[i].text, "80", &hints, &found), 0);
		CHECK_INT(cases[i].text, address_is_public(found->ai_addr), cases[i].public);
		address_text(found->ai_addr, text);
		CHECK_INT(text, address_text_is_public(text), cases[i].public);
		freeaddrinfo(found);
	}
}

static void what_is_not_an_address(void **state)
{
	static const char *const texts[] = {
		"", "example.com", "8.8.8.8.8", "fe80::1%eth0", "8.8.8.8 ", "/run/socket"
	};
	struct sockaddr other = { .sa_family = AF_UNIX };
	char text[ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_INT(texts[i], address_text_is_public(texts[i]), false);
	CHECK_INT("another family", address_is_public(&other), false);
	address_text(&other, text);
	CHECK_TEXT("another family", text, "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),
		cmocka_unit_test(what_is_not_an_address),
	};

	return cmocka_run_group_tests_name("wire_address", tests, NULL, NULL);
}
