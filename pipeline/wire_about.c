#include "pipeline/wire_about.h"

#include <curl/curl.h>
#include <string.h>

void wire_about(struct wire_about *out)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	*out = (struct wire_about){
		.version = v->version,
		.tls = v->ssl_version ? v->ssl_version : "",
		.http2 = v->features & CURL_VERSION_HTTP2,
		.brotli = v->features & CURL_VERSION_BROTLI,
		.zstd = v->features & CURL_VERSION_ZSTD,
	};
	for (const char *const *p = v->protocols; *p; p++)
		out->https |= strcmp(*p, "https") == 0;
#if LIBCURL_VERSION_NUM >= 0x075400 /* 7.84 */
	if (v->age >= CURLVERSION_TENTH) {
		out->ca_file = v->cainfo;
		out->ca_dir = v->capath;
	}
#endif
}
