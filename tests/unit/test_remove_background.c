/* The stage alone: bytes of a photo in, matte and facts out; the cutouts themselves have tests of their own. */
#include "tests/check.h"

#include "stages/remove_background.h"
#include "stages/road.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 240

/* A dark disc on a plain or a striped backdrop, encoded as PNG. */
static struct bytes *photo(bool plain)
{
	struct raster r;
	struct encoding png = { FORMAT_PNG, 0, 0 };
	struct bytes *out = NULL;
	struct err e = { 0 };

	CHECK_INT(e.msg, raster_init(&r, SIDE, SIDE, 3, &e), 0);
	for (int y = 0; y < SIDE; y++) {
		for (int x = 0; x < SIDE; x++) {
			int dx = x - SIDE / 2, dy = y - SIDE / 2;
			bool inside = dx * dx + dy * dy < 70 * 70;
			int backdrop = plain ? 225 : (x / 9 + y / 7) % 2 ? 230 : 60;

			memset(r.data + 3 * (y * SIDE + x), inside ? 40 : backdrop, 3);
		}
	}
	CHECK_INT(e.msg, picture_encode(&r, &png, &out, NULL, &e), 0);
	raster_release(&r);
	return out;
}

static struct item *item_of(struct bytes *source)
{
	struct item *it = item_create(1, 1, "DISC", 1, "disc.png", NULL, NULL);

	it->results[STAGE_FETCH].bytes = source;
	it->results[STAGE_FETCH].has_blob = true;
	digest_of(source->data, source->size, &it->results[STAGE_FETCH].blob);
	return it;
}

static const struct remove_background_config classical = { .neural = NULL, .limits = { 1 << 20, 1 << 20, 1 }, 1000 };

static void test_plain_and_striped(void **state)
{
	static const struct {
		const char *name;
		bool plain;
	} cases[] = { { "plain", true }, { "striped", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct item *it = item_of(photo(cases[i].plain));
		struct result out = { 0 };
		struct call call = { 0 };
		struct raster matte;
		cJSON *facts;

		CHECK_INT(it->err.msg, stage_remove_background.begin(&classical, it, &out, &call, &it->err),
			  STAGE_DONE);
		facts = cJSON_Parse(out.facts);
		CHECK_TEXT(cases[i].name, cJSON_GetStringValue(cJSON_GetObjectItem(facts, "method")), "classical");
		CHECK_INT(cases[i].name, cJSON_GetArraySize(cJSON_GetObjectItem(facts, "reasons")) == 0,
			  cases[i].plain);
		CHECK_INT(it->err.msg, matte_decode(out.bytes, &matte, &it->err), 0);
		CHECK_INT("width", cJSON_GetNumberValue(cJSON_GetObjectItem(facts, "width")), matte.width);
		if (cases[i].plain) {
			CHECK_INT("middle", matte.data[matte.height / 2 * matte.width + matte.width / 2], 255);
			CHECK_INT("corner", matte.data[0], 0);
		}
		raster_release(&matte);
		cJSON_Delete(facts);
		result_release(&out);
		item_free(it);
	}
}

static void key_of(const struct remove_background_config *cfg, struct item *it, struct digest *out)
{
	struct key *k = key_create("test", 1);

	assert_true(stage_remove_background.key(cfg, it, k));
	key_final(k, out);
}

static void test_key_follows_source_and_method(void **state)
{
	struct remove_background_config finer = classical;
	struct item *a = item_of(photo(true)), *b = item_of(photo(false));
	struct digest key_a, again, key_b, key_finer;

	(void)state;
	finer.max_side = 2000;
	key_of(&classical, a, &key_a);
	key_of(&classical, a, &again);
	key_of(&classical, b, &key_b);
	key_of(&finer, a, &key_finer);
	assert_true(digest_equal(&key_a, &again));
	assert_false(digest_equal(&key_a, &key_b));
	assert_false(digest_equal(&key_a, &key_finer));
	item_free(a);
	item_free(b);
}

static void test_damage_fails_the_item(void **state)
{
	struct item *it = item_of(bytes_copy("\x89PNG\r\n\x1a\n and then nothing", 26));
	struct result out = { 0 };
	struct call call = { 0 };

	(void)state;
	CHECK_INT("next", stage_remove_background.begin(&classical, it, &out, &call, &it->err), STAGE_FAIL);
	CHECK_INT(it->err.msg, err_ends_run(it->err.code), false);
	assert_int_not_equal(it->err.code, ERR_OK);
	result_release(&out);
	item_free(it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_and_striped),
		cmocka_unit_test(test_key_follows_source_and_method),
		cmocka_unit_test(test_damage_fails_the_item),
	};
	struct err e = { 0 };

	if (picture_library_open("test", &e) != 0)
		return 1;
	return cmocka_run_group_tests_name("remove_background", tests, NULL, NULL);
}
