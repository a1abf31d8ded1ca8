/* check_machine.c - the doctor's look at the machine: the local model and its memory, file descriptors, clock. */
#include "jobs/findings.h"

#include "jobs/figures.h"
#include "jobs/resources.h"
#include "pipeline/clock.h"
#include "stages/model.h"
#include "stages/neural.h"

#include <stdlib.h>
#include <string.h>

#define NEURAL_MEMORY (1200LL << 20) /* measured peak: 1.15 GB with ISNet fp16, one inference at a time */
#define WORKER_MEMORY (32LL << 20)   /* an allowance: a large photo being worked on */
#define FILES_BESIDES 64             /* database, blobs, libraries, standard streams, with room to spare */
#define FILES_WORKER  4              /* a reading connection with its log, a source, a result */

static const int64_t earliest_us = 1767225600LL * 1000000; /* 2026-01-01, before this program was written */
static const int64_t latest_us = 4102444800LL * 1000000;   /* 2100-01-01 */

/* "auto", "neural", "classical", or "" where the model is unknown or not local. */
static void method_of(const struct settings *s, char *out, size_t size)
{
	struct models *models = NULL;
	struct err err = { 0 };
	const struct model *m = NULL;

	if (models_open(&models, s->models, &err) == 0)
		m = models_find(models, MODEL_IMAGE, s->image_model, &err);
	snprintf(out, size, "%s", m && m->dialect == DIALECT_LOCAL && m->method ? m->method : "");
	models_close(models);
}

static void check_memory(struct findings *f, int64_t need)
{
	int64_t there = resources_memory();
	char a[FIGURE_MAX], b[FIGURE_MAX];

	if (there < 0)
		finding_add(f, "memory", FINDING_WARN, NULL, "how much is free is not known; a run needs about %s",
			    figure_bytes(a, need));
	else
		finding_add(f, "memory", there < need ? FINDING_WARN : FINDING_OK,
			    "free some memory, lower --workers, or use an image model without a network",
			    "%s free, about %s needed", figure_bytes(a, there), figure_bytes(b, need));
}

static bool check_network(struct findings *f, const char *method)
{
	struct neural_config config = NEURAL_ISNET;
	char *library = NULL, *weights = NULL;
	struct err err = { 0 };
	bool found;

	if (strcmp(method, "auto") != 0 && strcmp(method, "neural") != 0) {
		finding_add(f, "local model", FINDING_OK, NULL, "not needed by this image model");
		return false;
	}
	found = neural_find(&config, &library, &weights, &err) == 0;
	if (found)
		finding_add(f, "local model", FINDING_OK, NULL, "%.140s with %.140s", weights, library);
	else if (strcmp(method, "neural") == 0)
		finding_add_err(f, "local model", FINDING_FAIL, "run `make model`", &err);
	else
		finding_add_err(f, "local model", FINDING_WARN,
				"run `make model`; without it only photos on plain backdrops are cut out", &err);
	free(library);
	free(weights);
	return found;
}

static void check_files(struct findings *f, const struct settings *s)
{
	int64_t limit = resources_open_files(), need = s->concurrency + s->workers * FILES_WORKER + FILES_BESIDES;
	char fix[80];

	snprintf(fix, sizeof(fix), "`ulimit -n %lld`, or lower --concurrency", (long long)need);
	finding_add(f, "open files", limit >= 0 && limit < need ? FINDING_FAIL : FINDING_OK, fix,
		    "%lld allowed, %lld needed", (long long)limit, (long long)need);
}

static void check_clock(struct findings *f)
{
	int64_t now = clock_wall_us();
	bool sane = now > earliest_us && now < latest_us;

	finding_add(f, "clock", sane ? FINDING_OK : FINDING_FAIL,
		    "set the clock: certificates and the cache rely on it", "%s",
		    sane ? "plausible" : "the time of day cannot be right");
}

void check_machine(struct findings *f, const struct settings *s)
{
	char method[32];

	method_of(s, method, sizeof(method));
	check_memory(f, (check_network(f, method) ? NEURAL_MEMORY : 0) + s->workers * WORKER_MEMORY);
	check_files(f, s);
	check_clock(f);
}
