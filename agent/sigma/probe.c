/* SPDX-License-Identifier: Apache-2.0 */
/* Shows a pack its own test events, one after the other, and looks what matches. */
#include "agent/sigma/probe.h"

#include "agent/base/now.h"
#include "agent/sigma/correlate.h"

#define GROUPS 4

/* The values of one event of a test. */
struct shown {
	const struct pack *pack;
	uint32_t first, end;
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

size_t probe_memory(const struct pack *pack)
{
	return correlate_size(pack, GROUPS);
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

/* Show one event of a sequence. True: the correlation matches with it. */
static bool show(struct correlate *c, const struct shown *shown, uint32_t correlation, int64_t now_us)
{
	const struct sigma_event event = {value, shown};

	correlate_begin(c, &event, now_us, 1);
	for (uint32_t i = 0; i < pack_count(c->pack, PACK_RULES); i++)
		if (sigma_match(c->pack, pack_rule(c->pack, i).node, &event, NULL))
			correlate_rule(c, i);
	for (uint32_t i = 0; i < pack_count(c->pack, PACK_CORRELATIONS); i++)
		(void)correlate_count(c, i);
	return correlate_has(c, PACK_CORRELATION | correlation);
}

static enum err run_sequence(const struct pack *pack, const struct pack_test *t, const struct correlate_room *room)
{
	static const struct hash_key key = {1, 2};
	struct correlate c;
	enum err err = correlate_init(&c, pack, &key, room);
	int64_t now_us = 0;
	bool fired = false;

	if (err != ERR_OK)
		return err;
	for (uint32_t at = t->first, end; at < t->first + t->count; at = end + 1) {
		end = end_of(pack, at, t->first + t->count);
		fired |= show(&c, &(struct shown){pack, at, end}, t->target & ~PACK_CORRELATION, now_us);
		if (end < t->first + t->count)
			now_us += seconds_at(pack, end) * SECOND_US;
	}
	return fired == t->matches ? ERR_OK : ERR_INVALID;
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
