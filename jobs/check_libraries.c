/* check_libraries.c - the doctor's look at the libraries: what they are, and whether they do their work. */
#include "jobs/findings.h"

#include "pipeline/store_check.h"
#include "pipeline/wire_about.h"
#include "stages/picture_about.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SAMPLE_SIDE 32

static void paint_sample(struct raster *r)
{
	for (int y = 0; y < r->height; y++) {
		for (int x = 0; x < r->width; x++) {
			unsigned char *p = r->data + 3 * (y * r->width + x);

			p[0] = (unsigned char)(x * 8);
			p[1] = (unsigned char)(y * 8);
			p[2] = 128;
		}
	}
}

/* Encodes a small picture and reads it back: a library may know a format by name and lack its codec. */
static int try_format(enum picture_format format, struct err *err)
{
	static const struct picture_limits limits = { 1 << 20, 1 << 20, 1 };
	struct encoding encoding = { .format = format, .quality = 80 };
	struct raster sample = { 0 };
	struct picture *back = NULL;
	struct bytes *file = NULL;
	int rc = -1;

	if (raster_init(&sample, SAMPLE_SIDE, SAMPLE_SIDE, 3, err))
		return -1;
	paint_sample(&sample);
	if (picture_encode(&sample, &encoding, &file, NULL, err) ||
	    picture_decode(file, &limits, SAMPLE_SIDE, &back, err))
		goto done;
	if (back->rgb.width == SAMPLE_SIDE && back->rgb.height == SAMPLE_SIDE)
		rc = 0;
	else
		err_set(err, ERR_CONFIG, "%s comes back with another size", picture_format_name(format));
done:
	picture_free(back);
	bytes_unref(file);
	raster_release(&sample);
	return rc;
}

/* JPEG must work, and what the configuration asks for; the others are worth knowing. */
static void check_format(struct findings *f, const struct settings *s, enum picture_format format)
{
	struct err err = { 0 };
	bool needed = format == FORMAT_JPEG || (int)format == s->format;

	if (try_format(format, &err))
		finding_add(f, picture_format_name(format), needed ? FINDING_FAIL : FINDING_WARN,
			    "install a libvips that was built with it", "cannot be written and read back: %s", err.msg);
	else
		finding_add(f, picture_format_name(format), FINDING_OK, NULL, "written and read back");
}

static void check_readers(struct findings *f)
{
	static const enum picture_format formats[] = { FORMAT_HEIF, FORMAT_GIF, FORMAT_TIFF };
	char missing[64] = "";

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		size_t used = strlen(missing);

		if (!picture_library_reads(formats[i]))
			snprintf(missing + used, sizeof(missing) - used, " %s", picture_format_name(formats[i]));
	}
	finding_add(f, "libvips", *missing ? FINDING_WARN : FINDING_OK, "install a libvips that was built with them",
		    "%s%s%s", picture_library_version(), *missing ? "; does not read" : "", missing);
}

static void check_pictures(struct findings *f, const struct settings *s)
{
	static const enum picture_format formats[] = { FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_AVIF };
	struct err err = { 0 };

	if (picture_library_open("packshot", &err)) {
		finding_add_err(f, "libvips", FINDING_FAIL, "install libvips 8.14 or later", &err);
		return;
	}
	check_readers(f);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		check_format(f, s, formats[i]);
	picture_library_close();
}

static void check_curl(struct findings *f, const struct wire_about *curl)
{
	char missing[64];

	snprintf(missing, sizeof(missing), "%s%s%s", curl->http2 ? "" : " HTTP/2", curl->brotli ? "" : " brotli",
		 curl->zstd ? "" : " zstd");
	if (!curl->https)
		finding_add(f, "libcurl", FINDING_FAIL, "install a libcurl that was built with TLS", "%s has no https",
			    curl->version);
	else
		finding_add(f, "libcurl", *missing ? FINDING_WARN : FINDING_OK,
			    "fetching works, only slower; install a fuller libcurl", "%s, %s, https%s%s", curl->version,
			    curl->tls, *missing ? "; lacks" : ", HTTP/2, brotli, zstd", missing);
}

static bool exists(const char *path)
{
	struct stat st;

	return path && stat(path, &st) == 0 && (S_ISDIR(st.st_mode) || st.st_size > 0);
}

static void check_certificates(struct findings *f, const struct wire_about *curl)
{
	const char *const places[] = { curl->ca_file, curl->ca_dir, X509_get_default_cert_file(),
				       X509_get_default_cert_dir() };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (exists(places[i])) {
			finding_add(f, "certificates", FINDING_OK, NULL, "%s", places[i]);
			return;
		}
	}
	finding_add(f, "certificates", FINDING_WARN, "install the package ca-certificates",
		    "no certificates of authorities: https URLs will be refused");
}

void check_libraries(struct findings *f, const struct settings *s)
{
	struct wire_about curl;

	check_pictures(f, s);
	wire_about(&curl);
	check_curl(f, &curl);
	check_certificates(f, &curl);
	finding_add(f, "sqlite", FINDING_OK, NULL, "%s", store_library_version());
	finding_add(f, "openssl", FINDING_OK, NULL, "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
}
