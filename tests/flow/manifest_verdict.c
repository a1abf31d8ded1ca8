/*
 * manifest_verdict FILE - what packshot makes of a manifest, one line a record: its line number, "good" with the SKU
 * and the pictures or "bad" with the reason, parted by tabs. Exit status 2 where the manifest cannot be read (on).
 */
#include "stages/manifest.h"

#include <stdio.h>

static void print(const struct record *r)
{
	printf("%lld\t%s\t%s", (long long)r->line, r->product ? "good" : "bad",
	       r->product ? r->product->sku : r->err.msg);
	for (size_t i = 0; i < r->image_count; i++)
		printf("\t%s", r->images[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct err e = { ERR_OK, "" };
	struct manifest *m;
	struct record r;
	int got;

	if (argc != 2) {
		fputs("usage: manifest_verdict FILE\n", stderr);
		return 2;
	}
	if (manifest_open(&m, argv[1], &e) != 0) {
		fprintf(stderr, "%s\n", e.msg);
		return 2;
	}
	while ((got = manifest_next(m, &r, &e)) > 0) {
		print(&r);
		record_release(&r);
	}
	manifest_close(m);
	if (got < 0)
		fprintf(stderr, "%s\n", e.msg);
	return got < 0 ? 2 : 0;
}
