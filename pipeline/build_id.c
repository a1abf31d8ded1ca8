#define _GNU_SOURCE /* dl_iterate_phdr() */
#include "pipeline/build_id.h"

#include <link.h>
#include <string.h>

/* The name "GNU" and the id behind it stand in a note of the program's own segments. */
static bool find_id(const char *note, size_t size, struct digest *out)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) head;
		size_t name, all;

		memcpy(&head, note, sizeof(head));
		name = (head.n_namesz + 3u) & ~(size_t)3;
		all = sizeof(head) + name + ((head.n_descsz + 3u) & ~(size_t)3);
		if (all > size)
			return false;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
		    memcmp(note + sizeof(head), "GNU", 4) == 0) {
			digest_of(note + sizeof(head) + name, head.n_descsz, out);
			return true;
		}
		note += all;
		size -= all;
	}
	return false;
}

/* Of the first object, which is the program. */
static int read_build_id(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_NOTE && find_id((const char *)info->dlpi_addr + p->p_vaddr, p->p_memsz, ctx))
			return 1;
	}
	return -1;
}

bool build_id(struct digest *out)
{
	return dl_iterate_phdr(read_build_id, out) == 1;
}
