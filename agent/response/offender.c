/* SPDX-License-Identifier: Apache-2.0 */
/* How often the bans of a source ran out. Pure. */
#include "agent/response/offender.h"

#define BANS_MAX 32u /* doubled so often, a second is longer than any limit */
#define SAVED_BYTES (ADDR_SAVED + 1u + 8u)

struct offender {
	struct addr addr;
	uint8_t bans;	  /* that ran out */
	int64_t ended_us; /* when the last of them did, CLOCK_BOOTTIME */
};

size_t offender_size(void)
{
	return lru_size(OFFENDERS_MAX, sizeof(struct offender));
}

void offender_init(struct offenders *o, void *memory, const struct hash_key *key)
{
	o->key = key;
	lru_init(&o->table, memory, OFFENDERS_MAX, sizeof(struct offender));
}

static uint64_t key_of(const struct offenders *o, const struct addr *addr)
{
	return addr_hash(o->key, addr);
}

static struct offender *get(struct offenders *o, const struct addr *addr)
{
	struct offender *one = lru_find(&o->table, key_of(o, addr));

	if (!one) {
		one = lru_add(&o->table, key_of(o, addr));
		one->addr = *addr;
	}
	return one;
}

void offender_note(struct offenders *o, const struct addr *banned, int64_t ended_us)
{
	struct offender *one = get(o, banned);

	if (one->bans && ended_us - one->ended_us < SECOND_US)
		return;
	one->bans = (uint8_t)(one->bans + (one->bans < BANS_MAX));
	one->ended_us = ended_us;
	lru_touch(&o->table, one);
}

void offender_forget(struct offenders *o, const struct addr *banned)
{
	struct offender *one = lru_find(&o->table, key_of(o, banned));

	if (one)
		lru_remove(&o->table, one);
}

void offender_pardon(struct offenders *o, const struct addr *banned, uint32_t away_s, struct now now)
{
	struct offender *one = lru_find(&o->table, key_of(o, banned));

	if (one && now.mono_us - one->ended_us > (int64_t)away_s * SECOND_US)
		lru_remove(&o->table, one);
}

uint32_t offender_ban_s(const struct offenders *o, const struct addr *banned, struct offender_times times)
{
	const struct offender *one = lru_find(&o->table, key_of(o, banned));
	uint64_t lasts_s = times.base_s;

	if (!one || times.max_s <= times.base_s)
		return times.base_s;
	lasts_s <<= one->bans;
	return lasts_s < times.max_s ? (uint32_t)lasts_s : times.max_s;
}

uint32_t offender_save(const struct offenders *o, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (const struct offender *one = lru_newest(&o->table); one; one = lru_older(&o->table, one)) {
		if (b->cap - b->len < SAVED_BYTES) {
			left_out++;
			continue;
		}
		addr_save(b, &one->addr);
		buf_be8(b, one->bans);
		buf_be64(b, (uint64_t)(now.mono_us - one->ended_us));
	}
	return left_out;
}

void offender_restore(struct offenders *o, struct view *v, struct now now, int64_t elapsed_us)
{
	while (v->len >= SAVED_BYTES && !lru_full(&o->table)) {
		struct addr addr = addr_restore(v);
		uint8_t bans = view_be8(v);
		uint64_t age_us = view_be64(v);

		if (!addr.family || bans == 0 || bans > BANS_MAX || age_us > 366 * 24 * (uint64_t)HOUR_US)
			continue;
		struct offender *one = get(o, &addr);

		one->bans = bans;
		one->ended_us = now.mono_us - (int64_t)age_us - elapsed_us;
		lru_sink(&o->table, one); /* the newest comes first */
	}
}
