#include "jobs/report_place.h"

#include "jobs/markup.h"
#include "pipeline/file.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of a file; malloc()ed. */
static char *folder_of(const char *file)
{
	char *copy = strdup(file), *folder = copy ? strdup(dirname(copy)) : NULL;

	free(copy);
	return folder;
}

/* What leads from a folder to one that it is in, or is: "../" for each level. NULL: it is elsewhere. */
static const char *below(const char *folder, const char *top)
{
	size_t n = strlen(top);

	if (strncmp(folder, top, n) != 0 || (folder[n] && folder[n] != '/'))
		return NULL;
	return folder + n;
}

static char *written(const char *rest, const char *top)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (const char *c = rest; rest && *c; c++) {
		if (*c == '/')
			fputs("../", out);
	}
	if (!rest) {
		fputs("file://", out);
		markup_path(out, top);
		fputs("/", out);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *report_place_prefix(const char *workspace, const char *file, struct err *e)
{
	char *folder = file ? folder_of(file) : NULL;
	char *here = folder ? realpath(folder, NULL) : NULL, *top = realpath(workspace, NULL);
	char *prefix = NULL;

	if (file && folder && !here)
		err_errno(e, ERR_IO, "%s", file_shown(folder));
	else if (!top)
		err_errno(e, ERR_IO, "%s", file_shown(workspace));
	else if (!(prefix = written(file && here ? below(here, top) : "", top)))
		err_set(e, ERR_NOMEM, "no memory for the report");
	free(folder);
	free(here);
	free(top);
	return prefix;
}

int report_place_write(const char *file, int (*write)(FILE *, void *ctx, struct err *), void *ctx, struct err *e)
{
	char *folder = folder_of(file), *text = NULL;
	size_t size = 0;
	FILE *out = NULL;
	int rc = -1;

	if (!folder || !(out = open_memstream(&text, &size)))
		err_set(e, ERR_NOMEM, "no memory for the report");
	else if (file_make_dirs(folder, e) == 0)
		rc = write(out, ctx, e);
	if (out && fclose(out) != 0)
		rc = err_set(e, ERR_NOMEM, "no memory for the report");
	if (rc == 0)
		rc = file_write(folder, file, text, size, e);
	free(folder);
	free(text);
	return rc;
}
