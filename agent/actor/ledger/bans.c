/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table behind bans.h: dense rows, so that walks touch only what is in use, and an open-addressed index over them.
 * Addresses come from attackers, so the hash is keyed.
 */
#include "agent/actor/ledger/bans.h"

#include "agent/base/require.h"

#include <string.h>

_Static_assert((BANS_BUCKETS & (BANS_BUCKETS - 1)) == 0, "buckets are masked");

void bans_init(struct bans *b, struct hash_key key)
{
	/* Not the rows: pages that no ban ever needed are never touched. */
	memset(b->buckets, 0, sizeof(b->buckets));
	b->count = 0;
	b->key = key;
	b->earliest_us = INT64_MAX;
}

static unsigned home(const struct bans *b, const struct addr *a)
{
	return (unsigned)hash_bytes(&b->key, a, sizeof(*a)) & (BANS_BUCKETS - 1);
}

/* The bucket of an address, or the free one where it would go. */
static unsigned bucket_of(const struct bans *b, const struct addr *a)
{
	unsigned i = home(b, a);

	while (b->buckets[i] != 0 && !addr_equal(&b->rows[b->buckets[i] - 1].addr, a))
		i = (i + 1) & (BANS_BUCKETS - 1);
	return i;
}

struct ban *bans_find(struct bans *b, const struct addr *a)
{
	unsigned row = b->buckets[bucket_of(b, a)];

	return row ? &b->rows[row - 1] : NULL;
}

struct ban *bans_put(struct bans *b, const struct addr *a)
{
	unsigned i = bucket_of(b, a);
	struct ban *ban;

	if (b->buckets[i] != 0)
		return &b->rows[b->buckets[i] - 1];
	if (b->count == MESSAGE_BANS_MAX)
		return NULL;
	ban = &b->rows[b->count++];
	memset(ban, 0, sizeof(*ban));
	ban->addr = *a;
	ban->expires_mono_us = INT64_MAX;
	b->buckets[i] = (uint16_t)b->count;
	return ban;
}

void bans_expire_at(struct bans *b, struct ban *ban, int64_t mono_us, int64_t wall_us)
{
	ban->expires_mono_us = mono_us;
	ban->expires_wall_us = wall_us;
	if (mono_us < b->earliest_us)
		b->earliest_us = mono_us;
}

/* Open addressing without tombstones: those behind the hole that may not stay move up (Knuth, TAOCP 6.4 R). */
static void free_bucket(struct bans *b, unsigned hole)
{
	unsigned i = hole;

	for (;;) {
		b->buckets[hole] = 0;
		for (;;) {
			unsigned wants;

			i = (i + 1) & (BANS_BUCKETS - 1);
			if (b->buckets[i] == 0)
				return;
			wants = home(b, &b->rows[b->buckets[i] - 1].addr);
			if (((i - wants) & (BANS_BUCKETS - 1)) >= ((i - hole) & (BANS_BUCKETS - 1)))
				break;
		}
		b->buckets[hole] = b->buckets[i];
		hole = i;
	}
}

void bans_remove(struct bans *b, struct ban *ban)
{
	unsigned row = (unsigned)(ban - b->rows);

	require(row < b->count);
	free_bucket(b, bucket_of(b, &ban->addr));
	b->count--;
	if (row != b->count) {
		b->buckets[bucket_of(b, &b->rows[b->count].addr)] = (uint16_t)(row + 1);
		*ban = b->rows[b->count];
	}
	if (b->count == 0)
		b->earliest_us = INT64_MAX;
}

struct ban *bans_ended(struct bans *b, int64_t mono_us)
{
	int64_t earliest_us = INT64_MAX;

	if (mono_us < b->earliest_us)
		return NULL;
	for (unsigned i = 0; i < b->count; i++) {
		if (b->rows[i].expires_mono_us <= mono_us)
			return &b->rows[i];
		if (b->rows[i].expires_mono_us < earliest_us)
			earliest_us = b->rows[i].expires_mono_us;
	}
	b->earliest_us = earliest_us;
	return NULL;
}
