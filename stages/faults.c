#include "stages/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void faults_add(struct faults *f, const char *fmt, ...)
{
	size_t used = strlen(f->text);
	char line[300];
	va_list ap;

	f->count++;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (used + strlen(line) + 4 < sizeof(f->text))
		snprintf(f->text + used, sizeof(f->text) - used, "- %s\n", line);
}
