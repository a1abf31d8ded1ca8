/*
 * copy_template.h - how copy is said in a language: schemas/copy/LOCALE.json, embedded.
 *
 * A line is text with {fields}: "Intended for {audience}." It can be used for a product that has all the fields it
 * names; others pass it over, so nothing is ever said of a field that is not there. {Audience} is {audience} with its first letter
 * (of the Latin alphabet) made large. A full stop right behind a value that ends a sentence itself is left out. In a
 * language written without spaces ("spaced": false) a line's spaces stay only between two characters of scripts that use them.
 *
 * The fields: title, brand, category, audience, price, sku, and
 *   maker        the brand, unless the title names it
 *   item_number  the SKU, unless packshot made it up from the picture's URL
 *   heading      the finished title
 *   attributes   all attributes, each by the line "attribute", with "attribute_join" between
 *   label, value the next attribute that no line has named yet; word: the next value that is a word, not a bare number or yes or no
 * and inside "price" and "currencies": amount, currency.
 *
 * Keys of the file: title, alt_text, price: alternatives, the first usable line is taken; description: a list of
 * alternatives, one for each sentence; bullets, then bullets_when_few while there are fewer than three; keywords: lines, each
 * used where it can be. labels name attributes, in the order in which they are said (others follow by name, called as the
 * shop calls them); values, categories, audiences translate whole values; currencies say how an amount is written.
 *
 * Threads: constant once open.
 */
#ifndef PACKSHOT_STAGES_COPY_TEMPLATE_H
#define PACKSHOT_STAGES_COPY_TEMPLATE_H

#include "pipeline/digest.h"
#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct copy_template {
	char *locale; /* "en" */
	bool spaced;  /* words stand apart by spaces */
	cJSON *root;
	struct digest digest; /* of the file's text */
};

/* Reads and checks one file's text. ERR_CONFIG says what is wrong with it; ERR_NOMEM. Give *out to
 * copy_template_release() in every case. */
int copy_template_parse(struct copy_template *out, const char *json, struct err *);
void copy_template_release(struct copy_template *); /* also of a zeroed one */

/* The value of a field, borrowed until the next call; NULL: the product has none. */
typedef const char *copy_field(void *ctx, const char *name);

/* A line with its fields filled in: 1 and *out (malloc()ed); 0: a field is missing; -1: no memory. */
int copy_line(const struct copy_template *, const char *line, copy_field *field, void *ctx, char **out);

/* The first usable of the alternatives under `list` that is no longer than `max` characters, else the first usable one,
 * cut. Returns as copy_line(). */
int copy_first(const struct copy_template *, const cJSON *list, size_t max, copy_field *field, void *ctx, char **out);

/* A section of the file by name; never NULL for those named above. */
const cJSON *copy_section(const struct copy_template *, const char *name);

/* What a table of the file ("labels", "values", ...) has for a word, ASCII case aside; NULL: nothing. */
const char *copy_lookup(const struct copy_template *, const char *table, const char *word);

/* Where a label stands in "labels"; a number beyond all of them where it does not. */
int copy_label_rank(const struct copy_template *, const char *name);

#endif
