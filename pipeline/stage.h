/*
 * stage.h - the one interface between the machinery and the steps of the road.
 *
 * A stage is a pure step. It never blocks on a network, sleeps, retries, counts money, or touches a
 * socket or the database: it works on the item in memory, or says which call it needs and is given
 * the reply. So it is tested with bytes in and bytes out.
 *
 * The road is a table of stages. For an item at a stage the machinery
 *   1. asks key(): is there a result with this identity already? A final hit ends the step here;
 *      while another item is working on the same key, this one waits for its result;
 *      (a result that may have gone stale is first checked, see fresh());
 *   2. loads the bytes of the earlier results named in `needs`;
 *   3. calls begin(), then accept() for each reply, until the stage is done or failed;
 *   4. stores the result under its key, and releases bytes that no later stage needs.
 *
 * Threads: functions are called by worker threads, ask() by the main thread. Several at once for different items, never two for one item. `cfg` is constant from the first
 *   item on. A stage with state of its own (a loaded model) keeps it in cfg and guards it itself.
 */
#ifndef PACKSHOT_PIPELINE_STAGE_H
#define PACKSHOT_PIPELINE_STAGE_H

#include "pipeline/item.h"
#include "pipeline/wire.h"

#include <stdint.h>

enum stage_next {
	STAGE_DONE, /* the result stands in `out` */
	STAGE_SAME, /* stages with fresh(): the origin says that item->stale still holds */
	STAGE_CALL, /* `call` is filled in: carry it out and come back to accept() */
	STAGE_FAIL  /* err says why; the item has failed */
};

/* What a reply to a paid call came to, as its own words say. Filled in by accept(); the ledger keeps it. */
struct receipt {
	bool known;        /* the figures below hold; else the call stays "unknown" in the ledger: possibly billed */
	int64_t cost_nano; /* nano-dollars, by the prices of `model` */
	int64_t text_in, image_in, text_out, image_out; /* tokens; thinking counts as text_out */
	char model[64];    /* that answered ("modelVersion"); "": not said */
	char id[64];       /* the service's own name of the answer ("responseId"); "": not said */
	enum err_code fault; /* what was wrong with the answer; ERR_OK: it was used */
};

struct stage {
	const char *name; /* key in the database and the reports: never rename */
	int version;      /* part of every key: raise it when the result of the same inputs changes */

	/* Indices (1u << i) of the earlier stages whose bytes begin() and accept() read. */
	unsigned needs;

	/* Set where a stored result may have gone stale outside packshot's sight (a URL, a file on disk); NULL elsewhere. Within
	 * one run a stored result is final; one of an earlier run stands in item->stale while the stage is at work.
	 * fresh() says whether it still holds as far as this machine alone can tell (then the step ends here, its
	 * bytes never loaded); else begin() is called, which may ask the origin. */
	bool (*fresh)(const void *cfg, const struct item *);

	/* With fresh(), of the first stage: the call that asks a server whether it still has what `was` tells of, which 304 says;
	 * any other answer is accept()'s. -1: no memory. NULL: nobody can be asked. */
	int (*ask)(const void *cfg, const struct last_made *was, struct call *);

	/* The identity of this step's result, written into k (name and version are in already).
	 * Return false where there is none (then it is not cached). NULL: never cached. */
	bool (*key)(const void *cfg, const struct item *, struct key *k);

	/* Starts the step. Fills `out` (facts, bytes, path; blob digest and size are filled in by the machinery
	 * from bytes where has_blob is unset), or `call`. */
	enum stage_next (*begin)(const void *cfg, struct item *, struct result *out, struct call *call, struct err *);

	/* Takes the reply to its call: the result, another call, or a failure. NULL where begin() never calls.
	 * A call that brought no answer comes here too (reply->err), so that something else can be tried. Of a paid call the
	 * receipt (zeroed, never NULL) is to be filled in whatever else comes of it. */
	enum stage_next (*accept)(const void *cfg, struct item *, const struct reply *, struct result *out,
				  struct call *call, struct receipt *, struct err *);
};

#endif
