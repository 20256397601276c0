/* SPDX-License-Identifier: Apache-2.0 */
/* Connections as bytes for the saved state, and back. What comes back may be damaged and is bounded here. */
#include "agent/base/require.h"
#include "agent/rules/attempt_table.h"

#include <string.h>

static void save_one(const struct connection *c, uint32_t age, struct buf *b)
{
	size_t start = b->len;

	buf_be32(b, c->group);
	buf_be32(b, c->pid);
	buf_be32(b, c->other);
	buf_be32(b, c->user);
	buf_be32(b, age);
	buf_bytes(b, c->src, sizeof(c->src));
	buf_be8(b, c->service);
	buf_be8(b, c->counted);
	buf_be8(b, c->win);
	buf_be8(b, c->flags);
	buf_be8(b, c->judged);
	buf_be8(b, c->vouched);
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++) {
		buf_be8(b, c->seen[i].witness);
		buf_be8(b, c->seen[i].count);
	}
	require(b->len == start + ATTEMPT_SAVED);
}

uint32_t attempt_save(const struct attempts *a, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (uint32_t slot = 0; slot < attempt_slots(a); slot++) {
		const struct connection *c = attempt_slot(a, slot);
		uint32_t age = attempt_age(c, ATTEMPT_TICKS(now.mono_us));

		if (c->group == 0 || age > ATTEMPT_IDLE_TICKS)
			continue;
		if (b->cap - b->len < ATTEMPT_SAVED)
			left_out++;
		else
			save_one(c, age, b);
	}
	return left_out;
}

/* What both versions begin with. */
static struct connection read_head(struct view *v, uint32_t *age)
{
	struct connection c = {.group = view_be32(v)};

	c.pid = view_be32(v);
	c.other = view_be32(v);
	c.user = view_be32(v);
	*age = view_be32(v);
	view_bytes(v, c.src, sizeof(c.src));
	c.service = view_be8(v);
	c.counted = view_be8(v);
	c.win = view_be8(v);
	c.flags = view_be8(v);
	return c;
}

static void read_seen(struct connection *c, struct view *v)
{
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++) {
		c->seen[i].witness = view_be8(v);
		c->seen[i].count = view_be8(v);
		if (c->seen[i].count > c->counted)
			c->counted = c->seen[i].count;
	}
	if (c->judged > c->counted)
		c->judged = c->counted;
	if (c->vouched > c->counted)
		c->vouched = c->counted;
}

/* False: that is no family. What is beside the address is cleared, as wherever an address comes from. */
static bool is_src(uint8_t src[17])
{
	struct addr addr = {.family = src[0], .prefix = 128};

	if (src[0] != 0 && src[0] != 4 && src[0] != 6)
		return false;
	memcpy(addr.bytes, src + 1, sizeof(addr.bytes));
	addr = addr_mask(&addr, src[0] == 0 ? 0 : src[0] == 4 ? 32 : 128);
	memcpy(src + 1, addr.bytes, sizeof(addr.bytes));
	return true;
}

static void put_back(struct attempts *a, struct connection *c, uint32_t age, const struct saved_as *as)
{
	uint32_t ticks = ATTEMPT_TICKS(as->now.mono_us);
	int64_t past = as->past_us >> ATTEMPT_TICK_SHIFT;

	if (c->group == 0 || age > ATTEMPT_IDLE_TICKS || !is_src(c->src))
		return;
	/* Lines of before the pause are still to be read, and what has been counted of their connections is here. */
	if (past + age > ATTEMPT_IDLE_TICKS)
		c->flags |= ATTEMPT_PAST;
	else
		age += (uint32_t)past;
	c->last = ticks - age;
	if (c->src[0] == 0)
		a->srcless = ticks;
	if (c->counted > c->judged)
		a->refused_at = ticks;
	*attempt_room(&(struct look){.a = a, .group = c->group, .now = ticks}) = *c;
}

void attempt_restore(struct attempts *a, struct view *v, const struct saved_as *as)
{
	bool first = as->version == 1;

	while (v->len >= (first ? ATTEMPT_SAVED_V1 : ATTEMPT_SAVED)) {
		uint32_t age;
		struct connection c = read_head(v, &age);

		c.judged = first ? 0 : view_be8(v);
		c.vouched = first ? 0 : view_be8(v);
		read_seen(&c, v);
		if (first)
			c.judged = c.counted;
		put_back(a, &c, age, as);
	}
}
