/*
 * picture_jpeg.h - libjpeg with our errors: what the files stages/picture_jpeg*.c share. Nobody else includes it.
 */
#ifndef PACKSHOT_STAGES_PICTURE_JPEG_H
#define PACKSHOT_STAGES_PICTURE_JPEG_H

#include "stages/picture_vips.h"

#include <setjmp.h>
#include <stddef.h>
#include <jpeglib.h>

/* A reader whose errors, damage included, end in longjmp(out) with *err set. It must stay where it is. */
struct jpeg_reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr mgr;
	struct jpeg_progress_mgr progress; /* set jpeg.progress to it once jpeg was created */
	jmp_buf out;
	struct err *err;
};
void picture_jpeg_reader(struct jpeg_reader *, struct err *);

struct jpeg_writer {
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr mgr;
	jmp_buf out;
	struct err *err;
	unsigned char *data; /* malloc()ed by libjpeg, the caller's in every case */
	unsigned long size;
};
void picture_jpeg_writer(struct jpeg_writer *, struct err *);

#endif
