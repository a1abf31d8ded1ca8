/* picture_jpeg_planes.c - libjpeg's raw planes, in and out: see picture_planes.h. */
#include "stages/picture_jpeg.h"
#include "stages/picture_planes.h"

#include <stdlib.h>
#include <string.h>

enum { MCU_ROWS_MAX = 16 };

/* Row pointers of one row of MCUs, all components. */
struct rows {
	JSAMPROW y[MCU_ROWS_MAX], cb[MCU_ROWS_MAX], cr[MCU_ROWS_MAX];
	JSAMPARRAY components[3];
};

static void point_at(struct rows *r, const struct planes *p, const int *heights, int count, unsigned mcu)
{
	JSAMPROW *all[3] = { r->y, r->cb, r->cr };

	for (int c = 0; c < count; c++) {
		for (int i = 0; i < heights[c]; i++)
			all[c][i] = p->p[c].data + ((size_t)mcu * (size_t)heights[c] + (size_t)i) * p->p[c].stride;
		r->components[c] = all[c];
	}
}

/* YCbCr whose chroma is full or halved, or grey: everything else is somebody else's. */
static bool is_ordinary(const struct jpeg_decompress_struct *j)
{
	const jpeg_component_info *c = j->comp_info;

	if (j->num_components == 1 && j->jpeg_color_space == JCS_GRAYSCALE)
		return c[0].h_samp_factor == 1 && c[0].v_samp_factor == 1;
	return j->num_components == 3 && j->jpeg_color_space == JCS_YCbCr && c[0].h_samp_factor <= 2 &&
	       c[0].v_samp_factor <= 2 && c[1].h_samp_factor == 1 && c[1].v_samp_factor == 1 &&
	       c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
}

/* Without a profile it is; with one, if it is the one that packshot's own files carry. */
static bool is_srgb(struct jpeg_decompress_struct *j)
{
	unsigned size = 0;
	JOCTET *profile = NULL;
	bool same;

	if (!jpeg_read_icc_profile(j, &profile, &size))
		return !j->marker_list;
	same = size == picture_srgb_profile_size && memcmp(profile, picture_srgb_profile, size) == 0;
	free(profile);
	return same;
}

static void read_planes(struct jpeg_reader *r, struct planes *out)
{
	struct jpeg_decompress_struct *j = &r->jpeg;
	int heights[3];
	struct rows rows;

	for (int c = 0; c < j->num_components; c++)
		heights[c] = (j->num_components == 1 ? 1 : j->comp_info[c].v_samp_factor) * DCTSIZE;
	for (unsigned mcu = 0; j->output_scanline < j->output_height; mcu++) {
		point_at(&rows, out, heights, j->num_components, mcu);
		jpeg_read_raw_data(j, rows.components, (JDIMENSION)heights[0]);
	}
}

static void no_colour(struct planes *p)
{
	for (int c = 1; c < 3; c++)
		memset(p->p[c].data, 128, p->p[c].stride * (size_t)p->p[c].height);
}

static int read_jpeg(struct jpeg_reader *r, const struct bytes *b, struct planes *out)
{
	struct jpeg_decompress_struct *j = &r->jpeg;

	if (setjmp(r->out) != 0)
		return -1;
	jpeg_create_decompress(j);
	j->progress = &r->progress;
	jpeg_mem_src(j, b->data, b->size);
	jpeg_save_markers(j, JPEG_APP0 + 2, 0xffff);
	jpeg_read_header(j, TRUE);
	if (!is_ordinary(j) || !is_srgb(j))
		return 0;
	j->raw_data_out = TRUE;
	j->out_color_space = j->jpeg_color_space;
	jpeg_start_decompress(j);
	if (planes_init(out, (int)j->output_width, (int)j->output_height,
			j->num_components == 3 && j->comp_info[0].h_samp_factor == 2,
			j->num_components == 3 && j->comp_info[0].v_samp_factor == 2, r->err) != 0)
		return -1;
	read_planes(r, out);
	jpeg_finish_decompress(j);
	if (j->num_components == 1)
		no_colour(out);
	return 1;
}

int planes_from_jpeg(const struct bytes *b, const struct picture_limits *limits, struct planes *out, struct err *e)
{
	struct picture_info info;
	struct jpeg_reader r;
	int rc;

	memset(out, 0, sizeof(*out));
	if (picture_probe(b, limits, &info, e) != 0)
		return -1;
	if (info.format != FORMAT_JPEG || info.orientation > 1)
		return 0;
	picture_jpeg_reader(&r, e);
	rc = read_jpeg(&r, b, out);
	jpeg_destroy_decompress(&r.jpeg);
	if (rc != 1)
		planes_release(out);
	return rc;
}

/* --- out --- */

/* What lies beyond the picture within its last blocks is white too, or it would shine through. */
static void fill_padding(const struct planes *p)
{
	for (int c = 0; c < 3; c++) {
		const struct plane *q = &p->p[c];
		size_t width = (size_t)q->width, padded = (width + DCTSIZE - 1) / DCTSIZE * DCTSIZE;
		int tall = (q->height + DCTSIZE - 1) / DCTSIZE * DCTSIZE;

		for (int y = 0; y < q->height && padded > width; y++)
			memset(q->data + (size_t)y * q->stride + width, c ? 128 : 255, padded - width);
		for (int y = q->height; y < tall; y++)
			memset(q->data + (size_t)y * q->stride, c ? 128 : 255, padded);
	}
}

static void set_up(struct jpeg_compress_struct *j, const struct planes *p, int quality)
{
	j->image_width = (JDIMENSION)p->p[0].width;
	j->image_height = (JDIMENSION)p->p[0].height;
	j->input_components = 3;
	j->in_color_space = JCS_YCbCr;
	jpeg_set_defaults(j);
	jpeg_set_quality(j, quality, TRUE);
	for (int c = 0; c < 3; c++)
		j->comp_info[c].h_samp_factor = j->comp_info[c].v_samp_factor = 1;
	j->raw_data_in = TRUE;
}

static int write_jpeg(struct jpeg_writer *w, const struct planes *p, int quality)
{
	static const int heights[3] = { DCTSIZE, DCTSIZE, DCTSIZE };
	struct jpeg_compress_struct *j = &w->jpeg;
	struct rows rows;

	if (setjmp(w->out) != 0)
		return -1;
	jpeg_create_compress(j);
	jpeg_mem_dest(j, &w->data, &w->size);
	set_up(j, p, quality);
	jpeg_start_compress(j, TRUE);
	jpeg_write_icc_profile(j, picture_srgb_profile, (unsigned)picture_srgb_profile_size);
	for (unsigned mcu = 0; j->next_scanline < j->image_height; mcu++) {
		point_at(&rows, p, heights, 3, mcu);
		jpeg_write_raw_data(j, rows.components, DCTSIZE);
	}
	jpeg_finish_compress(j);
	return 0;
}

int planes_to_jpeg(const struct planes *full, int quality, struct bytes **out, struct err *e)
{
	struct jpeg_writer w;
	int rc;

	*out = NULL;
	fill_padding(full);
	picture_jpeg_writer(&w, e);
	rc = write_jpeg(&w, full, quality);
	jpeg_destroy_compress(&w.jpeg);
	if (rc == 0)
		*out = bytes_adopt(w.data, w.size);
	if (*out)
		return 0;
	free(w.data);
	return rc == 0 ? err_set(e, ERR_NOMEM, "no memory for a picture of %lu bytes", w.size) : -1;
}
