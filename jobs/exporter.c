#include "jobs/exporter.h"

#include "jobs/listen.h"
#include "pipeline/clock.h"
#include "pipeline/file.h"
#include "pipeline/log.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVERY_S         15
#define CONNECTIONS_MAX 16
#define TIMEOUT_S       10                 /* of a connection on which nothing moves */
#define MEMORY_MAX      ((size_t)16 << 10) /* of a connection, for its request */
#define CONTENT_TYPE    "text/plain; version=0.0.4; charset=utf-8"
#define PATH            "/metrics"

struct exporter {
	struct exporter_config cfg;
	char *folder; /* of the file */
	char where[LISTEN_NAME_MAX];
	int socket; /* -1: none, or the daemon has it */
	struct MHD_Daemon *daemon;
	bool begun, warned; /* warned: the writing thread's, and once that is joined the main one's */

	pthread_t thread; /* writes the file */
	bool writing;
	pthread_mutex_t lock; /* a leaf; guards the next */
	pthread_cond_t ends;
	bool ending;
};

/* The page as it is now, malloc()ed. NULL: no memory. */
static char *page(const struct exporter *x, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);
	bool whole;

	if (!f)
		return NULL;
	counts_print(f, x->cfg.counts);
	whole = !ferror(f);
	if (fclose(f) == 0 && whole)
		return text;
	free(text);
	return NULL;
}

/* --- the file --- */

static void write_file(struct exporter *x)
{
	struct err why = { 0 };
	size_t size = 0;
	char *text = page(x, &size);
	int rc = text ? file_write(x->folder, x->cfg.file, text, size, &why)
		      : err_set(&why, ERR_NOMEM, "no memory for metrics");

	if (rc != 0 && !x->warned)
		log_line(LOG_WARN, "--metrics-file: %s", why.msg);
	x->warned |= rc != 0;
	free(text);
}

/* False: the end has come meanwhile. */
static bool wait_for_next(struct exporter *x)
{
	struct timespec until;
	bool ending;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += EVERY_S;
	pthread_mutex_lock(&x->lock);
	while (!x->ending && pthread_cond_timedwait(&x->ends, &x->lock, &until) != ETIMEDOUT)
		;
	ending = x->ending;
	pthread_mutex_unlock(&x->lock);
	return !ending;
}

static void *write_files(void *arg)
{
	struct exporter *x = arg;

	do {
		x->cfg.refresh(x->cfg.ctx);
		write_file(x);
	} while (wait_for_next(x));
	return NULL;
}

/* --- HTTP --- */

/* The text is taken over. */
static enum MHD_Result answer(struct MHD_Connection *to, unsigned status, char *text, size_t size, const char *allow)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result rc;

	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, CONTENT_TYPE);
	if (allow)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, allow);
	rc = MHD_queue_response(to, status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result refuse(struct MHD_Connection *to, unsigned status, const char *words, const char *allow)
{
	char *text = strdup(words);

	return text ? answer(to, status, text, strlen(text), allow) : MHD_NO;
}

/* On the daemon's thread. The answer goes out before a body is read: none is wanted. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *to, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **state)
{
	struct exporter *x = ctx;
	size_t size = 0;
	char *text;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	if (strcmp(url, PATH) != 0)
		return refuse(to, MHD_HTTP_NOT_FOUND, "There is " PATH " and nothing else.\n", NULL);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(to, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD.\n", "GET, HEAD");
	x->cfg.refresh(x->cfg.ctx);
	text = page(x, &size);
	return text ? answer(to, MHD_HTTP_OK, text, size, NULL) : MHD_NO;
}

/* What clients do wrong is not worth a line on standard error. */
static void say_nothing(void *ctx, const char *fmt, va_list ap)
{
	(void)ctx;
	(void)fmt;
	(void)ap;
}

static int start_daemon(struct exporter *x, struct err *e)
{
	char line[LISTEN_NAME_MAX + 64];

	x->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, handle, x,
				     MHD_OPTION_EXTERNAL_LOGGER, say_nothing, NULL, MHD_OPTION_LISTEN_SOCKET, x->socket,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_MAX, MHD_OPTION_END);
	if (!x->daemon)
		return err_set(e, ERR_NOMEM, "--metrics-listen: no memory or threads for HTTP");
	x->socket = -1; /* the daemon closes it */
	snprintf(line, sizeof(line), "metrics are at http://%s" PATH, x->where);
	if (strcmp(strrchr(x->cfg.listen, ':'), ":0") == 0)
		log_event(LOG_INFO, line, NULL, 0); /* nobody can know it otherwise */
	else
		log_line(LOG_INFO, "%s", line);
	return 0;
}

/* --- all of it --- */

/* Of the file; malloc()ed. NULL: no memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

int exporter_open(struct exporter **out, const struct exporter_config *cfg, struct err *e)
{
	struct exporter *x = calloc(1, sizeof(*x));
	pthread_condattr_t attr;

	*out = NULL;
	if (!x)
		return err_set(e, ERR_NOMEM, "no memory for metrics");
	x->cfg = *cfg;
	x->socket = -1;
	pthread_mutex_init(&x->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->ends, &attr);
	pthread_condattr_destroy(&attr);
	*out = x;
	if (cfg->file && !(x->folder = folder_of(cfg->file)))
		return err_set(e, ERR_NOMEM, "no memory for metrics");
	if (cfg->listen)
		x->socket = listen_on(cfg->listen, "--metrics-listen", x->where, e);
	return cfg->listen && x->socket < 0 ? -1 : 0;
}

/* Signals are the main thread's business: threads are born with all of them blocked. */
static int start_threads(struct exporter *x, struct err *e)
{
	sigset_t all, before;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (x->cfg.file) {
		x->writing = pthread_create(&x->thread, NULL, write_files, x) == 0;
		rc = x->writing ? 0 : err_set(e, ERR_NOMEM, "--metrics-file: no thread for it");
	}
	if (rc == 0 && x->cfg.listen)
		rc = start_daemon(x, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int exporter_start(struct exporter *x, int64_t run, const char *command, struct err *e)
{
	if (!x)
		return 0;
	if (counts_run(x->cfg.counts, run, command, PACKSHOT_VERSION, clock_wall_us()) != 0)
		return err_set(e, ERR_NOMEM, "no memory for metrics");
	x->begun = true;
	return start_threads(x, e);
}

void exporter_stop(struct exporter *x)
{
	if (!x)
		return;
	if (x->daemon)
		MHD_stop_daemon(x->daemon);
	x->daemon = NULL;
	pthread_mutex_lock(&x->lock);
	x->ending = true;
	pthread_cond_signal(&x->ends);
	pthread_mutex_unlock(&x->lock);
	if (x->writing)
		pthread_join(x->thread, NULL);
	x->writing = false;
	if (x->begun)
		x->cfg.refresh(x->cfg.ctx); /* while there is something to ask */
}

void exporter_end(struct exporter *x, int exit_status)
{
	if (!x || !x->begun)
		return;
	counts_run_ended(x->cfg.counts, clock_wall_us(), exit_status);
	if (x->cfg.file)
		write_file(x);
	x->begun = false;
}

void exporter_close(struct exporter *x)
{
	if (!x)
		return;
	x->begun = false;
	exporter_stop(x);
	if (x->socket >= 0)
		close(x->socket);
	pthread_cond_destroy(&x->ends);
	pthread_mutex_destroy(&x->lock);
	free(x->folder);
	free(x);
}
