/*
 * manifest_csv.h - the three parts of CSV: manifest_csv.c cuts the file into rows of cells, manifest_columns.c knows what columns
 * mean, manifest_encoding.c which bytes are which characters.
 *
 * Threads: none of its own.
 */
#ifndef PACKSHOT_STAGES_MANIFEST_CSV_H
#define PACKSHOT_STAGES_MANIFEST_CSV_H

#include "pipeline/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- characters ---- */

/* What the bytes of a CSV file are. Told once for the whole file, at its first byte beyond ASCII, by everything that is buffered
 * from there on: UTF-8 where all of it is, else GB18030 where all of it is and most of its characters are common Chinese ones
 * beside another (a file of Latin-1 does not look like that), else UTF-8, and what is not is a bad row. */
enum encoding { ENCODING_ASCII, ENCODING_UTF8, ENCODING_GB18030 };
enum encoding encoding_tell(const char *bytes, size_t size, bool cut); /* cut: the last character may be incomplete */

/* UTF-8 of one GB18030 text, the caller's. NULL: ERR_LINE where it is not GB18030; ERR_MANIFEST where this machine's iconv does
 * not know GB18030; ERR_NOMEM. */
char *encoding_from_gb18030(const char *text, struct err *);

/* ---- columns ---- */

struct columns;

/* From the header's cells in UTF-8. NULL: ERR_MANIFEST (no column of pictures; the message names those there are), ERR_NOMEM. */
struct columns *columns_create(const char *const *cells, size_t count, const char *path, struct err *);
void columns_free(struct columns *); /* NULL is fine */

/* The manifest object of one row; empty cells are absent fields, missing cells at the end too. NULL: ERR_LINE (more cells than the
 * header has columns; *sku is then the row's where it has one, and the caller's), ERR_NOMEM. */
cJSON *columns_object(const struct columns *, const char *const *cells, size_t count, char **sku, struct err *);

#endif
