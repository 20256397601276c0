/* SPDX-License-Identifier: Apache-2.0 */
/* Shows a pack its own test events, one after the other, and looks what matches. */
#include "agent/sigma/probe.h"

#include "agent/sigma/correlate.h"

#define GROUPS 4
#define GROUP_BYTES 256 /* of a group and a slot, at least */

/* The values of one event of a test. */
struct shown {
	const struct pack *pack;
	uint32_t first, end;
};

struct watch {
	uint32_t correlation;
	bool fired;
};

static bool value(const struct sigma_event *event, uint16_t field, unsigned at, struct sigma_value *out)
{
	const struct shown *s = event->context;

	for (uint32_t i = s->first; i < s->end; i++) {
		struct pack_test_value v = pack_test_value(s->pack, i);

		if ((field == PACK_WHOLE || str_equal(v.name, pack_field(s->pack, field))) && at-- == 0) {
			*out = (struct sigma_value){v.value, false};
			return true;
		}
	}
	return false;
}

static void note(void *context, uint32_t correlation)
{
	struct watch *w = context;

	w->fired |= w->correlation == correlation;
}

size_t probe_memory(const struct pack *pack)
{
	size_t bytes = 0, most = 0;
	uint32_t count = pack_count(pack, PACK_CORRELATIONS);

	for (uint32_t i = 0; i < count; i++) {
		struct pack_correlation c = pack_correlation(pack, i);
		uint32_t slots = c.least > c.refs ? c.least : c.refs;

		slots = c.most != PACK_NO_LIMIT && c.most > slots ? c.most : slots;
		slots = c.unequal != PACK_NO_LIMIT && c.unequal > slots ? c.unequal : slots;
		bytes = GROUPS * (GROUP_BYTES + (size_t)slots * 16);
		most = bytes > most ? bytes : most;
	}
	return count * (most + sizeof(struct lru));
}

/* The values up to the name without a letter, which ends an event. */
static uint32_t end_of(const struct pack *pack, uint32_t first, uint32_t end)
{
	while (first < end && pack_test_value(pack, first).name.len)
		first++;
	return first;
}

static int64_t seconds_at(const struct pack *pack, uint32_t at)
{
	uint64_t seconds;

	return str_number(pack_test_value(pack, at).value, UINT32_MAX, &seconds) == ERR_OK ? (int64_t)seconds : 0;
}

static enum err run_sequence(const struct pack *pack, const struct pack_test *t, const struct correlate_room *room)
{
	static const struct hash_key key = {1, 2};
	uint8_t rules[PACK_RULES_MAX / 8];
	struct watch w = {t->target & ~PACK_CORRELATION, false};
	struct correlate c;
	enum err err = correlate_init(&c, pack, &key, room);
	int64_t now_us = 0;

	if (err != ERR_OK)
		return err;
	for (uint32_t at = t->first, end; at < t->first + t->count; at = end + 1) {
		end = end_of(pack, at, t->first + t->count);
		const struct shown shown = {pack, at, end};
		const struct sigma_event event = {value, &shown};

		memset(rules, 0, sizeof(rules));
		for (uint32_t i = 0; i < pack_count(pack, PACK_RULES); i++)
			if (sigma_match(pack, pack_rule(pack, i).node, &event, NULL))
				rules[i / 8] |= (uint8_t)(1u << i % 8);
		correlate_event(&c, &(struct correlate_event){&event, rules, now_us}, note, &w);
		if (end < t->first + t->count)
			now_us += seconds_at(pack, end) * 1000000;
	}
	return w.fired == t->matches ? ERR_OK : ERR_INVALID;
}

enum err probe_run(const struct pack *pack, uint32_t test, void *memory, size_t bytes)
{
	struct pack_test t = pack_test(pack, test);
	const struct shown shown = {pack, t.first, t.first + t.count};
	const struct sigma_event event = {value, &shown};

	if (t.target & PACK_CORRELATION)
		return run_sequence(pack, &t, &(struct correlate_room){memory, bytes, GROUPS});
	return sigma_match(pack, pack_rule(pack, t.target).node, &event, NULL) == t.matches ? ERR_OK : ERR_INVALID;
}
