/*
 * bytes.h - a counted reference to a run of bytes: what is fetched, made and stored.
 *
 * Ownership: bytes_create() and bytes_copy() give one reference; bytes_ref() adds one; bytes_unref()
 *   takes one back and frees with the last. Whoever creates may write; once a second reference
 *   exists the content is constant.
 * Threads: the count is atomic; everything else follows from "constant once shared".
 */
#ifndef PACKSHOT_PIPELINE_BYTES_H
#define PACKSHOT_PIPELINE_BYTES_H

#include <stddef.h>

struct bytes {
	unsigned char *data; /* never NULL; a zero byte follows the last one, beyond size */
	size_t size;
};

struct bytes *bytes_create(size_t size);                   /* uninitialised; NULL: no memory */
struct bytes *bytes_copy(const void *data, size_t size);   /* NULL: no memory */
/* Takes over a malloc()ed block, which is freed with free(). On NULL (no memory) it stays the caller's. */
struct bytes *bytes_adopt(void *data, size_t size);
struct bytes *bytes_ref(struct bytes *b);                  /* b, which may be NULL */
void bytes_unref(struct bytes *b);                         /* NULL is fine */

/* Bytes held by all living objects of the process: what admission weighs. */
size_t bytes_alive(void);

#endif
