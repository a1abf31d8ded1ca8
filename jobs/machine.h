/*
 * machine.h - settings become a running machine: models, stages with what they are told, wire, recorder, engine.
 *
 * Threads: prepared, started and closed by the main thread.
 */
#ifndef PACKSHOT_JOBS_MACHINE_H
#define PACKSHOT_JOBS_MACHINE_H

#include "jobs/exporter.h"
#include "jobs/services.h"
#include "jobs/settings.h"
#include "jobs/tally.h"
#include "jobs/workspace.h"
#include "pipeline/engine.h"
#include "stages/copy.h"
#include "stages/edit.h"
#include "stages/enhance.h"
#include "stages/fetch.h"
#include "stages/inspect.h"
#include "stages/model.h"
#include "stages/neural.h"
#include "stages/outcome.h"
#include "stages/publish.h"
#include "stages/remove_background.h"
#include "stages/resize.h"
#include "stages/road.h"
#include "stages/wording.h"

struct machine {
	/* From machine_prepare() on. */
	struct models *models;
	struct services services; /* borrows from models and settings */
	struct wording wording;
	struct bytes *style_picture;
	struct edit_config edit, enhance_edit; /* the second: --edit-mode separate */
	struct neural *neural; /* NULL: the classical cutout */
	struct copy_templates *templates;
	struct fetch_config fetch;
	struct remove_background_config remove_background;
	struct enhance_config enhance;
	struct resize_config resize;
	struct inspect_config inspect;
	struct copy_config copy;
	struct publish_config publish;
	struct outcome_config outcome;
	const void *cfgs[STAGE_COUNT];
	struct tally *tally;
	struct counts *counts;     /* NULL: nobody watches */
	struct exporter *exporter; /* of them; or NULL */
	const char *folder; /* of the manifest; borrowed, set by the command before a run */
	bool has_shape; /* shape.h */
	struct digest shape;

	/* From machine_start() on. */
	const char *disk;   /* the workspace's, borrowed */
	int64_t disk_least; /* bytes that must be free to buy more */
	struct wire *wire;
	struct budget *budget;
	struct ledger *ledger;
	struct recorder *recorder;
	struct unchanged *unchanged; /* NULL: every item goes the whole road */
	struct engine *engine;
};

/* All that can be wrong with the settings is found here, before anything is touched, an address for metrics that is taken included: ERR_CONFIG,
 * ERR_KEY, ERR_RETIRED, ERR_MODEL, ERR_NOMEM. Says
 * in a log line when the neural model is not installed and the classical cutout takes its place. The settings are borrowed. */
int machine_prepare(struct machine *, const struct settings *, struct err *);

/* Starts the threads for one run in an open workspace (borrowed). ERR_NOMEM, ERR_STORE. */
int machine_start(struct machine *, const struct settings *, const struct workspace *, int64_t run, struct err *);

/* Ends the threads, the recorder's last: all that came out is committed then. */
void machine_stop(struct machine *);
void machine_release(struct machine *); /* stops and frees everything; also of a zeroed or half-made one */

#endif
