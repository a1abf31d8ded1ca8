/*
 * server.c - the emulator's door: HTTP by libmicrohttpd, latency, limits, and who may come in.
 *
 *   emulator [--listen PORT] [--key KEY] [--latency-ms N] [--rpm N] [--fault NAME=PERCENT]... [--seed N] [--script
 * A,B,...] [--bill FILE]
 *
 * Prints "port N". GET /_stats; POST /_control with form text: latency_ms=, rpm=, script=, fault=NAME=PERCENT,
 * down=0|1. Where standard input is a pipe it ends with that.
 */
#include "tests/emulator/emulator.h"

#include "pipeline/clock.h"
#include "stages/picture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY_MAX  (100u << 20)
#define WINDOW_US 60000000
#define STARTS    65536

/* A request from its first byte to the end of its answer. */
struct visit {
	struct MHD_Connection *connection;
	char *body;
	size_t size, room;
	bool judged, counted;
	struct answer_http answer;
	int64_t due_us;
	struct visit *next;
};

static struct {
	const char *key;
	int latency_ms, rpm;
	bool down;
	int64_t starts[STARTS]; /* of requests let in, a ring */
	unsigned start_count;
} door = { .key = "test-key" };

/* Those who wait for their answer, soonest first. Guarded by the lock; the serving thread adds, the waking one takes.
 */
static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wait_more = PTHREAD_COND_INITIALIZER;
static struct visit *waiting;

static void wait_until(struct visit *v, int64_t due_us)
{
	struct visit **at = &waiting;

	v->due_us = due_us;
	MHD_suspend_connection(v->connection);
	pthread_mutex_lock(&wait_lock);
	while (*at && (*at)->due_us <= due_us)
		at = &(*at)->next;
	v->next = *at;
	*at = v;
	pthread_cond_signal(&wait_more);
	pthread_mutex_unlock(&wait_lock);
}

static void *wake(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&wait_lock);
	for (;;) {
		int64_t now = clock_monotonic_us();

		if (waiting && waiting->due_us <= now) {
			struct visit *v = waiting;

			waiting = v->next;
			MHD_resume_connection(v->connection);
		} else if (waiting && waiting->due_us - now > 20000) {
			struct timespec t;

			clock_gettime(CLOCK_REALTIME, &t);
			t.tv_nsec += 10000000;
			t.tv_sec += t.tv_nsec / 1000000000;
			t.tv_nsec %= 1000000000;
			pthread_cond_timedwait(&wait_more, &wait_lock, &t);
		} else if (waiting) {
			pthread_mutex_unlock(&wait_lock);
			usleep(1000);
			pthread_mutex_lock(&wait_lock);
		} else {
			pthread_cond_wait(&wait_more, &wait_lock);
		}
	}
	return NULL;
}

/* --- who may come in --- */

static bool key_is_good(struct visit *v)
{
	const char *google = MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, "x-goog-api-key");
	const char *bearer = MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, "Authorization");
	const char *query = MHD_lookup_connection_value(v->connection, MHD_GET_ARGUMENT_KIND, "key");
	const char *key = google ? google : query;

	if (!key && bearer && strncmp(bearer, "Bearer ", 7) == 0)
		key = bearer + 7;
	if (!*door.key || (key && strcmp(key, door.key) == 0))
		return true;
	if (!key) {
		answer_error(&v->answer, 403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.");
	} else {
		char text[400];

		/* Some relays repeat the key that they refuse. */
		snprintf(text, sizeof(text),
			 "{\"error\":{\"code\":400,\"message\":\"API key not valid: %.60s. Please pass a valid API "
			 "key.\",\"status\":"
			 "\"INVALID_ARGUMENT\",\"details\":[{\"@type\":\"type.googleapis.com/"
			 "google.rpc.ErrorInfo\",\"reason\":"
			 "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]}}",
			 key);
		answer_text(&v->answer, 400, "application/json", text);
	}
	bill_count("wrong_key");
	return false;
}

/* Strict: in no window of a minute, wherever it begins, more than rpm. */
static bool within_rate(struct visit *v)
{
	int64_t now = clock_monotonic_us();

	if (door.rpm > 0 && door.start_count >= (unsigned)door.rpm &&
	    now - door.starts[(door.start_count - (unsigned)door.rpm) % STARTS] < WINDOW_US) {
		bill_count("over_rpm");
		gemini_refuse(FAULT_RATE, "", &v->answer);
		return false;
	}
	door.starts[door.start_count++ % STARTS] = now;
	return true;
}

/* --- what is asked for --- */

static void control(const char *text)
{
	char *copy = strdup(text), *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "latency_ms=", 11) == 0)
			door.latency_ms = atoi(line + 11);
		else if (strncmp(line, "rpm=", 4) == 0)
			door.rpm = atoi(line + 4);
		else if (strncmp(line, "script=", 7) == 0)
			fault_set_script(line + 7);
		else if (strncmp(line, "fault=", 6) == 0)
			fault_set_chance(line + 6);
		else if (strncmp(line, "down=", 5) == 0)
			door.down = atoi(line + 5) != 0;
	}
	free(copy);
}

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a >= b && strcmp(text + a - b, end) == 0;
}

static void model_call(struct visit *v, const char *path)
{
	const char *id = strstr(path, "/models/");
	char model[100];

	if (ends_with(path, ":generateContent") && id) {
		snprintf(model, sizeof(model), "%.*s", (int)strcspn(id + 8, ":"), id + 8);
		gemini_generate(model, v->body ? v->body : "", v->size, &v->answer);
	} else if (ends_with(path, "/chat/completions")) {
		openai_chat(v->body ? v->body : "", v->size, &v->answer);
	} else if (ends_with(path, "/images/edits")) {
		openai_edit(MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, "Content-Type"),
			    v->body ? v->body : "", v->size, &v->answer);
	} else if (strcmp(path, "/") == 0) {
		plain_edit(v->body ? v->body : "", v->size, &v->answer);
	} else {
		answer_error(&v->answer, 404, "NOT_FOUND", "Requested entity was not found.");
	}
}

static void judge(struct visit *v, const char *path, bool post)
{
	char *stats;

	if (strcmp(path, "/_stats") == 0) {
		stats = bill_stats();
		answer_text(&v->answer, 200, "application/json", stats);
		free(stats);
	} else if (strcmp(path, "/_control") == 0) {
		control(v->body ? v->body : "");
		answer_text(&v->answer, 200, "text/plain", "ok");
	} else if (strcmp(path, "/health") == 0) {
		answer_text(&v->answer, 200, "text/plain", "ok");
	} else if (!key_is_good(v)) {
		return;
	} else if (!post && ends_with(path, "/v1/models") &&
		   MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, "Authorization")) {
		openai_models(&v->answer);
	} else if (!post && ends_with(path, "/models")) {
		gemini_models(&v->answer);
	} else {
		v->counted = true;
		bill_in_flight(1);
		bill_count("requests");
		if (within_rate(v))
			model_call(v, path);
	}
}

/* --- sending --- */

static ssize_t send_half(void *arg, uint64_t at, char *out, size_t room)
{
	struct visit *v = arg;
	size_t half = v->answer.size / 2, left = at < half ? half - (size_t)at : 0;

	if (left == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	left = left < room ? left : room;
	memcpy(out, v->answer.data + at, left);
	return (ssize_t)left;
}

static enum MHD_Result send_answer(struct visit *v)
{
	struct MHD_Response *r;
	enum MHD_Result rc;

	if (v->answer.lost)
		return MHD_NO;
	if (v->answer.cut) {
		r = MHD_create_response_from_callback(v->answer.size, 65536, send_half, v, NULL);
	} else {
		r = MHD_create_response_from_buffer(v->answer.size, v->answer.data, MHD_RESPMEM_MUST_FREE);
		v->answer.data = NULL;
	}
	MHD_add_response_header(r, "Content-Type", v->answer.type);
	rc = MHD_queue_response(v->connection, (unsigned)v->answer.status, r);
	MHD_destroy_response(r);
	return rc;
}

static bool keep_body(struct visit *v, const char *data, size_t size)
{
	if (v->size + size + 1 > v->room) {
		size_t room = 2 * (v->size + size) + 65536;
		char *grown = room < BODY_MAX ? realloc(v->body, room) : NULL;

		if (!grown)
			return false;
		v->body = grown;
		v->room = room;
	}
	memcpy(v->body + v->size, data, size);
	v->size += size;
	v->body[v->size] = '\0';
	return true;
}

static enum MHD_Result serve(void *unused, struct MHD_Connection *connection, const char *path, const char *method,
			     const char *version, const char *data, size_t *size, void **context)
{
	struct visit *v = *context;

	(void)unused;
	(void)version;
	if (!v) {
		v = *context = calloc(1, sizeof(*v));
		if (!v || (door.down && path[1] != '_'))
			return MHD_NO;
		v->connection = connection;
		return MHD_YES;
	}
	if (*size > 0) {
		bool kept = keep_body(v, data, *size);

		*size = 0;
		return kept ? MHD_YES : MHD_NO;
	}
	if (!v->judged) {
		v->judged = true;
		judge(v, path, strcmp(method, "POST") == 0);
		if (v->answer.hang) {
			wait_until(v, INT64_MAX);
			return MHD_YES;
		}
		/* What is turned away is turned away at once; work takes its time. */
		if (v->counted && v->answer.status == 200 && door.latency_ms > 0) {
			wait_until(v, clock_monotonic_us() + door.latency_ms * INT64_C(1000));
			return MHD_YES;
		}
	}
	return send_answer(v);
}

static void ended(void *unused, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
{
	struct visit *v = *context;

	(void)unused;
	(void)connection;
	(void)how;
	if (!v)
		return;
	if (v->counted)
		bill_in_flight(-1);
	free(v->answer.data);
	free(v->body);
	free(v);
	*context = NULL;
}

static bool take_option(const char *name, const char *value, int *port, const char **bill)
{
	if (strcmp(name, "--listen") == 0)
		*port = atoi(value);
	else if (strcmp(name, "--key") == 0)
		door.key = value;
	else if (strcmp(name, "--latency-ms") == 0)
		door.latency_ms = atoi(value);
	else if (strcmp(name, "--rpm") == 0)
		door.rpm = atoi(value);
	else if (strcmp(name, "--fault") == 0)
		return fault_set_chance(value);
	else if (strcmp(name, "--seed") == 0)
		fault_seed(strtoul(value, NULL, 10));
	else if (strcmp(name, "--script") == 0)
		return fault_set_script(value);
	else if (strcmp(name, "--bill") == 0)
		*bill = value;
	else
		return false;
	return true;
}

static void wait_for_end(void)
{
	struct stat st;
	char rest[64];

	if (fstat(STDIN_FILENO, &st) != 0 || !S_ISFIFO(st.st_mode))
		pause();
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *daemon;
	const char *bill = NULL;
	pthread_t waker;
	struct err e = { 0 };
	int port = 0;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc || !take_option(argv[i], argv[i + 1], &port, &bill)) {
			fprintf(stderr, "emulator: what is %s?\n", argv[i]);
			return 2;
		}
	}
	here.sin_port = htons((uint16_t)port);
	if (picture_library_open("emulator", &e) != 0 || !bill_open(bill) ||
	    pthread_create(&waker, NULL, wake, NULL) != 0)
		return 1;
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)port, NULL, NULL,
				  serve, NULL, MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_NOTIFY_COMPLETED, ended, NULL,
				  MHD_OPTION_CONNECTION_LIMIT, 2000u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				  (size_t)131072, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
				  MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
	if (!daemon) {
		perror("emulator");
		return 1;
	}
	printf("port %d\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	wait_for_end();
	_exit(0); /* connections that hang are nobody's any more */
}
