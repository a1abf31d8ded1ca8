#include "pipeline/wire_transfer.h"

#include "pipeline/base64.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES      (32 * 1024L) /* libcurl's receive buffer: enough for a fast link, small enough for many */
#define UPLOAD_BYTES      (128 * 1024L)
#define BODY_FIRST        (16 * 1024) /* first room for a body of unknown length; doubled as it fills */
#define IDLE_S            60L   /* a connection that was idle longer is not used again: its other end may be gone */
#define STALL_BYTES_PER_S 1024L /* slower than this for stall_ms is a stall */
#define SHOWN             120   /* of a URL in a message */
#define VALIDATOR_MAX     1024  /* a longer ETag or date is not worth keeping */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static CURLcode library_ready;

static void init_library(void)
{
	library_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int transfer_library(void)
{
	pthread_once(&library_once, init_library);
	return library_ready == CURLE_OK ? 0 : -1;
}

/* Room for `size` more bytes of the body; as much as was announced, at first. */
static bool make_room(struct transfer *t, size_t size)
{
	size_t room = t->room ? t->room : BODY_FIRST;
	curl_off_t announced = -1;
	unsigned char *grown;

	if (size <= t->room - t->size)
		return true;
	if (!t->room && curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) == CURLE_OK &&
	    announced > 0 && (size_t)announced <= t->terms.max_bytes)
		room = (size_t)announced + 1; /* for bytes_adopt()'s zero */
	while (room - t->size < size)
		room *= 2;
	grown = realloc(t->data, room);
	if (!grown) {
		t->no_memory = true;
		return false;
	}
	t->data = grown;
	t->room = room;
	return true;
}

static size_t on_body(char *data, size_t one, size_t size, void *arg)
{
	struct transfer *t = arg;

	(void)one;
	if (size > t->terms.max_bytes - t->size) {
		t->too_large = true;
		return 0;
	}
	if (!make_room(t, size))
		return 0;
	memcpy(t->data + t->size, data, size);
	t->size += size;
	return size;
}

/* As much of the part as there is room for; base64 is made here, whole groups of three bytes at a time. */
static size_t send_part(struct transfer *t, const struct part *p, char *out, size_t room)
{
	size_t left = p->bytes->size - t->at, take;

	if (!p->base64) {
		take = left < room ? left : room;
		memcpy(out, p->bytes->data + t->at, take);
		t->at += take;
		return take;
	}
	take = left < room / 4 * 3 ? left : room / 4 * 3;
	base64_encode(p->bytes->data + t->at, take, out);
	t->at += take;
	return base64_size(take);
}

static size_t on_send(char *out, size_t one, size_t room, void *arg)
{
	struct transfer *t = arg;
	size_t made = 0;

	(void)one;
	while (t->part < t->call->parts && room - made >= 4) {
		const struct part *p = &t->call->body[t->part];

		made += send_part(t, p, out + made, room - made);
		if (t->at == p->bytes->size) {
			t->part++;
			t->at = 0;
		}
	}
	t->sent += made;
	return made;
}

/* libcurl wants to send the body again, on a new connection, since the old one ended without an answer. What a service
 * has received whole it may have worked on and billed: then the call ends here, and whoever pays decides. */
static int on_rewind(void *arg, curl_off_t offset, int origin)
{
	struct transfer *t = arg;

	if (origin != SEEK_SET || offset != 0 || (t->terms.service && t->sent >= t->body_size))
		return CURL_SEEKFUNC_FAIL;
	t->part = 0;
	t->at = t->sent = 0;
	return CURL_SEEKFUNC_OK;
}

/* The one place where sockets are made: whatever name, spelling or redirect led here, this is the address. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = arg;

	(void)purpose;
	if (!t->terms.private_hosts && !address_is_public(&a->addr)) {
		t->refused++;
		address_text(&a->addr, t->refused_address);
		return CURL_SOCKET_BAD;
	}
	t->opened++;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Called for every request, just before it is sent, also on a connection that is used again: one that a private_hosts
 * call has opened must not serve another. */
static int on_connected(void *arg, char *address, char *local, int port, int local_port)
{
	struct transfer *t = arg;

	(void)local;
	(void)port;
	(void)local_port;
	t->opened = t->refused = 0; /* a redirect's next hop starts afresh */
	if (t->terms.private_hosts || address_text_is_public(address))
		return CURL_PREREQFUNC_OK;
	t->refused = 1;
	t->refused_address[0] = 0;
	strncat(t->refused_address, address, sizeof(t->refused_address) - 1);
	return CURL_PREREQFUNC_ABORT;
}

/* Names the environment a proxy for anybody? libcurl looks for one at each call. */
static bool env_has_proxy(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
	bool has = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		has |= getenv(names[i]) != NULL;
	return has;
}

int transfer_init(struct transfer *t, const struct wire_config *cfg)
{
	unsigned bad = 0;
	CURL *c = curl_easy_init();

	memset(t, 0, sizeof(*t));
	t->easy = c;
	if (!c)
		return -1;
	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	bad |= curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	t->agent_line = cfg->agent_line;
	t->env_has_proxy = env_has_proxy();
	bad |= curl_easy_setopt(c, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	bad |= curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES);
	bad |= curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, IDLE_S);
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)cfg->connect_timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S);
	t->stall_s = (cfg->stall_ms + 999L) / 1000;
	/* A name server that does not answer must hold up its own call only: without this, libcurl joins the thread
	 * that waits for it when the call ends. */
	bad |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	bad |= curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
	bad |= curl_easy_setopt(c, CURLOPT_READDATA, t);
	bad |= curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_rewind);
	bad |= curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
	bad |= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
	bad |= curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	bad |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	bad |= curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	return bad ? -1 : 0;
}

void transfer_release(struct transfer *t)
{
	transfer_clear(t);
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
}

/* libcurl reads the list, and neither changes nor frees it. */
static void add_header(struct transfer *t, const char *line)
{
	struct curl_slist *new = &t->headers[t->header_count++];

	*new = (struct curl_slist){ .data = (char *)line };
	if (new > t->headers)
		new[-1].next = new;
}

static unsigned set_headers(struct transfer *t, const struct call *call, const struct service *s)
{
	t->header_count = 0;
	/* As a line of the list: what libcurl builds from an option it copies byte by byte twice. */
	add_header(t, t->agent_line);
	/* Pictures are compressed as they are. A server that compresses as it sends may also change or weaken the ETag,
	 * by which it is asked the next time. What comes compressed all the same is unpacked. */
	if (!s)
		add_header(t, "Accept-Encoding:");
	for (int i = 0; s && i < SERVICE_HEADERS_MAX && s->headers[i]; i++)
		add_header(t, s->headers[i]);
	for (int i = 0; i < CALL_HEADERS_MAX && call->headers[i]; i++)
		add_header(t, call->headers[i]);
	if (call->parts) /* libcurl would wait a second for a "100 Continue" before it sends a large body */
		add_header(t, "Expect:");
	return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static unsigned set_terms(CURL *c, const struct terms *o)
{
	unsigned bad = 0;

	/* Rather a stream on a connection than one more connection. TLS says at once whether there are streams; without
	 * it the first answer would be waited for. */
	bad |= curl_easy_setopt(c, CURLOPT_PIPEWAIT, o->tls ? 1L : 0L);
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, o->service ? 0L : 1L);
	bad |= curl_easy_setopt(c, CURLOPT_MAXREDIRS, o->redirects);
	bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, o->timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, o->stall_s);
	bad |= curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->max_bytes);
	/* Behind a proxy the connected address is the proxy's, and the check of addresses would check nothing: a proxy
	 * named in the environment is used only where no check is asked for. "" is none, NULL is the environment's. */
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, o->env_proxy ? NULL : "");
	bad |= curl_easy_setopt(c, CURLOPT_NOPROXY, o->env_proxy ? NULL : "*");
	bad |= curl_easy_setopt(c, o->post ? CURLOPT_POST : CURLOPT_HTTPGET, 1L);
	return bad;
}

static bool same_terms(const struct terms *a, const struct terms *b)
{
	return a->max_bytes == b->max_bytes && a->redirects == b->redirects && a->timeout_ms == b->timeout_ms &&
	       a->stall_s == b->stall_s && a->service == b->service && a->private_hosts == b->private_hosts &&
	       a->env_proxy == b->env_proxy && a->tls == b->tls && a->post == b->post;
}

int transfer_prepare(struct transfer *t, const struct call *call, const struct url *url, const struct service *s,
		     int timeout_ms)
{
	const struct terms terms = { .max_bytes = call->max_bytes,
				     .redirects = call->redirects,
				     .timeout_ms = timeout_ms,
				     .stall_s = s ? 0 : t->stall_s,
				     .service = s != NULL,
				     .private_hosts = s || call->private_hosts,
				     .env_proxy = t->env_has_proxy && (s || call->private_hosts),
				     .tls = strncmp(url->text, "https:", 6) == 0,
				     .post = call->parts > 0 };
	unsigned bad = 0;

	t->call = call;
	t->body_size = call_body_size(call);
	if (!t->has_terms || !same_terms(&t->terms, &terms)) /* each option costs a copy, or a look around */
		bad |= set_terms(t->easy, &terms);
	t->terms = terms;
	t->has_terms = true;
	bad |= curl_easy_setopt(t->easy, CURLOPT_CURLU, url->parts);
	bad |= curl_easy_setopt(t->easy, CURLOPT_URL, url->text); /* which it would put together from the parts */
	if (terms.post)
		bad |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_size);
	bad |= set_headers(t, call, s);
	return bad ? -1 : 0;
}

bool transfer_has_left(const struct transfer *t)
{
	return t->sent >= t->body_size;
}

/* What libcurl's codes mean for us; those not listed are the network's doing and may pass. */
static const struct failure {
	CURLcode curl;
	enum err_code code;
	bool transient, unsent;
	const char *text; /* NULL: libcurl's own */
} failures[] = {
	{ CURLE_UNSUPPORTED_PROTOCOL, ERR_SOURCE_REFUSED, false, true,
	  "redirected to something else than http or https" },
	{ CURLE_URL_MALFORMAT, ERR_SOURCE_HTTP, false, true, "redirected to something that is not a URL" },
	{ CURLE_TOO_MANY_REDIRECTS, ERR_SOURCE_HTTP, false, false, "redirected too many times" },
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_NETWORK, true, true, "the host's name was not found" },
	{ CURLE_COULDNT_CONNECT, ERR_NETWORK, true, true, "no connection" },
	{ CURLE_PARTIAL_FILE, ERR_NETWORK, true, false, "cut off before the end" },
	{ CURLE_SEND_FAIL_REWIND, ERR_NETWORK, true, false, "closed without an answer" },
	{ CURLE_GOT_NOTHING, ERR_NETWORK, true, false, "closed without an answer" },
	{ CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT, true, false, "took too long" },
	{ CURLE_FILESIZE_EXCEEDED, ERR_TOO_LARGE, false, false, "" },
	{ CURLE_OUT_OF_MEMORY, ERR_NOMEM, false, false, "no memory" },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_NETWORK, false, true, "its certificate is not valid" },
	{ CURLE_SSL_CACERT_BADFILE, ERR_NETWORK, false, true, "this machine's CA certificates cannot be read" },
	{ CURLE_OK, ERR_NETWORK, true, false, NULL } /* ends the table */
};

static const char *effective_url(const struct transfer *t)
{
	char *url = NULL;

	curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
	return url ? url : "";
}

/* Causes that libcurl knows only as "the callback said no". */
static bool judge_ours(const struct transfer *t, const char *shown, struct outcome *o, struct err *e)
{
	if (t->too_large) {
		o->code = ERR_TOO_LARGE;
		err_set(e, o->code, "%s: more than %zu bytes", shown, t->terms.max_bytes);
	} else if (t->no_memory) {
		o->code = ERR_NOMEM;
		err_set(e, o->code, "%s: no memory for %zu bytes", shown, t->size);
	} else if (t->refused && !t->opened) {
		o->code = ERR_SOURCE_REFUSED;
		err_set(e, o->code, "%s: leads to %s, not a public address; --allow-private-hosts allows it", shown,
			t->refused_address);
	}
	return o->code != ERR_OK;
}

static void judge_curls(const struct transfer *t, const char *shown, CURLcode ended, struct outcome *o, struct err *e)
{
	const struct failure *f = failures;
	long redirects = 0;

	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_COUNT, &redirects);
	/* libcurl has the same code for an answer that is not HTTP at all. */
	if (ended == CURLE_UNSUPPORTED_PROTOCOL && url_is_web(effective_url(t)))
		ended = CURLE_WEIRD_SERVER_REPLY;
	while (f->curl != ended && f->curl != CURLE_OK)
		f++;
	o->code = f->code;
	o->transient = f->transient;
	/* A body that did not leave whole cannot have been acted upon. */
	o->unsent = (f->unsent || !transfer_has_left(t)) && redirects == 0;
	if (f->code == ERR_TOO_LARGE)
		err_set(e, f->code, "%s: more than %zu bytes", shown, t->terms.max_bytes);
	else
		err_set(e, f->code, "%s: %s", shown, f->text ? f->text : curl_easy_strerror(ended));
}

void transfer_judge(const struct transfer *t, CURLcode ended, struct outcome *o, struct err *e)
{
	char shown[SHOWN];

	memset(o, 0, sizeof(*o));
	if (ended == CURLE_OK) {
		long status = 0;

		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		o->status = (int)status;
		return;
	}
	url_show(effective_url(t), shown, sizeof(shown));
	if (!judge_ours(t, shown, o, e))
		judge_curls(t, shown, ended, o, e);
}

/* A header of the last hop; NULL where absent or beyond reason. */
static const char *header(const struct transfer *t, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK || strlen(h->value) > VALIDATOR_MAX)
		return NULL;
	return h->value;
}

int64_t transfer_retry_after_ms(const struct transfer *t)
{
	return retry_after_ms(header(t, "Retry-After"), time(NULL));
}

int transfer_reply(struct transfer *t, struct reply *r)
{
	r->body = t->data ? bytes_adopt(t->data, t->size) : bytes_create(0);
	if (!r->body)
		return -1;
	t->data = NULL;
	r->url = effective_url(t);
	if (r->status == 304) /* nobody asks what it says beside that */
		return 0;
	r->content_type = header(t, "Content-Type");
	r->etag = header(t, "ETag");
	r->last_modified = header(t, "Last-Modified");
	return 0;
}

void transfer_clear(struct transfer *t)
{
	free(t->data);
	t->data = NULL;
	t->size = t->room = 0;
	t->too_large = t->no_memory = false;
	t->opened = t->refused = 0;
	t->call = NULL;
	t->part = 0;
	t->at = t->sent = t->body_size = 0;
}
