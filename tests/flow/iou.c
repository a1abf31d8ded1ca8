/*
 * iou - the cutouts of rendered scenes against their exact masks: prints a table for each method, and fails where a
 * promise is broken.
 *
 * iou SCENES.JSON: paths in it are relative to the working folder.
 */
#include "pipeline/file.h"
#include "stages/matte.h"
#include "stages/remove_background.h"
#include "stages/road.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MAX_FILE (64 << 20)

/* What is promised. */
#define NEURAL_STUDIO 0.97 /* mean */
#define NEURAL_SINGLE 0.90 /* mean over all scenes with one product */
#define UNSEEN        0.93 /* of whatever the classical cutout delivers without a reason */

static const struct picture_limits limits = { MAX_FILE, 200000000, 1 };

struct scene {
	const char *photo, *mask;
	bool studio, single;
};

struct found {
	double iou, confidence, cpu;
	char method[16], reasons[160];
};

struct tally {
	double studio_sum, single_sum, least;
	int studio, single, studio_unseen, cluttered_unseen, broken;
};

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const char *text(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s ? s : "";
}

static void read_facts(const char *facts, struct found *v)
{
	cJSON *o = cJSON_Parse(facts);
	const cJSON *reason;

	snprintf(v->method, sizeof(v->method), "%s", text(o, "method"));
	v->confidence = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(o, "confidence"));
	cJSON_ArrayForEach(reason, cJSON_GetObjectItemCaseSensitive(o, "reasons"))
	{
		size_t used = strlen(v->reasons);

		snprintf(v->reasons + used, sizeof(v->reasons) - used, " %s", reason->valuestring);
	}
	cJSON_Delete(o);
}

/* The matte at the exact mask's size, against it. */
static int compare(const char *mask_path, const struct bytes *png, double *iou, struct err *e)
{
	struct raster matte = { 0 }, scaled = { 0 }, exact = { 0 };
	struct picture *mask = NULL;
	struct bytes *file = NULL;
	int rc = -1;

	if (matte_decode(png, &matte, e) || file_read(mask_path, MAX_FILE, &file, NULL, e) ||
	    picture_decode(file, &limits, 0, &mask, e) ||
	    raster_init(&exact, mask->rgb.width, mask->rgb.height, 1, e) ||
	    raster_scale(&matte, (struct box){ 0, 0, matte.width, matte.height }, exact.width, exact.height, &scaled,
			 e))
		goto done;
	for (size_t i = 0; i < (size_t)exact.width * (size_t)exact.height; i++)
		exact.data[i] = mask->rgb.data[3 * i];
	*iou = matte_iou(&exact, &scaled);
	rc = 0;
done:
	raster_release(&matte);
	raster_release(&scaled);
	raster_release(&exact);
	picture_free(mask);
	bytes_unref(file);
	return rc;
}

/* A scene through the stage itself. A photo without a product in it has an IoU of 0. */
static int work(const struct remove_background_config *cfg, const struct scene *s, struct found *v, struct err *e)
{
	struct item *it = item_create(1, 1, "SCENE", 1, s->photo, NULL, NULL);
	struct result out = { 0 };
	struct call call = { 0 };
	double began;
	int rc = -1;

	memset(v, 0, sizeof(*v));
	if (!it || file_read(s->photo, MAX_FILE, &it->results[STAGE_FETCH].bytes, NULL, e))
		goto done;
	began = cpu_now();
	if (stage_remove_background.begin(cfg, it, &out, &call, e) != STAGE_DONE)
		goto done;
	v->cpu = cpu_now() - began;
	read_facts(out.facts, v);
	rc = compare(s->mask, out.bytes, &v->iou, e);
done:
	result_release(&out);
	item_free(it);
	return rc;
}

static void count(struct tally *t, const struct scene *s, const struct found *v)
{
	bool unseen = !v->reasons[0];

	t->studio += s->studio;
	t->studio_sum += s->studio ? v->iou : 0;
	t->single += s->single;
	t->single_sum += s->single ? v->iou : 0;
	t->studio_unseen += s->studio && unseen;
	t->cluttered_unseen += !s->studio && unseen;
	if (unseen && v->iou < t->least)
		t->least = v->iou;
}

static int each_scene(const cJSON *scenes, const struct remove_background_config *cfg, struct tally *t)
{
	const cJSON *o;

	*t = (struct tally){ .least = 1 };
	printf("| %-22s %-9s %6s %5s %7s  %s\n", "scene", "method", "IoU", "sure", "CPU ms", "reasons");
	cJSON_ArrayForEach(o, scenes)
	{
		struct scene s = { text(o, "photo"), text(o, "mask"), strcmp(text(o, "kind"), "studio") == 0,
				   cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(o, "products")) == 1 };
		const char *name = strrchr(s.photo, '/');
		struct err e = { 0 };
		struct found v;

		if (work(cfg, &s, &v, &e)) {
			printf("| %s: %s\n", s.photo, e.msg);
			t->broken++;
			continue;
		}
		printf("| %-22s %-9s %.4f %5.2f %7.0f %s\n", name ? name + 1 : s.photo, v.method, v.iou, v.confidence,
		       v.cpu * 1e3, v.reasons);
		count(t, &s, &v);
	}
	return t->broken;
}

static int expect(bool held, const char *what)
{
	if (!held)
		printf("| BROKEN: %s\n", what);
	return !held;
}

static int judge_neural(const cJSON *scenes)
{
	struct neural_config config = NEURAL_ISNET;
	struct remove_background_config cfg = { .limits = limits, .max_side = 2048 };
	struct err e = { 0 };
	struct tally t;
	int broken;

	if (neural_open(&cfg.neural, &config, &e)) {
		printf("| %s\n", e.msg);
		return 1;
	}
	broken = each_scene(scenes, &cfg, &t);
	neural_close(cfg.neural);
	printf("| neural: mean IoU %.4f on %d studio scenes, %.4f on %d scenes with one product\n",
	       t.studio_sum / t.studio, t.studio, t.single_sum / t.single, t.single);
	return broken + expect(t.studio_sum >= NEURAL_STUDIO * t.studio, "neural, studio scenes: mean IoU below 0.97") +
	       expect(t.single_sum >= NEURAL_SINGLE * t.single, "neural, one product: mean IoU below 0.90");
}

static int judge_classical(const cJSON *scenes)
{
	struct remove_background_config cfg = { .limits = limits, .max_side = 2048 };
	struct tally t;
	int broken = each_scene(scenes, &cfg, &t);

	printf("| classical: %d of %d studio scenes delivered without a reason, the least IoU of what was is %.4f\n",
	       t.studio_unseen, t.studio, t.least);
	return broken + expect(t.least >= UNSEEN, "classical: delivered without a reason with an IoU below 0.93") +
	       expect(2 * t.studio_unseen >= t.studio, "classical: fewer than half of the studio scenes delivered") +
	       expect(t.cluttered_unseen == 0, "classical: a cluttered scene delivered without a reason");
}

int main(int argc, char **argv)
{
	struct bytes *file = NULL;
	struct err e = { 0 };
	struct rusage usage;
	cJSON *scenes;
	int broken = 1;

	if (argc != 2 || picture_library_open(argv[0], &e) || file_read(argv[1], MAX_FILE, &file, NULL, &e)) {
		fprintf(stderr, "%s\n", argc != 2 ? "usage: iou SCENES.JSON" : e.msg);
		return 2;
	}
	scenes = cJSON_ParseWithLength((const char *)file->data, file->size);
	bytes_unref(file);
	if (cJSON_GetArraySize(scenes) > 0)
		broken = judge_classical(scenes) + judge_neural(scenes);
	else
		printf("| %s holds no scenes\n", argv[1]);
	cJSON_Delete(scenes);
	picture_library_close();
	getrusage(RUSAGE_SELF, &usage);
	printf("| peak memory %ld MiB\n", usage.ru_maxrss / 1024);
	return broken ? 1 : 0;
}
