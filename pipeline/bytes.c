#include "pipeline/bytes.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct counted {
	struct bytes bytes; /* first: a struct bytes * is a struct counted * */
	atomic_int refs;
};

static atomic_size_t alive;

static struct bytes *wrap(unsigned char *data, size_t size)
{
	struct counted *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->bytes.data = data;
	c->bytes.size = size;
	atomic_init(&c->refs, 1);
	atomic_fetch_add(&alive, size);
	return &c->bytes;
}

struct bytes *bytes_create(size_t size)
{
	unsigned char *data = size < SIZE_MAX ? malloc(size + 1) : NULL;
	struct bytes *b = data ? wrap(data, size) : NULL;

	if (!b) {
		free(data);
		return NULL;
	}
	data[size] = 0;
	return b;
}

struct bytes *bytes_copy(const void *data, size_t size)
{
	struct bytes *b = bytes_create(size);

	if (b && size)
		memcpy(b->data, data, size);
	return b;
}

struct bytes *bytes_adopt(void *data, size_t size)
{
	unsigned char *grown = realloc(data, size + 1);

	if (!grown)
		return NULL;
	grown[size] = 0;
	return wrap(grown, size);
}

struct bytes *bytes_ref(struct bytes *b)
{
	if (b)
		atomic_fetch_add(&((struct counted *)b)->refs, 1);
	return b;
}

void bytes_unref(struct bytes *b)
{
	struct counted *c = (struct counted *)b;

	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	atomic_fetch_sub(&alive, b->size);
	free(b->data);
	free(c);
}

size_t bytes_alive(void)
{
	return atomic_load(&alive);
}
