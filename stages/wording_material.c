/* wording_material.c - which materials a text names, and whether the product's fields have them. Longer names count
 * first: what is of "faux leather" is not of leather. */
#include "stages/wording.h"

#include <stdlib.h>
#include <string.h>

#define MATERIALS_MAX 256

struct materials {
	bool has[MATERIALS_MAX]; /* by their place in the file */
};

static const cJSON *section(const struct wording *w, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(w->root, name);
}

/* The longest name in `text`; its material in *which. NULL: there is none. */
static const char *longest(const cJSON *materials, const char *text, int *which)
{
	const cJSON *material, *word;
	const char *best = NULL;
	size_t most = 0;
	int i = 0;

	cJSON_ArrayForEach(material, materials)
	{
		cJSON_ArrayForEach(word, material)
		{
			const char *name = cJSON_GetStringValue(word);
			size_t length = name ? strlen(name) : 0;

			if (length > most && wording_has(text, name)) {
				best = name;
				most = length;
				*which = i;
			}
		}
		if (++i == MATERIALS_MAX)
			break;
	}
	return best;
}

static int place_of(const cJSON *materials, const char *name)
{
	const cJSON *material;
	int i = 0;

	cJSON_ArrayForEach(material, materials)
	{
		if (material->child && strcmp(material->child->valuestring, name) == 0)
			return i;
		i++;
	}
	return -1;
}

/* What is of stainless steel is of steel, and so of metal. */
static void add_kinds(const struct wording *w, struct materials *m)
{
	const cJSON *materials = section(w, "materials"), *kind;

	for (int round = 0; round < 3; round++) {
		cJSON_ArrayForEach(kind, section(w, "kinds"))
		{
			int one = place_of(materials, kind->string), other = place_of(materials, kind->valuestring);

			if (one >= 0 && other >= 0 && m->has[one])
				m->has[other] = true;
		}
	}
}

/* False: no memory. */
static bool find_materials(const struct wording *w, const char *text, struct materials *out)
{
	const cJSON *materials = section(w, "materials");
	char *left = strdup(text);
	const char *name;
	int which = 0;

	memset(out, 0, sizeof(*out));
	if (!left)
		return false;
	while ((name = longest(materials, left, &which)) != NULL) {
		out->has[which] = true;
		wording_blank(left, name);
	}
	free(left);
	return true;
}

void wording_check_materials(const struct wording *w, const char *fields, const char *where, const char *text,
			     struct faults *faults)
{
	struct materials said, known;
	const cJSON *material;
	int i = 0;

	if (!find_materials(w, text, &said) || !find_materials(w, fields, &known)) {
		faults_add(faults, "%s: no memory to look at its materials", where);
		return;
	}
	add_kinds(w, &known);
	cJSON_ArrayForEach(material, section(w, "materials"))
	{
		if (i < MATERIALS_MAX && said.has[i] && !known.has[i])
			faults_add(faults, "%s: %s is not in the product's fields", where,
				   material->child->valuestring);
		i++;
	}
}
