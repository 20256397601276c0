/* SPDX-License-Identifier: Apache-2.0 */
/* Table of bans beside the response. It believes what receipts and the actor say, and its own clock about their end. */
#include "agent/response/ban.h"

#include "agent/base/require.h"
#include "agent/common/message.h"

#include <string.h>

#define EXPIRE_MIN_US (10 * SECOND_US) /* forgetting late by that much saves waking up */

size_t ban_size(uint32_t bans)
{
	return lru_size(bans, sizeof(struct ban)) + offender_size();
}

void ban_init(struct bans *b, void *memory, uint32_t bans, struct hash_key key)
{
	*b = (struct bans){.key = key, .next_expiry_us = INT64_MAX};
	lru_init(&b->table, memory, bans, sizeof(struct ban));
	offender_init(&b->offenders, (uint8_t *)memory + lru_size(bans, sizeof(struct ban)), &b->key);
}

static uint64_t key_of(const struct bans *b, const struct addr *addr)
{
	return addr_hash(&b->key, addr);
}

static void run_out(struct bans *b, struct ban *ban)
{
	if (ban->origin == ORIGIN_RULE)
		offender_note(&b->offenders, &ban->addr, ban->expires_us);
	ban_end(b, ban);
}

struct ban *ban_find(struct bans *b, const struct addr *addr, struct now now)
{
	struct ban *ban = lru_find(&b->table, key_of(b, addr));

	if (!ban || ban->expires_us > now.mono_us)
		return ban;
	bool stays = ban->asked != BAN_NOT_ASKED;

	run_out(b, ban);
	return stays ? ban : NULL;
}

/* Those that are asked for step aside until the oldest is one that may go. */
static bool make_room(struct bans *b)
{
	for (uint32_t i = 0; lru_full(&b->table) && i < b->table.capacity; i++) {
		struct ban *oldest = lru_oldest(&b->table);

		if (oldest->asked == BAN_NOT_ASKED)
			return true;
		lru_touch(&b->table, oldest);
	}
	return !lru_full(&b->table);
}

struct ban *ban_get(struct bans *b, const struct addr *addr, struct now now)
{
	struct ban *ban = ban_find(b, addr, now);

	if (ban || !make_room(b))
		return ban;
	ban = lru_add(&b->table, key_of(b, addr));
	ban->addr = *addr;
	ban->since_wall_us = now.wall_us;
	ban->expires_us = INT64_MAX;
	return ban;
}

void ban_set_expiry(struct bans *b, struct ban *ban, int64_t expires_us)
{
	ban->expires_us = expires_us;
	if (expires_us < b->next_expiry_us)
		b->next_expiry_us = expires_us;
}

void ban_remove(struct bans *b, struct ban *ban)
{
	require(ban->asked == BAN_NOT_ASKED);
	lru_remove(&b->table, ban);
}

void ban_end(struct bans *b, struct ban *ban)
{
	if (ban->asked == BAN_NOT_ASKED) {
		ban_remove(b, ban);
		return;
	}
	ban->state = BAN_ASKED;
	ban->expires_us = INT64_MAX;
	ban->duration_s = 0;
}

void ban_expire(struct bans *b, struct now now)
{
	if (now.mono_us < b->next_expiry_us)
		return;
	int64_t next = INT64_MAX;

	for (struct ban *ban = lru_oldest(&b->table), *newer; ban; ban = newer) {
		newer = lru_newer(&b->table, ban);
		if (ban->expires_us <= now.mono_us)
			run_out(b, ban);
		else if (ban->expires_us < next)
			next = ban->expires_us;
	}
	if (next != INT64_MAX && next - now.mono_us < EXPIRE_MIN_US)
		next = now.mono_us + EXPIRE_MIN_US;
	b->next_expiry_us = next;
}

int64_t ban_deadline(const struct bans *b)
{
	return b->next_expiry_us;
}

const char *ban_state_name(uint8_t state)
{
	switch (state) {
	case BAN_ASKED: return "asked";
	case BAN_OBSERVED: return "observed";
	default: return "in_force";
	}
}
