#include "stages/publish.h"

#include "pipeline/file.h"
#include "stages/filename.h"
#include "stages/road.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 64 /* "images/", "/", a position, "." and an extension */

static const struct result *finished(const struct item *it)
{
	return &it->results[STAGE_RESIZE];
}

/* A picture that inspect rejects stays out of the shop; what an earlier run has delivered stays there. */
static bool is_rejected(const struct item *it)
{
	const char *said = it->results[STAGE_INSPECT].facts;
	cJSON *facts = said ? cJSON_Parse(said) : NULL;
	const char *verdict = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, "verdict"));
	bool rejected = verdict && strcmp(verdict, item_status_name(ITEM_REJECTED)) == 0;

	cJSON_Delete(facts);
	return rejected;
}

/* Where the item's picture goes, within the workspace. malloc()ed; NULL: no memory. */
static char *path_of(const struct publish_config *cfg, const struct item *it)
{
	char *folder = filename_encode(it->sku);
	size_t room = folder ? strlen(folder) + strlen(cfg->extension) + NAME_ROOM : 0;
	char *path = folder ? malloc(room) : NULL;

	if (path)
		snprintf(path, room, "images/%s/%d.%s", folder, it->position, cfg->extension);
	free(folder);
	return path;
}

/* --- facts --- */

static const char *fact(const cJSON *facts, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, name));

	return text ? text : "";
}

static bool add_digits(cJSON *facts, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return cJSON_AddStringToObject(facts, name, text);
}

static bool has_digits(const cJSON *facts, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return strcmp(fact(facts, name), text) == 0;
}

static char *facts_of(const char *path, const struct digest *digest, const struct file_stamp *stamp)
{
	cJSON *facts = cJSON_CreateObject();
	char hex[DIGEST_HEX], *text = NULL;

	digest_hex(digest, hex);
	if (cJSON_AddStringToObject(facts, "path", path) &&
	    cJSON_AddNumberToObject(facts, "bytes", (double)stamp->size) &&
	    cJSON_AddStringToObject(facts, "sha256", hex) && add_digits(facts, "mtime_ns", stamp->mtime_ns) &&
	    add_digits(facts, "inode", (int64_t)stamp->inode))
		text = cJSON_PrintUnformatted(facts);
	cJSON_Delete(facts);
	return text;
}

/* --- the stage --- */

static bool publish_key(const void *config, const struct item *it, struct key *k)
{
	char *path = is_rejected(it) ? NULL : path_of(config, it);

	key_text(k, "path", path);
	free(path);
	return path != NULL;
}

static bool is_as_left(const struct publish_config *cfg, const cJSON *facts)
{
	const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(facts, "bytes");
	char *file = file_join(cfg->out_dir, fact(facts, "path"));
	struct err ignored = { 0 };
	struct file_stamp now;
	bool same = file && cJSON_IsNumber(bytes) && file_stat(file, &now, &ignored) == 0 &&
		    (double)now.size == bytes->valuedouble && has_digits(facts, "mtime_ns", now.mtime_ns) &&
		    has_digits(facts, "inode", (int64_t)now.inode);

	free(file);
	return same;
}

static bool publish_fresh(const void *config, const struct item *it)
{
	cJSON *facts = it->stale.facts ? cJSON_Parse(it->stale.facts) : NULL;
	struct digest was;
	bool same = finished(it)->has_blob && digest_from_hex(fact(facts, "sha256"), &was) &&
		    digest_equal(&was, &finished(it)->blob) && is_as_left(config, facts);

	cJSON_Delete(facts);
	return same;
}

/* Are these very bytes in the file? */
static bool holds(const char *file, const struct bytes *b)
{
	struct err ignored = { 0 };
	struct file_stamp stamp;
	struct bytes *there = NULL;
	bool same = file_stat(file, &stamp, &ignored) == 0 && (uint64_t)stamp.size == b->size &&
		    file_read(file, b->size, &there, NULL, &ignored) == 0 && there->size == b->size &&
		    memcmp(there->data, b->data, b->size) == 0;

	bytes_unref(there);
	return same;
}

static enum stage_next publish_begin(const void *config, struct item *it, struct result *out, struct call *call,
				     struct err *e)
{
	const struct publish_config *cfg = config;
	const struct bytes *b = finished(it)->bytes;
	char *path, *file;
	struct err why = { 0 };
	struct file_stamp stamp;

	(void)call;
	if (is_rejected(it))
		return STAGE_DONE;
	path = path_of(cfg, it);
	file = path ? file_join(cfg->out_dir, path) : NULL;
	if (!file) {
		err_set(e, ERR_NOMEM, "no memory to publish %s", it->sku);
		goto out;
	}
	if (!holds(file, b) && file_write(cfg->tmp_dir, file, b->data, b->size, e) != 0)
		goto out;
	if (file_stat(file, &stamp, &why) != 0) {
		err_set(e, ERR_IO, "%s is gone as soon as it was written: %s", path, why.msg);
		goto out;
	}
	out->facts = facts_of(path, &finished(it)->blob, &stamp);
	if (!out->facts)
		err_set(e, ERR_NOMEM, "no memory to publish %s", it->sku);
out:
	free(file);
	free(path);
	return out->facts ? STAGE_DONE : STAGE_FAIL;
}

const struct stage stage_publish = {
	.name = "publish",
	.version = 1,
	.needs = 1u << STAGE_RESIZE,
	.fresh = publish_fresh,
	.key = publish_key,
	.begin = publish_begin,
};
