#include "jobs/interrupt.h"

#include "pipeline/clock.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t count;

static void asked(int signal_number)
{
	count = count + 1;
	if (count >= 2)
		signal(signal_number, SIG_DFL);
}

/* A signal that whoever started us has switched off (a script's background job) stays off. */
static void watch(int signal_number, const struct sigaction *act)
{
	struct sigaction before;

	if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal_number, act, NULL);
}

void interrupt_watch(void)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = asked;
	sigemptyset(&act.sa_mask);
	watch(SIGINT, &act); /* no SA_RESTART: a read from a pipe must not hold up the end */
	watch(SIGTERM, &act);
	signal(SIGPIPE, SIG_IGN);
}

int interrupt_count(void)
{
	return (int)count;
}

/* In short naps: a signal that comes between the look and the sleep would be slept through. */
bool interrupt_sleep(double seconds)
{
	int64_t until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
	struct timespec nap = { 0, 100000000 };
	int before = interrupt_count();

	while (clock_monotonic_us() < until && interrupt_count() == before)
		nanosleep(&nap, NULL);
	return interrupt_count() == before;
}
