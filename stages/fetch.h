/*
 * fetch.h - the picture's bytes: from a URL (http, https) or a file on this machine.
 *
 * In: item->source. Out: the bytes as they came, and facts, each where it is known:
 *   "type"           what the content is, told by its first bytes: "jpeg", "png", ... (picture_format_name())
 *   "bytes"          how many
 *   "etag", "last_modified", "url"    of a URL: its validators, and where redirects led (without query and password)
 *   "mtime_ns", "inode"               of a file: decimal digits in a string, as a JSON number loses some of them
 * A file's content is not copied: out->path says where it lies, and the digest of what was read stands in out->blob.
 *
 * A URL that was fetched in an earlier run is asked for with its validators (304: STAGE_SAME); a file whose size, time and
 * inode are as they were is fresh() without being read.
 *
 * Fails the item, never the run: ERR_SOURCE_MISSING (404, 410, no such file), ERR_SOURCE_HTTP (what else the server
 * refuses), ERR_SOURCE_REFUSED (other schemes; addresses that are not public), ERR_NETWORK, ERR_TIMEOUT, ERR_TOO_LARGE,
 * ERR_NOT_PICTURE, ERR_UNSUPPORTED, ERR_NOMEM, ERR_INTERRUPTED. Drops early: nothing.
 */
#ifndef PACKSHOT_STAGES_FETCH_H
#define PACKSHOT_STAGES_FETCH_H

#include "pipeline/stage.h"
#include "stages/picture.h"

struct fetch_config {
	struct picture_limits limits; /* max_bytes counts here */
	bool private_hosts;           /* loopback and private addresses may be fetched from */
	int redirects;                /* followed at most */
};

/* The request for a picture at `url`, without validators. ERR_NOMEM. */
int fetch_call(const struct fetch_config *, const char *url, struct call *, struct err *);

extern const struct stage stage_fetch;

#endif
