/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of a few places each. */
#include "server-stub/ingest/witnesses.h"

#include <string.h>

#define SETS 1024
#define WAYS 4

struct thing {
	uint8_t name[WITNESSES_NAME];
	bool told;
	unsigned count; /* 0: the place is free */
	struct witnesses_sight seen[WITNESSES_LEAST];
};

struct witnesses {
	struct hash_key key;
	int64_t window_us;
	struct thing things[SETS][WAYS];
};

size_t witnesses_size(void)
{
	return sizeof(struct witnesses);
}

struct witnesses *witnesses_init(void *memory, struct hash_key key, int64_t window_us)
{
	struct witnesses *w = memory;

	w->key = key;
	w->window_us = window_us;
	return w;
}

static void forget_old(const struct witnesses *w, struct thing *t, int64_t now_us)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < t->count; i++)
		if (now_us - t->seen[i].at_us <= w->window_us)
			t->seen[kept++] = t->seen[i];
	t->count = kept;
	if (kept == 0)
		memset(t, 0, sizeof(*t));
}

/* Whether `a` is the one to go before `b`: fewer devices, then the earlier one. Both were seen. */
static bool goes_first(const struct thing *a, const struct thing *b)
{
	return a->count != b->count ? a->count < b->count : a->seen[a->count - 1].at_us < b->seen[b->count - 1].at_us;
}

/* The place of a thing, which may have been another's. */
static struct thing *place_of(struct witnesses *w, const uint8_t name[WITNESSES_NAME], int64_t now_us)
{
	struct thing *set = w->things[hash_bytes(&w->key, name, WITNESSES_NAME) % SETS], *best = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		forget_old(w, &set[i], now_us);
		if (set[i].count && memcmp(set[i].name, name, WITNESSES_NAME) == 0)
			return &set[i];
		if (!best || (best->count && (!set[i].count || goes_first(&set[i], best))))
			best = &set[i];
	}
	memset(best, 0, sizeof(*best));
	memcpy(best->name, name, WITNESSES_NAME);
	return best;
}

/* Its latest sighting comes last. Of more devices than are many, the latest are kept. */
static void add(struct thing *t, const struct witnesses_sight *sight)
{
	unsigned at = 0;

	while (at < t->count && memcmp(t->seen[at].device, sight->device, STORE_ID) != 0)
		at++;
	if (at == t->count && t->count == WITNESSES_LEAST)
		at = 0;
	else if (at == t->count)
		t->count++;
	memmove(&t->seen[at], &t->seen[at + 1], (t->count - 1 - at) * sizeof(t->seen[0]));
	t->seen[t->count - 1] = *sight;
}

bool witnesses_saw(struct witnesses *w, const uint8_t name[WITNESSES_NAME], const struct witnesses_sight *sight,
		   struct witnesses_sight seen[WITNESSES_LEAST])
{
	struct thing *t = place_of(w, name, sight->at_us);

	add(t, sight);
	if (t->told || t->count < WITNESSES_LEAST)
		return false;
	t->told = true;
	memcpy(seen, t->seen, sizeof(t->seen));
	return true;
}
