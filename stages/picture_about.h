/*
 * picture_about.h - what the libvips of this machine can read. For `packshot doctor`.
 *
 * Threads: any, after picture_library_open().
 */
#ifndef PACKSHOT_STAGES_PICTURE_ABOUT_H
#define PACKSHOT_STAGES_PICTURE_ABOUT_H

#include "stages/picture.h"

const char *picture_library_version(void); /* "8.14.1"; static */

/* Was libvips built with a loader for this format? Says nothing of whether the loader works. */
bool picture_library_reads(enum picture_format);

#endif
