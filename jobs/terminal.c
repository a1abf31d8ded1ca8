#include "jobs/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is(FILE *stream)
{
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && !(term && strcmp(term, "dumb") == 0);
}

bool terminal_colour(FILE *stream)
{
	const char *no_colour = getenv("NO_COLOR");

	return terminal_is(stream) && !(no_colour && *no_colour);
}

int terminal_width(FILE *stream)
{
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}
