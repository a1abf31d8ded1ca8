/*
 * copy.h - what a shop says of the product, from the product's own fields and nothing else.
 *
 * In: item->product; with cfg.picture also STAGE_RESIZE's bytes. Out: facts
 *   {"texts":{"en":{"title","description","bullets":[3 to 5],"alt_text","keywords":[1 to 10]},"zh-CN":{...}},
 *    "model":ID,"reasons":["copy_by_template"]}
 * The sentences are data (copy_template.h). A product of which the manifest says nothing but a picture still gets copy,
 * from its SKU.
 *
 * Languages: those of the manifest line that there are templates for; where there is none of them (or the line names
 * none), those of the run. A language that was asked for and is not there is missing from the facts, never replaced by
 * another's text. The run's own must all exist: copy_templates_find() at start.
 *
 * A text model that is called gets one chance to correct what copy_writer.h finds wrong; then the templates write, and
 * the reason asks for a person. They also write where the model refuses. Where it is not to be had the item fails: the
 * next run asks again.
 *
 * All pictures of a product share one result, unless each picture goes along. Fails with ERR_NOMEM, and as the model's
 * service does.
 */
#ifndef PACKSHOT_STAGES_COPY_H
#define PACKSHOT_STAGES_COPY_H

#include "pipeline/stage.h"
#include "stages/copy_templates.h"
#include "stages/edit.h"

#define COPY_TITLE_MAX       150 /* characters: Google Merchant's limit, as is the next */
#define COPY_DESCRIPTION_MAX 5000
#define COPY_BULLET_MAX      270 /* a label, a value and what stands between */
#define COPY_ALT_TEXT_MAX    125 /* what screen readers say in one go */
#define COPY_BULLETS_MIN     3
#define COPY_BULLETS_MAX     5
#define COPY_KEYWORDS_MAX    10
#define COPY_KEYWORD_MAX     60 /* characters of one */

struct copy_config {
	const struct copy_templates *templates;
	const char *const *locales; /* of the run; all of them found in templates */
	size_t locale_count;
	const char *model;    /* id of the text model */
	struct model_use use; /* who writes; DIALECT_TEMPLATE: the templates */
	const struct models *models;
	const struct wording *wording; /* what must not be said, by market and language (wording.h) */
	const char *const *markets;    /* --market */
	int market_count;
	bool picture; /* --copy-picture: the finished picture goes along */
	bool off;     /* --no-copy: no facts */
};

extern const struct stage stage_copy;

#endif
