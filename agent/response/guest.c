/* SPDX-License-Identifier: Apache-2.0 */
/* From where somebody logged in, and when last. Pure. */
#include "agent/response/guest.h"

#define SAVED_HEAD 16u
#define SAVED_BYTES (ADDR_SAVED + 8u)
#define AGE_MAX_US (10 * 366 * 24 * (uint64_t)HOUR_US)

struct guest {
	struct addr net;
	int64_t last_us; /* CLOCK_BOOTTIME; before the boot it is negative */
};

size_t guest_size(void)
{
	return lru_size(GUESTS_MAX, sizeof(struct guest));
}

void guest_init(struct guests *g, void *memory, const struct hash_key *key)
{
	*g = (struct guests){.key = key, .since_us = INT64_MAX, .forgot_us = INT64_MIN};
	lru_init(&g->table, memory, GUESTS_MAX, sizeof(struct guest));
}

void guest_watch(struct guests *g, struct now now)
{
	if (now.mono_us < g->since_us)
		g->since_us = now.mono_us;
}

static void forget(struct guests *g, int64_t last_us)
{
	if (last_us > g->forgot_us)
		g->forgot_us = last_us;
}

static struct guest *get(struct guests *g, const struct addr *net)
{
	struct guest *one = lru_find(&g->table, addr_hash(g->key, net));

	if (one)
		return one;
	if (lru_full(&g->table))
		forget(g, ((struct guest *)lru_oldest(&g->table))->last_us);
	one = lru_add(&g->table, addr_hash(g->key, net));
	one->net = *net;
	one->last_us = INT64_MIN;
	return one;
}

void guest_note(struct guests *g, const struct addr *src, int64_t mono_us)
{
	struct addr net = addr_mask(src, GUEST_PREFIX);
	struct guest *one;

	if (src->family != 4)
		return;
	one = get(g, &net);
	if (mono_us > one->last_us)
		one->last_us = mono_us;
	lru_touch(&g->table, one);
}

bool guest_none(const struct guests *g, const struct addr *net, uint32_t quiet_s, struct now now)
{
	const struct guest *one = lru_find(&g->table, addr_hash(g->key, net));
	int64_t quiet_us = now.mono_us - (int64_t)quiet_s * SECOND_US;

	return g->since_us <= quiet_us && g->forgot_us <= quiet_us && (!one || one->last_us <= quiet_us);
}

/* Times as ages: of the first and the last of what is known, then of each network. 0: there is none. */
uint32_t guest_save(const struct guests *g, struct buf *b, struct now now)
{
	int64_t forgot_us = g->forgot_us;
	uint32_t left_out = 0;
	size_t room = b->cap - b->len < SAVED_HEAD ? 0 : (b->cap - b->len - SAVED_HEAD) / SAVED_BYTES, at = 0;

	if (b->cap - b->len < SAVED_HEAD || g->since_us == INT64_MAX)
		return g->table.count;
	for (const struct guest *one = lru_newest(&g->table); one; one = lru_older(&g->table, one), at++)
		if (at >= room && one->last_us > forgot_us)
			forgot_us = one->last_us;
	buf_be64(b, (uint64_t)(now.mono_us - g->since_us));
	buf_be64(b, forgot_us == INT64_MIN ? UINT64_MAX : (uint64_t)(now.mono_us - forgot_us));
	for (const struct guest *one = lru_newest(&g->table); one; one = lru_older(&g->table, one)) {
		if (b->cap - b->len < SAVED_BYTES) {
			left_out++;
			continue;
		}
		addr_save(b, &one->net);
		buf_be64(b, (uint64_t)(now.mono_us - one->last_us));
	}
	return left_out;
}

/* Time in which no guard ran is not counted: nobody saw then who logged in. An age that makes no sense is none. */
static int64_t when(uint64_t age_us, struct now now)
{
	return age_us > AGE_MAX_US ? now.mono_us : now.mono_us - (int64_t)age_us;
}

void guest_restore(struct guests *g, struct view *v, struct now now)
{
	uint64_t forgot;

	if (v->len < SAVED_HEAD)
		return;
	g->since_us = when(view_be64(v), now);
	forgot = view_be64(v);
	if (forgot != UINT64_MAX)
		forget(g, when(forgot, now));
	while (v->len >= SAVED_BYTES && !lru_full(&g->table)) {
		struct addr net = addr_restore(v);
		uint64_t age_us = view_be64(v);
		struct guest *one;

		if (net.family != 4 || net.prefix != GUEST_PREFIX)
			continue;
		one = get(g, &net);
		one->last_us = when(age_us, now);
		lru_sink(&g->table, one); /* the newest comes first */
	}
}
