/* The verdict on finished files: those that resize makes, and those that are not what was asked for. */
#include "tests/scene.h"

#include "stages/inspect.h"
#include "stages/resize.h"

#include <math.h>
#include <stdio.h>

static const struct picture_limits limits = { 16 << 20, 100 * 1000 * 1000, 100 };

static const char *const sure = "{\"method\":\"neural\",\"confidence\":0.97,\"reasons\":[]}";
static const char *const doubtful =
	"{\"method\":\"classical\",\"confidence\":0.4,\"reasons\":[\"touches_border\",\"unsure_cutout\"]}";

/* What a finished file is painted from, and what resize would say of it. */
struct file {
	int width, height;
	enum picture_format format;
	struct box painted; /* a dark rectangle */
	struct box dirt;    /* 254,255,255 */
	const char *made;
	const char *cutout;
};

#define MADE(upscaled)                                                                                                 \
	"{\"format\":\"png\",\"width\":400,\"height\":400,\"quality\":100,\"box\":[30,60,340,280],\"painted\":[30,60," \
	"340,280],"                                                                                                    \
	"\"fill\":0.85,\"upscaled\":" upscaled ",\"shadow\":\"none\"}"

static const struct {
	const char *name;
	struct file file;
	const char *verdict, *reasons; /* as JSON */
} cases[] = {
	{ "as asked for", { 400, 400, FORMAT_PNG, { 30, 60, 340, 280 }, { 0 }, MADE("1"), NULL }, "succeeded", "[]" },
	{ "cutout in doubt",
	  { 400, 400, FORMAT_PNG, { 30, 60, 340, 280 }, { 0 }, MADE("1"), "d" },
	  "review",
	  "[\"touches_border\",\"unsure_cutout\"]" },
	{ "upscaled",
	  { 400, 400, FORMAT_PNG, { 30, 60, 340, 280 }, { 0 }, MADE("2.5"), NULL },
	  "review",
	  "[\"upscaled\"]" },
	{ "doubt and upscaled",
	  { 400, 400, FORMAT_PNG, { 30, 60, 340, 280 }, { 0 }, MADE("2.5"), "d" },
	  "review",
	  "[\"touches_border\",\"unsure_cutout\",\"upscaled\"]" },
	{ "one grey pixel",
	  { 400, 400, FORMAT_PNG, { 30, 60, 340, 280 }, { 9, 9, 1, 1 }, MADE("1"), NULL },
	  "review",
	  "[\"off_white\",\"off_centre\"]" },
	{ "smaller than asked",
	  { 400, 400, FORMAT_PNG, { 100, 130, 200, 140 }, { 0 }, MADE("1"), NULL },
	  "review",
	  "[\"low_fill\"]" },
	{ "to one side",
	  { 400, 400, FORMAT_PNG, { 15, 60, 340, 280 }, { 0 }, MADE("1"), NULL },
	  "review",
	  "[\"off_white\",\"off_centre\"]" },
	{ "wrong size",
	  { 400, 399, FORMAT_PNG, { 30, 60, 340, 280 }, { 0 }, MADE("1"), NULL },
	  "rejected",
	  "[\"wrong_size\"]" },
	{ "wrong format",
	  { 400, 400, FORMAT_JPEG, { 30, 60, 340, 280 }, { 0 }, MADE("1"), NULL },
	  "rejected",
	  "[\"wrong_format\"]" },
	{ "nothing in it", { 400, 400, FORMAT_PNG, { 0 }, { 0 }, MADE("1"), NULL }, "rejected", "[\"empty_picture\"]" },
	{ "border",
	  { 400, 400, FORMAT_PNG, { 30, 60, 340, 340 }, { 0 }, MADE("1"), NULL },
	  "rejected",
	  "[\"border_not_white\",\"off_white\",\"off_centre\"]" },
};

static void fill(struct raster *r, struct box b, int red, int others)
{
	for (int y = b.top; y < b.top + b.height && y < r->height; y++)
		for (int x = b.left; x < b.left + b.width && x < r->width; x++) {
			unsigned char *p = r->data + (y * r->width + x) * 3;

			p[0] = (unsigned char)red;
			p[1] = p[2] = (unsigned char)others;
		}
}

static struct item *finished(const struct file *f)
{
	struct item *it = item_create(1, 1, "SKU", 1, "x", NULL, NULL);
	struct result *made = &it->results[STAGE_RESIZE];
	struct raster r;
	struct err e = { 0 };

	assert_int_equal(raster_init(&r, f->width, f->height, 3, &e), 0);
	memset(r.data, 255, (size_t)f->width * (size_t)f->height * 3);
	fill(&r, f->painted, 40, 60);
	fill(&r, f->dirt, 254, 255);
	assert_int_equal(picture_encode(&r, &(struct encoding){ f->format, 90, 0 }, &made->bytes, NULL, &e), 0);
	raster_release(&r);
	made->facts = strdup(f->made);
	it->results[STAGE_REMOVE_BACKGROUND].facts = strdup(f->cutout ? doubtful : sure);
	return it;
}

static struct inspect_config config(enum picture_format format)
{
	return (struct inspect_config){ 400, 400, 0.85, format, limits };
}

static void check_text(const char *name, const cJSON *o, const char *key, const char *want)
{
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(o, key));

	CHECK_TEXT(name, text, want);
	free(text);
}

static void test_verdicts(void **state)
{
	struct inspect_config cfg = config(FORMAT_PNG);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct item *it = finished(&cases[i].file);
		struct err e = { 0 };
		const char *facts;
		char verdict[20];
		cJSON *o;

		CHECK_INT(cases[i].name, scene_run(&stage_inspect, &cfg, it, STAGE_INSPECT, &e), STAGE_DONE);
		facts = it->results[STAGE_INSPECT].facts;
		assert_null(it->results[STAGE_INSPECT].bytes);
		o = cJSON_Parse(facts);
		snprintf(verdict, sizeof(verdict), "\"%s\"", cases[i].verdict);
		check_text(cases[i].name, o, "verdict", verdict);
		check_text(cases[i].name, o, "reasons", cases[i].reasons);
		check_text(cases[i].name, o, "method", cases[i].file.cutout ? "\"classical\"" : "\"neural\"");
		check_text(cases[i].name, o, "confidence", cases[i].file.cutout ? "0.4" : "0.97");
		check_text(cases[i].name, cJSON_GetObjectItem(o, "checks"), "method",
			   cases[i].file.cutout ? "\"classical\"" : "\"neural\"");
		cJSON_Delete(o);
		item_free(it);
	}
}

static void test_checks(void **state)
{
	struct inspect_config cfg = config(FORMAT_PNG);
	struct file f = cases[0].file;
	struct item *it = finished(&f);
	struct err e = { 0 };
	const char *facts;

	(void)state;
	assert_int_equal(scene_run(&stage_inspect, &cfg, it, STAGE_INSPECT, &e), STAGE_DONE);
	facts = it->results[STAGE_INSPECT].facts;
	CHECK_INT("background_white", fact_number(facts, "background_white") == 1, 1);
	CHECK_INT("border_white", fact_number(facts, "border_white") == 1, 1);
	CHECK_INT("fill", fact_number(facts, "fill") == 0.85, 1);
	CHECK_INT("upscaled", fact_number(facts, "upscaled") == 1, 1);
	CHECK_INT("centred", strstr(facts, "\"centred\":true") != NULL, 1);
	item_free(it);
	f.dirt = (struct box){ 2, 2, 1, 1 };
	it = finished(&f);
	assert_int_equal(scene_run(&stage_inspect, &cfg, it, STAGE_INSPECT, &e), STAGE_DONE);
	/* One pixel of many thousands, yet not 1. */
	CHECK_INT("background_white", fact_number(it->results[STAGE_INSPECT].facts, "background_white") < 1, 1);
	item_free(it);
}

/* What resize really makes, in every format, with and without a shadow, dark and nearly white. */
static void test_what_resize_makes(void **state)
{
	static const enum picture_format formats[] = { FORMAT_JPEG, FORMAT_WEBP, FORMAT_PNG, FORMAT_AVIF };
	static const unsigned char colours[3][3] = { { 30, 30, 34 }, { 200, 60, 40 }, { 246, 246, 244 } };

	(void)state;
	for (int i = 0; i < 4 * 3 * 2; i++) {
		struct scene s = { 900, 800, { 150, 100, 600, 500 }, { 120, 120, 120 }, { 0 }, 5 };
		struct resize_config resize = {
			400, 400, 0.85, i % 2 ? SHADOW_CONTACT : SHADOW_NONE, { formats[i / 6], 88, 0 }, limits, 4000
		};
		struct inspect_config inspect = config(formats[i / 6]);
		struct raster photo, matte;
		struct item *it;
		struct err e = { 0 };
		char name[80];

		memcpy(s.colour, colours[i / 2 % 3], 3);
		snprintf(name, sizeof(name), "%s of %d, shadow %d", picture_format_name(formats[i / 6]), s.colour[0],
			 i % 2);
		scene_paint(&s, &photo, &matte);
		it = scene_item(&photo, &matte, sure);
		CHECK_INT(name, scene_run(&stage_resize, &resize, it, STAGE_RESIZE, &e), STAGE_DONE);
		CHECK_INT(name, scene_run(&stage_inspect, &inspect, it, STAGE_INSPECT, &e), STAGE_DONE);
		if (!strstr(it->results[STAGE_INSPECT].facts, "\"verdict\":\"succeeded\""))
			fail_msg("%s: %s, %s", name, it->results[STAGE_INSPECT].facts, it->results[STAGE_RESIZE].facts);
		CHECK_INT(name, fabs(fact_number(it->results[STAGE_INSPECT].facts, "fill") - 0.85) < 0.045, 1);
		item_free(it);
	}
}

static void test_unreadable(void **state)
{
	struct inspect_config cfg = config(FORMAT_PNG);
	struct item *it = finished(&cases[0].file);
	struct result *made = &it->results[STAGE_RESIZE];
	struct err e = { 0 };

	(void)state;
	made->bytes->size /= 2;
	CHECK_INT("cut", scene_run(&stage_inspect, &cfg, it, STAGE_INSPECT, &e), STAGE_FAIL);
	CHECK_INT("cut", e.code, ERR_PICTURE);
	free(made->facts);
	made->facts = strdup("{}");
	e = (struct err){ 0 };
	CHECK_INT("no facts", scene_run(&stage_inspect, &cfg, it, STAGE_INSPECT, &e), STAGE_FAIL);
	CHECK_INT("no facts", e.code, ERR_PICTURE);
	item_free(it);
}

static void test_key(void **state)
{
	struct inspect_config cfg = config(FORMAT_PNG), other = cfg;
	struct item *it = finished(&cases[0].file);
	struct digest first, next;

	(void)state;
	it->results[STAGE_RESIZE].has_blob = true;
	first = scene_key(&stage_inspect, &cfg, it);
	next = scene_key(&stage_inspect, &cfg, it);
	CHECK_INT("the same", digest_equal(&first, &next), true);
	other.fill = 0.8;
	next = scene_key(&stage_inspect, &other, it);
	CHECK_INT("another fill", digest_equal(&first, &next), false);
	free(it->results[STAGE_REMOVE_BACKGROUND].facts);
	it->results[STAGE_REMOVE_BACKGROUND].facts = strdup(doubtful);
	next = scene_key(&stage_inspect, &cfg, it);
	CHECK_INT("another cutout", digest_equal(&first, &next), false);
	item_free(it);
}

static int open_library(void **state)
{
	struct err e = { 0 };

	(void)state;
	return picture_library_open("test_inspect", &e);
}

static int close_library(void **state)
{
	(void)state;
	picture_library_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_what_resize_makes),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests_name("inspect", tests, open_library, close_library);
}
