/*
 * dialect.h - how models are spoken to. A dialect is one file of pure functions: product and picture to a request; a reply to
 * a picture or a text, its usage, or a refusal of a class that the machinery knows.
 *
 * Dialects: gemini (generateContent), openai-images (/v1/images/edits, multipart), openai-chat (/v1/chat/completions with
 * pictures, as relays have it), http (a plain endpoint of one's own). The local ones (local, template) make no calls and are
 * not here.
 *
 * Threads: pure functions, any thread; judge() is called on the wire's.
 */
#ifndef PACKSHOT_STAGES_DIALECT_H
#define PACKSHOT_STAGES_DIALECT_H

#include "pipeline/stage.h"
#include "stages/model.h"
#include "stages/picture.h"

#define EDIT_PICTURES_MAX 14 /* documented for gemini-nano-banana-2.1: 10 objects and 4 characters */

/* What an image model is asked for. Borrowed. */
struct edit_request {
	const struct model *model;
	const char *prompt;
	struct bytes *pictures[EDIT_PICTURES_MAX]; /* as files: first the one to edit, then references, then the style's */
	enum picture_format formats[EDIT_PICTURES_MAX];
	int picture_count;
	const char *size; /* name of one of the model's sizes: "1K" */
};

/* What a text model is asked for. Borrowed. */
struct text_request {
	const struct model *model;
	const char *system, *prompt;
	const char *schema; /* JSON schema of the answer */
	struct bytes *picture; /* NULL: none */
	enum picture_format format;
	int max_tokens; /* of the answer, thinking included */
};

/* What a reply says. */
struct answer {
	struct bytes *picture; /* as a file, told by its content, whole as far as its first bytes tell; NULL: none */
	enum picture_format format;
	char *text;            /* malloc()ed UTF-8; NULL: none */
};
void answer_release(struct answer *); /* also of a zeroed one */

struct dialect_functions {
	const char *name;

	/* Fill in call's path, headers (no secrets), body, service left alone, purchase by model_reserve(). ERR_NOMEM, ERR_UNSUPPORTED
	 * (a picture of a kind that the API does not take). NULL: cannot be asked for that. */
	int (*ask_edit)(const struct edit_request *, struct call *, struct err *);
	int (*ask_text)(const struct text_request *, struct call *, struct err *);

	/* A 2xx reply: the answer, or an error: ERR_REFUSED, ERR_NO_IMAGE, ERR_CUT_OFF, ERR_ANSWER (unreadable), ERR_NOMEM. The
	 * receipt is filled in as far as the reply tells, also with an error. want_text: a text is looked for, else a picture. */
	int (*read)(const struct model *, const struct reply *, bool want_text, struct answer *, struct receipt *,
		    struct err *);

	/* struct service's judge, for what is not 2xx. */
	void (*judge)(const struct reply *, struct verdict *);

	const char *models_path; /* GET: the list of living models (doctor); NULL: it has none */
};

/* By model->dialect; NULL for the local ones. */
const struct dialect_functions *dialect_functions(enum dialect);

#endif
