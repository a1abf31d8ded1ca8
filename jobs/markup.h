/*
 * markup.h - text from outside (SKUs, titles, URLs, messages) made fit for HTML. The one place that escapes.
 *
 * Whatever is written by these can stand between tags and inside a double-quoted attribute; nothing of it becomes a tag, an entity, a
 * script or another direction of writing. What cannot be seen is shown by its number: [U+202E].
 * Threads: no state. Trouble with the stream is left to ferror().
 */
#ifndef PACKSHOT_JOBS_MARKUP_H
#define PACKSHOT_JOBS_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* NULL writes nothing, here and below. Bytes that are not UTF-8 become U+FFFD; line ends and tabs become a space. */
void markup_text(FILE *, const char *text);

/* At most `max` characters of it; an ellipsis marks a cut. */
void markup_clip(FILE *, const char *text, size_t max);

/* A relative or absolute path as (part of) a URL: letters, digits and "-._~/" stay, every other byte is percent-encoded, so it can
 * begin no scheme and end no attribute. */
void markup_path(FILE *, const char *path);

/* What is written of a source: an http or https URL as a link, anything else (a path, javascript:, data:) as text. Of one that is very long
 * only the beginning is shown. */
void markup_source(FILE *, const char *source);

#endif
