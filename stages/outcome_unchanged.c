#include "stages/outcome_unchanged.h"

#include "pipeline/stage.h"
#include "stages/road.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- what a later run may recognise it by --- */

/* As fetch and publish write it; false: there is none. */
static bool read_stamp(const cJSON *facts, struct file_stamp *out)
{
	const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(facts, "bytes");
	const char *mtime = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, "mtime_ns"));
	const char *changed = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, "ctime_ns"));
	const char *inode = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, "inode"));

	if (!cJSON_IsNumber(bytes) || !mtime || !inode)
		return false;
	*out = (struct file_stamp){ (int64_t)bytes->valuedouble, strtoll(mtime, NULL, 10),
				    changed ? strtoll(changed, NULL, 10) : 0, strtoull(inode, NULL, 10) };
	return true;
}

/* Delivered, and nothing in it made for want of something better. Counts the results that will be found again. */
static bool can_stand(const struct item *it, const struct item_row *row, int *stages)
{
	if (!it->has_signature || !row->output || !it->results[STAGE_FETCH].has_blob ||
	    !it->results[STAGE_FETCH].facts)
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
	int stages = 0;
	struct last_made *m = can_stand(it, row, &stages) ? calloc(1, sizeof(*m)) : NULL;

	if (!m)
		return NULL;
	m->signature = it->signature;
	m->source = it->results[STAGE_FETCH].blob;
	m->source_is_file = read_stamp(fetch, &m->source_stamp);
	m->source_facts = m->source_is_file ? NULL : strdup(it->results[STAGE_FETCH].facts);
	m->output = strdup(row->output);
	m->status = row->status;
	m->reasons = row->reasons ? strdup(row->reasons) : NULL;
	m->stages = stages;
	if (read_stamp(publish, &m->output_stamp) && m->output && !m->reasons == !row->reasons &&
	    m->source_is_file == !m->source_facts)
		return m;
	last_made_free(m);
	return NULL;
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

/* The stages, as a list of names or with a time each: from `ms`, which is "fetch":41,"resize":19 */
static void put_stages(FILE *out, const char *ms, const char *end, const char *behind_each)
{
	while (ms < end) {
		const char *colon = memchr(ms, ':', (size_t)(end - ms));
		const char *comma = colon ? memchr(colon, ',', (size_t)(end - colon)) : NULL;

		if (!colon)
			return;
		fwrite(ms, 1, (size_t)(colon - ms), out);
		fputs(behind_each, out);
		if (comma)
			putc(',', out);
		ms = comma ? comma + 1 : end;
	}
}

int outcome_put_unchanged(FILE *out, const char *json, int64_t line, int requests)
{
	const char *at_line = strstr(json, LINE);
	const char *source = at_line ? strstr(at_line, SOURCE) : NULL;
	const char *attempts = source ? strstr(source, ATTEMPTS) : NULL;
	const char *ms = attempts ? strstr(attempts, STAGES_MS) : NULL;
	const char *behind = ms ? strstr(ms, BEHIND) : NULL;

	if (!behind) /* not as we print it: better as it is than not at all */
		return fprintf(out, "%s\n", json) < 0 ? -1 : 0;
	ms += strlen(STAGES_MS);
	fwrite(json, 1, (size_t)(at_line - json), out);
	fprintf(out, LINE "%" PRId64, line);
	fwrite(source, 1, (size_t)(attempts - source), out);
	fprintf(out, ATTEMPTS "%d,\"cost_usd\":0,\"cached\":[", requests);
	put_stages(out, ms, behind, "");
	fputs("]" STAGES_MS, out);
	put_stages(out, ms, behind, ":0");
	fputs(behind, out);
	return putc('\n', out) == EOF || ferror(out) ? -1 : 0;
}
