/*
 * From a public address to a private one: on a network of this test's own, where a public address leads to the test
 * server. Such a network needs a right that not every machine grants; without it the test is skipped (77).
 */
#define _GNU_SOURCE /* unshare() */
#include "tests/check.h"

#include "pipeline/wire.h"
#include "tests/origin/faults.c"
#include "tests/origin/server.c"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#define PUBLIC  "8.7.6.5"
#define SKIPPED 77

static struct origin *origin;

static bool raise_address(int fd, const char *interface, const char *address)
{
	struct ifreq r = { 0 };
	struct sockaddr_in a = { .sin_family = AF_INET };

	strcpy(r.ifr_name, interface);
	inet_pton(AF_INET, address, &a.sin_addr);
	memcpy(&r.ifr_addr, &a, sizeof(a));
	if (ioctl(fd, SIOCSIFADDR, &r) != 0)
		return false;
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &r) == 0;
}

/* This process alone on a network with two addresses. */
static bool own_network(void)
{
	int fd;
	bool up;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	up = fd >= 0 && raise_address(fd, "lo", "127.0.0.1") && raise_address(fd, "lo:1", PUBLIC);
	close(fd);
	return up;
}

struct got {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	struct err err;
	int status;
};

static void take(void *ctx, const struct reply *r)
{
	struct got *g = ctx;

	pthread_mutex_lock(&g->lock);
	g->err = r->err;
	g->status = r->status;
	g->done = true;
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->lock);
}

static void run(struct wire *w, const char *url, bool private_hosts, struct got *g)
{
	struct call c = { .url = strdup(url), .max_bytes = 1000, .redirects = 5, .private_hosts = private_hosts };

	*g = (struct got){ .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };
	assert_int_equal(wire_send(w, &c, take, g), 0);
	pthread_mutex_lock(&g->lock);
	while (!g->done)
		pthread_cond_wait(&g->cond, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void redirects_do_not_lead_inside(void **state)
{
	static const struct {
		const char *path; /* "%d" is the server's port */
		bool private_hosts;
		enum err_code code;
		int status;
	} cases[] = {
		{ "/", false, ERR_OK, 200 },
		{ "/hop/3", false, ERR_OK, 200 },
		{ "/to?http://" PUBLIC ":%d/", false, ERR_OK, 200 },
		{ "/to?http://127.0.0.1:%d/secret", false, ERR_SOURCE_REFUSED, 0 },
		{ "/to?http://localhost:%d/secret", false, ERR_SOURCE_REFUSED, 0 },
		{ "/to?http://2130706433:%d/secret", false, ERR_SOURCE_REFUSED, 0 },
		{ "/to?http://0:%d/secret", false, ERR_SOURCE_REFUSED, 0 },
		{ "/to?http://[::ffff:127.0.0.1]:%d/secret", false, ERR_SOURCE_REFUSED, 0 },
		{ "/to-private", false, ERR_SOURCE_REFUSED, 0 },
		{ "/to?http://127.0.0.1:%d/etag", true, ERR_OK, 200 },
		{ "/to?http://127.0.0.1:%d/secret", false, ERR_SOURCE_REFUSED,
		  0 }, /* though a connection is open now */
	};
	struct wire_config cfg = { "User-Agent: packshot-test/1", 4, 4, 0, 5000, 2000, 5000, 1 };
	struct err e = { 0 };
	struct wire *w;

	(void)state;
	assert_int_equal(wire_open(&w, &cfg, &e), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[200], url[300];
		struct got g;

		snprintf(path, sizeof(path), cases[i].path, origin_port(origin));
		snprintf(url, sizeof(url), "http://" PUBLIC ":%d%s", origin_port(origin), path);
		run(w, url, cases[i].private_hosts, &g);
		if (g.err.code != cases[i].code)
			fail_msg("%s: %s (%s)", url, err_name(g.err.code), g.err.msg);
		CHECK_INT(url, g.status, cases[i].status);
	}
	CHECK_INT("nobody got inside", origin_hits(origin, "/secret"), 0);
	wire_close(w);
}

/* A proxy would be connected to instead of the host, and its address be judged instead of the host's. */
static void a_proxy_does_not_stand_between(void **state)
{
	struct wire_config cfg = { "User-Agent: packshot-test/1", 4, 4, 0, 5000, 2000, 5000, 1 };
	struct err e = { 0 };
	char proxy[64];
	struct wire *w;
	struct got g;

	(void)state;
	snprintf(proxy, sizeof(proxy), "http://" PUBLIC ":%d", origin_port(origin));
	setenv("http_proxy", proxy, 1);
	assert_int_equal(wire_open(&w, &cfg, &e), 0);
	run(w, "http://10.0.0.1/secret", false, &g);
	CHECK_INT(g.err.msg, g.err.code, ERR_SOURCE_REFUSED);
	CHECK_INT("requests to the proxy", origin_hits(origin, "http://10.0.0.1/secret"), 0);
	run(w, "http://10.0.0.1/secret", true, &g);
	CHECK_INT("the proxy is asked where no check is", origin_hits(origin, "http://10.0.0.1/secret"), 1);
	wire_close(w);
	unsetenv("http_proxy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redirects_do_not_lead_inside),
		cmocka_unit_test(a_proxy_does_not_stand_between),
	};
	int failed;

	if (!own_network()) {
		printf("skipped: this machine grants no network namespace\n");
		return SKIPPED;
	}
	origin = origin_open(".", "0.0.0.0");
	if (!origin)
		return 1;
	failed = cmocka_run_group_tests_name("wire_redirect", tests, NULL, NULL);
	origin_close(origin);
	return failed;
}
