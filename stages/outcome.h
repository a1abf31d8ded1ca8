/*
 * outcome.h - what a run says of an item that has ended: its status, its row of the database, its line of results.jsonl.
 *
 * Read from the item's results:
 *   inspect            "verdict" ("succeeded", "review", "rejected"), "confidence", "reasons", "checks"
 *   remove_background  "confidence", where inspect was not reached
 *   resize             "format", "width", "height"
 *   copy               the texts, whole
 *   publish            "path", "bytes", "sha256"
 * A fact that is missing is null or left out; its lack never fails anything. The line is described by
 * schemas/results.schema.json. What is in it beyond that:
 *   "product"               the fields of the manifest line that mean nothing to packshot, as they were written, those of
 *                           product_info under "product_info"; absent where there are none
 *   "checks"."copy_without" languages that the line asked for and that there is no template for
 * "attempts" counts the requests that were made in this run, tries included; 0 where all was at hand. "cost_usd" is
 * what the row's cost_nano says.
 *
 * Threads: pure functions of their arguments, any thread.
 */
#ifndef PACKSHOT_STAGES_OUTCOME_H
#define PACKSHOT_STAGES_OUTCOME_H

#include "pipeline/item.h"
#include "pipeline/store.h"

struct outcome_config {
	const char *image_model; /* ids; borrowed. text_model NULL: no copy is written */
	const char *text_model;
};

/* Fills the zeroed row of an item at the end of its road, and it->status where it did not fail. The row borrows from item and
 * config, and owns the rest until outcome_free_row(). -1: no memory (the row may be freed all the same). */
int outcome_conclude(const struct outcome_config *, struct item *, int64_t took_us, struct item_row *row);
void outcome_free_row(struct item_row *row); /* also of a zeroed one */

#endif
