/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the group that an event is of, has it counted there (tally.h), and judges the count by the condition. */
#include "agent/sigma/correlate.h"

#include "agent/base/now.h"

#include <string.h>

/* One correlation while an event is counted. */
struct work {
	struct correlate *c;
	struct pack_correlation row;
	struct tally *tally;
};

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t correlate_marks(const struct pack_correlation *row)
{
	uint32_t marks = larger(row->least, 1);

	if (row->type == PACK_TEMPORAL || row->type == PACK_TEMPORAL_ORDERED)
		return larger(row->refs, 1);
	/* What must not be exceeded is counted one further. */
	if (row->most != PACK_NO_LIMIT)
		marks = larger(marks, row->most + 1);
	if (row->unequal != PACK_NO_LIMIT)
		marks = larger(marks, row->unequal + 1);
	return marks;
}

size_t correlate_size(const struct pack *pack, uint32_t groups)
{
	uint32_t count = pack_count(pack, PACK_CORRELATIONS);
	size_t most = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct pack_correlation row = pack_correlation(pack, i);
		size_t bytes = tally_size(groups, correlate_marks(&row));

		most = bytes > most ? bytes : most;
	}
	return count * ((most + 7) / 8 * 8 + sizeof(struct tally));
}

/* The groups that fit into a share of the memory; 0: none. */
static uint32_t groups_in(size_t share, uint32_t marks, uint32_t groups_max)
{
	uint32_t low = 0, high = groups_max < TALLY_GROUPS_MAX ? groups_max : TALLY_GROUPS_MAX;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (tally_size(middle, marks) <= share)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void begin(struct correlate *c, const struct pack *pack, const struct hash_key *key)
{
	memset(c, 0, sizeof(*c));
	c->pack = pack;
	c->key = key;
}

enum err correlate_init(struct correlate *c, const struct pack *pack, const struct hash_key *key,
			const struct correlate_room *room)
{
	uint32_t count = pack_count(pack, PACK_CORRELATIONS);
	size_t tables = count * sizeof(struct tally), share;
	uint8_t *at = room->memory;

	begin(c, pack, key);
	if (count == 0)
		return ERR_OK;
	if (tables > room->bytes)
		return ERR_FULL;
	share = (room->bytes - tables) / count & ~(size_t)7;
	c->tallies = room->memory;
	c->tally_count = count;
	at += tables;
	for (uint32_t i = 0; i < count; i++, at += share) {
		struct pack_correlation row = pack_correlation(pack, i);
		uint32_t marks = correlate_marks(&row), groups = groups_in(share, marks, room->groups_max);

		if (groups == 0)
			return ERR_FULL;
		tally_init(&c->tallies[i], at, groups, marks);
	}
	return ERR_OK;
}

void correlate_over(struct correlate *c, const struct pack *pack, const struct hash_key *key, struct tally *tally)
{
	begin(c, pack, key);
	c->tallies = tally;
	c->tally_count = 1;
}

static size_t bytes_of(uint32_t bits)
{
	return (bits + 7) / 8;
}

void correlate_begin(struct correlate *c, const struct sigma_event *event, int64_t now_us, uint32_t times)
{
	c->event = event;
	c->now_us = now_us;
	c->times = times;
	memset(c->rules, 0, bytes_of(pack_count(c->pack, PACK_RULES)));
	memset(c->fired, 0, bytes_of(pack_count(c->pack, PACK_CORRELATIONS)));
}

void correlate_rule(struct correlate *c, uint32_t rule)
{
	c->rules[rule / 8] |= (uint8_t)(1u << rule % 8);
}

bool correlate_has(const struct correlate *c, uint32_t target)
{
	const uint8_t *bits = target & PACK_CORRELATION ? c->fired : c->rules;

	target &= ~PACK_CORRELATION;
	return bits[target / 8] >> target % 8 & 1;
}

/* The first value that the event has of a field. */
static bool value_of(const struct correlate *c, uint16_t field, struct str *out)
{
	struct sigma_value value;

	for (unsigned at = 0; c->event->value(c->event, field, at, &value); at++) {
		if (value.is_null)
			continue;
		*out = value.text;
		return true;
	}
	return false;
}

/* Add the values of several fields to a hash. False: the event lacks one of them. */
static bool hash_fields(const struct correlate *c, uint32_t first, uint32_t count, uint64_t *hash)
{
	uint64_t parts[1 + PACK_GROUPS_MAX] = {*hash};
	struct str text;

	for (uint32_t i = 0; i < count && i < PACK_GROUPS_MAX; i++) {
		if (!value_of(c, pack_ref_field(c->pack, first + i), &text))
			return false;
		parts[1 + i] = hash_bytes(c->key, text.data, text.len);
	}
	*hash = hash_bytes(c->key, parts, (1 + count) * sizeof(parts[0]));
	return true;
}

static enum tally_kind kind_of(uint8_t type)
{
	return type == PACK_EVENT_COUNT ? TALLY_TIMES : type == PACK_TEMPORAL_ORDERED ? TALLY_STEPS : TALLY_VALUES;
}

/* What is counted of the event, and where. False: it has not all of the fields. */
static bool describe(const struct work *w, uint32_t ref, struct tally_event *out)
{
	const struct pack_correlation *row = &w->row;
	struct pack_ref r = pack_ref(w->c->pack, row->ref_first + ref);

	*out = (struct tally_event){
		.kind = kind_of(row->type),
		.group = hash_bytes(w->c->key, row->about.id.data, row->about.id.len),
		.now_us = w->c->now_us,
		.window_us = (int64_t)row->timespan_s * SECOND_US,
		.value = row->type == PACK_VALUE_COUNT ? 0 : ref,
	};
	if (!hash_fields(w->c, r.fields, row->groups, &out->group))
		return false;
	out->group += out->group == 0;
	return row->type != PACK_VALUE_COUNT || hash_fields(w->c, r.fields + row->groups, row->values, &out->value);
}

static bool holds(const struct pack_correlation *row, uint32_t count)
{
	return count >= row->least && count <= row->most && count != row->unequal;
}

static enum correlate_answer judge(const struct pack_correlation *row, const struct tally_counted *n)
{
	bool ordered = row->type == PACK_TEMPORAL_ORDERED, before = *n->held && holds(row, n->before);

	if (ordered && n->moved && n->step == row->refs)
		before = false; /* another one is whole */
	*n->held = holds(row, n->after);
	if (!*n->held || (ordered && before && n->step < row->least))
		return CORRELATE_NOTHING;
	return before ? CORRELATE_GOES_ON : CORRELATE_MATCHES;
}

/*
 * Count the event once for each rule that it matched; the last place of a sequence first, so that it does not take two.
 * A correlation matches once, however often the event happened that completed it.
 */
static enum correlate_answer count_once(const struct work *w, bool first)
{
	enum correlate_answer best = CORRELATE_NOTHING;
	struct tally_counted counted;
	struct tally_event e;

	for (uint32_t ref = w->row.refs; ref-- > 0;) {
		uint32_t target = pack_ref(w->c->pack, w->row.ref_first + ref).target;

		if ((!first && target & PACK_CORRELATION) || !correlate_has(w->c, target) || !describe(w, ref, &e) ||
		    !tally_count(w->tally, &e, &counted))
			continue;
		enum correlate_answer answer = judge(&w->row, &counted);

		best = answer > best ? answer : best;
		if (w->row.type == PACK_EVENT_COUNT)
			break; /* one event, however many of the rules it matched */
	}
	return best;
}

enum correlate_answer correlate_count(struct correlate *c, uint32_t number)
{
	struct work w = {c, pack_correlation(c->pack, number), &c->tallies[number < c->tally_count ? number : 0]};
	enum correlate_answer best = CORRELATE_NOTHING;

	/* More times than a group keeps marks change no answer. */
	for (uint32_t n = 0; n < c->times && n < w.tally->marks; n++) {
		enum correlate_answer answer = count_once(&w, n == 0);

		best = answer > best ? answer : best;
	}
	if (best == CORRELATE_MATCHES)
		c->fired[number / 8] |= (uint8_t)(1u << number % 8);
	return best;
}

uint64_t correlate_lost(const struct correlate *c)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < c->tally_count; i++)
		lost += c->tallies[i].lost;
	return lost;
}
