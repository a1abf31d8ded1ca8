/*
 * edit.h - a photo's way through an image model that is called: which model, which prompt, with which pictures, and what is done
 * when the answer will not do. Used by remove_background (which asks for everything in one call, or for the removal alone) and
 * by enhance (the second call of --edit-mode separate).
 *
 * Models are tried in order: the next one where a model refuses, answers without a usable picture after its retries, or is not
 * to be had. A picture that is not what was asked for (border not white, product at the frame) is asked for once more with a
 * firmer prompt, `quality_retries` times; then the best one is taken, with the reason.
 *
 * Threads: pure functions but for item->work, which is the item's.
 */
#ifndef PACKSHOT_STAGES_EDIT_H
#define PACKSHOT_STAGES_EDIT_H

#include "pipeline/stage.h"
#include "stages/dialect.h"
#include "stages/fetch.h"
#include "stages/model.h"

#define EDIT_MODELS_MAX 6

/* A model, and how it is reached. */
struct model_use {
	const struct model *model;
	int service; /* 1 + index of the wire's services; 0: on this machine */
};

enum edit_task { EDIT_WHOLE, EDIT_REMOVE, EDIT_ENHANCE };

struct edit_config {
	const struct models *models;
	struct model_use uses[EDIT_MODELS_MAX]; /* in order; a local one, if any, is the last */
	int use_count;
	enum edit_task task;
	int side;                    /* pixels of the finished picture's longer side */
	bool shadow;                 /* ask for a soft contact shadow */
	const char *style;           /* the shop's own rules of style, or NULL */
	struct bytes *style_picture; /* a reference for style and brand, or NULL */
	enum picture_format style_format;
	int reference_images;        /* other pictures of the product that go along at most */
	const struct fetch_config *fetch; /* how those are fetched that lie at a URL */
	int quality_retries;
	int answer_retries;          /* further calls where an answer had no usable picture (each is paid for) */
	struct picture_limits limits;
};

/* Everything that shapes the result. False: no key. */
bool edit_key(const struct edit_config *, const struct item *, const struct digest *source, struct key *);

enum edit_next {
	EDIT_DONE,  /* out->bytes is the model's picture as it came, and out->facts
		     *   {"method":"model","kind":"edited","model":ID,"confidence":0.98,"reasons":["border_not_white"],"whole":true}
		     * "whole": enhancement was part of it */
	EDIT_CALL,
	EDIT_LOCAL, /* only the model on this machine is left: the caller works on the item itself, and names it a fallback */
	EDIT_FAIL   /* the first model's reason */
};
/* The first call, and what is made of each reply. `source` is the picture to edit, a file. */
enum edit_next edit_begin(const struct edit_config *, struct item *, struct bytes *source, struct result *out, struct call *,
			  struct err *);
enum edit_next edit_accept(const struct edit_config *, struct item *, struct bytes *source, const struct reply *,
			   struct result *out, struct call *, struct receipt *, struct err *);

#endif
