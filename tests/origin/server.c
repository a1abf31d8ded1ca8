#include "tests/origin/server.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 16384
#define BODY_MAX (1 << 20)

struct path_count {
	struct path_count *next;
	int count;
	char path[];
};

struct connection {
	struct connection *next;
	struct origin *origin;
	int fd;
};

struct origin {
	const char *folder;
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t idle;
	struct connection *open;
	int open_count, busy;
	struct origin_counts counts;
	struct path_count *paths;
	void *tree; /* tsearch()'s, of the same */
};

/* A white PNG of one pixel. */
static const unsigned char pixel[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
	0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00,
	0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00,
	0xb1, 0x38, 0xf6, 0x14, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

/* --- for the faults --- */

void exchange_header(const struct exchange *x, const char *name, char *out, size_t size)
{
	size_t length = strlen(name);
	const char *line = x->head;

	out[0] = 0;
	while (line && *line) {
		if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
			line += length + 1;
			line += strspn(line, " ");
			snprintf(out, size, "%.*s", (int)strcspn(line, "\r\n"), line);
			return;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

bool exchange_send(struct exchange *x, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t put = send(x->fd, p, size, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			x->keep = false;
			return false;
		}
		p += put;
		size -= (size_t)put;
	}
	return true;
}

void exchange_answer(struct exchange *x, int status, const char *extra, const char *type, const void *data, size_t size)
{
	char head[1024];

	snprintf(head, sizeof(head), "HTTP/1.1 %d Answer\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n\r\n", status,
		 type, extra, size);
	if (exchange_send(x, head, strlen(head)))
		exchange_send(x, data, size);
}

void exchange_claim(struct exchange *x, long long length)
{
	char head[128];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %lld\r\n\r\n",
		 length);
	exchange_send(x, head, strlen(head));
	x->keep = false;
}

bool exchange_wait(struct exchange *x, int ms)
{
	struct pollfd p = { .fd = x->fd, .events = POLLIN };

	/* A client that waits sends nothing: anything to read is its end. origin_close() shuts the socket down. */
	return poll(&p, 1, ms) == 0;
}

static const char *type_of(const char *name)
{
	static const char *const types[][2] = { { ".jpg", "image/jpeg" },  { ".png", "image/png" },
						{ ".webp", "image/webp" }, { ".gif", "image/gif" },
						{ ".tif", "image/tiff" },  { ".avif", "image/avif" } };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(dot, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

static bool load(const char *path, struct content *c)
{
	struct stat st;
	struct tm tm;
	FILE *f = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;

	if (!f)
		return false;
	c->size = (size_t)st.st_size;
	c->data = malloc(c->size + 1);
	if (!c->data || fread(c->data, 1, c->size, f) != c->size) {
		free(c->data);
		fclose(f);
		return false;
	}
	fclose(f);
	snprintf(c->etag, sizeof(c->etag), "\"%llx-%llx\"", (unsigned long long)st.st_size,
		 (unsigned long long)st.st_mtim.tv_sec * 1000000000ULL + (unsigned long long)st.st_mtim.tv_nsec);
	gmtime_r(&st.st_mtime, &tm);
	strftime(c->date, sizeof(c->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return true;
}

bool exchange_content(struct exchange *x, const char *name, struct content *c)
{
	char path[1024];

	memset(c, 0, sizeof(*c));
	name += strspn(name, "/");
	if (!*name) {
		c->data = malloc(sizeof(pixel));
		memcpy(c->data, pixel, sizeof(pixel));
		c->size = sizeof(pixel);
		c->type = "image/png";
		strcpy(c->etag, "\"pixel\"");
		strcpy(c->date, "Wed, 01 Jan 2025 00:00:00 GMT");
		return true;
	}
	snprintf(path, sizeof(path), "%s/%s", x->origin->folder, name);
	c->type = type_of(name);
	if (!strstr(name, "..") && load(path, c))
		return true;
	exchange_answer(x, 404, "", "text/plain", "no such file\n", 13);
	return false;
}

void exchange_serve(struct exchange *x, const char *name)
{
	struct content c;
	char extra[160], etag[128], date[64];

	if (!exchange_content(x, name, &c))
		return;
	exchange_header(x, "If-None-Match", etag, sizeof(etag));
	exchange_header(x, "If-Modified-Since", date, sizeof(date));
	snprintf(extra, sizeof(extra), "ETag: %s\r\nLast-Modified: %s\r\n", c.etag, c.date);
	if (etag[0] ? strcmp(etag, c.etag) == 0 : strcmp(date, c.date) == 0) {
		char head[256];

		pthread_mutex_lock(&x->origin->lock);
		x->origin->counts.not_modified++;
		pthread_mutex_unlock(&x->origin->lock);
		snprintf(head, sizeof(head), "HTTP/1.1 304 Not Modified\r\n%s\r\n", extra);
		exchange_send(x, head, strlen(head));
	} else {
		exchange_answer(x, 200, extra, c.type, c.data, c.size);
	}
	free(c.data);
}

/* --- counting --- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct path_count *)a)->path, ((const struct path_count *)b)->path);
}

/* The one of the path, a new one where there is none; NULL: no memory. */
static struct path_count *count_of_locked(struct origin *o, const char *path)
{
	struct path_count *p = calloc(1, sizeof(*p) + strlen(path) + 1), **found;

	if (!p)
		return NULL;
	strcpy(p->path, path);
	found = tsearch(p, &o->tree, by_path);
	if (!found || *found != p) {
		free(p);
		return found ? *found : NULL;
	}
	p->next = o->paths;
	o->paths = p;
	return p;
}

static int count_request(struct origin *o, const char *path)
{
	struct path_count *p;
	int nth = 0;

	pthread_mutex_lock(&o->lock);
	o->counts.requests++;
	if (++o->busy > o->counts.requests_max)
		o->counts.requests_max = o->busy;
	p = count_of_locked(o, path);
	if (p)
		nth = ++p->count;
	pthread_mutex_unlock(&o->lock);
	return nth;
}

struct origin_counts origin_counts(struct origin *o)
{
	struct origin_counts c;

	pthread_mutex_lock(&o->lock);
	c = o->counts;
	pthread_mutex_unlock(&o->lock);
	return c;
}

int origin_hits(struct origin *o, const char *path)
{
	int hits = 0;

	pthread_mutex_lock(&o->lock);
	for (const struct path_count *p = o->paths; p; p = p->next) {
		if (strcmp(p->path, path) == 0)
			hits = p->count;
	}
	pthread_mutex_unlock(&o->lock);
	return hits;
}

char *origin_stats(struct origin *o)
{
	cJSON *all = cJSON_CreateObject(), *paths = cJSON_AddObjectToObject(all, "paths");
	char *text;

	pthread_mutex_lock(&o->lock);
	cJSON_AddNumberToObject(all, "requests", o->counts.requests);
	cJSON_AddNumberToObject(all, "not_modified", o->counts.not_modified);
	cJSON_AddNumberToObject(all, "connections", o->counts.connections);
	cJSON_AddNumberToObject(all, "connections_max", o->counts.connections_max);
	cJSON_AddNumberToObject(all, "requests_max", o->counts.requests_max);
	for (const struct path_count *p = o->paths; p; p = p->next)
		cJSON_AddNumberToObject(paths, p->path, p->count);
	pthread_mutex_unlock(&o->lock);
	text = cJSON_PrintUnformatted(all);
	cJSON_Delete(all);
	return text;
}

/* --- connections --- */

static void answer(struct exchange *x)
{
	if (strcmp(x->path, "/stats") == 0) {
		char *stats = origin_stats(x->origin);

		exchange_answer(x, 200, "", "application/json", stats, strlen(stats));
		free(stats);
		return;
	}
	for (const struct fault *f = origin_faults; f->prefix; f++) {
		size_t length = strlen(f->prefix);

		if (strncmp(x->path, f->prefix, length) == 0 && (!x->path[length] || x->path[length] == '/')) {
			f->run(x, x->path + length);
			return;
		}
	}
	exchange_serve(x, x->path);
}

/* Reads more into buf; false: closed, or too much. */
static bool receive(int fd, char *buf, size_t *have, size_t room)
{
	ssize_t got = *have < room ? recv(fd, buf + *have, room - *have, 0) : -1;

	if (got <= 0)
		return false;
	*have += (size_t)got;
	buf[*have] = 0;
	return true;
}

/* "%41" and the like, in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		unsigned byte;

		if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

/* Reads one request and answers it. False: the connection is over. */
static bool serve_one(struct origin *o, int fd, char *buf)
{
	struct exchange x = { .origin = o, .fd = fd, .query = "", .keep = true };
	size_t have = 0, head_size, want;
	char length[24], *end, *query;

	buf[0] = 0;
	while (!(end = strstr(buf, "\r\n\r\n"))) {
		if (!receive(fd, buf, &have, HEAD_MAX))
			return false;
	}
	head_size = (size_t)(end - buf) + 4;
	x.path = strchr(buf, ' ');
	if (!x.path)
		return false;
	x.path++;
	x.head = strchr(x.path, '\n');
	exchange_header(&x, "Content-Length", length, sizeof(length));
	want = strtoul(length, NULL, 10);
	while (have - head_size < want) {
		if (!receive(fd, buf, &have, HEAD_MAX + BODY_MAX))
			return false;
	}
	x.body = buf + head_size;
	x.body_size = want;
	x.path[strcspn(x.path, " \r\n")] = 0;
	query = strchr(x.path, '?');
	if (query) {
		*query = 0;
		x.query = query + 1;
	}
	unescape(x.path);
	x.nth = count_request(o, x.path);
	answer(&x);
	pthread_mutex_lock(&o->lock);
	o->busy--;
	pthread_mutex_unlock(&o->lock);
	return x.keep;
}

static void *connection_main(void *arg)
{
	struct connection *c = arg;
	struct origin *o = c->origin;
	char *buf = malloc(HEAD_MAX + BODY_MAX + 1);

	while (buf && serve_one(o, c->fd, buf))
		;
	free(buf);
	pthread_mutex_lock(&o->lock);
	for (struct connection **at = &o->open; *at; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	close(c->fd);
	o->open_count--;
	pthread_cond_signal(&o->idle);
	pthread_mutex_unlock(&o->lock);
	free(c);
	return NULL;
}

static void take_connection(struct origin *o, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	pthread_t thread;

	c->origin = o;
	c->fd = fd;
	pthread_mutex_lock(&o->lock);
	c->next = o->open;
	o->open = c;
	o->counts.connections++;
	if (++o->open_count > o->counts.connections_max)
		o->counts.connections_max = o->open_count;
	if (pthread_create(&thread, NULL, connection_main, c) != 0)
		abort();
	pthread_detach(thread);
	pthread_mutex_unlock(&o->lock);
}

static void *listen_main(void *arg)
{
	struct origin *o = arg;
	int fd;

	while ((fd = accept(o->fd, NULL, NULL)) >= 0)
		take_connection(o, fd);
	return NULL;
}

struct origin *origin_open(const char *folder, const char *address)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	struct origin *o = calloc(1, sizeof(*o));

	inet_pton(AF_INET, address ? address : "127.0.0.1", &a.sin_addr);
	o->folder = folder;
	o->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->idle, NULL);
	if (o->fd < 0 || bind(o->fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(o->fd, 512) != 0 ||
	    getsockname(o->fd, (struct sockaddr *)&a, &size) != 0 ||
	    pthread_create(&o->thread, NULL, listen_main, o) != 0) {
		free(o);
		return NULL;
	}
	o->port = ntohs(a.sin_port);
	return o;
}

int origin_port(const struct origin *o)
{
	return o->port;
}

void origin_close(struct origin *o)
{
	if (!o)
		return;
	shutdown(o->fd, SHUT_RDWR); /* ends accept() */
	pthread_join(o->thread, NULL);
	pthread_mutex_lock(&o->lock);
	for (struct connection *c = o->open; c; c = c->next)
		shutdown(c->fd, SHUT_RDWR);
	while (o->open_count > 0)
		pthread_cond_wait(&o->idle, &o->lock);
	pthread_mutex_unlock(&o->lock);
	while (o->paths) {
		struct path_count *next = o->paths->next;

		tdelete(o->paths, &o->tree, by_path);
		free(o->paths);
		o->paths = next;
	}
	close(o->fd);
	pthread_mutex_destroy(&o->lock);
	pthread_cond_destroy(&o->idle);
	free(o);
}
