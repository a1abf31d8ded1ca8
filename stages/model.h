/*
 * model.h - the models table: schemas/models.json, embedded, and a user's file of the same shape beside it. A model is data; a
 * dialect is code that speaks to it.
 *
 * Every entry has id, kind, dialect, about, status, prices by modality (US dollars for a million tokens), and the source and date
 * of its figures; the rest has defaults. The order of the file is kept: the first of a kind is its default.
 *
 * Threads: constant after models_open().
 */
#ifndef PACKSHOT_STAGES_MODEL_H
#define PACKSHOT_STAGES_MODEL_H

#include "pipeline/err.h"
#include "pipeline/stage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_kind { MODEL_IMAGE, MODEL_TEXT };
enum dialect { DIALECT_LOCAL, DIALECT_TEMPLATE, DIALECT_GEMINI, DIALECT_OPENAI_IMAGES, DIALECT_OPENAI_CHAT, DIALECT_HTTP, DIALECTS };
const char *dialect_name(enum dialect); /* "openai-images" */

enum modality { TEXT_IN, IMAGE_IN, TEXT_OUT, IMAGE_OUT, MODALITIES };

/* Prices from a day on. */
struct model_prices {
	char from[11];                 /* "2026-12-31", UTC; "": from ever */
	int64_t per_token[MODALITIES]; /* nano-dollars: dollars for a million tokens x 1000 */
	int64_t per_call;              /* nano-dollars on top, of relays with flat prices */
};
#define MODEL_PRICES_MAX 3

struct model_size {
	char name[8];          /* "1K", as the API wants it */
	int side;              /* pixels of a square picture of that size */
	int64_t tokens;        /* image tokens out that one costs */
};
#define MODEL_SIZES_MAX 6

struct model {
	char *id;
	enum model_kind kind;
	enum dialect dialect;
	char *method; /* DIALECT_LOCAL: "auto" (neural where it is installed, else classical), "neural", "classical"; else NULL */
	char *about;  /* one line for people */

	/* Of models that are called; zero or NULL of the local ones. */
	char *endpoint;     /* default base URL; NULL: --endpoint must say */
	char *path;         /* below it, "{model}" stands for the id: "/v1beta/models/{model}:generateContent"; NULL: the dialect's own */
	char *key_env;      /* variable of the key; NULL: --api-key-env's default */
	char *status;       /* "stable", "deprecated", "retired", "preview" */
	char *replaced_by;  /* id, or NULL */
	char retires[11];   /* the day from which it no longer answers, "2027-05-07"; "": none known */
	char *thinking;     /* thinkingLevel to ask for: "MINIMAL"; NULL: none */
	char *source, *as_of; /* where the figures come from, and when they were read */
	struct model_prices prices[MODEL_PRICES_MAX]; /* oldest first */
	int price_count;
	double batch;                /* share of these that a provider's batch jobs cost: 0.5; 0: there are none, or it is not known */
	struct model_size sizes[MODEL_SIZES_MAX]; /* smallest first */
	int size_count;
	unsigned takes;              /* 1u << enum picture_format: what it accepts as it comes */
	int64_t max_picture_bytes;   /* of one picture sent along */
	int max_side;                /* pixels; a larger picture gains nothing and is scaled before it is sent; 0: no limit */
	int64_t image_in_tokens;     /* that one picture sent along is expected to cost */
	int64_t thinking_tokens;     /* expected beside the answer */
	double rpm, tpm, usd_per_10min; /* known limits; 0: none known */
	int timeout_s;               /* that its API needs; 0: the run's --timeout */
};

struct models;
/* The embedded table, and over it the entries of the file at `path` (may be NULL): one with the id and kind of another takes its
 * place, others come behind. ERR_CONFIG, ERR_NOMEM. */
int models_open(struct models **out, const char *path, struct err *);
/* A table in text: what models_open() does with the embedded one. ERR_CONFIG names the entry that is wrong, and its field. */
int models_parse(struct models **out, const char *json, struct err *);
/* NULL and ERR_CONFIG, naming the nearest id (or all, where none is near), where there is none of that kind. */
const struct model *models_find(const struct models *, enum model_kind, const char *id, struct err *e);
size_t models_count(const struct models *);
const struct model *models_at(const struct models *, size_t index);
void models_close(struct models *); /* NULL is fine */

/* On `day` ("2026-11-24", UTC): 0 it lives; 1 and a warning in *e (code ERR_RETIRED) where it is deprecated or retires within 60
 * days; -1 and ERR_RETIRED where it is gone. Both name the replacement where there is one. */
int model_alive(const struct model *, const char *day, struct err *e);

/* The size to ask for so that the finished picture of `side` pixels need not be enlarged: the smallest that suffices, else the
 * largest; NULL: the model has none. */
const struct model_size *model_size_for(const struct model *, int side);

bool model_is_local(const struct model *); /* works on this machine: no key, no call */

/* --- money (price.c). Days are "2026-11-24". --- */

/* What it costs on that day; NULL: not known. */
const struct model_prices *model_prices_on(const struct model *, const char *day);

/* Prices the tokens of a receipt by what its `model` (modelVersion) costs on that day, else by `asked`. Sets cost_nano. */
void receipt_price(struct receipt *, const struct models *, const struct model *asked, const char *day);

/* The most that a call is expected to cost: prompt of text_tokens, `pictures` sent along, one picture of `size` (NULL: none) or
 * out_tokens of text out, thinking on top. Fills tokens and reserve_nano. */
void model_reserve(const struct model *, const char *day, int64_t text_tokens, int pictures, const struct model_size *size,
		   int64_t out_tokens, struct purchase *);

/* Today in UTC as the above want it. */
void model_today(char day[11]);

#endif
