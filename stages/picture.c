/* picture.c - libvips itself: opened, closed, its error text, its pixels from and to rasters. */
#include "stages/picture_vips.h"

#include <stdlib.h>
#include <string.h>

static void quiet(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
	/* What libvips says on the side would tear the progress line; what matters comes back as an error. */
	(void)domain, (void)level, (void)message, (void)data;
}

int picture_library_open(const char *program, struct err *e)
{
	static const char *const needed[] = { "jpegload_buffer", "pngload_buffer",  "webpload_buffer", "gifload_buffer",
					      "tiffload_buffer", "jpegsave_buffer", "pngsave_buffer" };

	if (vips_init(program) != 0)
		return picture_blame(e, ERR_CONFIG, "libvips does not start");
	g_log_set_handler("VIPS", G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION, quiet, NULL);
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_block_untrusted_set(TRUE);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!vips_type_find("VipsOperation", needed[i]))
			return err_set(e, ERR_CONFIG, "this libvips (%s) lacks %s", vips_version_string(), needed[i]);
	return 0;
}

void picture_library_close(void)
{
	vips_shutdown();
}

int picture_blame(struct err *e, enum err_code code, const char *what)
{
	char *text = vips_error_buffer_copy(); /* and clears it */
	char *last;

	g_strchomp(text);
	last = strrchr(text, '\n'); /* what was said first is often only a symptom */
	last = last ? last + 1 : text;
	if (*last)
		err_set(e, code, "%s: %s", what, last);
	else
		err_set(e, code, "%s", what);
	g_free(text);
	return -1;
}

VipsImage *picture_from_raster(const struct raster *r)
{
	VipsImage *image = vips_image_new_from_memory(r->data, (size_t)r->width * (size_t)r->height * (size_t)r->bands,
						      r->width, r->height, r->bands, VIPS_FORMAT_UCHAR);

	if (image)
		image->Type = r->bands == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W;
	return image;
}

int picture_to_raster(VipsImage *image, struct raster *out, struct err *e)
{
	VipsImage *memory;
	int rc;

	if (raster_init(out, image->Xsize, image->Ysize, image->Bands, e) != 0)
		return -1;
	memory = picture_from_raster(out);
	rc = memory ? vips_image_write(image, memory) : -1;
	if (rc != 0) {
		picture_blame(e, ERR_PICTURE, "the picture is damaged or cut short");
		raster_release(out);
	}
	VIPS_UNREF(memory);
	return rc;
}

void picture_free(struct picture *p)
{
	if (!p)
		return;
	raster_release(&p->rgb);
	raster_release(&p->alpha);
	free(p);
}
