/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps for each group the last times that matter, no more than the condition can tell apart: of events their times, of
 * values the last time of each, of rules the last time of each, and of sequences when the one that came as far as a
 * rule began.
 */
#include "agent/sigma/correlate.h"

#define NEVER INT64_MIN

struct slot {
	int64_t time_us;
	uint64_t value; /* hash of what is counted, 0 of events; of rules the number of the event */
};

struct group {
	bool was_true;	/* the condition held after the last event */
	uint32_t count; /* of slots that are used, oldest time first if events are counted */
	struct slot slots[];
};

/* One correlation while an event is counted. */
struct work {
	struct correlate *c;
	const struct correlate_event *e;
	struct pack_correlation row;
	uint32_t number;
	int64_t now_us;
};

/* How many slots a group needs so that the condition's answer is the same with more. */
static uint32_t slots_of(const struct pack_correlation *row)
{
	uint32_t top = row->least;

	if (row->type == PACK_TEMPORAL || row->type == PACK_TEMPORAL_ORDERED)
		return row->refs;
	if (row->most != PACK_NO_LIMIT && row->most > top)
		top = row->most;
	if (row->unequal != PACK_NO_LIMIT && row->unequal > top)
		top = row->unequal;
	return top + 1;
}

static size_t payload_of(const struct pack_correlation *row)
{
	return sizeof(struct group) + (size_t)slots_of(row) * sizeof(struct slot);
}

/* The capacity that fits into a share of the memory; 0: none. */
static uint32_t capacity_in(size_t share, size_t payload, uint32_t groups_max)
{
	uint32_t low = 0, high = groups_max < CORRELATE_GROUPS_MAX ? groups_max : CORRELATE_GROUPS_MAX;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (lru_size(middle, payload) <= share)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

enum err correlate_init(struct correlate *c, const struct pack *pack, const struct hash_key *key,
			const struct correlate_room *room)
{
	uint32_t count = pack_count(pack, PACK_CORRELATIONS);
	size_t tables = count * sizeof(struct lru), share;
	uint8_t *at = room->memory;

	memset(c, 0, sizeof(*c));
	c->pack = pack;
	c->key = *key;
	c->last_us = NEVER;
	if (count == 0)
		return ERR_OK;
	if (tables > room->bytes)
		return ERR_FULL;
	share = (room->bytes - tables) / count & ~(size_t)7;
	c->groups = room->memory;
	at += tables;
	for (uint32_t i = 0; i < count; i++, at += share) {
		struct pack_correlation row = pack_correlation(pack, i);
		uint32_t capacity = capacity_in(share, payload_of(&row), room->groups_max);

		if (capacity == 0)
			return ERR_FULL;
		lru_init(&c->groups[i], at, capacity, payload_of(&row));
	}
	return ERR_OK;
}

/* Add the value of a field to a hash. False: the event has none. */
static bool add_value(const struct work *w, uint16_t field, uint64_t *hash)
{
	struct sigma_value value;

	for (unsigned at = 0; w->e->event->value(w->e->event, field, at, &value); at++) {
		if (value.is_null)
			continue;
		struct hash_key key = {w->c->key.k0 ^ *hash, w->c->key.k1};

		*hash = hash_bytes(&key, value.text.data, value.text.len);
		return true;
	}
	return false;
}

/* The hash of several fields' values, never 0. */
static bool hash_fields(const struct work *w, uint32_t first, unsigned count, uint64_t *hash)
{
	*hash = count + 1;
	for (unsigned i = 0; i < count; i++)
		if (!add_value(w, pack_ref_field(w->c->pack, first + i), hash))
			return false;
	*hash |= *hash == 0;
	return true;
}

static bool is_recent(const struct work *w, int64_t time_us)
{
	return time_us != NEVER && w->now_us - time_us <= (int64_t)w->row.timespan_s * 1000000;
}

static void remove_slot(struct group *g, uint32_t place)
{
	memmove(&g->slots[place], &g->slots[place + 1], (g->count - place - 1) * sizeof(g->slots[0]));
	g->count--;
}

/* Note the time of an event or of a value, and forget what is too old or too much. */
static void count_slot(const struct work *w, struct group *g, uint64_t value)
{
	for (uint32_t i = g->count; i-- > 0;)
		if (!is_recent(w, g->slots[i].time_us) || (value && g->slots[i].value == value))
			remove_slot(g, i);
	if (g->count == slots_of(&w->row))
		remove_slot(g, 0);
	g->slots[g->count++] = (struct slot){w->now_us, value};
}

/* Rules have a slot each, from the beginning. */
static void begin_rules(const struct work *w, struct group *g)
{
	if (g->count)
		return;
	g->count = w->row.refs;
	for (uint32_t i = 0; i < g->count; i++)
		g->slots[i].time_us = NEVER;
}

static void count_rule(const struct work *w, struct group *g, uint32_t ref)
{
	const struct slot now = {w->now_us, w->c->events};
	bool ordered = w->row.type == PACK_TEMPORAL_ORDERED;

	begin_rules(w, g);
	const struct slot *begin = ordered && ref > 0 ? &g->slots[ref - 1] : &now;

	if (begin->value <= g->slots[ref].value)
		return;
	g->slots[ref] = *begin; /* the sequence with the latest begin lasts longest */
	if (ordered && ref + 1u == w->row.refs)
		g->was_true = false; /* another one is whole */
}

static uint32_t count_of(const struct work *w, const struct group *g)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < g->count; i++) {
		bool recent = is_recent(w, g->slots[i].time_us);

		if (w->row.type == PACK_TEMPORAL_ORDERED)
			count = recent ? i + 1 : count;
		else
			count += recent;
	}
	return count;
}

static bool holds(const struct work *w, uint32_t count)
{
	return count >= w->row.least && count <= w->row.most && count != w->row.unequal;
}

enum counted { COUNTED_NOT, COUNTED, COUNTED_AND_MATCHES };

/* The event is one of what the correlation counts. */
static enum counted count_ref(const struct work *w, uint32_t ref)
{
	struct lru *l = &w->c->groups[w->number];
	struct pack_ref row = pack_ref(w->c->pack, w->row.ref_first + ref);
	uint64_t key, value = 0;

	if (!hash_fields(w, row.fields, w->row.groups, &key) ||
	    (w->row.type == PACK_VALUE_COUNT && !hash_fields(w, row.fields + w->row.groups, w->row.values, &value)))
		return COUNTED_NOT;
	struct group *g = lru_find(l, key);

	if (!g)
		g = lru_add(l, key);
	lru_touch(l, g);
	/* Without this event it may have become false since the last one. */
	g->was_true = g->was_true && holds(w, count_of(w, g));
	if (w->row.type == PACK_TEMPORAL || w->row.type == PACK_TEMPORAL_ORDERED)
		count_rule(w, g, ref);
	else
		count_slot(w, g, value);
	bool before = g->was_true;

	g->was_true = holds(w, count_of(w, g));
	return g->was_true && !before ? COUNTED_AND_MATCHES : COUNTED;
}

static bool is_matched(const struct work *w, uint32_t target)
{
	const uint8_t *bits = target & PACK_CORRELATION ? w->c->fired : w->e->rules;

	target &= ~PACK_CORRELATION;
	return bits[target / 8] >> target % 8 & 1;
}

/* Count the event for each rule that it matched. True: the correlation matches. */
static bool count_refs(const struct work *w)
{
	bool matches = false;

	/* The last place of a sequence first, so that one event does not take two. */
	for (uint32_t ref = w->row.refs; ref-- > 0;) {
		if (!is_matched(w, pack_ref(w->c->pack, w->row.ref_first + ref).target))
			continue;
		enum counted counted = count_ref(w, ref);

		matches |= counted == COUNTED_AND_MATCHES;
		if (counted != COUNTED_NOT && w->row.type == PACK_EVENT_COUNT)
			break; /* one event, however many of the rules it matched */
	}
	return matches;
}

void correlate_event(struct correlate *c, const struct correlate_event *e,
		     void (*fired)(void *context, uint32_t correlation), void *context)
{
	struct work w = {.c = c, .e = e};

	c->events++;
	if (e->time_us > c->last_us)
		c->last_us = e->time_us;
	w.now_us = c->last_us;
	memset(c->fired, 0, sizeof(c->fired));
	for (w.number = 0; w.number < pack_count(c->pack, PACK_CORRELATIONS); w.number++) {
		w.row = pack_correlation(c->pack, w.number);
		if (!count_refs(&w))
			continue;
		c->fired[w.number / 8] |= (uint8_t)(1u << w.number % 8);
		fired(context, w.number);
	}
}

uint64_t correlate_evicted(const struct correlate *c)
{
	uint64_t evicted = 0;

	for (uint32_t i = 0; i < pack_count(c->pack, PACK_CORRELATIONS); i++)
		evicted += c->groups[i].evicted;
	return evicted;
}
