#include "jobs/progress.h"

#include "jobs/figures.h"
#include "jobs/terminal.h"
#include "pipeline/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DRAW_EVERY_US  200000
#define PLAIN_FIRST_US 5000000
#define PLAIN_LAST_US  300000000
#define SAMPLE_US      1000000
#define LINE_SIZE      256
#define CLEAR_LINE     "\r\033[K"

struct progress {
	struct progress_config config;
	struct rate rate;
	int64_t began_us, drawn_us; /* drawn_us: when a line was last shown */
	char line[LINE_SIZE];       /* guarded by `lock`: what stands on the terminal; "": nothing */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct progress *on_terminal; /* guarded by `lock`: whose line stands there; NULL: nobody's */

struct progress_total progress_estimate(int64_t admitted, double fraction, bool at_end)
{
	if (at_end)
		return (struct progress_total){ admitted, true };
	/* A first record says little about a long file. */
	if (admitted == 0 || !(fraction > 0) || fraction > 1)
		return (struct progress_total){ -1, false };
	return (struct progress_total){ (int64_t)((double)admitted / fraction + 0.5), false };
}

/* --- pace --- */

void rate_begin(struct rate *r, int64_t now_us)
{
	*r = (struct rate){ .began_us = now_us };
	r->at_us[0] = now_us;
	r->count = 1;
}

double rate_update(struct rate *r, int64_t now_us, int64_t ended)
{
	int last = r->count - 1;
	int64_t us = now_us - r->at_us[0], items = ended - r->ended[0];

	if (now_us - r->at_us[last] >= SAMPLE_US) {
		if (r->count == RATE_SAMPLES) {
			memmove(r->at_us, r->at_us + 1, sizeof(r->at_us[0]) * (size_t)last);
			memmove(r->ended, r->ended + 1, sizeof(r->ended[0]) * (size_t)last);
			r->count--;
		}
		r->at_us[r->count] = now_us;
		r->ended[r->count] = ended;
		r->count++;
	}
	if (items <= 0) {
		items = ended;
		us = now_us - r->began_us;
	}
	return us > 0 ? (double)items * 1e6 / (double)us : 0;
}

/* --- the line --- */

enum piece { PIECE_DONE, PIECE_SHARE, PIECE_FAILED, PIECE_LOOK, PIECE_RATE, PIECE_LEFT, PIECE_COST, PIECES };

static void format_done(char *out, size_t size, const struct progress_view *v)
{
	char done[FIGURE_MAX], total[FIGURE_MAX];

	figure_count(done, tally_ended(&v->counts));
	if (v->total.items < 0)
		snprintf(out, size, "%s done", done);
	else
		snprintf(out, size, "%s/%s%s", done, v->total.exact ? "" : "~", figure_count(total, v->total.items));
}

static void format_left(char *out, size_t size, const struct progress_view *v)
{
	int64_t left = v->total.items - tally_ended(&v->counts);
	char text[FIGURE_MAX];

	/* An estimate that was passed already says nothing about the end. */
	if (v->total.items < 0 || !(v->rate > 0) || left < 0 || (left == 0 && !v->total.exact))
		return;
	snprintf(out, size, "ETA %s", figure_duration(text, (int64_t)((double)left / v->rate * 1e6)));
}

static void format_look(char *out, size_t size, const struct tally_counts *c)
{
	char text[FIGURE_MAX];
	size_t used = 0;

	if (c->status[ITEM_REVIEW])
		used = (size_t)snprintf(out, size, "review %s", figure_count(text, c->status[ITEM_REVIEW]));
	if (c->status[ITEM_REJECTED] && used < size)
		snprintf(out + used, size - used, "%srejected %s", used ? "  " : "",
			 figure_count(text, c->status[ITEM_REJECTED]));
}

static int join(char *out, size_t size, char pieces[PIECES][64])
{
	size_t used = 0;

	for (int i = 0; i < PIECES && used < size; i++) {
		if (*pieces[i])
			used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "  " : "", pieces[i]);
	}
	return (int)used;
}

void progress_format(char *out, size_t size, const struct progress_view *v, int width)
{
	static const enum piece least_first[] = { PIECE_SHARE, PIECE_LOOK, PIECE_COST,
						  PIECE_RATE,  PIECE_LEFT, PIECE_FAILED };
	char pieces[PIECES][64] = { "" }, text[FIGURE_MAX];
	int64_t ended = tally_ended(&v->counts);

	format_done(pieces[PIECE_DONE], sizeof(pieces[0]), v);
	if (v->total.items > 0 && ended <= v->total.items)
		snprintf(pieces[PIECE_SHARE], sizeof(pieces[0]), "%d%%",
			 (int)((double)ended * 100 / (double)v->total.items));
	snprintf(pieces[PIECE_FAILED], sizeof(pieces[0]), "failed %s",
		 figure_count(text, v->counts.status[ITEM_FAILED]));
	format_look(pieces[PIECE_LOOK], sizeof(pieces[0]), &v->counts);
	if (v->rate > 0)
		figure_rate(pieces[PIECE_RATE], v->rate);
	format_left(pieces[PIECE_LEFT], sizeof(pieces[0]), v);
	figure_money(pieces[PIECE_COST], v->counts.cost_nano);

	for (size_t i = 0; join(out, size, pieces) > width && i < sizeof(least_first) / sizeof(least_first[0]); i++)
		*pieces[least_first[i]] = '\0';
	if (width >= 0 && (size_t)width < size)
		out[width] = '\0';
}

/* --- drawing --- */

/* The same for programs. What is not known is left out. */
static void tell(const struct progress_view *v)
{
	const int64_t *status = v->counts.status;
	int64_t ended = tally_ended(&v->counts), left = v->total.items - ended;
	struct log_field fields[] = {
		{ "done", NULL, ended, 0 },
		{ "failed", NULL, status[ITEM_FAILED], 0 },
		{ "review", NULL, status[ITEM_REVIEW], 0 },
		{ "rejected", NULL, status[ITEM_REJECTED], 0 },
		{ "cost_usd", NULL, v->counts.cost_nano, 9 },
		{ "rate_per_s", NULL, (int64_t)(v->rate * 1e3), 3 },
		{ v->total.exact ? "total" : "estimated_total", NULL, v->total.items, 0 },
		{ "eta_s", NULL, v->rate > 0 ? (int64_t)((double)left / v->rate * 1e3) : 0, 3 },
	};
	int count = (int)(sizeof(fields) / sizeof(fields[0]));

	if (v->total.items < ended)
		count -= 2;
	else if (!(v->rate > 0))
		count--;
	log_event(LOG_INFO, "progress", fields, count);
}

static void curtain_down(void)
{
	pthread_mutex_lock(&lock);
	if (on_terminal && *on_terminal->line)
		fputs(CLEAR_LINE, on_terminal->config.out);
}

static void curtain_up(void)
{
	if (on_terminal) {
		fputs(on_terminal->line, on_terminal->config.out);
		fflush(on_terminal->config.out);
	}
	pthread_mutex_unlock(&lock);
}

int progress_open(struct progress **out, const struct progress_config *config, int64_t now_us, struct err *err)
{
	struct progress *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return err_set(err, ERR_NOMEM, "no memory for the progress line");
	p->config = *config;
	p->began_us = now_us;
	p->drawn_us = config->terminal ? now_us - DRAW_EVERY_US : now_us; /* a terminal shows something at once */
	rate_begin(&p->rate, now_us);
	if (config->terminal && !config->quiet) {
		on_terminal = p;
		log_curtain(curtain_down, curtain_up);
	}
	*out = p;
	return 0;
}

static int64_t interval(const struct progress *p, int64_t now_us)
{
	int64_t us = (now_us - p->began_us) / 20;

	if (p->config.terminal)
		return DRAW_EVERY_US;
	return us < PLAIN_FIRST_US ? PLAIN_FIRST_US : us > PLAIN_LAST_US ? PLAIN_LAST_US : us;
}

void progress_tick(struct progress *p, int64_t now_us, struct progress_total total)
{
	struct progress_view view = { .total = total };
	char line[LINE_SIZE];

	tally_read(p->config.tally, &view.counts);
	view.rate = rate_update(&p->rate, now_us, tally_ended(&view.counts));
	if (p->config.quiet || now_us - p->drawn_us < interval(p, now_us))
		return;
	p->drawn_us = now_us;
	if (log_is_json()) {
		tell(&view);
		return;
	}
	if (!p->config.terminal) {
		progress_format(line, sizeof(line), &view, LINE_SIZE - 1);
		fprintf(p->config.out, "packshot: %s\n", line);
		fflush(p->config.out);
		return;
	}
	progress_format(line, sizeof(line), &view, terminal_width(p->config.out) - 1);
	pthread_mutex_lock(&lock);
	memcpy(p->line, line, sizeof(line));
	fprintf(p->config.out, CLEAR_LINE "%s", p->line);
	fflush(p->config.out);
	pthread_mutex_unlock(&lock);
}

void progress_close(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&lock);
	if (p == on_terminal) {
		if (*p->line) {
			fputs(CLEAR_LINE, p->config.out);
			fflush(p->config.out);
		}
		on_terminal = NULL; /* the curtain stays up, with nothing behind it: other threads may still log */
	}
	pthread_mutex_unlock(&lock);
	free(p);
}
