#include "jobs/interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t count;

static void asked(int signal_number)
{
	count = count + 1;
	if (count >= 2)
		signal(signal_number, SIG_DFL);
}

void interrupt_watch(void)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = asked;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL); /* no SA_RESTART: a read from a pipe must not hold up the end */
	sigaction(SIGTERM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int interrupt_count(void)
{
	return (int)count;
}
