/*
 * network - CPU milliseconds of the neural network alone on this machine: what no program around it can save.
 *
 * network [PICTURES]: prints one number, the mean of so many inferences (8) after a first one that loads the network.
 */
#include "stages/neural.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double cpu_ms(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return 1e3 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       1e-3 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static int infer(struct neural *network, const struct raster *photo, struct err *e)
{
	struct raster alpha;
	int rc = neural_alpha(network, photo, &alpha, e);

	if (rc == 0)
		raster_release(&alpha);
	return rc;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 8;
	struct neural_config isnet = NEURAL_ISNET;
	struct neural *network = NULL;
	struct raster photo = { 0 };
	struct err e = { 0 };
	double began = 0;
	int rc;

	isnet.threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
	rc = picture_library_open("network", &e);
	/* Already of the network's size, so that nothing is scaled. */
	if (rc == 0)
		rc = raster_init(&photo, isnet.input_size, isnet.input_size, 3, &e);
	if (rc == 0)
		rc = neural_open(&network, &isnet, &e);
	if (rc == 0) {
		memset(photo.data, 128, (size_t)photo.width * (size_t)photo.height * 3);
		rc = infer(network, &photo, &e);
		began = cpu_ms();
	}
	for (int i = 0; rc == 0 && i < count; i++)
		rc = infer(network, &photo, &e);
	if (rc == 0)
		printf("%.1f\n", (cpu_ms() - began) / count);
	else
		fprintf(stderr, "network: %s\n", e.msg);
	neural_close(network);
	raster_release(&photo);
	return rc == 0 ? 0 : 1;
}
