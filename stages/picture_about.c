#include "stages/picture_about.h"

#include <vips/vips.h>

const char *picture_library_version(void)
{
	return vips_version_string();
}

bool picture_library_reads(enum picture_format format)
{
	static const char *const loaders[] = {
		[FORMAT_JPEG] = "jpegload_buffer", [FORMAT_PNG] = "pngload_buffer",   [FORMAT_WEBP] = "webpload_buffer",
		[FORMAT_AVIF] = "heifload_buffer", [FORMAT_HEIF] = "heifload_buffer", [FORMAT_GIF] = "gifload_buffer",
		[FORMAT_TIFF] = "tiffload_buffer",
	};

	if ((size_t)format >= sizeof(loaders) / sizeof(loaders[0]) || !loaders[format])
		return false;
	return vips_type_find("VipsOperation", loaders[format]) != 0;
}
