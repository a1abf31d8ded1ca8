#include "jobs/findings.h"

#include "jobs/printable.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdlib.h>

static const char *const state_names[] = { "ok", "warn", "fail" };

void finding_add(struct findings *f, const char *name, enum finding_state state, const char *fix, const char *fmt, ...)
{
	struct finding *one = &f->list[f->count];
	va_list ap;

	if (f->count == FINDINGS_MAX)
		return;
	f->count++;
	one->name = name;
	one->state = state;
	va_start(ap, fmt);
	vsnprintf(one->about, sizeof(one->about), fmt, ap);
	va_end(ap);
	snprintf(one->fix, sizeof(one->fix), "%s", state != FINDING_OK && fix ? fix : "");
}

void finding_add_err(struct findings *f, const char *name, enum finding_state state, const char *fix,
		     const struct err *e)
{
	finding_add(f, name, state, fix ? fix : err_advice(e->code), "%s", e->msg);
}

bool findings_fit(const struct findings *f)
{
	for (int i = 0; i < f->count; i++) {
		if (f->list[i].state == FINDING_FAIL)
			return false;
	}
	return true;
}

void findings_print(const struct findings *f, FILE *out, bool colour)
{
	static const char *const colours[] = { "\033[32m", "\033[33m", "\033[31m" };
	int counts[3] = { 0 };

	for (int i = 0; i < f->count; i++) {
		const struct finding *one = &f->list[i];
		char *about = printable_line(one->about, sizeof(one->about));

		counts[one->state]++;
		fprintf(out, "%s%-4s%s  %-13s %s\n", colour ? colours[one->state] : "", state_names[one->state],
			colour ? "\033[0m" : "", one->name, about ? about : "");
		if (*one->fix)
			fprintf(out, "%20s-> %s\n", "", one->fix);
		free(about);
	}
	if (counts[FINDING_FAIL])
		fprintf(out, "\nNot fit for a run: %d of %d checks failed.\n", counts[FINDING_FAIL], f->count);
	else
		fprintf(out, "\nFit for a run; %d warning%s.\n", counts[FINDING_WARN],
			counts[FINDING_WARN] == 1 ? "" : "s");
}

static cJSON *finding_json(const struct finding *one)
{
	char *about = printable_utf8(one->about);
	cJSON *o = cJSON_CreateObject();
	bool ok = about && cJSON_AddStringToObject(o, "name", one->name) &&
		  cJSON_AddStringToObject(o, "state", state_names[one->state]) &&
		  cJSON_AddStringToObject(o, "about", about) &&
		  (*one->fix ? cJSON_AddStringToObject(o, "fix", one->fix) : cJSON_AddNullToObject(o, "fix"));

	free(about);
	if (ok)
		return o;
	cJSON_Delete(o);
	return NULL;
}

int findings_print_json(const struct findings *f, FILE *out, struct err *err)
{
	cJSON *root = cJSON_CreateObject(), *checks = NULL;
	char *text = NULL;
	bool ok = cJSON_AddStringToObject(root, "version", PACKSHOT_VERSION) &&
		  cJSON_AddBoolToObject(root, "fit", findings_fit(f));

	if (ok)
		checks = cJSON_AddArrayToObject(root, "checks");
	for (int i = 0; i < f->count && checks && ok; i++)
		ok = cJSON_AddItemToArray(checks, finding_json(&f->list[i]));
	if (checks && ok)
		text = cJSON_Print(root);
	if (text)
		fprintf(out, "%s\n", text);
	else
		err_set(err, ERR_NOMEM, "no memory for the findings");
	cJSON_Delete(root);
	free(text);
	return text ? 0 : -1;
}
