/* check_workspace.c - the doctor's look at the workspace: can it be written to, is there room, is its database sound?
 */
#include "jobs/findings.h"

#include "jobs/figures.h"
#include "jobs/report.h"
#include "jobs/resources.h"
#include "pipeline/file.h"
#include "pipeline/lock.h"
#include "pipeline/store_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below the first a run would fail before long; below the second a large one would. */
#define DISK_LEAST  (64LL << 20)
#define DISK_SCARCE (1LL << 30)

/* The deepest part of a path that exists, malloc()ed. */
static char *existing_part(const char *path)
{
	char *part = strdup(path), *slash;
	struct stat st;

	while (part && stat(part, &st) != 0) {
		slash = strrchr(part, '/');
		if (slash == part && part[1])
			part[1] = '\0';
		else if (slash && slash != part)
			*slash = '\0';
		else
			return strcpy(part, slash ? "/" : "."); /* every path has room for one character */
	}
	return part;
}

/* Makes a file there and removes it: permissions alone do not tell (read-only mounts, quotas). */
static int try_writing(const char *dir, struct err *err)
{
	char *name = file_join(dir, ".packshot-doctor-XXXXXX");
	int fd = name ? mkstemp(name) : -1;

	if (fd < 0) {
		err_errno(err, ERR_IO, "%s cannot be written to", dir);
		free(name);
		return -1;
	}
	close(fd);
	unlink(name);
	free(name);
	return 0;
}

static void check_room(struct findings *f, const char *dir)
{
	int64_t room = resources_disk_free(dir);
	char text[FIGURE_MAX];

	if (room < 0)
		finding_add(f, "disk", FINDING_WARN, NULL, "free space is not known");
	else
		finding_add(f, "disk",
			    room < DISK_LEAST    ? FINDING_FAIL
			    : room < DISK_SCARCE ? FINDING_WARN
						 : FINDING_OK,
			    "free some space, or use another --out", "%s free", figure_bytes(text, room));
}

static void check_database(struct findings *f, const char *dir)
{
	char *path = file_join(dir, REPORT_DATABASE), *lock = file_join(dir, REPORT_LOCK);
	struct err err = { 0 };
	long pid = 0;

	if (!path || !lock)
		finding_add(f, "database", FINDING_FAIL, NULL, "no memory to look at it");
	else if (access(path, F_OK) != 0)
		finding_add(f, "database", FINDING_OK, NULL, "none yet");
	else if (store_check(path, &err))
		finding_add_err(f, "database", FINDING_FAIL,
				"restore it from a backup, or move it away: a run then begins anew", &err);
	else if (lock_held(lock, &pid))
		finding_add(f, "database", FINDING_OK, NULL, "sound; packshot is at work in there (process %ld)", pid);
	else
		finding_add(f, "database", FINDING_OK, NULL, "sound");
	free(path);
	free(lock);
}

void check_workspace(struct findings *f, const struct settings *s)
{
	char *dir = existing_part(s->out);
	struct err err = { 0 };
	struct stat st;

	if (!dir) {
		finding_add(f, "workspace", FINDING_FAIL, NULL, "no memory to look at it");
		return;
	}
	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		finding_add(f, "workspace", FINDING_FAIL, "use another --out", "%s is not a folder", dir);
	else if (try_writing(dir, &err))
		finding_add_err(f, "workspace", FINDING_FAIL, "correct its permissions, or use another --out", &err);
	else
		finding_add(f, "workspace", FINDING_OK, NULL, "%s %s", s->out,
			    strcmp(dir, s->out) == 0 ? "can be written to" : "can be made");
	check_room(f, dir);
	check_database(f, s->out);
	free(dir);
}
