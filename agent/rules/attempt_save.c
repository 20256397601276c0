/* SPDX-License-Identifier: Apache-2.0 */
/* Connections as bytes for the saved state, and back. What comes back may be damaged and is bounded here. */
#include "agent/base/buf.h"
#include "agent/base/require.h"
#include "agent/base/view.h"
#include "agent/rules/attempt_table.h"

bool attempt_save(const struct attempts *a, uint32_t slot, struct now now, uint8_t out[ATTEMPT_SAVED])
{
	const struct connection *c = attempt_slot(a, slot);
	uint32_t age = attempt_age(c, ATTEMPT_TICKS(now.mono_us));
	struct buf b = buf_over(out, ATTEMPT_SAVED);

	if (c->group == 0 || age > ATTEMPT_IDLE_TICKS)
		return false;
	buf_be32(&b, c->group);
	buf_be32(&b, c->pid);
	buf_be32(&b, c->other);
	buf_be32(&b, c->user);
	buf_be32(&b, age);
	buf_bytes(&b, c->src, sizeof(c->src));
	buf_be8(&b, c->service);
	buf_be8(&b, c->counted);
	buf_be8(&b, c->win);
	buf_be8(&b, c->flags);
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++) {
		buf_be8(&b, c->seen[i].witness);
		buf_be8(&b, c->seen[i].count);
	}
	require(b.len == ATTEMPT_SAVED);
	return true;
}

void attempt_restore(struct attempts *a, const uint8_t in[ATTEMPT_SAVED], int64_t elapsed_us, struct now now)
{
	struct view v = view_over(in, ATTEMPT_SAVED);
	struct connection c = {.group = view_be32(&v)};

	c.pid = view_be32(&v);
	c.other = view_be32(&v);
	c.user = view_be32(&v);
	uint64_t age = (uint64_t)view_be32(&v) + (uint64_t)(elapsed_us >> ATTEMPT_TICK_SHIFT);

	view_bytes(&v, c.src, sizeof(c.src));
	c.service = view_be8(&v);
	c.counted = view_be8(&v);
	c.win = view_be8(&v);
	c.flags = view_be8(&v);
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++) {
		c.seen[i].witness = view_be8(&v);
		c.seen[i].count = view_be8(&v);
		if (c.seen[i].count > c.counted)
			c.counted = c.seen[i].count;
	}
	if (c.group == 0 || age > ATTEMPT_IDLE_TICKS)
		return;
	c.last = ATTEMPT_TICKS(now.mono_us) - (uint32_t)age;
	if (c.src[0] == 0)
		a->sourceless = ATTEMPT_TICKS(now.mono_us);
	*attempt_room(&(struct look){.a = a, .group = c.group, .now = ATTEMPT_TICKS(now.mono_us)}) = c;
}
