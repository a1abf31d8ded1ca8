#include "jobs/machine.h"

#include "jobs/figures.h"
#include "jobs/resources.h"
#include "jobs/shape.h"

#include "pipeline/file.h"
#include "pipeline/log.h"
#include "pipeline/store_spent.h"
#include "stages/manifest.h"

#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define REDIRECTS_MAX      5
#define FRAMES_MAX         1000 /* only the first is used; a file of more is hostile or not a product photo */
#define BYTES_IN_MEMORY    ((size_t)256 << 20) /* admission waits while more is held */
#define DISK_LEAST         ((int64_t)32 << 20) /* free, for the database and its log */
#define CALL_ROOM          ((int64_t)2 << 20)  /* of an answer's picture, and of what is made of it */
#define DRIFT_MAX          3.0    /* mean CIEDE2000 of the product: visible side by side, hardly from memory */
#define WORKING_SIDE_LEAST 3000   /* a huge source is reduced to this, or to what the frame can use */
#define PATIENCE_MS        600000 /* a spending limit counts ten minutes: so long a service may turn a call away */
#define LOST_RETRIES       2      /* further payments for an answer that was lost; not with --lost review */
#define ANSWER_RETRIES     2 /* further payments where an answer had no picture; the API's own advice is one or two */
#define STYLE_PICTURE_MAX  ((size_t)7 << 20)
#define AGENT_LINE         "User-Agent: packshot/" PACKSHOT_VERSION " (product picture fetcher)"

/* The cutout of the named model: opens the network, or leaves NULL for the classical one. */
static int choose_cutout(struct machine *m, const struct settings *set, struct err *e)
{
	const struct model *model = m->services.images[m->services.image_count - 1]
					    .model; /* only the last can be local */
	struct neural_config isnet = NEURAL_ISNET;
	struct err why = { 0 };

	if (!model_is_local(model) || strcmp(model->method, "classical") == 0)
		return 0;
	isnet.threads = (int)set->workers;
	if (neural_open(&m->neural, &isnet, &why) == 0)
		return 0;
	if (strcmp(model->method, "neural") == 0)
		return err_set(e, why.code, "%s", why.msg);
	log_line(LOG_WARN, "%s; going on with the classical cutout, which is for plain backdrops only", why.msg);
	return 0;
}

static int choose_copy(struct machine *m, const struct settings *set, struct err *e)
{
	if (copy_templates_open(&m->templates, e) != 0 || wording_open(&m->wording, e) != 0)
		return -1;
	m->copy = (struct copy_config){ .templates = m->templates,
					.locales = (const char *const *)set->locales.v,
					.locale_count = (size_t)set->locales.count,
					.model = set->text_model,
					.use = m->services.text,
					.models = m->models,
					.wording = &m->wording,
					.markets = (const char *const *)set->markets.v,
					.market_count = set->markets.count,
					.picture = set->copy_picture,
					.off = set->no_copy };
	for (int i = 0; i < set->locales.count; i++) {
		if (!copy_templates_find(m->templates, set->locales.v[i], e))
			return -1;
	}
	return 0;
}

static int choose_style(struct machine *m, const struct settings *set, struct err *e)
{
	struct err why = { 0 };

	if (!set->style_image)
		return 0;
	if (file_read(set->style_image, STYLE_PICTURE_MAX, &m->style_picture, NULL, &why) != 0)
		return err_set(e, ERR_CONFIG, "--style-image %.100s: %.100s", file_shown(set->style_image), why.msg);
	m->edit.style_format = picture_sniff(m->style_picture->data, m->style_picture->size);
	if (m->edit.style_format == FORMAT_UNKNOWN)
		return err_set(e, ERR_CONFIG, "--style-image %.100s is no picture", file_shown(set->style_image));
	return 0;
}

/* Called models, and the local one behind them if any. */
static void tell_edit(struct machine *m, const struct settings *set, const struct picture_limits *limits, int frame)
{
	struct edit_config *edit = &m->edit;

	edit->models = m->models;
	edit->use_count = m->services.image_count;
	memcpy(edit->uses, m->services.images, sizeof(edit->uses));
	edit->task = set->edit_mode == EDIT_SEPARATE ? EDIT_REMOVE : EDIT_WHOLE;
	edit->side = frame;
	edit->shadow = set->shadow != SHADOW_NONE;
	edit->style = set->style;
	edit->style_picture = m->style_picture;
	edit->reference_images = (int)set->reference_images;
	edit->fetch = &m->fetch;
	edit->quality_retries = (int)set->quality_retries;
	edit->answer_retries = ANSWER_RETRIES;
	edit->limits = *limits;
	m->enhance_edit = *edit;
	m->enhance_edit.task = EDIT_ENHANCE;
	if (m->services.images[0].service == 0)
		return;
	m->remove_background.edit = edit;
	if (set->edit_mode == EDIT_SEPARATE)
		m->enhance.edit = &m->enhance_edit;
}

static void tell_stages(struct machine *m, const struct settings *set)
{
	const struct picture_limits limits = { set->max_source_bytes, set->max_pixels, FRAMES_MAX };
	int frame = set->size.width > set->size.height ? set->size.width : set->size.height;
	int max_side = 3 * frame > WORKING_SIDE_LEAST ? 3 * frame : WORKING_SIDE_LEAST;

	m->fetch = (struct fetch_config){ limits, set->allow_private_hosts, REDIRECTS_MAX };
	m->remove_background = (struct remove_background_config){ .neural = m->neural,
								  .limits = limits,
								  .max_side = max_side };
	m->enhance = (struct enhance_config){ .limits = limits, .max_side = max_side, .max_drift = DRIFT_MAX };
	tell_edit(m, set, &limits, frame);
	m->resize = (struct resize_config){ .width = set->size.width,
					    .height = set->size.height,
					    .fill = set->fill,
					    .shadow = (enum shadow)set->shadow,
					    .encoding = { (enum picture_format)set->format, (int)set->quality,
							  set->max_bytes },
					    .limits = limits,
					    .max_side = max_side };
	m->inspect = (struct inspect_config){ .width = set->size.width,
					      .height = set->size.height,
					      .fill = set->fill,
					      .format = m->resize.encoding.format,
					      .limits = limits };
	m->outcome = (struct outcome_config){ .image_model = set->image_model,
					      .text_model = set->no_copy ? NULL : set->text_model };
	m->cfgs[STAGE_FETCH] = &m->fetch;
	m->cfgs[STAGE_REMOVE_BACKGROUND] = &m->remove_background;
	m->cfgs[STAGE_ENHANCE] = &m->enhance;
	m->cfgs[STAGE_RESIZE] = &m->resize;
	m->cfgs[STAGE_INSPECT] = &m->inspect;
	m->cfgs[STAGE_COPY] = &m->copy;
	m->cfgs[STAGE_PUBLISH] = &m->publish;
}

/* A picture's buffers are asked for and given back all night: kept, they cost no page faults, which were an eighth of a
 * paid picture's processor time. Larger ones still go back at once. */
static void keep_buffers(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

static int64_t to_nano(double usd)
{
	return (int64_t)(usd * 1e9 + 0.5);
}

/* A budget can be kept only where it is known what is spent. */
static int check_prices(const struct services *s, struct err *e)
{
	char day[11];

	model_today(day);
	for (int i = 0; i < s->count; i++) {
		if (!model_prices_on(&s->models[i], day))
			return err_set(
				e, ERR_CONFIG,
				"--budget cannot be kept: what %.80s costs is not known; a file for --models says it",
				s->models[i].id);
	}
	return 0;
}

/* How full it is. The exporter asks, on any of its threads, while the machine runs. */
static void look_around(void *ctx)
{
	struct machine *m = ctx;
	struct counts_depths d = { .to_record = recorder_waiting(m->recorder), .bytes = (int64_t)bytes_alive() };

	engine_depths(m->engine, &d.on_road, &d.arriving, &d.returning);
	if (budget_limit(m->budget) > 0)
		d.budget_left_nano = budget_limit(m->budget) - budget_used(m->budget);
	counts_depths(m->counts, &d);
}

static int open_exporter(struct machine *m, const struct settings *set, struct err *e)
{
	const char *kinds[SERVICES_MAX];
	struct counts_config counts = { .stages = road_stages,
					.stage_count = STAGE_COUNT,
					.services = m->services.v,
					.kinds = kinds,
					.service_count = m->services.count,
					.budget_nano = to_nano(set->budget) };
	struct exporter_config exporter = {
		.file = set->metrics_file, .listen = set->metrics_listen, .refresh = look_around, .ctx = m
	};

	if (set->command == COMMAND_PLAN || (!set->metrics_file && !set->metrics_listen))
		return 0;
	for (int i = 0; i < m->services.count; i++)
		kinds[i] = m->services.models[i].kind == MODEL_IMAGE ? "image" : "text";
	m->counts = exporter.counts = counts_create(&counts);
	if (!m->counts)
		return err_set(e, ERR_NOMEM, "no memory for metrics");
	return exporter_open(&m->exporter, &exporter, e);
}

int machine_prepare(struct machine *m, const struct settings *set, struct err *e)
{
	memset(m, 0, sizeof(*m));
	keep_buffers();
	if (picture_library_open("packshot", e) != 0 || models_open(&m->models, set->models, e) != 0)
		return -1;
	if (services_open(&m->services, set, m->models, e) != 0 || choose_style(m, set, e) != 0)
		return -1;
	if (choose_cutout(m, set, e) != 0 || choose_copy(m, set, e) != 0)
		return -1;
	m->tally = tally_create();
	if (!m->tally)
		return err_set(e, ERR_NOMEM, "no memory to start");
	if (open_exporter(m, set, e) != 0)
		return -1;
	tell_stages(m, set);
	m->has_shape = shape_of(m, set, &m->shape);
	return set->budget > 0 ? check_prices(&m->services, e) : 0;
}

/* What comes back of the calls in flight has to be kept: a full disk is noticed before they are paid for. */
static bool may_buy(void *ctx, struct err *why)
{
	const struct machine *m = ctx;
	int64_t left = resources_disk_free(m->disk);
	char a[FIGURE_MAX], b[FIGURE_MAX];

	if (left < 0 || left >= m->disk_least)
		return true;
	err_set(why, ERR_IO,
		"%s: only %s are left on this disk, and %s are wanted for what is on its way (No space left); nothing "
		"more is bought",
		file_shown(m->disk), figure_bytes(a, left), figure_bytes(b, m->disk_least));
	return false;
}

static int conclude(void *ctx, struct item *it, int64_t took_us, struct item_row *row)
{
	const struct machine *m = ctx;

	return outcome_conclude(&m->outcome, it, took_us, row);
}

static void count(void *ctx, const struct item *it, const struct item_row *row)
{
	const struct machine *m = ctx;
	struct tally_item ended = { .status = it->status,
				    .err = &it->err,
				    .sku = it->sku,
				    .position = it->position,
				    .line = it->line,
				    .reasons = row->reasons,
				    .cost_nano = row->cost_nano };

	for (int i = 0; i < STAGE_COUNT; i++) {
		ended.made += it->results[i].origin == ORIGIN_MADE;
		ended.hits += it->results[i].origin == ORIGIN_CACHE;
	}
	tally_count(m->tally, &ended);
	counts_item(m->counts, it);
}

/* An item that stands as it was made: all its stages are hits. */
static void count_unchanged(void *ctx, const struct unchanged_row *row)
{
	const struct machine *m = ctx;
	struct tally_item ended = { .status = row->status,
				    .sku = row->sku,
				    .position = row->position,
				    .line = row->line,
				    .reasons = row->reasons,
				    .hits = row->stages };

	tally_count(m->tally, &ended);
	counts_unchanged(m->counts, row->status, row->stages);
}

static struct product *read_product(void *ctx, const char *line, size_t size)
{
	const struct machine *m = ctx;

	return manifest_product(m->folder, line, size);
}

/* Only where results are kept, and those of earlier runs are wanted. */
static int open_unchanged(struct machine *m, const struct settings *set, const struct workspace *w, int64_t run,
			  struct err *e)
{
	struct unchanged_config cfg = { .store_path = w->db,
					.out_dir = w->dir,
					.run = run,
					.recorder = m->recorder,
					.committed = count_unchanged,
					.ctx = m };

	if (!m->has_shape || set->force || set->no_cache)
		return 0;
	return unchanged_open(&m->unchanged, &cfg, e);
}

/* What an unfinished run has spent counts: whoever goes on with it has that much less. */
static int open_budget(struct machine *m, const struct settings *set, const struct workspace *w, int64_t run,
		       struct err *e)
{
	int64_t spent = 0;

	if (set->budget > 0 && store_spent_before(w->store, run, set->command == COMMAND_NIGHTLY, &spent, e) != 0)
		return -1;
	m->budget = budget_create(to_nano(set->budget), spent);
	return m->budget ? 0 : err_set(e, ERR_NOMEM, "no memory for the budget");
}

int machine_start(struct machine *m, const struct settings *set, const struct workspace *w, int64_t run, struct err *e)
{
	struct wire_config wire = { .agent_line = AGENT_LINE,
				    .concurrency = (int)set->concurrency,
				    .per_host = (int)set->per_host,
				    .retries = (int)set->retries,
				    .timeout_ms = (int)(set->timeout * 1000),
				    .connect_timeout_ms = 15000,
				    .stall_ms = 20000,
				    .backoff_ms = 500,
				    .services = m->services.v,
				    .service_count = m->services.count,
				    .counts = m->counts,
				    .patience_ms = PATIENCE_MS };
	struct engine_config engine = { .road = { road_stages, m->cfgs, STAGE_COUNT },
					.workers = (int)set->workers,
					.max_items = (int)(2 * set->concurrency +
							   4 * set->workers), /* in flight, and at work */
					.lost_retries = set->lost == LOST_RETRY ? LOST_RETRIES : 0,
					.max_bytes = BYTES_IN_MEMORY,
					.run = run,
					.read_cache = !set->force && !set->no_cache,
					.write_cache = !set->no_cache,
					.store_path = w->db,
					.blobs = w->blobs,
					.counts = m->counts,
					.may_buy = may_buy,
					.read_product = read_product,
					.product_free = product_unref,
					.conclude = conclude,
					.free_row = outcome_free_row,
					.committed = count,
					.ctx = m };

	m->publish = (struct publish_config){ w->dir, w->tmp, picture_format_extension(m->resize.encoding.format) };
	m->disk = w->dir;
	m->disk_least = DISK_LEAST + set->concurrency * CALL_ROOM;
	if (open_budget(m, set, w, run, e) != 0 || wire_open(&m->wire, &wire, e) != 0 ||
	    ledger_open(&m->ledger, w->store, run, m->budget, e) != 0 || recorder_open(&m->recorder, w->store, e) != 0)
		return -1;
	ledger_use(m->ledger, m->recorder);
	if (open_unchanged(m, set, w, run, e) != 0)
		return -1;
	engine.unchanged = m->unchanged;
	engine.ledger = m->ledger;
	engine.wire = m->wire;
	engine.recorder = m->recorder;
	return engine_open(&m->engine, &engine, e);
}

void machine_stop(struct machine *m)
{
	engine_close(m->engine);
	wire_close(m->wire);
	recorder_close(m->recorder);
	unchanged_close(m->unchanged);
	ledger_close(m->ledger);
	budget_free(m->budget);
	m->budget = NULL;
	m->ledger = NULL;
	m->engine = NULL;
	m->wire = NULL;
	m->recorder = NULL;
	m->unchanged = NULL;
}

void machine_release(struct machine *m)
{
	machine_stop(m);
	exporter_close(m->exporter);
	counts_free(m->counts);
	tally_free(m->tally);
	copy_templates_close(m->templates);
	neural_close(m->neural);
	wording_close(&m->wording);
	bytes_unref(m->style_picture);
	services_release(&m->services);
	models_close(m->models);
	memset(m, 0, sizeof(*m));
}
