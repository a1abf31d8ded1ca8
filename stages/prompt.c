#include "stages/prompt.h"

#include "stages/plain.h"

#include <stdlib.h>
#include <string.h>

/* schemas/prompts/NAME.txt */
extern const char schemas_prompts_edit_txt[], schemas_prompts_remove_txt[], schemas_prompts_enhance_txt[],
	schemas_prompts_firmer_txt[], schemas_prompts_copy_txt[], schemas_prompts_copy_again_txt[],
	schemas_prompts_copy_picture_txt[];

static const struct {
	const char *name, *text;
} prompts[] = {
	{ "edit", schemas_prompts_edit_txt },
	{ "remove", schemas_prompts_remove_txt },
	{ "enhance", schemas_prompts_enhance_txt },
	{ "firmer", schemas_prompts_firmer_txt },
	{ "copy", schemas_prompts_copy_txt },
	{ "copy-again", schemas_prompts_copy_again_txt },
	{ "copy-picture", schemas_prompts_copy_picture_txt },
};

/* A text that grows. */
struct text {
	char *data;
	size_t size, room;
	bool no_memory;
};

static void put(struct text *t, const char *data, size_t size)
{
	if (t->size + size + 1 > t->room) {
		size_t room = 2 * (t->size + size + 1);
		char *grown = t->no_memory ? NULL : realloc(t->data, room);

		if (!grown) {
			t->no_memory = true;
			return;
		}
		t->data = grown;
		t->room = room;
	}
	memcpy(t->data + t->size, data, size);
	t->size += size;
	t->data[t->size] = '\0';
}

/* Quoted, with its own quotes made single: it cannot end the quotation. */
static void put_value(struct text *t, const struct prompt_field *f)
{
	char *plain;

	if (f->ours) {
		put(t, f->value, strlen(f->value));
		return;
	}
	plain = plain_text(f->value, PROMPT_VALUE_MAX);
	t->no_memory |= !plain;
	put(t, "\"", 1);
	for (const char *c = plain ? plain : ""; *c; c++)
		put(t, *c == '"' ? "'" : c, 1);
	put(t, "\"", 1);
	free(plain);
}

static const struct prompt_field *field_called(const struct prompt_field *fields, const char *name, size_t size)
{
	for (; fields->name; fields++) {
		if (strlen(fields->name) == size && memcmp(fields->name, name, size) == 0)
			return fields;
	}
	return NULL;
}

/* One line of a prompt, its end included; nothing where a field of it has no value. */
static void put_line(struct text *t, const char *line, size_t size, const struct prompt_field *fields)
{
	size_t before = t->size, at = 0;

	while (at < size) {
		const char *open = memchr(line + at, '{', size - at);
		const char *close = open ? memchr(open, '}', size - (size_t)(open - line)) : NULL;
		const struct prompt_field *f;

		if (!close) {
			put(t, line + at, size - at);
			return;
		}
		put(t, line + at, (size_t)(open - line) - at);
		f = field_called(fields, open + 1, (size_t)(close - open) - 1);
		if (!f || !f->value || !*f->value) {
			t->size = before;
			return;
		}
		put_value(t, f);
		at = (size_t)(close - line) + 1;
	}
}

char *prompt_fill(const char *name, const struct prompt_field *fields, struct err *e)
{
	struct text t = { 0 };
	const char *line = NULL;

	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++) {
		if (strcmp(prompts[i].name, name) == 0)
			line = prompts[i].text;
	}
	if (!line) {
		err_set(e, ERR_CONFIG, "there is no prompt \"%.40s\"", name);
		return NULL;
	}
	while (*line) {
		size_t size = strcspn(line, "\n");

		size += line[size] == '\n';
		if (strncmp(line, "#version ", 9) != 0)
			put_line(&t, line, size, fields);
		line += size;
	}
	while (t.size > 0 && t.data[t.size - 1] == '\n')
		t.size--;
	put(&t, "", 0);
	if (!t.no_memory)
		return t.data;
	free(t.data);
	err_set(e, ERR_NOMEM, "no memory for a prompt");
	return NULL;
}
