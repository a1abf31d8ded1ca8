#include "jobs/shape.h"

#include "jobs/config.h"
#include "jobs/options.h"
#include "pipeline/build_id.h"
#include "pipeline/file.h"

#include <cjson/cJSON.h>

#define MODELS_MAX ((size_t)16 << 20)

static bool put_settings(struct key *k, const struct settings *set)
{
	char name[OPTION_NAME_MAX];

	for (int i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		cJSON *value;
		char *text;

		if (o->group != GROUP_PICTURE && o->group != GROUP_COPY && o->group != GROUP_MODELS)
			continue;
		value = option_json(set, o);
		text = value ? cJSON_PrintUnformatted(value) : NULL;
		cJSON_Delete(value);
		if (!text)
			return false;
		option_key(o, name);
		key_text(k, name, text);
		cJSON_free(text);
	}
	return true;
}

static bool put_models_file(struct key *k, const char *path)
{
	struct bytes *file = NULL;
	struct err ignored = { 0 };
	struct digest d;

	if (!path)
		return true;
	if (file_read(path, MODELS_MAX, &file, NULL, &ignored) != 0)
		return false;
	digest_of(file->data, file->size, &d);
	bytes_unref(file);
	key_digest(k, "models file", &d);
	return true;
}

bool shape_of(const struct machine *m, const struct settings *set, struct digest *out)
{
	struct digest program, style;
	struct key *k;
	bool whole;

	if (set->reference_images > 0 || !build_id(&program))
		return false;
	k = key_create("shape", 1);
	if (!k)
		return false;
	key_digest(k, "program", &program);
	key_text(k, "cutout", m->neural ? neural_identity(m->neural) : "classical");
	whole = put_settings(k, set) && put_models_file(k, set->models);
	if (m->style_picture) {
		digest_of(m->style_picture->data, m->style_picture->size, &style);
		key_digest(k, "style", &style);
	}
	key_final(k, out);
	return whole;
}
