/*
 * fetch_looks.h - what does something that is not a picture look like? For messages only.
 *
 * Threads: pure function.
 */
#ifndef PACKSHOT_STAGES_FETCH_LOOKS_H
#define PACKSHOT_STAGES_FETCH_LOOKS_H

#include <stddef.h>

/* A few words: "an HTML page", "empty", "text", "a ZIP archive", ...; never NULL. */
const char *looks_like(const void *data, size_t size);

#endif
