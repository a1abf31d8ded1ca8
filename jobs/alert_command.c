#include "jobs/alert_command.h"

#include "jobs/interrupt.h"
#include "jobs/services.h"
#include "pipeline/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct child {
	pid_t pid;
	int to; /* its standard input, not blocking; -1: closed */
	const char *text;
	size_t left;
};

/* --- starting it --- */

static bool holds_key(const struct settings *set, const struct models *models, const char *entry)
{
	char *name = strndup(entry, strcspn(entry, "="));
	bool is_key = !name || services_is_key(set, models, name); /* without memory nothing is handed on */

	free(name);
	return is_key;
}

/* The environment less the keys; the list is the caller's, its entries are not. NULL: err. */
static char **harmless_environment(const struct settings *set, struct err *e)
{
	struct models *models = NULL;
	size_t count = 0, kept = 0;
	char **list;

	if (models_open(&models, set->models, e) != 0)
		return NULL;
	while (environ[count])
		count++;
	list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list && i < count; i++) {
		if (!holds_key(set, models, environ[i]))
			list[kept++] = environ[i];
	}
	models_close(models);
	if (!list)
		err_set(e, ERR_NOMEM, "no memory");
	return list;
}

/* A broken pipe ends the command's programs, as everywhere; we ourselves ignore the signal. */
static int set_up(posix_spawnattr_t *how, posix_spawn_file_actions_t *files, int from)
{
	sigset_t usual;

	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	return posix_spawnattr_setflags(how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF) != 0 ||
			       posix_spawnattr_setpgroup(how, 0) != 0 ||
			       posix_spawnattr_setsigdefault(how, &usual) != 0 ||
			       posix_spawn_file_actions_adddup2(files, from, STDIN_FILENO) != 0 ||
			       posix_spawn_file_actions_adddup2(files, STDERR_FILENO, STDOUT_FILENO) != 0
		       ? -1
		       : 0;
}

static int spawn(struct child *c, const char *command, char **environment, int from)
{
	char shell[] = "sh", option[] = "-c", *line = strdup(command);
	char *words[] = { shell, option, line, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	int rc = -1;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	if (line && set_up(&how, &files, from) == 0)
		rc = posix_spawn(&c->pid, "/bin/sh", &files, &how, words, environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	free(line);
	return rc;
}

static int start(struct child *c, const struct settings *set, struct err *e)
{
	char **environment = harmless_environment(set, e);
	int ends[2], rc = -1;

	if (!environment)
		return -1;
	signal(SIGCHLD, SIG_DFL); /* where whoever started us ignores it, there would be no status to wait for */
	if (pipe(ends) == 0) {
		fcntl(ends[0], F_SETFD, FD_CLOEXEC);
		fcntl(ends[1], F_SETFD, FD_CLOEXEC);
		fcntl(ends[1], F_SETFL, O_NONBLOCK);
		c->to = ends[1];
		rc = spawn(c, set->alert_command, environment, ends[0]);
		close(ends[0]);
	}
	free(environment);
	return rc == 0 ? 0 : err_set(e, ERR_IO, "it could not be started");
}

/* --- waiting for it --- */

/* As much as it takes now; a command that does not read its input is no failure. */
static void feed(struct child *c)
{
	while (c->to >= 0) {
		ssize_t n = c->left ? write(c->to, c->text, c->left) : 0;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close(c->to);
			c->to = -1;
			return;
		}
		c->text += n;
		c->left -= (size_t)n;
	}
}

static int judge(int status, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_set(e, ERR_IO, "it ended with status %d", WEXITSTATUS(status));
	return err_set(e, ERR_IO, "signal %d ended it", WTERMSIG(status));
}

/* With the whole group: what the shell waits for would go on otherwise. */
static void put_down(const struct child *c)
{
	kill(-c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
}

static int wait_for(struct child *c, double seconds, struct err *e)
{
	int64_t until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
	int status = 0;
	pid_t ended;

	for (;;) {
		feed(c);
		ended = waitpid(c->pid, &status, WNOHANG);
		if (ended == c->pid)
			return judge(status, e);
		if (ended < 0 && errno != EINTR)
			return err_errno(e, ERR_IO, "it cannot be waited for");
		if (clock_monotonic_us() >= until) {
			put_down(c);
			return err_set(e, ERR_TIMEOUT, "it was ended after %.0f seconds", seconds);
		}
		if (!interrupt_sleep(0.02)) {
			put_down(c);
			return err_set(e, ERR_INTERRUPTED, "it was ended: the night was interrupted");
		}
	}
}

int alert_command_run(const struct settings *set, const char *text, double seconds, struct err *e)
{
	size_t length = strlen(text);
	char *line = malloc(length + 2);
	struct child c = { .to = -1 };
	int rc = -1;

	if (!line)
		return err_set(e, ERR_NOMEM, "no memory");
	memcpy(line, text, length);
	memcpy(line + length, "\n", 2);
	c.text = line;
	c.left = length + 1;
	if (start(&c, set, e) == 0)
		rc = wait_for(&c, seconds, e);
	if (c.to >= 0)
		close(c.to);
	free(line);
	return rc;
}
