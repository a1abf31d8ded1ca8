/*
 * openai.h - what OpenAI's two ways to make pictures (openai_images.c, openai_chat.c) share: refusals and usage. Relays speak them too,
 * with fields missing or added.
 *
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_OPENAI_H
#define PACKSHOT_STAGES_OPENAI_H

#include "stages/dialect_parts.h"

#define OPENAI_MODELS_PATH "/v1/models"

/* {"error":{"message","type","code"}} with its status, as struct service's judge. */
void openai_judge(const struct reply *, struct verdict *);

/* What "usage" says, in either way's words. "cost" (OpenRouter) is in dollars and is believed. */
void openai_usage(const cJSON *root, bool want_text, struct receipt *);

#endif
