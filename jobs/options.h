/*
 * options.h - the one table of commands and the one table of options, from which everything that knows an option
 * follows: parsing (config.c), help (help.c), and the tests that hold the manual page and
 * schemas/config.schema.json against it.
 *
 * An option's flag is "--max-bytes"; its configuration key "max_bytes" and its environment variable
 * "PACKSHOT_MAX_BYTES" are made from it by rule.
 *
 * Threads: constant data.
 */
#ifndef PACKSHOT_JOBS_OPTIONS_H
#define PACKSHOT_JOBS_OPTIONS_H

#include "jobs/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct command_info {
	const char *name;
	const char *arguments; /* as help shows them: "MANIFEST", "" */
	const char *topic;     /* what the argument is called in messages; NULL: the command takes none */
	bool required;         /* the argument */
	const char *summary;   /* one line */
};
extern const struct command_info commands[COMMANDS];

/* The command called so, or COMMANDS. */
enum command command_by_name(const char *name);

enum option_type {
	OPTION_FLAG,     /* bool */
	OPTION_INT,      /* int64_t, min..max */
	OPTION_BYTES,    /* int64_t, min..max; K, M or G after the number: times 1024, 1024^2, 1024^3 */
	OPTION_REAL,     /* double, min..max */
	OPTION_TEXT,     /* char *, not empty */
	OPTION_CHOICE,   /* int, one of `choices` */
	OPTION_SIZE,     /* struct frame_size, each side min..max */
	OPTION_FAILURES, /* struct failure_limit */
	OPTION_TAGS,     /* struct texts: language tags; repeatable, and comma-separated */
	OPTION_TEXTS     /* struct texts: repeatable */
};

enum option_group { GROUP_PICTURE, GROUP_COPY, GROUP_MODELS, GROUP_WORK, GROUP_LIMITS, GROUP_WATCH, GROUP_NIGHT, GROUP_RUNS, GROUP_GENERAL, GROUPS };
const char *option_group_title(enum option_group);

struct choice {
	const char *name; /* NULL ends the list */
	int value;
};

/* Where an option may be given; each place includes the ones before it. */
enum option_reach {
	REACH_FLAG, /* for this one call: never a lasting setting */
	REACH_ENV,
	REACH_FILE
};

#define FOR(command)   (1u << (command))
#define FOR_PROGRAM    (1u << COMMANDS) /* `packshot --flag`, without a command */

struct option {
	const char *flag; /* without its dashes */
	char letter;      /* short form; 0: none */
	enum option_reach reach;
	enum option_type type;
	enum option_group group;
	unsigned commands;    /* FOR() bits of those that take it */
	size_t field;         /* offset in struct settings */
	double min, max;      /* numbers */
	const char *word;     /* numbers: a word that stands for 0, e.g. "none"; NULL: there is none */
	const char *fallback; /* the default, as it would be written; NULL: unset, or false for a flag */
	const char *value;    /* placeholder in help: "N"; NULL: takes no value */
	const struct choice *choices;
	const char *help; /* one short line */
};
extern const struct option options[];
extern const int option_count;
#define OPTIONS_MAX 80 /* at most so many, so that lists of them need no memory */

#define OPTION_NAME_MAX 48

/* "max_bytes" and "PACKSHOT_MAX_BYTES" of "max-bytes". */
void option_key(const struct option *, char out[OPTION_NAME_MAX]);
void option_env(const struct option *, char out[OPTION_NAME_MAX]);

/* OPTION_TAGS or OPTION_TEXTS: may be given several times. */
bool option_repeats(const struct option *);

/* Looked up by flag (without dashes) or letter among those that any of `commands` (FOR() bits) takes; NULL: none. */
const struct option *option_by_flag(const char *flag, unsigned commands);
const struct option *option_by_letter(char letter, unsigned commands);
/* By configuration key. NULL: no such key. */
const struct option *option_by_key(const char *key);

#endif
