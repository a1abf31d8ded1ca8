/* What copy says of products: sentence by sentence, and that it says nothing that the fields do not. */
#include "tests/check.h"

#include "stages/copy.h"
#include "stages/copy_fields.h"
#include "stages/product.h"
#include "pipeline/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct copy_templates *templates;
static const char *const both[] = { "en", "zh-CN" };
static struct copy_config cfg = {
	.templates = NULL, .locales = both, .locale_count = 2, .model = "template", .off = false
};

static int set_up(void **state)
{
	struct err e = { 0 };

	(void)state;
	if (copy_templates_open(&templates, &e) != 0)
		fail_msg("%s", e.msg);
	cfg.templates = templates;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	copy_templates_close(templates);
	return 0;
}

/* An item of the product on a manifest line. */
static struct item *item_of(const char *line)
{
	struct err e = { 0 };
	cJSON *json = cJSON_Parse(line);
	struct product *p = product_create(json, &e);

	if (!p)
		fail_msg("%s: %s", line, e.msg);
	cJSON_Delete(json);
	return item_create(1, 1, p->sku, 1, "a.jpg", p, product_unref);
}

static cJSON *copy_with(const struct copy_config *c, const char *line)
{
	struct item *it = item_of(line);
	struct result out = { 0 };
	struct call call = { 0 };
	struct err e = { 0 };
	cJSON *facts, *copy;

	CHECK_INT(line, stage_copy.begin(c, it, &out, &call, &e), STAGE_DONE);
	facts = cJSON_Parse(out.facts);
	copy = cJSON_DetachItemFromObjectCaseSensitive(facts, "texts");
	cJSON_Delete(facts);
	assert_non_null(copy);
	result_release(&out);
	item_free(it);
	return copy;
}

#define MUG                                                                                                          \
	"{\"sku\":\"MUG-001\",\"title\":\"Enamel "                                                                   \
	"mug\",\"image_url\":\"a.jpg\",\"product_info\":{\"category\":\"Kitchen\","                                  \
	"\"brand\":\"Norrland\",\"audience\":\"campers\",\"price\":\"299.99\",\"currency\":\"SEK\",\"attributes\":{" \
	"\"material\":\"steel\",\"color\":\"white\",\"capacity\":\"350 ml\",\"dishwasher_safe\":true}}}"
#define HAN                                                                                                                 \
	"{\"sku\":\"H-7\",\"title\":\"北国搪瓷杯\",\"image_url\":\"a.jpg\",\"product_info\":{\"category\":\"餐具\"," \
	"\"brand\":\"北国\",\"price\":\"299\",\"currency\":\"CNY\",\"attributes\":{\"size\":\"8 "                         \
	"cm\",\"产地\":\"瑞典\"}}}"
#define BARE                                                                         \
	"{\"image_url\":\"https://shop.example/"                                     \
	"1.jpg\",\"product_info\":{\"category\":\"Electronics\",\"brand\":\"Acme\"," \
	"\"audience\":\"adults\",\"price\":\"59.90\"}}"
#define SKU_ONLY     "{\"sku\":\"X-1\",\"image_url\":\"a.jpg\"}"
#define INFO(fields) "{\"sku\":\"A\",\"image_url\":\"a.jpg\",\"product_info\":{" fields "}}"
#define TITLED(title, fields) \
	"{\"sku\":\"A\",\"title\":\"" title "\",\"image_url\":\"a.jpg\",\"product_info\":{" fields "}}"

static const struct {
	const char *name, *line, *locale, *part, *want; /* lists: joined with " | " */
} cases[] = {
	{ "title", MUG, "en", "title", "Norrland Enamel mug" },
	{ "description", MUG, "en", "description",
	  "Enamel mug by Norrland, listed under Kitchen. Intended for campers. Material: steel; color: white; "
	  "capacity: 350 ml; "
	  "dishwasher safe: yes. Price: SEK 299.99. Item number: MUG-001." },
	{ "bullets", MUG, "en", "bullets",
	  "Material: steel | Color: white | Capacity: 350 ml | Intended for campers | Brand: Norrland" },
	{ "alt text", MUG, "en", "alt_text", "Norrland Enamel mug on a plain white background" },
	{ "keywords", MUG, "en", "keywords",
	  "Kitchen | Norrland | Norrland Kitchen | Enamel mug | Norrland Enamel mug | campers | steel | white | 350 "
	  "ml" },
	{ "title", MUG, "zh-CN", "title", "Norrland Enamel mug" },
	{ "description", MUG, "zh-CN", "description",
	  "这款Enamel mug来自Norrland，属于厨房用品类。适用人群：露营者。材质：steel；颜色：white；容量：350 "
	  "ml；可用洗碗机清洗：是。价格：299.99瑞典克朗。货号："
	  "MUG-001。" },
	{ "bullets", MUG, "zh-CN", "bullets",
	  "材质：steel | 颜色：white | 容量：350 ml | 适用人群：露营者 | 品牌：Norrland" },
	{ "the brand is in the title", HAN, "zh-CN", "title", "北国搪瓷杯" },
	{ "Chinese fields", HAN, "zh-CN", "description",
	  "这款北国搪瓷杯属于餐具类。尺寸：8 cm；产地：瑞典。价格：¥299。货号：H-7。" },
	{ "Chinese fields, keywords", HAN, "zh-CN", "keywords", "餐具 | 北国 | 北国餐具 | 北国搪瓷杯 | 8 cm | 瑞典" },
	{ "Chinese fields in English", HAN, "en", "description",
	  "北国搪瓷杯, listed under Tableware. Size: 8 cm; 产地: 瑞典. Price: ¥299. Item number: H-7." },
	{ "bare shape", BARE, "en", "title", "Acme – Electronics" },
	{ "bare shape", BARE, "en", "bullets",
	  "Intended for adults | Brand: Acme | Category: Electronics | Price: 59.90" },
	{ "bare shape: a made-up SKU is not shown", BARE, "en", "description",
	  "A product by Acme, listed under Electronics. Intended for adults. Price: 59.90." },
	{ "bare shape: no space in Chinese", BARE, "zh-CN", "title", "Acme电子产品" },
	{ "only a SKU", SKU_ONLY, "en", "title", "X-1" },
	{ "only a SKU", SKU_ONLY, "en", "description", "Pictured on a plain white background. Item number: X-1." },
	{ "only a SKU", SKU_ONLY, "en", "bullets",
	  "Item number: X-1 | Pictured on a plain white background | See the picture for its shape and details" },
	{ "only a SKU", SKU_ONLY, "en", "alt_text", "Item X-1 on a plain white background" },
	{ "only a SKU", SKU_ONLY, "en", "keywords", "X-1" },
	{ "only a SKU", SKU_ONLY, "zh-CN", "bullets", "货号：X-1 | 以纯白背景展示 | 外形与细节请见图片" },
	{ "only a picture", "{\"image_url\":\"a.jpg\"}", "en", "bullets",
	  "Pictured on a plain white background | See the picture for its shape and details | No further details have "
	  "been given" },
	{ "only a category", INFO("\"category\":\"toys\""), "en", "bullets",
	  "Category: Toys | Item number: A | Pictured on a plain white background" },
	{ "only a brand", INFO("\"brand\":\"Asics\""), "en", "title", "Asics – A" },
	{ "the innermost category", INFO("\"category\":\"Home > Kitchen > Mugs\""), "zh-CN", "description",
	  "这款产品属于马克杯类。货号：A。" },
	{ "category ends with >", INFO("\"category\":\"Home >\""), "en", "description",
	  "A product listed under Home >. Item number: A." },
	{ "brand within a longer word", TITLED("Gapless ring", "\"brand\":\"Gap\""), "en", "title",
	  "Gap Gapless ring" },
	{ "brand in other letters", TITLED("NORRLAND mug", "\"brand\":\"Norrland\""), "en", "title", "NORRLAND mug" },
	{ "no second full stop", TITLED("What a mug!", ""), "en", "description", "What a mug! Item number: A." },
	{ "no second full stop in Chinese", TITLED("好杯！", ""), "zh-CN", "description", "好杯！货号：A。" },
	{ "dollars", INFO("\"price\":\"1,299.50\",\"currency\":\"USD\""), "en", "description",
	  "Pictured on a plain white background. Price: $1,299.50. Item number: A." },
	{ "dollars", INFO("\"price\":\"1299.5\",\"currency\":\"usd\""), "zh-CN", "description",
	  "以纯白背景展示。价格：1299.5美元。货号：A。" },
	{ "currency that no table has", INFO("\"price\":\"12\",\"currency\":\"XOF\""), "zh-CN", "description",
	  "以纯白背景展示。价格：12 XOF。货号：A。" },
	{ "price in words", INFO("\"price\":\"from $12\",\"currency\":\"USD\""), "en", "description",
	  "Pictured on a plain white background. Price: from $12. Item number: A." },
	{ "price with an exponent", INFO("\"price\":\"1.5e3\",\"currency\":\"EUR\""), "en", "description",
	  "Pictured on a plain white background. Price: €1500. Item number: A." },
	{ "attribute names", INFO("\"attributes\":{\"Lid_Type\":\"screw\",\"Age Group\":\"3+\"}"), "en", "bullets",
	  "Age group: 3+ | Lid Type: screw | Item number: A" },
	{ "empty attributes are passed over",
	  INFO("\"attributes\":{\"color\":\"\",\"size\":\" \",\"finish\":\"<br>\"}"), "en", "bullets",
	  "Item number: A | Pictured on a plain white background | See the picture for its shape and details" },
	{ "an attribute that a field says already", INFO("\"brand\":\"B\",\"attributes\":{\"Brand\":\"B\"}"), "en",
	  "bullets", "Brand: B | Item number: A | Pictured on a plain white background" },
	{ "more than five",
	  INFO("\"brand\":\"B\",\"audience\":\"C\",\"attributes\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\",\"d\":\"4\","
	       "\"e\":\"5\"}"),
	  "en", "bullets", "A: 1 | B: 2 | C: 3 | Intended for C | Brand: B" },
	{ "HTML", TITLED("<b>Mug</b> &amp; lid<script>x()</script>", ""), "en", "title", "Mug & lid" },
	{ "braces are only text", TITLED("Mug {brand} {", "\"brand\":\"B\""), "en", "title", "B Mug {brand} {" },
	{ "per cent is only text", TITLED("Mug 100% %s %n", ""), "en", "title", "Mug 100% %s %n" },
};

static void join(const cJSON *part, char *out, size_t room)
{
	const cJSON *one;
	size_t used = 0;

	out[0] = 0;
	if (cJSON_IsString(part))
		snprintf(out, room, "%s", part->valuestring);
	cJSON_ArrayForEach(one, part)
	{
		used += (size_t)snprintf(out + used, room - used, "%s%s", used ? " | " : "", one->valuestring);
	}
}

static void test_cases(void **state)
{
	char got[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cJSON *copy = copy_with(&cfg, cases[i].line);
		const cJSON *locale = cJSON_GetObjectItemCaseSensitive(copy, cases[i].locale);

		join(cJSON_GetObjectItemCaseSensitive(locale, cases[i].part), got, sizeof(got));
		CHECK_TEXT(cases[i].name, got, cases[i].want);
		cJSON_Delete(copy);
	}
}

/* --- nothing is said that neither the fields nor the template say --- */

static bool in_text(const char *text, const char *word, size_t length)
{
	for (; *text; text++)
		if (strncasecmp(text, word, length) == 0)
			return true;
	return false;
}

static bool starts_word(const char *p, const char *begin)
{
	bool inside = p > begin && ((p[-1] >= 'a' && p[-1] <= 'z') || (p[-1] >= 'A' && p[-1] <= 'Z') ||
				    (p[-1] >= '0' && p[-1] <= '9'));

	return !inside && ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9'));
}

static void check_words(const char *text, const char *line, const char *template)
{
	for (const char *p = text; *p; p++) {
		size_t length = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

		if (starts_word(p, text) && !in_text(line, p, length) && !in_text(template, p, length))
			fail_msg("\"%.*s\" of \"%s\" is neither in the product nor in the template", (int)length, p,
				 text);
	}
}

/* Claims that no field makes are in no template, in no language. */
static void check_claims(const char *template)
{
	static const char *const claims[] = { "quality", "perfect", "best", "premium",       "durable",
					      "ideal",   "great",   "new",  "free shipping", "luxur",
					      "guarant", "高品质",  "优质", "完美",          "最",
					      "精美",    "耐用",    "正品", "包邮" };

	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++)
		if (in_text(template, claims[i], strlen(claims[i])))
			fail_msg("a template says \"%s\"", claims[i]);
}

static void check_part(const cJSON *part, size_t max, const char *line, const char *template)
{
	const cJSON *one;

	if (cJSON_IsString(part)) {
		if (!*part->valuestring || utf8_length(part->valuestring, strlen(part->valuestring)) > max)
			fail_msg("%s: empty, or longer than %zu: %s", line, max, part->valuestring);
		if (utf8_control(part->valuestring) || strchr(part->valuestring, '\n'))
			fail_msg("control character: %s", part->valuestring);
		check_words(part->valuestring, line, template);
	}
	cJSON_ArrayForEach(one, part)
	{
		check_part(one, max, line, template);
	}
}

static void check_copy(const char *line, const char *locale, const cJSON *copy)
{
	char *template = cJSON_Print(copy_templates_find(templates, locale, NULL)->root);
	int bullets = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(copy, "bullets"));
	int keywords = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(copy, "keywords"));

	check_claims(template);
	CHECK_INT(line, cJSON_GetArraySize(copy), 5);
	check_part(cJSON_GetObjectItemCaseSensitive(copy, "title"), COPY_TITLE_MAX, line, template);
	check_part(cJSON_GetObjectItemCaseSensitive(copy, "description"), COPY_DESCRIPTION_MAX, line, template);
	check_part(cJSON_GetObjectItemCaseSensitive(copy, "bullets"), COPY_BULLET_MAX, line, template);
	check_part(cJSON_GetObjectItemCaseSensitive(copy, "alt_text"), COPY_ALT_TEXT_MAX, line, template);
	check_part(cJSON_GetObjectItemCaseSensitive(copy, "keywords"), COPY_KEYWORD_MAX, line, template);
	if (bullets < COPY_BULLETS_MIN || bullets > COPY_BULLETS_MAX || keywords < 1 || keywords > COPY_KEYWORDS_MAX)
		fail_msg("%s: %d bullets, %d keywords", line, bullets, keywords);
	cJSON_free(template);
}

static void check_product(const char *line)
{
	cJSON *copy = copy_with(&cfg, line);
	struct item *it = item_of(line);
	size_t room = strlen(line) + strlen(it->sku) + 2;
	char *given = malloc(room); /* all that may be said: the line, and the SKU where it was made up */

	snprintf(given, room, "%s %s", line, it->sku);
	for (size_t i = 0; i < 2; i++)
		check_copy(given, both[i], cJSON_GetObjectItemCaseSensitive(copy, both[i]));
	CHECK_INT(line, cJSON_GetArraySize(copy), 2);
	free(given);
	item_free(it);
	cJSON_Delete(copy);
}

/* Every set of fields there can be, each of them plain or hostile. */
static void test_any_product(void **state)
{
	static const char *const hostile = "<i>\\u0001\\u202e\\\"{title}{{label}} %s &lt;script&gt;\\ud83d\\ude80";
	char line[2000], value[100];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!strchr(cases[i].line, '<') && !strstr(cases[i].line, "e3"))
			check_product(cases[i].line);
	for (unsigned set = 0; set < 512; set++) {
		snprintf(value, sizeof(value), "%s", set & 256 ? hostile : "Tin 9");
		snprintf(line, sizeof(line), "{%s\"image_url\":\"a.jpg\",%s%s%s\"product_info\":{\"attributes\":{",
			 set & 1 ? "\"sku\":\"S-1\"," : "", set & 2 ? "\"title\":\"" : "", set & 2 ? value : "",
			 set & 2 ? "\"," : "");
		if (set & 4)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), "\"color\":\"%s\"", value);
		strcat(line, "}");
		for (unsigned bit = 8, n = 0; bit < 256; bit *= 2, n++) {
			static const char *const names[] = { "category", "brand", "audience", "price", "currency" };

			if (set & bit)
				snprintf(line + strlen(line), sizeof(line) - strlen(line), ",\"%s\":\"%s\"", names[n],
					 value);
		}
		strcat(line, "}}");
		check_product(line);
	}
}

static void repeat(char *out, const char *text, size_t times)
{
	out[0] = 0;
	for (size_t i = 0; i < times; i++)
		strcat(out, text);
}

static void test_long_values(void **state)
{
	static const char *const units[] = { "Word ", "字", "W", "A\xcc\x81" };
	static char value[40000], line[400000];

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		repeat(value, units[i], 3000);
		snprintf(line, sizeof(line),
			 "{\"sku\":\"S\",\"title\":\"%s\",\"image_url\":\"a\",\"product_info\":{\"category\":\"%s\","
			 "\"brand\":\"%s\",\"audience\":\"%s\","
			 "\"price\":\"%s\",\"attributes\":{",
			 value, value, value, value, value);
		for (int n = 0; n < 80; n++) {
			repeat(value, units[i], 100);
			snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s\"%d%s\":\"%s\"", n ? "," : "", n,
				 value, value);
		}
		strcat(line, "}}}");
		check_product(line);
	}
}

/* --- languages --- */

static void check_locales(const char *name, const char *locales, const char *want)
{
	char line[200], got[100] = "";
	const cJSON *one;
	cJSON *copy;

	snprintf(line, sizeof(line), "{\"sku\":\"S\",\"image_url\":\"a\"%s%s}", *locales ? ",\"locales\":" : "",
		 locales);
	copy = copy_with(&cfg, line);
	cJSON_ArrayForEach(one, copy)
	{
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ", one->string);
	}
	CHECK_TEXT(name, got, want);
	cJSON_Delete(copy);
}

static void test_locales(void **state)
{
	static const char *const twice[] = { "en", "EN" };
	const struct copy_config same = {
		.templates = templates, .locales = twice, .locale_count = 2, .model = "template", .off = false
	};
	struct err e = { 0 };
	cJSON *copy = copy_with(&same, SKU_ONLY);

	(void)state;
	CHECK_INT("once", cJSON_GetArraySize(copy), 1);
	cJSON_Delete(copy);
	check_locales("the run's", "", "en zh-CN ");
	check_locales("its own", "[\"zh-cn\"]", "zh-CN ");
	check_locales("its own, as far as there are templates", "[\"de\",\"en\"]", "en ");
	check_locales("none of its own", "[\"de\"]", "en zh-CN ");
	assert_null(copy_templates_find(templates, "de", &e));
	CHECK_INT("code", e.code, ERR_CONFIG);
	CHECK_TEXT("names them", e.msg, "no copy template for locale \"de\"; there are: en, zh-CN");
}

/* --- the key --- */

static void key_of(const struct copy_config *c, const char *line, struct digest *out)
{
	struct item *it = item_of(line);
	struct key *k = key_create("copy", 1);

	CHECK_INT(line, stage_copy.key(c, it, k), true);
	key_final(k, out);
	item_free(it);
}

static void test_key(void **state)
{
	static const struct {
		const char *name, *a, *b;
		bool same;
	} pairs[] = {
		{ "the same", MUG, MUG, true },
		{ "another SKU", "{\"sku\":\"A\",\"image_url\":\"a\"}", "{\"sku\":\"B\",\"image_url\":\"a\"}", false },
		{ "another picture", "{\"sku\":\"A\",\"image_url\":\"a\"}", "{\"sku\":\"A\",\"image_url\":\"b\"}",
		  true },
		{ "a field that copy does not use", "{\"sku\":\"A\",\"image_url\":\"a\"}",
		  "{\"sku\":\"A\",\"image_url\":\"a\",\"group\":\"G\",\"x\":1}", true },
		{ "title", TITLED("A", ""), TITLED("B", ""), false },
		{ "category", INFO("\"category\":\"A\""), INFO("\"category\":\"B\""), false },
		{ "brand, not category", INFO("\"category\":\"A\""), INFO("\"brand\":\"A\""), false },
		{ "audience", INFO("\"audience\":\"A\""), INFO("\"audience\":\"B\""), false },
		{ "price", INFO("\"price\":\"1\""), INFO("\"price\":\"2\""), false },
		{ "currency", INFO("\"price\":\"1\",\"currency\":\"SEK\""),
		  INFO("\"price\":\"1\",\"currency\":\"NOK\""), false },
		{ "attribute", INFO("\"attributes\":{\"a\":\"1\"}"), INFO("\"attributes\":{\"a\":\"2\"}"), false },
		{ "attributes in another order", INFO("\"attributes\":{\"a\":\"1\",\"b\":\"2\"}"),
		  INFO("\"attributes\":{\"b\":\"2\",\"a\":\"1\"}"), true },
		{ "languages", "{\"sku\":\"A\",\"image_url\":\"a\"}",
		  "{\"sku\":\"A\",\"image_url\":\"a\",\"locales\":[\"en\"]}", false },
		{ "languages in vain", "{\"sku\":\"A\",\"image_url\":\"a\"}",
		  "{\"sku\":\"A\",\"image_url\":\"a\",\"locales\":[\"de\"]}", true },
	};
	struct copy_config other = cfg;
	struct digest a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		key_of(&cfg, pairs[i].a, &a);
		key_of(&cfg, pairs[i].b, &b);
		CHECK_INT(pairs[i].name, digest_equal(&a, &b), pairs[i].same);
	}
	other.model = "another";
	key_of(&cfg, MUG, &a);
	key_of(&other, MUG, &b);
	assert_false(digest_equal(&a, &b));
}

static void test_off(void **state)
{
	const struct copy_config off = {
		.templates = templates, .locales = both, .locale_count = 2, .model = "template", .off = true
	};
	struct item *it = item_of(MUG);
	struct result out = { 0 };
	struct call call = { 0 };
	struct err e = { 0 };
	struct key *k = key_create("copy", 1);
	struct digest unused;

	(void)state;
	assert_false(stage_copy.key(&off, it, k));
	key_final(k, &unused);
	CHECK_INT("done", stage_copy.begin(&off, it, &out, &call, &e), STAGE_DONE);
	assert_null(out.facts);
	item_free(it);
}

static void test_wrong_templates(void **state)
{
	static const char *const files[] = { "", "[]", "{}", "{\"locale\":\"xx\"}" };
	cJSON *right = cJSON_Duplicate(copy_templates_find(templates, "en", NULL)->root, true);
	struct copy_template t;
	char *json;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct err e = { 0 };

		CHECK_INT(files[i], copy_template_parse(&t, files[i], &e), -1);
		CHECK_INT(files[i], e.code, ERR_CONFIG);
		copy_template_release(&t);
	}
	for (cJSON *section = right->child->next; section; section = section->next) { /* without each, after "about" */
		cJSON *less = cJSON_Duplicate(right, true);
		struct err e = { 0 };

		cJSON_DeleteItemFromObject(less, section->string);
		json = cJSON_PrintUnformatted(less);
		CHECK_INT(section->string, copy_template_parse(&t, json, &e), -1);
		assert_non_null(strstr(e.msg, section->string));
		copy_template_release(&t);
		cJSON_free(json);
		cJSON_Delete(less);
	}
	cJSON_Delete(right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_any_product),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_locales),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_wrong_templates),
	};
	return cmocka_run_group_tests_name("copy", tests, set_up, tear_down);
}
