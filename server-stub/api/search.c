/* SPDX-License-Identifier: Apache-2.0 */
/* Never judges a record: what a digest says "perhaps" to is handed on, and the caller looks. */
#include "server-stub/api/search.h"

#include "agent/base/now.h"
#include "server-stub/api/call.h"
#include "server-stub/api/hint.h"
#include "server-stub/api/names.h"
#include "server-stub/search/digest.h"
#include "server-stub/store/registry.h"

#include <string.h>

#define CLOCK_SLACK_US \
	(10 * MINUTE_US) /* a search finds records of a device whose clock is ahead of ours by at most this */
#define TERMS_MAX 8
#define PAIRS_MAX (TERMS_MAX * (TERMS_MAX - 1) / 2)

/* Hashes of facets, of which a run has to have one at least. */
struct term {
	struct facet facet;
	unsigned count;
	uint64_t any[2];
};

struct walk {
	struct search *search;
	struct term terms[TERMS_MAX];
	unsigned term_count;
	uint64_t pairs[PAIRS_MAX]; /* hashes of what one record of a run has to have together */
	unsigned pair_count;
	uint64_t devices[SEARCH_DEVICES_MAX]; /* hashes; of a group */
	unsigned device_count;
	bool by_devices, by_digests;
	uint64_t low; /* of the run that is read */
	unsigned batches, records, digests;
	bool ended; /* nothing older is wanted */
	enum err err;
};

static void want(struct walk *w, const struct facet *f)
{
	w->terms[w->term_count++] = (struct term){*f, 1, {digest_hash(f), 0}};
}

static void want_text(struct walk *w, enum facet_name name, const char *text)
{
	if (text[0])
		want(w, &(struct facet){name, str_from(text), 0});
}

static void want_process(struct walk *w, const struct record_filter *f)
{
	const struct facet pid = {FACET_PID, STR_NONE, record_pid(f)};

	if (!f->process[0])
		return;
	want_text(w, FACET_PROGRAM, f->process);
	if (pid.number) {
		w->terms[w->term_count - 1].count = 2;
		w->terms[w->term_count - 1].any[1] = digest_hash(&pid);
	}
}

static void want_pairs(struct walk *w)
{
	for (unsigned i = 0; i < w->term_count; i++)
		for (unsigned k = 0; k < i; k++) {
			const struct term *a = &w->terms[k], *b = &w->terms[i];

			if (a->count == 1 && b->count == 1 && digest_pairs(a->facet.name) &&
			    digest_pairs(b->facet.name))
				w->pairs[w->pair_count++] = digest_pair_hash(&a->facet, &b->facet);
		}
}

static bool want_device(void *arg, const struct registry_device *d)
{
	struct walk *w = arg;
	const struct facet f = {FACET_DEVICE, {(const char *)d->id, STORE_ID}, 0};

	w->by_devices = w->device_count < SEARCH_DEVICES_MAX;
	if (w->by_devices)
		w->devices[w->device_count++] = digest_hash(&f);
	return w->by_devices;
}

static enum err want_group(struct walk *w, const char *group)
{
	static const uint8_t none[STORE_ID];

	w->by_devices = true;
	return registry_device_list(w->search->api->env.store, group, none, SEARCH_DEVICES_MAX + 1, want_device, w);
}

static enum err begin(struct walk *w)
{
	const struct record_filter *f = w->search->filter;
	enum err err = ERR_OK;

	if (f->kind)
		want(w, &(struct facet){FACET_KIND, STR_NONE, f->kind});
	want_text(w, FACET_SRC, f->src);
	want_text(w, FACET_USER, f->user);
	want_text(w, FACET_OUTCOME, f->outcome);
	want_text(w, FACET_RULE, f->rule);
	want_process(w, f);
	want_pairs(w);
	if (f->group[0])
		err = want_group(w, f->group);
	/* The store has an index by device, which alone finds its batches faster. */
	w->by_digests = w->term_count > 0 || f->since_us || f->until_us || w->by_devices;
	if (w->by_digests && f->has_device)
		want(w, &(struct facet){FACET_DEVICE, {(const char *)f->device, STORE_ID}, 0});
	return err;
}

static bool may_have_devices(const struct walk *w, const struct log_digest *d)
{
	for (unsigned i = 0; i < w->device_count; i++)
		if (digest_may_have(d->bits, w->devices[i]))
			return true;
	return !w->by_devices;
}

static bool may_have(const struct walk *w, const struct log_digest *d)
{
	const struct record_filter *f = w->search->filter;

	if ((f->until_us && d->wall_from_us >= f->until_us) || (f->since_us && d->wall_to_us < f->since_us))
		return false;
	for (unsigned i = 0; i < w->term_count; i++) {
		const struct term *t = &w->terms[i];

		if (!digest_may_have(d->bits, t->any[0]) && (t->count == 1 || !digest_may_have(d->bits, t->any[1])))
			return false;
	}
	for (unsigned i = 0; i < w->pair_count; i++)
		if (!digest_may_have(d->pairs, w->pairs[i]))
			return false;
	return may_have_devices(w, d);
}

/* Whether all that is older was received too early to be wanted. */
static bool is_too_old(const struct walk *w, int64_t received_us)
{
	int64_t since_us = w->search->filter->since_us;

	return since_us && received_us + CLOCK_SLACK_US < since_us;
}

bool search_wants(struct api *api, const struct record_filter *f, const uint8_t device[STORE_ID])
{
	return (!f->has_device || memcmp(f->device, device, STORE_ID) == 0) &&
	       (!f->group[0] || names_in_group(api, device, f->group));
}

static bool on_batch(void *arg, uint64_t position, const struct log_batch *b)
{
	struct walk *w = arg;
	struct search *s = w->search;

	if (position < w->low)
		return false;
	w->ended = is_too_old(w, b->received_us);
	s->more = !w->ended && (w->batches == SEARCH_BATCHES_MAX || w->records >= SEARCH_RECORDS_MAX);
	if (w->ended || s->more)
		return false;
	w->batches++;
	if (search_wants(s->api, s->filter, b->device)) {
		w->records += b->count;
		w->ended = hint_batch(s->filter, b->blob) && !s->each(s->arg, position, b);
	}
	if (!w->ended)
		s->reached = position;
	return !w->ended;
}

/* Read the batches from `low` on, before `high` (0: up to the end); false: that was all. */
static bool read_run(struct walk *w, uint64_t low, uint64_t high)
{
	const struct record_filter *f = w->search->filter;

	w->low = low;
	w->err = log_list(w->search->api->env.store, f->has_device ? f->device : NULL, true, high,
			  SEARCH_BATCHES_MAX + 1, on_batch, w);
	return w->err == ERR_OK && !w->ended && !w->search->more;
}

static bool on_digest(void *arg, const struct log_digest *d)
{
	struct walk *w = arg;
	struct search *s = w->search;
	uint64_t high = s->before && s->before <= d->last ? s->before : d->last + 1;

	if (is_too_old(w, d->received_us))
		return false;
	s->more = w->digests++ == SEARCH_DIGESTS_MAX;
	if (s->more || (may_have(w, d) && !read_run(w, d->first, high)))
		return false;
	s->reached = d->first;
	return true;
}

enum err search_newest(struct search *s)
{
	struct walk w = {.search = s};
	struct store *store = s->api->env.store;
	uint64_t last = 0;
	enum err err = begin(&w);

	s->more = false;
	s->reached = s->before;
	if (err == ERR_OK && w.by_digests)
		err = log_digest_last(store, &last);
	if (err != ERR_OK)
		return err;
	if ((s->before == 0 || s->before > last + 1) && !read_run(&w, last + 1, s->before))
		return w.err;
	if (last > 0)
		err = log_digest_list(store, &(struct log_digest_query){s->before ? s->before : UINT64_MAX,
									w.pair_count > 0, on_digest, &w});
	return err == ERR_OK ? w.err : err;
}
