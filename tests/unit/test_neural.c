/*
 * test_neural.c - finding, opening and running the network, and what is said where that fails.
 *
 * What needs the real network is skipped where it is not installed; `make test` installs it first.
 */
#include "tests/scratch.h"

#include "stages/matte.h"
#include "stages/neural.h"

#include <pthread.h>

static bool installed(void)
{
	struct neural_config c = NEURAL_ISNET;
	char *library, *weights;
	struct err e = { 0 };

	if (neural_find(&c, &library, &weights, &e)) {
		print_message("[  NOTE    ] skipped: %s\n", e.msg);
		return false;
	}
	free(library);
	free(weights);
	return true;
}

static const char *text_file(void **state, const char *name, const char *text)
{
	const char *path = scratch_path(state, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static void check_says(const char *name, const struct err *e, const char *part)
{
	CHECK_INT(name, e->code, ERR_MODEL);
	if (!strstr(e->msg, part))
		fail_msg("%s: \"%s\" does not say \"%s\"", name, e->msg, part);
}

static void *open_fails(const struct neural_config *c, struct err *e)
{
	struct neural *n;

	memset(e, 0, sizeof(*e));
	assert_int_equal(neural_open(&n, c, e), -1);
	return n;
}

/* --- without the network --- */

static void says_what_is_missing(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	char *was = getenv("PACKSHOT_MODEL_DIR") ? strdup(getenv("PACKSHOT_MODEL_DIR")) : NULL;
	struct err e;

	setenv("PACKSHOT_MODEL_DIR", scratch_path(state, "nowhere"), 1);
	assert_null(open_fails(&c, &e));
	check_says("nothing installed", &e, "make model");
	check_says("nothing installed", &e, "ISNet");
	c.weights = "/nowhere/net.onnx";
	assert_null(open_fails(&c, &e));
	check_says("named weights", &e, "/nowhere/net.onnx");
	c = NEURAL_ISNET;
	c.library = "/nowhere/libonnxruntime.so";
	assert_null(open_fails(&c, &e));
	check_says("named library", &e, "/nowhere/libonnxruntime.so");
	if (was)
		setenv("PACKSHOT_MODEL_DIR", was, 1);
	else
		unsetenv("PACKSHOT_MODEL_DIR");
	free(was);
}

static void finds_by_environment(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	const char *lib = text_file(state, "lib.so", "x"), *net = text_file(state, "net.onnx", "y");
	char *library, *weights;
	struct err e = { 0 };

	setenv("PACKSHOT_ONNXRUNTIME", lib, 1);
	setenv("PACKSHOT_MODEL", net, 1);
	assert_int_equal(neural_find(&c, &library, &weights, &e), 0);
	unsetenv("PACKSHOT_ONNXRUNTIME");
	unsetenv("PACKSHOT_MODEL");
	assert_string_equal(library, lib);
	assert_string_equal(weights, net);
	free(library);
	free(weights);
}

static void refuses_other_libraries(void **state)
{
	static const struct {
		const char *name, *library; /* NULL: a text file */
	} cases[] = { { "a text file", NULL }, { "some other library", "/proc/self/exe" } };
	const char *net = text_file(state, "net.onnx", "weights");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct neural_config c = NEURAL_ISNET;
		struct err e;

		c.weights = net;
		c.library = cases[i].library ? cases[i].library : text_file(state, "lib.so", "no library");
		assert_null(open_fails(&c, &e));
		check_says(cases[i].name, &e, "make model");
	}
}

static void refuses_empty_weights(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	struct err e;

	c.weights = text_file(state, "empty.onnx", "");
	c.library = text_file(state, "lib.so", "x");
	assert_null(open_fails(&c, &e));
	check_says("empty weights", &e, "make model");
}

/* --- with it --- */

static void disc(struct raster *rgb, struct raster *mask)
{
	struct err e = { 0 };

	assert_int_equal(raster_init(rgb, 300, 200, 3, &e), 0);
	assert_int_equal(raster_init(mask, 300, 200, 1, &e), 0);
	for (int i = 0; i < 300 * 200; i++) {
		int dx = i % 300 - 160, dy = i / 300 - 100;
		bool in = dx * dx + dy * dy < 60 * 60;

		mask->data[i] = in ? 255 : 0;
		rgb->data[3 * i] = in ? 180 : 215;
		rgb->data[3 * i + 1] = in ? 40 : 215;
		rgb->data[3 * i + 2] = in ? 30 : 218;
	}
}

static void check_disc(struct neural *n)
{
	struct raster rgb, mask, alpha, scaled;
	struct err e = { 0 };

	disc(&rgb, &mask);
	if (neural_alpha(n, &rgb, &alpha, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(alpha.width, 1024);
	assert_int_equal(alpha.height, 1024);
	assert_int_equal(alpha.bands, 1);
	assert_int_equal(raster_scale(&alpha, (struct box){ 0, 0, 1024, 1024 }, 300, 200, &scaled, &e), 0);
	if (matte_iou(&scaled, &mask) < 0.95)
		fail_msg("the IoU of a disc is %.4f", matte_iou(&scaled, &mask));
	raster_release(&rgb);
	raster_release(&mask);
	raster_release(&alpha);
	raster_release(&scaled);
}

static void *disc_thread(void *n)
{
	check_disc(n);
	return NULL;
}

static void sees_a_disc(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	pthread_t other;
	struct neural *n;
	struct err e = { 0 };

	(void)state;
	if (!installed())
		return;
	assert_int_equal(neural_open(&n, &c, &e), 0);
	assert_int_equal(strlen(neural_identity(n)), 64);
	/* Two at once wait for each other. */
	assert_int_equal(pthread_create(&other, NULL, disc_thread, n), 0);
	check_disc(n);
	pthread_join(other, NULL);
	neural_close(n);
}

static void identity_is_weights_and_settings(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	struct neural *a, *b;
	struct err e = { 0 };

	if (!installed())
		return;
	c.weights = text_file(state, "a.onnx", "one");
	assert_int_equal(neural_open(&a, &c, &e), 0);
	c.weights = text_file(state, "b.onnx", "one");
	assert_int_equal(neural_open(&b, &c, &e), 0);
	assert_string_equal(neural_identity(a), neural_identity(b));
	neural_close(b);
	c.mean = 127.5;
	assert_int_equal(neural_open(&b, &c, &e), 0);
	assert_string_not_equal(neural_identity(a), neural_identity(b));
	neural_close(b);
	c.mean = 128;
	c.weights = text_file(state, "b.onnx", "two");
	assert_int_equal(neural_open(&b, &c, &e), 0);
	assert_string_not_equal(neural_identity(a), neural_identity(b));
	neural_close(b);
	neural_close(a);
}

static void check_alpha_fails(const char *name, struct neural *n, const char *part)
{
	struct raster rgb, mask, alpha;

	disc(&rgb, &mask);
	for (int twice = 0; twice < 2; twice++) {
		struct err e = { 0 };

		CHECK_INT(name, neural_alpha(n, &rgb, &alpha, &e), -1);
		check_says(name, &e, part);
		assert_null(alpha.data);
	}
	raster_release(&rgb);
	raster_release(&mask);
}

static void wrong_weights_fail_clearly(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	struct neural *n;
	struct err e = { 0 };

	if (!installed())
		return;
	c.weights = text_file(state, "damaged.onnx", "these are no weights");
	assert_int_equal(neural_open(&n, &c, &e), 0);
	check_alpha_fails("damaged weights", n, "make model");
	neural_close(n);

	c = NEURAL_ISNET;
	c.input_size = 320; /* as other networks have it */
	assert_int_equal(neural_open(&n, &c, &e), 0);
	check_alpha_fails("another network's size", n, "make model");
	neural_close(n);
}

static void weights_must_not_change(void **state)
{
	struct neural_config c = NEURAL_ISNET;
	struct neural *n;
	struct err e = { 0 };

	if (!installed())
		return;
	c.weights = text_file(state, "net.onnx", "first");
	assert_int_equal(neural_open(&n, &c, &e), 0);
	text_file(state, "net.onnx", "second");
	check_alpha_fails("changed weights", n, "changed");
	neural_close(n);
}

static void closes_nothing(void **state)
{
	(void)state;
	neural_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(says_what_is_missing, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(finds_by_environment, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(refuses_other_libraries, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(refuses_empty_weights, scratch_make, scratch_remove),
		cmocka_unit_test(sees_a_disc),
		cmocka_unit_test_setup_teardown(identity_is_weights_and_settings, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(wrong_weights_fail_clearly, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(weights_must_not_change, scratch_make, scratch_remove),
		cmocka_unit_test(closes_nothing),
	};

	return cmocka_run_group_tests_name("neural", tests, NULL, NULL);
}
