#include "stages/copy_templates.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The files; a zero byte follows each. */
extern const char schemas_copy_en_json[];
extern const char schemas_copy_zh_CN_json[];

static const char *const files[] = { schemas_copy_en_json, schemas_copy_zh_CN_json };

#define FILES (sizeof(files) / sizeof(*files))

struct copy_templates {
	struct copy_template v[FILES];
};

int copy_templates_open(struct copy_templates **out, struct err *e)
{
	struct copy_templates *ts = calloc(1, sizeof(*ts));

	*out = NULL;
	if (!ts)
		return err_set(e, ERR_NOMEM, "no memory for the copy templates");
	for (size_t i = 0; i < FILES; i++) {
		if (copy_template_parse(&ts->v[i], files[i], e) != 0) {
			copy_templates_close(ts);
			return -1;
		}
	}
	*out = ts;
	return 0;
}

void copy_templates_close(struct copy_templates *ts)
{
	for (size_t i = 0; ts && i < FILES; i++)
		copy_template_release(&ts->v[i]);
	free(ts);
}

const struct copy_template *copy_templates_find(const struct copy_templates *ts, const char *locale, struct err *e)
{
	char all[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < FILES; i++) {
		if (strcasecmp(ts->v[i].locale, locale) == 0)
			return &ts->v[i];
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "",
						 ts->v[i].locale);
	}
	if (e)
		err_set(e, ERR_CONFIG, "no copy template for locale \"%.40s\"; there are: %s", locale, all);
	return NULL;
}
