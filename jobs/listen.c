#include "jobs/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG  16
#define LOOPBACK "127.0.0.1"
#define HOST_MAX 64
#define PORT_MAX 65535

/* Splits at the last colon; the brackets of an IPv6 address go. False: it is no address and port. */
static bool split(const char *address, char host[HOST_MAX], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	bool brackets = length > 2 && address[0] == '[' && address[length - 1] == ']';

	if (!colon || length >= HOST_MAX || (!brackets && memchr(address, ':', length)))
		return false;
	snprintf(host, HOST_MAX, "%.*s", (int)(brackets ? length - 2 : length), address + brackets);
	if (!*host)
		snprintf(host, HOST_MAX, LOOPBACK);
	*port = colon + 1;
	return true;
}

static bool is_port(const char *text)
{
	long number = 0;

	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || number > PORT_MAX)
			return false;
		number = number * 10 + (*c - '0');
	}
	return *text && number <= PORT_MAX;
}

/* NULL: it is none. */
static struct addrinfo *look_up(const char *address)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *found = NULL;
	char host[HOST_MAX];
	const char *port;

	if (!split(address, host, &port) || !is_port(port) || getaddrinfo(host, port, &hints, &found) != 0)
		return NULL;
	return found;
}

static void name_socket(int fd, char name[LISTEN_NAME_MAX])
{
	struct sockaddr_storage own;
	socklen_t size = sizeof(own);
	char host[HOST_MAX] = "", port[8] = "";

	if (getsockname(fd, (struct sockaddr *)&own, &size) == 0)
		getnameinfo((struct sockaddr *)&own, size, host, sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(name, LISTEN_NAME_MAX, own.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

int listen_on(const char *address, const char *flag, char name[LISTEN_NAME_MAX], struct err *e)
{
	struct addrinfo *at = look_up(address);
	const int on = 1;
	int fd;

	if (!at)
		return err_set(e, ERR_CONFIG,
			       "%s must be an address and a port, such as 127.0.0.1:9464, [::1]:9464 or :9464", flag);
	fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		err_errno(e, ERR_CONFIG, "%s %.60s", flag, address);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(at);
	if (fd >= 0)
		name_socket(fd, name);
	return fd;
}
