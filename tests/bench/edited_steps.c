/*
 * edited_steps - CPU milliseconds of what is done with a model's picture, step by step.
 *
 * edited_steps PICTURE [ROUNDS]: an edited picture as a model sends it (a JPEG of 1024 x 1024 is usual).
 */
#include "pipeline/file.h"
#include "stages/edited.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static double cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return 1e3 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       1e-3 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	static const struct picture_limits limits = { 64 << 20, 100 << 20, 10 };
	struct edited_frame frame = { 800, 800, 0.85, { FORMAT_JPEG, 88, 0 }, limits };
	int rounds = argc > 2 ? atoi(argv[2]) : 50;
	struct bytes *b = NULL, *made = NULL;
	double look_ms = 0, finish_ms = 0;
	struct edited_facts facts;
	struct edited_look look;
	struct err e = { 0 };

	if (argc < 2 || rounds < 1) {
		puts("usage: edited_steps PICTURE [ROUNDS]");
		return 0;
	}
	if (picture_library_open(argv[0], &e) != 0 || file_read(argv[1], 64 << 20, &b, NULL, &e) != 0)
		goto end;
	for (int i = -3; i < rounds; i++) {
		double began = cpu_ms(), middle;

		if (edited_look(b, &limits, &look, &e) != 0)
			goto end;
		middle = cpu_ms();
		if (edited_finish(b, &frame, &made, &facts, &e) != 0)
			goto end;
		if (i >= 0) {
			look_ms += middle - began;
			finish_ms += cpu_ms() - middle;
		}
		if (i + 1 < rounds)
			bytes_unref(made);
	}
	printf("%d x %d, %zu bytes to %zu; CPU-ms a picture: look %.2f, finish %.2f\n", look.width, look.height,
	       b->size, made->size, look_ms / rounds, finish_ms / rounds);
	bytes_unref(made);
end:
	if (e.code != ERR_OK)
		fprintf(stderr, "%s\n", e.msg);
	bytes_unref(b);
	picture_library_close();
	return e.code != ERR_OK;
}
