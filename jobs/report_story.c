/* report_story.c - what happened to one picture: why, by whom, how long, for how much, and what was written. */
#include "jobs/report_gallery.h"

#include "jobs/figures.h"
#include "jobs/markup.h"
#include "jobs/reason.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

/* So much of the copy is shown; results.jsonl has all. */
#define TEXT_MAX      600 /* characters of a text */
#define LIST_MAX      12  /* bullets */
#define LANGUAGES_MAX 6

static void begin_fact(FILE *out, const char *name)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
}

static void end_fact(FILE *out)
{
	fputs("</dd></div>\n", out);
}

static void put_fact(FILE *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	begin_fact(out, name);
	markup_clip(out, value, TEXT_MAX);
	end_fact(out);
}

/* --- why --- */

static void put_error(FILE *out, const struct gallery_item *x)
{
	enum err_code code = x->error ? err_by_name(x->error) : ERR_CODES;

	if (!x->error)
		return;
	begin_fact(out, "Error");
	fputs("<code>", out);
	markup_text(out, x->error);
	fputs("</code>", out);
	if (x->error_stage) {
		fputs(" at ", out);
		markup_text(out, x->error_stage);
	}
	if (x->message) {
		fputs(": ", out);
		markup_text(out, x->message);
	}
	end_fact(out);
	if (code != ERR_CODES)
		put_fact(out, "What to do", err_advice(code));
}

static void put_reasons(FILE *out, const struct gallery_item *x)
{
	if (!x->reasons || !*x->reasons)
		return;
	begin_fact(out, "Reasons");
	for (const char *name = x->reasons; *name;) {
		size_t length = strcspn(name, ",");
		char one[64];
		const char *meaning;

		snprintf(one, sizeof(one), "%.*s", length < sizeof(one) ? (int)length : (int)sizeof(one) - 1, name);
		meaning = reason_meaning(one);
		fputs("<code>", out);
		markup_text(out, one);
		fputs("</code>", out);
		if (meaning)
			fprintf(out, " %s", meaning);
		name += length + (name[length] == ',');
		fputs(*name ? "<br>" : "", out);
	}
	end_fact(out);
}

/* --- what came out --- */

static double number_of(const cJSON *object, const char *name)
{
	const cJSON *x = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(x) ? x->valuedouble : 0;
}

static void put_output(FILE *out, const struct gallery_place *place, const struct gallery_item *x, const cJSON *line)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(line, "output");
	char bytes[FIGURE_MAX];

	if (!x->output)
		return;
	begin_fact(out, "Packshot");
	fprintf(out, "<a href=\"%s", place->prefix);
	markup_path(out, x->output);
	fputs("\">", out);
	markup_clip(out, x->output, TEXT_MAX);
	fputs("</a>", out);
	if (number_of(o, "width") > 0)
		fprintf(out, ", %.0f x %.0f", number_of(o, "width"), number_of(o, "height"));
	fprintf(out, ", %s", figure_bytes(bytes, x->output_bytes));
	end_fact(out);
}

static void put_origin(FILE *out, const struct gallery_item *x)
{
	if (x->source) {
		begin_fact(out, "Source");
		markup_source(out, x->source);
		end_fact(out);
	}
	put_fact(out, "Category", x->category);
	put_fact(out, "Image model", x->image_model);
	put_fact(out, "Text model", x->text_model);
	begin_fact(out, "Made in");
	fprintf(out, "run %" PRId64 "%s", x->run, x->unchanged ? ", unchanged since" : "");
	if (x->line > 0)
		fprintf(out, ", line %" PRId64 " of the manifest", x->line);
	end_fact(out);
}

/* --- what was done --- */

static void put_stages(FILE *out, const struct gallery_item *x)
{
	static const char *const how[] = { [ORIGIN_NONE] = "-",
					   [ORIGIN_MADE] = "made",
					   [ORIGIN_CACHE] = "from the cache",
					   [ORIGIN_FAILED] = "failed" };
	char took[FIGURE_MAX], cost[FIGURE_MAX];

	if (x->stage_count == 0)
		return;
	fputs("<table><thead><tr><th scope=\"col\">stage</th><th scope=\"col\">how</th><th scope=\"col\">took</th>"
	      "<th scope=\"col\">cost</th></tr></thead><tbody>\n",
	      out);
	for (int i = 0; i < x->stage_count; i++) {
		const struct gallery_stage *s = &x->stages[i];
		bool worked = s->origin != ORIGIN_CACHE;

		fputs("<tr><th scope=\"row\">", out);
		markup_text(out, s->name);
		fprintf(out, "</th><td>%s", how[s->origin]);
		if (s->error) {
			fputs(", ", out);
			markup_text(out, s->error);
		}
		fprintf(out, "</td><td class=\"n\">%s</td><td class=\"n\">",
			worked ? figure_latency(took, s->took_us) : "");
		if (s->cost_nano > 0)
			markup_text(out, figure_money(cost, s->cost_nano));
		fprintf(out, "%s</td></tr>\n", s->cost_nano > 0 && !worked ? " saved" : "");
	}
	fputs("</tbody></table>\n", out);
}

static void put_calls(FILE *out, const struct gallery_item *x)
{
	char cost[FIGURE_MAX];

	if (x->call_count == 0)
		return;
	fputs("<ul class=\"calls\">\n", out);
	for (int i = 0; i < x->call_count && i < GALLERY_CALLS_MAX; i++) {
		const struct gallery_call *c = &x->calls[i];

		fputs("<li><span>", out);
		markup_text(out, c->model);
		fputs(" for ", out);
		markup_text(out, c->stage);
		fprintf(out, ": %s", c->lost ? "answer lost, possibly billed" : c->settled ? "settled" : "open");
		if (c->error) {
			fputs(", ", out);
			markup_text(out, c->error);
		}
		fputs("</span><span class=\"n\">", out);
		markup_text(out, figure_money(cost, c->nano));
		fputs("</span></li>\n", out);
	}
	if (x->call_count > GALLERY_CALLS_MAX)
		fprintf(out, "<li>and %" PRId64 " more</li>\n", x->call_count - GALLERY_CALLS_MAX);
	fputs("</ul>\n", out);
}

/* --- what was written --- */

static void put_text(FILE *out, const cJSON *text)
{
	if (!cJSON_IsString(text) || !*text->valuestring)
		return;
	fputs("<p>", out);
	markup_clip(out, text->valuestring, TEXT_MAX);
	fputs("</p>", out);
}

static void put_list(FILE *out, const cJSON *list)
{
	const cJSON *one;
	int count = 0;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0)
		return;
	fputs("<ul>", out);
	cJSON_ArrayForEach(one, list)
	{
		if (count++ == LIST_MAX)
			break;
		fputs("<li>", out);
		markup_clip(out, cJSON_GetStringValue(one), TEXT_MAX);
		fputs("</li>", out);
	}
	fputs("</ul>", out);
}

static void put_copy(FILE *out, const cJSON *line)
{
	const cJSON *texts;
	int count = 0;

	cJSON_ArrayForEach(texts, cJSON_GetObjectItemCaseSensitive(line, "copy"))
	{
		if (count++ == LANGUAGES_MAX)
			break;
		fputs("<div class=\"copy\" lang=\"", out);
		markup_clip(out, texts->string, 40);
		fputs("\"><h4>", out);
		markup_clip(out, texts->string, 40);
		fputs("</h4>", out);
		put_text(out, cJSON_GetObjectItemCaseSensitive(texts, "title"));
		put_text(out, cJSON_GetObjectItemCaseSensitive(texts, "description"));
		put_list(out, cJSON_GetObjectItemCaseSensitive(texts, "bullets"));
		fputs("</div>\n", out);
	}
}

void gallery_story(FILE *out, const struct gallery_place *place, const struct gallery_item *x)
{
	cJSON *line = x->json ? cJSON_Parse(x->json) : NULL;
	char money[FIGURE_MAX], took[FIGURE_MAX], text[3 * FIGURE_MAX];

	fputs("<details class=\"story\"><summary>Story<span class=\"unseen\"> of ", out);
	markup_clip(out, x->sku ? x->sku : "this one", 120);
	fputs("</span></summary>\n<dl>", out);
	put_error(out, x);
	put_reasons(out, x);
	put_output(out, place, x, line);
	put_origin(out, x);
	snprintf(text, sizeof(text), "%s, %" PRId64 " request%s, %s", figure_money(money, x->cost_nano), x->requests,
		 x->requests == 1 ? "" : "s", figure_latency(took, x->took_us));
	put_fact(out, x->unchanged ? "Then it took" : "It took", text);
	fputs("</dl>\n", out);
	put_stages(out, x);
	put_calls(out, x);
	put_copy(out, line);
	fputs("</details>", out);
	cJSON_Delete(line);
}
