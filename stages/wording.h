/*
 * wording.h - what copy must not say (schemas/wording.json, embedded), and how words are found in a text.
 *
 * Threads: constant once open.
 */
#ifndef PACKSHOT_STAGES_WORDING_H
#define PACKSHOT_STAGES_WORDING_H

#include "pipeline/digest.h"
#include "pipeline/err.h"
#include "stages/faults.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct wording {
	cJSON *root;
	struct digest digest; /* of the file: part of cache keys */
};

int wording_open(struct wording *, struct err *); /* ERR_CONFIG: the file is not what it should be; ERR_NOMEM */
void wording_close(struct wording *);             /* also of a zeroed one */

/* Is `word` in text? A word that begins and ends with an ASCII letter or digit counts only as a whole word (a plural
 * "s" allowed), ASCII case aside; any other anywhere. */
bool wording_has(const char *text, const char *word);

/* Overwrites what wording_has() finds with blanks. */
void wording_blank(char *text, const char *word);

/* Forbidden words of the text: rules of the locale's language, for the markets named (none: every market). `brand` (may
 * be NULL) may be said; so may what stands in `fields`, where no market's law forbids it: "100% cotton". `where` names the text in
 * faults: "en title". */
void wording_check(const struct wording *, const char *locale, const char *const *markets, int market_count,
		   const char *brand, const char *fields, const char *where, const char *text, struct faults *);

/* Materials, known brands, numbers in words and names that `text` has and `fields` (everything that is known of the
 * product, joined) has not. */
void wording_check_truth(const struct wording *, const char *locale, const char *fields, const char *where,
			 const char *text, struct faults *);

/* Materials that text has and fields has not. (wording_material.c) */
void wording_check_materials(const struct wording *, const char *fields, const char *where, const char *text, struct faults *);

/* Numbers in digits that text has and fields has not, or has of another unit: 1,299.50 and 1.299,50 are the same; full-width digits
 * count; those of codes (BAG-24-12) are no quantities. (wording_numbers.c) */
void wording_check_numbers(const struct wording *, const char *fields, const char *where, const char *text, struct faults *);

/* Does fields have that number, in digits? */
bool wording_number_known(const struct wording *, const char *fields, double number);

#endif
