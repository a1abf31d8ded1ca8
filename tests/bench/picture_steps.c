/* picture_steps.c - CPU time of each step from a photo's bytes to a checked file. `picture_steps PHOTO.jpg [ROUNDS]` */
#include "stages/compose.h"
#include "stages/enhance.h"
#include "stages/inspect.h"
#include "stages/resize.h"
#include "stages/road.h"
#include "stages/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct picture_limits limits = { 1 << 28, 1 << 28, 100 };
static const struct enhance_config enhance = { { 1 << 28, 1 << 28, 100 }, 4000, 3.0, false };
static const struct resize_config resize = {
	800, 800, 0.85, SHADOW_NONE, { FORMAT_JPEG, 88, 0 }, { 1 << 28, 1 << 28, 100 }, 4000
};
static const struct inspect_config inspect = { 800, 800, 0.85, FORMAT_JPEG, { 1 << 28, 1 << 28, 100 } };

static double cpu_ms(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return 1e3 * (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       1e-3 * (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static struct bytes *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct bytes *b = NULL;
	long size;

	if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0) {
		b = bytes_create((size_t)size);
		if (b && fread(b->data, 1, b->size, f) != b->size) {
			bytes_unref(b);
			b = NULL;
		}
	}
	if (f)
		fclose(f);
	return b;
}

/* An ellipse in the middle, as large as products are. */
static int make_matte(int width, int height, struct raster *m, struct err *e)
{
	if (raster_init(m, width, height, 1, e) != 0)
		return -1;
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			double dx = (x - width * 0.5) / (width * 0.25), dy = (y - height * 0.5) / (height * 0.38);
			double in = (1 - dx * dx - dy * dy) * 60 * 255;

			m->data[y * width + x] = (unsigned char)(in < 0 ? 0 : in > 255 ? 255 : in);
		}
	}
	return 0;
}

static int run(const struct stage *s, const void *cfg, struct item *it, int at, struct err *e)
{
	struct result *r = &it->results[at];
	struct call call = { 0 };

	result_release(r);
	return s->begin(cfg, it, r, &call, e) == STAGE_DONE ? 0 : -1;
}

static int one(struct bytes *photo, const struct raster *matte, double ms[6], struct item *it, struct err *e)
{
	struct result *cut = &it->results[STAGE_REMOVE_BACKGROUND];
	const struct picture *p;
	double t[7];

	bytes_unref(it->results[STAGE_FETCH].bytes);
	it->results[STAGE_FETCH].bytes = bytes_ref(photo);
	bytes_unref(cut->bytes);
	cut->bytes = NULL;
	t[0] = cpu_ms();
	if (source_picture(it, &limits, 4000, &p, e) != 0)
		return -1;
	t[1] = cpu_ms();
	if (matte_encode(matte, &cut->bytes, e) != 0)
		return -1;
	t[2] = cpu_ms();
	if (run(&stage_enhance, &enhance, it, STAGE_ENHANCE, e) != 0)
		return -1;
	t[3] = cpu_ms();
	if (run(&stage_resize, &resize, it, STAGE_RESIZE, e) != 0)
		return -1;
	t[4] = cpu_ms();
	if (run(&stage_inspect, &inspect, it, STAGE_INSPECT, e) != 0)
		return -1;
	t[5] = cpu_ms();
	for (int i = 0; i < 5; i++)
		ms[i] += t[i + 1] - t[i];
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "decode", "matte encode", "enhance", "resize", "inspect" };
	int rounds = argc > 2 ? atoi(argv[2]) : 20;
	struct item *it = item_create(1, 1, "bench", 1, "bench", NULL, NULL);
	struct bytes *photo = argc > 1 ? read_file(argv[1]) : NULL;
	struct picture_info info;
	struct raster matte = { 0 };
	struct err e = { 0 };
	double ms[6] = { 0 }, sum = 0;

	if (argc < 2 || rounds < 1) {
		puts("usage: picture_steps PHOTO.jpg [ROUNDS]");
		return 0;
	}
	if (!it || !photo || picture_library_open(argv[0], &e) != 0 || picture_probe(photo, &limits, &info, &e) != 0 ||
	    make_matte(1024, 1024 * info.height / info.width, &matte, &e) != 0)
		goto end;
	if (one(photo, &matte, ms, it, &e) != 0) /* warm-up */
		goto end;
	memset(ms, 0, sizeof(ms));
	for (int i = 0; i < rounds; i++)
		if (one(photo, &matte, ms, it, &e) != 0)
			goto end;
	printf("%d x %d %s, %zu bytes; CPU-ms a picture, mean of %d\n", info.width, info.height,
	       picture_format_name(info.format), photo->size, rounds);
	for (int i = 0; i < 5; i++, sum += ms[i - 1])
		printf("  %-14s %6.1f\n", names[i], ms[i] / rounds);
	printf("  %-14s %6.1f\n  %s\n  %s\n  %s\n", "sum", sum / rounds, it->results[STAGE_ENHANCE].facts,
	       it->results[STAGE_RESIZE].facts, it->results[STAGE_INSPECT].facts);
end:
	if (e.code != ERR_OK)
		fprintf(stderr, "%s\n", e.msg);
	raster_release(&matte);
	bytes_unref(photo);
	item_free(it);
	picture_library_close();
	return e.code != ERR_OK;
}
