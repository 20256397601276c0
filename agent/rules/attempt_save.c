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
	buf_be8(&b, c->judged);
	buf_be8(&b, c->vouched);
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++) {
		buf_be8(&b, c->seen[i].witness);
		buf_be8(&b, c->seen[i].count);
	}
	require(b.len == ATTEMPT_SAVED);
	return true;
}

/* What both versions begin with. */
static struct connection read_head(struct view *v, uint64_t *age)
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

static void put_back(struct attempts *a, struct connection *c, uint64_t age, struct now now)
{
	uint32_t ticks = ATTEMPT_TICKS(now.mono_us);

	if (c->group == 0 || age > ATTEMPT_IDLE_TICKS)
		return;
	c->last = ticks - (uint32_t)age;
	if (c->src[0] == 0)
		a->srcless = ticks;
	if (c->counted > c->judged)
		a->refused_at = ticks;
	*attempt_room(&(struct look){.a = a, .group = c->group, .now = ticks}) = *c;
}

void attempt_restore(struct attempts *a, const uint8_t in[ATTEMPT_SAVED], int64_t elapsed_us, struct now now)
{
	struct view v = view_over(in, ATTEMPT_SAVED);
	uint64_t age;
	struct connection c = read_head(&v, &age);

	c.judged = view_be8(&v);
	c.vouched = view_be8(&v);
	read_seen(&c, &v);
	put_back(a, &c, age + (uint64_t)(elapsed_us >> ATTEMPT_TICK_SHIFT), now);
}

void attempt_restore_v1(struct attempts *a, const uint8_t in[ATTEMPT_SAVED_V1], int64_t elapsed_us, struct now now)
{
	struct view v = view_over(in, ATTEMPT_SAVED_V1);
	uint64_t age;
	struct connection c = read_head(&v, &age);

	read_seen(&c, &v);
	c.judged = c.counted;
	put_back(a, &c, age + (uint64_t)(elapsed_us >> ATTEMPT_TICK_SHIFT), now);
}
