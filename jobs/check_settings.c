/* check_settings.c - the doctor's look at configuration, environment and models. */
#include "jobs/findings.h"

#include "jobs/options.h"
#include "pipeline/nearest.h"
#include "stages/model.h"

#include <string.h>

extern char **environ;

/* Variables that are read elsewhere than in the table of options: stages/neural.h. */
static const char *const others[] = { "PACKSHOT_ONNXRUNTIME", "PACKSHOT_MODEL", "PACKSHOT_MODEL_DIR" };
#define OTHERS (sizeof(others) / sizeof(others[0]))

static void check_variable(struct findings *f, const char *name)
{
	static char names[OPTIONS_MAX][OPTION_NAME_MAX];
	const char *known[OPTIONS_MAX + OTHERS], *close;
	size_t count = 0;

	for (int i = 0; i < option_count; i++) {
		if (options[i].reach == REACH_FLAG)
			continue;
		option_env(&options[i], names[count]);
		known[count] = names[count];
		count++;
	}
	for (size_t i = 0; i < OTHERS; i++)
		known[count++] = others[i];
	for (size_t i = 0; i < count; i++) {
		if (strcmp(known[i], name) == 0)
			return;
	}
	close = nearest(name, known, count);
	finding_add(f, "environment", FINDING_WARN, "correct its name, or unset it", "%s means nothing%s%s", name,
		    close ? "; the nearest is " : "", close ? close : "");
}

/* A misspelled variable is silently nothing: only the doctor can tell. */
static void check_environment(struct findings *f)
{
	int before = f->count;

	for (char **e = environ; *e; e++) {
		char name[OPTION_NAME_MAX + 16];

		if (strncmp(*e, "PACKSHOT_", 9) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*e, "="), *e);
		if (f->count - before < 4) /* the first few are enough to see what is wrong */
			check_variable(f, name);
	}
	if (f->count == before)
		finding_add(f, "environment", FINDING_OK, NULL, "every PACKSHOT_ variable is known");
}

static void check_model(struct findings *f, const struct models *models, enum model_kind kind, const char *name,
			const char *id, bool has_endpoint)
{
	struct err err = { 0 };
	const struct model *m = models_find(models, kind, id, &err);

	if (m)
		finding_add(f, name, FINDING_OK, NULL, "%s: %s", m->id, m->about);
	else if (has_endpoint)
		finding_add(f, name, FINDING_WARN, "give its prices in a file for --models",
			    "%.80s is not in the table of models: what it costs is not known", id);
	else
		finding_add_err(f, name, FINDING_FAIL, NULL, &err);
}

void check_settings(struct findings *f, const struct settings *s, const struct err *config)
{
	struct models *models = NULL;
	struct err err = { 0 };

	finding_add(f, "packshot", FINDING_OK, NULL, "%s", PACKSHOT_VERSION);
	if (config->code != ERR_OK)
		finding_add_err(f, "configuration", FINDING_FAIL, NULL, config);
	else if (s->config)
		finding_add(f, "configuration", FINDING_OK, NULL, "%s", s->config);
	else
		finding_add(f, "configuration", FINDING_OK, NULL, "no file; the defaults hold");
	check_environment(f);
	if (models_open(&models, s->models, &err)) {
		finding_add_err(f, "models", FINDING_FAIL, NULL, &err);
		return;
	}
	check_model(f, models, MODEL_IMAGE, "image model", s->image_model, s->endpoints.count > 0);
	check_model(f, models, MODEL_TEXT, "text model", s->text_model, s->endpoints.count > 0);
	models_close(models);
}
