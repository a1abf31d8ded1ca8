/*
 * copy_fields.h - what copy may say of a product: its fields as plain text, in no language yet.
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_COPY_FIELDS_H
#define PACKSHOT_STAGES_COPY_FIELDS_H

#include "pipeline/err.h"
#include "stages/product.h"

#include <stdbool.h>

#define COPY_VALUE_MAX 200     /* characters of one value; what is longer is cut and ends with "…" */
#define COPY_LABEL_MAX 60      /* of an attribute's name */
#define COPY_ATTRIBUTES_MAX 60 /* the first of a product's */

struct copy_attribute {
	char *name;  /* as the shop calls it, '_' read as a space: "Dishwasher safe" */
	char *key;   /* by which a template knows it: "dishwasher_safe" */
	char *value;
};

/* NULL where the product has none, or nothing is left of it as plain text. */
struct copy_fields {
	char *title, *brand, *audience;
	char *category;     /* the innermost of a path: "Mugs" of "Kitchen > Drinkware > Mugs" */
	char *price;        /* the words of a price that is no plain amount: "on request" */
	char *amount;       /* digits of one that is: "299.99" */
	char *currency;
	char *sku;          /* never NULL */
	bool has_own_sku;   /* the manifest says it; else it was made from the picture's URL */
	struct copy_attribute *attributes; /* sorted by key, then value */
	size_t attribute_count;
};

/* -1: ERR_NOMEM. Give it to copy_fields_release() in every case. */
int copy_fields_read(struct copy_fields *, const struct product *, struct err *);
void copy_fields_release(struct copy_fields *); /* also of a zeroed one */

#endif
