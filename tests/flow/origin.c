/*
 * origin - the test server as a program: `origin FOLDER` prints "port N" and serves. Where its standard input is a pipe
 * it ends with that, so that it never outlives the test that started it; else when it is killed.
 */
/* The server's own code: a test is one file and the library. */
#include "tests/origin/faults.c"
#include "tests/origin/server.c"

#include <stdio.h>
#include <unistd.h>

static void wait_for_end(void)
{
	struct stat st;
	char rest[64];

	if (fstat(STDIN_FILENO, &st) != 0 || !S_ISFIFO(st.st_mode))
		pause();
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
}

int main(int argc, char **argv)
{
	struct origin *o;

	if (argc != 2) {
		fprintf(stderr, "usage: origin FOLDER   (prints \"port N\", then serves)\n");
		return 2;
	}
	o = origin_open(argv[1], NULL);
	if (!o) {
		perror("origin");
		return 1;
	}
	printf("port %d\n", origin_port(o));
	fflush(stdout);
	wait_for_end();
	origin_close(o);
	return 0;
}
