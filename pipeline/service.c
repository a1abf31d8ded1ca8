#include "pipeline/service.h"

#include "pipeline/bytes.h"

#include <string.h>

static void hide(struct bytes *body, const char *secret)
{
	size_t length = strlen(secret);
	unsigned char *at = body->data, *end = body->data + body->size;

	while (length > 0 && (size_t)(end - at) >= length &&
	       (at = memchr(at, secret[0], (size_t)(end - at) - length + 1)) != NULL) {
		if (memcmp(at, secret, length) == 0)
			memset(at, '*', length);
		at++;
	}
}

void service_hide_secrets(const struct service *s, struct bytes *body)
{
	for (int i = 0; i < SERVICE_HEADERS_MAX && s->headers[i]; i++)
		hide(body, strrchr(s->headers[i], ' ') + 1); /* "Name: secret", "Name: Bearer secret" */
}
