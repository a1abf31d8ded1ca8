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

static void add_bullets(cJSON *to, const cJSON *facts, bool han)
{
	const cJSON *a, *attributes = cJSON_GetObjectItemCaseSensitive(facts, "attributes");
	const char *title = field(facts, "title", han ? "产品" : "the product");
	char line[400];
	int count = 0;

	cJSON_ArrayForEach(a, attributes)
	{
		if (count == 2 || !cJSON_IsString(a))
			break;
		snprintf(line, sizeof(line), han ? "产品的%s是%.100s，详情如上所述" : "%.60s: %.100s",
			 han ? "特点" : a->string, a->valuestring);
		cJSON_AddItemToArray(to, cJSON_CreateString(line));
		count++;
	}
	while (count < 3) {
		static const char *const en[] = { "This is %.100s", "See the picture for %.100s",
						  "For daily use: %.100s" };
		static const char *const zh[] = { "这是我们的产品：%.60s", "请看图片了解产品：%.60s",
						  "适合日常使用的产品：%.60s" };

		snprintf(line, sizeof(line), (han ? zh : en)[count], title);
		cJSON_AddItemToArray(to, cJSON_CreateString(line));
		count++;
	}
}

static cJSON *language(const cJSON *facts, bool han, enum fault f)
{
	const char *title = field(facts, "title", field(facts, "category", han ? "产品" : "Product"));
	cJSON *o = cJSON_CreateObject();
	char line[600];

	snprintf(line, sizeof(line), han ? "%.100s 日常使用的好产品" : "%.120s", title);
	cJSON_AddStringToObject(o, "title", line);
	snprintf(line, sizeof(line),
		 f == FAULT_BAD_COPY ? "%.100s holds 7319 litres."
		 : han               ? "这是一件产品，名称为%.60s，请看图片，适合日常使用。"
				     : "This is %.100s. The picture shows it as it is.",
		 title);
	cJSON_AddStringToObject(o, "description", line);
	add_bullets(cJSON_AddArrayToObject(o, "bullets"), facts, han);
	snprintf(line, sizeof(line), han ? "图片中的产品%.30s" : "A picture of %.60s", title);
	cJSON_AddStringToObject(o, "alt_text", line);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "keywords"), cJSON_CreateString(han ? "日常使用的产品" : title));
	return o;
}

char *copy_written(const cJSON *schema, const char *prompt, enum fault f)
{
	cJSON *facts = facts_in(prompt), *o = cJSON_CreateObject();
	const cJSON *p;
	char *text;

	cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(schema, "properties"))
	{
		cJSON_AddItemToObject(o, p->string, language(facts, strncmp(p->string, "zh", 2) == 0, f));
	}
	text = f == FAULT_NOT_JSON ? strdup("Here is your copy: nice mug!") : cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	cJSON_Delete(facts);
	return text;
}
