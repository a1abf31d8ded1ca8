#include "stages/outcome_unchanged.h"

#include "pipeline/stage.h"
#include "stages/road.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- what a later run may recognise it by --- */

/* NULL: absent, or no text. */
static const char *text_of(const cJSON *facts, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, name));
}

/* As fetch and publish write it; false: there is none. */
static bool read_stamp(const cJSON *facts, struct file_stamp *out)
{
	const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(facts, "bytes");
	const char *mtime = text_of(facts, "mtime_ns"), *changed = text_of(facts, "ctime_ns");
	const char *inode = text_of(facts, "inode");

	if (!cJSON_IsNumber(bytes) || !mtime || !inode)
		return false;
	*out = (struct file_stamp){ (int64_t)bytes->valuedouble, strtoll(mtime, NULL, 10),
				    changed ? strtoll(changed, NULL, 10) : 0, strtoull(inode, NULL, 10) };
	return true;
}

/* Delivered, and nothing in it made for want of something better. Counts the results that will be found again. */
static bool can_stand(const struct item *it, const struct item_row *row, int *stages)
{
	const struct result *fetched = &it->results[STAGE_FETCH];

	if (!it->has_fingerprint || !row->output || !fetched->has_blob || !fetched->has_key || !fetched->facts)
		return false;
	for (int i = 0; i < STAGE_COUNT; i++) {
		if (it->results[i].fleeting)
			return false;
		*stages += it->results[i].has_key;
	}
	return row->status == ITEM_SUCCEEDED || row->status == ITEM_REVIEW;
}

struct last_made *outcome_last_made(const struct item *it, const struct item_row *row, const cJSON *fetch,
				    const cJSON *publish)
{
	struct last_made m = { .output = row->output,
			       .reasons = row->reasons,
			       .etag = text_of(fetch, "etag"),
			       .last_modified = text_of(fetch, "last_modified"),
			       .status = row->status };

	if (!can_stand(it, row, &m.stages) || !read_stamp(publish, &m.output_stamp))
		return NULL;
	m.fingerprint = it->fingerprint;
	m.pictures = it->pictures;
	m.source = it->results[STAGE_FETCH].blob;
	m.source_is_file = read_stamp(fetch, &m.source_stamp);
	m.source_key = it->results[STAGE_FETCH].key;
	return last_made_copy(&m);
}

char *outcome_found_again(const struct item *it)
{
	char names[STAGE_COUNT * 24] = "";

	for (int i = 0; i < STAGE_COUNT; i++) {
		if (it->results[i].has_key && strlen(names) + strlen(road_stages[i]->name) + 2 < sizeof(names))
			strcat(strcat(names, *names ? "," : ""), road_stages[i]->name);
	}
	return *names ? strdup(names) : NULL;
}

/* --- its line, in a run that found it unchanged --- */

/* Within a text a quote is escaped, so what is looked for here is a key of the line itself; outcome.c prints them in
 * this order. */
#define LINE      ",\"line\":"
#define SOURCE    ",\"source\":"
#define ATTEMPTS  ",\"attempts\":"
#define STAGES_MS ",\"stages_ms\":{"
#define BEHIND    "},\"confidence\":"

/* A name and a time for each stage. With our times it is longer where there were none, but never twice as long. */
#define STAGES_ROOM (STAGE_COUNT * 48)

static char *add(char *to, const char *text, size_t size)
{
	memcpy(to, text, size);
	return to + size;
}

/* From `ms`, which is "fetch":41,"resize":19, the list of names and the same with no time spent. */
static void tell_stages(const char *ms, const char *end, char names[STAGES_ROOM], char no_ms[2 * STAGES_ROOM])
{
	while (ms < end) {
		const char *colon = memchr(ms, ':', (size_t)(end - ms));
		const char *comma = colon ? memchr(colon, ',', (size_t)(end - colon)) : NULL;

		if (!colon)
			break;
		names = add(names, ms, (size_t)(colon - ms));
		no_ms = add(no_ms, ms, (size_t)(colon - ms));
		no_ms = add(no_ms, ":0", 2);
		if (comma)
			*names++ = *no_ms++ = ',';
		ms = comma ? comma + 1 : end;
	}
	*names = *no_ms = '\0';
}

int outcome_put_unchanged(FILE *out, const char *json, int64_t line, int requests)
{
	const char *at_line = strstr(json, LINE);
	const char *source = at_line ? strstr(at_line, SOURCE) : NULL;
	const char *attempts = source ? strstr(source, ATTEMPTS) : NULL;
	const char *ms = attempts ? strstr(attempts, STAGES_MS) : NULL;
	const char *behind = ms ? strstr(ms, BEHIND) : NULL;
	char names[STAGES_ROOM], no_ms[2 * STAGES_ROOM];
	int written;

	if (!behind || behind - ms >= STAGES_ROOM) /* not as we print it: better as it is than not at all */
		return fprintf(out, "%s\n", json) < 0 ? -1 : 0;
	tell_stages(ms + strlen(STAGES_MS), behind, names, no_ms);
	written = fprintf(
		out, "%.*s" LINE "%" PRId64 "%.*s" ATTEMPTS "%d,\"cost_usd\":0,\"cached\":[%s]" STAGES_MS "%s%s\n",
		(int)(at_line - json), json, line, (int)(attempts - source), source, requests, names, no_ms, behind);
	return written < 0 ? -1 : 0;
}
