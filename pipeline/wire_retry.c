#include "pipeline/wire_retry.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

bool retry_allowed(const struct outcome *o, int tries, int retries)
{
	if (tries > retries)
		return false;
	if (o->code != ERR_OK)
		return o->transient && (o->unsent || !o->has_body);
	if (o->status == 429 || o->status == 503)
		return true;
	return !o->has_body && (o->status == 408 || o->status >= 500);
}

int64_t retry_after_ms(const char *value, time_t now)
{
	time_t when;

	if (!value || !*value)
		return -1;
	if (strspn(value, "0123456789") == strlen(value)) {
		/* More than nine digits are decades; they need not be exact, only not overflow. */
		return strlen(value) > 9 ? INT64_MAX : strtoll(value, NULL, 10) * 1000;
	}
	when = curl_getdate(value, NULL);
	if (when == (time_t)-1)
		return -1;
	return when > now ? (int64_t)(when - now) * 1000 : 0;
}

int64_t retry_wait_ms(int tries, int backoff_ms, int64_t after_ms, double chance)
{
	int64_t most = backoff_ms, wait;

	for (int i = 1; i < tries && most < RETRY_WAIT_MAX_MS; i++)
		most *= 2;
	if (most > RETRY_WAIT_MAX_MS)
		most = RETRY_WAIT_MAX_MS;
	wait = (int64_t)(chance * (double)most);
	if (after_ms > RETRY_WAIT_MAX_MS)
		return -1;
	return wait > after_ms ? wait : after_ms;
}
