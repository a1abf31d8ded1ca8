/* version.h - what `packshot --version` says; CHANGELOG.md has an entry of the same name. */
#ifndef PACKSHOT_JOBS_VERSION_H
#define PACKSHOT_JOBS_VERSION_H

#define PACKSHOT_VERSION "0.1.0"

#endif
