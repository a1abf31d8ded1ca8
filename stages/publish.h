/*
 * publish.h - the finished file to its place in the workspace: images/SKU/POSITION.EXT.
 *
 * In: the bytes of STAGE_RESIZE, the verdict of STAGE_INSPECT: what is "rejected" is not delivered, and gives no facts. Out: no blob, and facts:
 *   "path"      within the workspace, e.g. "images/MUG-001/1.jpg"; the SKU's folder is named by stages/filename.h
 *   "bytes", "sha256"        of the file
 *   "mtime_ns", "inode"      when it was put there, and as what: decimal digits in a string, as a JSON number loses some
 * A file that is as an earlier run left it, of the same picture, is fresh(): neither it nor the picture is read. One that holds the
 * right bytes already stays untouched. Anything else is replaced, whole or not at all.
 *
 * Fails with ERR_IO (the run ends), ERR_NOMEM.
 */
#ifndef PACKSHOT_STAGES_PUBLISH_H
#define PACKSHOT_STAGES_PUBLISH_H

#include "pipeline/stage.h"

struct publish_config {
	const char *out_dir;   /* the workspace */
	const char *tmp_dir;   /* for files in the making, same file system */
	const char *extension; /* without dot: "jpg" */
};

extern const struct stage stage_publish;

#endif
