/* copy.c - what a well-behaved text model writes: only what the fields say. */
#include "tests/emulator/emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *field(const cJSON *facts, const char *name, const char *otherwise)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(facts, name));

	return text && *text ? text : otherwise;
}

/* The facts are the last JSON object of the prompt. */
static cJSON *facts_in(const char *prompt)
{
	cJSON *found = NULL;

	for (const char *at = prompt; (at = strchr(at, '{')) != NULL; at++) {
		cJSON *o = cJSON_Parse(at);

		if (cJSON_IsObject(o) && o->child) {
			cJSON_Delete(found);
			return o;
		}
		cJSON_Delete(o);
	}
	return found;
}

static void add_text(cJSON *list, const char *fmt, const char *value)
{
	char line[400];

	snprintf(line, sizeof(line), fmt, value);
	cJSON_AddItemToArray(list, cJSON_CreateString(line));
}

static cJSON *english(const cJSON *facts, enum fault f)
{
	const char *title = field(facts, "title", field(facts, "category", "Product"));
	const cJSON *a, *attributes = cJSON_GetObjectItemCaseSensitive(facts, "attributes");
	cJSON *o = cJSON_CreateObject(), *bullets;
	char line[600];

	snprintf(line, sizeof(line), "%.120s", title);
	cJSON_AddStringToObject(o, "title", line);
	snprintf(line, sizeof(line),
		 f == FAULT_BAD_COPY ? "%.100s holds 7319 litres." : "This is %.100s. The picture shows it as it is.",
		 title);
	cJSON_AddStringToObject(o, "description", line);
	bullets = cJSON_AddArrayToObject(o, "bullets");
	cJSON_ArrayForEach(a, attributes)
	{
		if (cJSON_GetArraySize(bullets) < 2 && cJSON_IsString(a))
			add_text(bullets, "As listed: %.100s", a->valuestring);
	}
	add_text(bullets, "This is %.100s", title);
	add_text(bullets, "See the picture of %.100s", title);
	add_text(bullets, "For daily use: %.100s", title);
	snprintf(line, sizeof(line), "A picture of %.60s", title);
	cJSON_AddStringToObject(o, "alt_text", line);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "keywords"), cJSON_CreateString("daily use"));
	return o;
}

static cJSON *chinese(enum fault f)
{
	static const char *const lines[] = { "适合日常使用的产品", "请看图片了解产品", "详情以页面说明为准" };
	cJSON *o = cJSON_CreateObject(), *bullets;

	cJSON_AddStringToObject(o, "title", "适合日常使用的产品");
	cJSON_AddStringToObject(o, "description",
				f == FAULT_BAD_COPY ? "这是全国第一的产品。"
						    : "这是一件产品，请看图片，适合日常使用。");
	bullets = cJSON_AddArrayToObject(o, "bullets");
	for (int i = 0; i < 3; i++)
		cJSON_AddItemToArray(bullets, cJSON_CreateString(lines[i]));
	cJSON_AddStringToObject(o, "alt_text", "图片中的产品");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "keywords"), cJSON_CreateString("日常使用的产品"));
	return o;
}

char *copy_written(const cJSON *schema, const char *prompt, enum fault f)
{
	cJSON *facts = facts_in(prompt), *o = cJSON_CreateObject();
	const cJSON *p;
	char *text;

	cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(schema, "properties"))
	{
		cJSON_AddItemToObject(o, p->string, strncmp(p->string, "zh", 2) == 0 ? chinese(f) : english(facts, f));
	}
	text = f == FAULT_NOT_JSON ? strdup("Here is your copy: nice mug!") : cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	cJSON_Delete(facts);
	return text;
}
