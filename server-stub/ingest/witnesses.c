/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of a few places each. */
#include "server-stub/ingest/witnesses.h"

#include "agent/base/require.h"

#include <string.h>

#define SETS 1024
#define WAYS 4
#define NAMED_MAX 3 /* devices that a notice has room for */

struct witnesses {
	struct hash_key key;
	struct witnesses_terms terms;
	struct witnesses_keeper keeper;
	struct witnesses_thing things[SETS][WAYS]; /* found.count 0: the place is free */
};

size_t witnesses_size(void)
{
	return sizeof(struct witnesses);
}

struct witnesses *witnesses_init(void *memory, struct hash_key key, const struct witnesses_terms *terms)
{
	struct witnesses *w = memory;

	w->key = key;
	require(terms->least >= 2 && terms->least <= WITNESSES_MAX);
	w->terms = *terms;
	return w;
}

void witnesses_keep(struct witnesses *w, const struct witnesses_keeper *keeper)
{
	w->keeper = *keeper;
}

/* Free a place. */
static void let_go(const struct witnesses *w, struct witnesses_thing *t)
{
	if (t->found.count && w->keeper.remove)
		w->keeper.remove(w->keeper.context, t->name);
	memset(t, 0, sizeof(*t));
}

static void forget_old(const struct witnesses *w, struct witnesses_thing *t, int64_t now_us)
{
	unsigned kept = 0, had = t->found.count;

	for (unsigned i = 0; i < t->found.count; i++)
		if (now_us - t->found.seen[i].at_us <= w->terms.window_us)
			t->found.seen[kept++] = t->found.seen[i];
	t->found.count = kept ? kept : had;
	if (kept == 0)
		let_go(w, t);
}

/* Whether `a` is the one to go before `b`: fewer devices, then the earlier one. Both were seen. */
static bool goes_first(const struct witnesses_thing *a, const struct witnesses_thing *b)
{
	const struct witnesses_found *x = &a->found, *y = &b->found;

	return x->count != y->count ? x->count < y->count : x->seen[x->count - 1].at_us < y->seen[y->count - 1].at_us;
}

/* The place of a thing, which may have been another's. */
static struct witnesses_thing *place_of(struct witnesses *w, const uint8_t name[WITNESSES_NAME], int64_t now_us)
{
	struct witnesses_thing *set = w->things[hash_bytes(&w->key, name, WITNESSES_NAME) % SETS], *best = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		forget_old(w, &set[i], now_us);
		if (set[i].found.count && memcmp(set[i].name, name, WITNESSES_NAME) == 0)
			return &set[i];
		if (!best || (best->found.count && (!set[i].found.count || goes_first(&set[i], best))))
			best = &set[i];
	}
	let_go(w, best);
	memcpy(best->name, name, WITNESSES_NAME);
	return best;
}

/* Its latest sighting comes last. Of more devices than are many, the latest are kept. */
static void add(struct witnesses_found *f, const struct witnesses_sight *sight, unsigned most)
{
	unsigned at = 0;

	while (at < f->count && memcmp(f->seen[at].device, sight->device, STORE_ID) != 0)
		at++;
	if (at == f->count && f->count == most)
		at = 0;
	else if (at == f->count)
		f->count++;
	memmove(&f->seen[at], &f->seen[at + 1], (f->count - 1 - at) * sizeof(f->seen[0]));
	f->seen[f->count - 1] = *sight;
}

bool witnesses_saw(struct witnesses *w, const uint8_t name[WITNESSES_NAME], const struct witnesses_sight *sight,
		   struct witnesses_found *out)
{
	struct witnesses_thing *t = place_of(w, name, sight->at_us);
	bool many;

	add(&t->found, sight, w->terms.least);
	many = t->found.count >= w->terms.least && (t->said_us == 0 || sight->at_us - t->said_us >= w->terms.again_us);
	if (many) {
		t->said_us = sight->at_us;
		*out = t->found;
	}
	if (w->keeper.put)
		w->keeper.put(w->keeper.context, t);
	return many;
}

void witnesses_restore(struct witnesses *w, const struct witnesses_thing *thing, int64_t now_us)
{
	struct witnesses_thing kept = *thing, *t;

	forget_old(w, &kept, now_us);
	if (kept.found.count == 0)
		return;
	t = place_of(w, kept.name, now_us);
	t->said_us = kept.said_us;
	for (unsigned i = 0; i < kept.found.count; i++)
		add(&t->found, &kept.found.seen[i], w->terms.least);
}

void witnesses_put(struct buf *out, const struct witnesses_found *found)
{
	unsigned unnamed = found->count > NAMED_MAX ? found->count - NAMED_MAX : 0;

	for (unsigned i = unnamed; i < found->count; i++) {
		buf_text(out, i > unnamed ? ", " : " ");
		buf_hex(out, found->seen[i].device, STORE_ID);
	}
	if (unnamed > 0)
		buf_printf(out, " and %u more", unnamed);
}
