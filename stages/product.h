/*
 * product.h - what a manifest line says of a product, shared by the items of its pictures.
 *
 * Ownership: counted; product_create() gives one reference. Constant once shared.
 * Threads: the count is atomic; reading from any thread.
 */
#ifndef PACKSHOT_STAGES_PRODUCT_H
#define PACKSHOT_STAGES_PRODUCT_H

#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stddef.h>

struct product {
	char *sku;                                   /* never NULL */
	char *title, *category, *brand, *audience;   /* NULL where the line has none */
	char *price, *currency;                      /* price as text, exactly as written: "299.99"; NULL where absent */
	char *group;
	cJSON *attributes;                           /* object of text or number values, or NULL */
	char **locales;                              /* the line's own; locale_count 0: the run's */
	size_t locale_count;
	int priority;
	char *json;                                  /* the line as read, unknown fields kept, compact */
};

/* From one manifest object (borrowed). The SKU is derived from the first image's URL where the line has none: stable, and told
 * apart by a digest. ERR_LINE says which field is wrong and why. */
struct product *product_create(const cJSON *line, struct err *);
struct product *product_ref(struct product *);
void product_unref(struct product *); /* NULL is fine */

#endif
