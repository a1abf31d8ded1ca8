/*
 * product.h - what a manifest line says of a product, shared by the items of its pictures.
 *
 * The line is a JSON object; CSV rows are mapped onto the same (manifest_csv.c). schemas/manifest.schema.json describes it for
 * other programs. What a field may be:
 *   sku          text or a whole number; 1 to PRODUCT_SKU_MAX bytes, no control characters, not only spaces
 *   images, image_url   lists of text, and text; joined, image_url first, without repeats
 *   title, group, and - in product_info or at the top, where both are there product_info wins - category, brand, audience,
 *                currency, price: text or a number. "" and null are the same as absent
 *   price        a number is kept as it is written, 299.90 and 1e3 included, and must not be negative; text is kept whatever it says
 *   attributes   (in product_info or at the top) object of text, numbers, true or false; null is the same as absent
 *   priority     whole number, -PRODUCT_PRIORITY_MAX to PRODUCT_PRIORITY_MAX
 *   locales      list of language tags such as "en" or "zh-CN", at most PRODUCT_LOCALES_MAX, repeats dropped
 * Any other field is kept in `json` and otherwise left alone.
 *
 * Ownership: counted; product_create() gives one reference. Constant once shared.
 * Threads: the count is atomic; reading from any thread.
 */
#ifndef PACKSHOT_STAGES_PRODUCT_H
#define PACKSHOT_STAGES_PRODUCT_H

#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define PRODUCT_SKU_MAX 200         /* bytes: a file name is made of it */
#define PRODUCT_IMAGES_MAX 100      /* pictures of one product, repeats counted */
#define PRODUCT_SOURCE_MAX 4096     /* characters of one picture's URL or path; PATH_MAX is as much */
#define PRODUCT_LOCALES_MAX 20      /* languages of one product's copy */
#define PRODUCT_PRIORITY_MAX 1000000

struct product {
	char *sku;                                   /* never NULL */
	char *title, *category, *brand, *audience;   /* NULL where the line has none */
	char *price, *currency;                      /* price as text, exactly as written: "299.99"; NULL where absent */
	char *group;
	cJSON *attributes;                           /* object whose values are all text (numbers as written), or NULL */
	char **locales;                              /* the line's own; locale_count 0: the run's */
	size_t locale_count;
	int priority;
	char *json;                                  /* the line as read, unknown fields kept, compact */
	char **images;                               /* of a product with several pictures: URLs and absolute paths, in order */
	size_t image_count;
};

/* From one manifest object (borrowed), best one of json_parse(), which keeps the digits of numbers. The SKU is derived from the
 * first picture's URL where the line has none: the name of its file for people, and a digest of the whole URL to tell it from
 * others; the same URL always gives the same SKU. NULL: ERR_LINE says which field is wrong and why, or ERR_NOMEM. */
struct product *product_create(const cJSON *line, struct err *);
struct product *product_ref(struct product *);
void product_unref(struct product *); /* NULL is fine */

/* The pictures of a manifest object as they are written, image_url first, without repeats: *out with *count entries is the
 * caller's, as are the strings. -1: ERR_LINE (none at all, too many, one that is not usable text), ERR_NOMEM. */
int product_images(const cJSON *line, char ***out, size_t *count, struct err *);
void product_images_free(char **images, size_t count); /* NULL is fine */

/* Tells a product that nobody shares yet where its pictures are; copied, where there are several. ERR_NOMEM. */
int product_tell_images(struct product *, char *const *images, size_t count, struct err *);

/* The SKU of a manifest object that product_create() refuses for another reason; NULL where it has no usable one. The caller's. */
char *product_sku(const cJSON *line);

#endif
